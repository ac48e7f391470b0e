"""Forged and misused tokens at the real door: all get one answer, and quickly."""

import re
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.e2e.doors import PUBLIC, empty, open_doors
from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit
from tests.e2e.forging import FORGERIES, Forger
from tests.e2e.people import Refused
from tests.e2e.signing import signer_of

ASKED = {
    "/v1/me": PUBLIC["portico.identity.v1.AccountsService/GetMyAccount"],
    "/v1/applications": PUBLIC["portico.applications.v1.SearchService/ListApplications"],
}
NEW_PASSWORD = "fourteen wooden submarines"


@pytest.fixture(scope="module")
async def doors(stack):
    async with open_doors(stack) as doors:
        yield doors


@pytest.fixture(scope="module")
def rest(stack):
    with httpx.Client(base_url=stack.gateway, trust_env=False) as rest:
        yield rest


@pytest.fixture(scope="module")
def forger(stack, agency):
    good = agency.admin.access_token
    return Forger(signer_of(stack, good), good)


@pytest.fixture(scope="module")
def one_hash(agency, anybody):
    """Seconds that a sign-in with the wrong password takes: at least what one password hash costs."""

    def seconds():
        began = time.perf_counter()
        with pytest.raises(Refused):
            anybody.sign_in(agency.slug, "nobody@example.org", "a wrong password")
        return time.perf_counter() - began

    return min(seconds() for _ in range(3))


@pytest.fixture(scope="module")
async def everywhere(doors, rest):
    """Shows a token over REST and over gRPC to two services: what is answered, and the shortest time it took."""

    async def shown(token):
        answers: list[tuple[Any, str]] = []
        times: list[float] = []
        for path, rpc in ASKED.items():
            began = time.perf_counter()
            over_grpc = await doors.through_gateway(rpc, empty(rpc), token)
            between = time.perf_counter()
            over_rest = rest.get(path, headers={"authorization": f"Bearer {token}"})
            times += between - began, time.perf_counter() - between
            answers += (over_grpc.code, over_grpc.reason), (over_rest.status_code, without_id(over_rest, rpc))
        return answers, min(times)

    return shown


def without_id(response, rpc):
    """The whole body but for what names the request and the service that was asked."""
    text = re.sub(r'"requestId":"[^"]*"', "", response.text)
    return text.replace(f'"domain":"{rpc.owner}"', "")


@pytest.fixture(scope="module")
async def usual(everywhere):
    """What a word that is no token at all gets."""
    answers, _ = await everywhere("nonsense")
    assert [("UNAUTHENTICATED", "TOKEN_INVALID"), 401] == [answers[0], answers[1][0]]
    assert answers[:2] == answers[2:]
    return answers


async def test_the_good_token_is_good(everywhere, forger):
    """ID-05: what the forgeries are made of is let in, as it is and signed anew."""
    for token in (forger.good, forger.honest()):
        answers, _ = await everywhere(token)
        assert [("OK", ""), ("OK", ""), 200, 200] == [*answers[::2], *(status for status, _ in answers[1::2])]


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_token(everywhere, forger, usual, one_hash, forge):
    """ID-05: a forged token gets the same answer as any other, long before a password could have been hashed."""
    answers, seconds = await everywhere(forge(forger))
    assert usual == answers
    assert seconds < one_hash / 2


async def test_an_expired_token(everywhere, forger):
    """ID-05: a token that was good once is told from one that never was, so that a client refreshes it."""
    answers, _ = await everywhere(forger.honest(exp=int(time.time()) - 1))
    assert [("UNAUTHENTICATED", "TOKEN_EXPIRED")] * 2 == answers[::2]


def test_a_worthless_token_where_none_is_asked_for(stack, agency, rest, forger):
    """AP-08, ID-05: whoever opens an invitation is not asked for a token, and a stale or forged one does no harm."""
    mailbox = Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    proof = by_token(mailbox.link("i"))
    for token in ("nonsense", forger.honest(exp=1), forger.signed()):
        for path in ("check", "claim", "resend"):
            headers = {"authorization": f"Bearer {token}"}
            assert 200 == rest.post(f"/v1/invitations:{path}", json=proof, headers=headers).status_code, path


async def test_a_token_larger_than_any_header(rest, doors, everywhere, forger):
    """GW-03: a token of a megabyte gets 431, or is not read at all, and the door stays open for others."""
    token = "A" * 1_000_000
    for path, rpc in ASKED.items():
        answer = rest.get(path, headers={"authorization": f"Bearer {token}"})
        assert (431, "HEADERS_TOO_LARGE") == (answer.status_code, answer.json()["details"][0]["reason"])
        assert "UNAVAILABLE" == (await doors.through_gateway(rpc, empty(rpc), token)).code
    answers, _ = await everywhere(forger.good)
    assert [("OK", ""), ("OK", "")] == answers[::2]


@dataclass(frozen=True, slots=True)
class Papers:
    """Good tokens of every kind, each for its own purpose."""

    access: str
    refresh: str
    ticket: str
    invitation: str
    reset: str
    activation: str


@pytest.fixture(scope="module")
def papers(stack, agency, anybody):
    mailbox, colleague = Mailbox(stack, fresh_email()), Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    invitation = mailbox.link("i")
    ticket = anybody.post("/v1/invitations:claim", **by_token(invitation))["contactTicket"]
    family = join(anybody, by_token(invitation))
    anybody.post("/v1/auth/password:forgot", realm="family", username=mailbox.contact)
    agency.admin.post(
        "/v1/login-users", role="STAFF", username=colleague.contact, displayName="Rosa Núñez", language="en"
    )
    return Papers(
        access=family.tokens["accessToken"],
        refresh=family.tokens["refreshToken"],
        ticket=ticket,
        invitation=invitation,
        reset=mailbox.link("reset", count=2),
        activation=colleague.link("activate"),
    )


@pytest.mark.parametrize("kind", ["refresh", "ticket", "invitation", "reset", "activation"])
async def test_another_token_in_place_of_an_access_token(everywhere, usual, papers, one_hash, kind):
    """ID-05, ID-02: a good token of another kind signs nobody in, and gets the same answer as nonsense."""
    answers, seconds = await everywhere(getattr(papers, kind))
    assert usual == answers
    assert seconds < one_hash / 2


OTHER_DOORS = {
    "refresh": ("/v1/auth/refresh", lambda token: {"refreshToken": token}),
    "ticket": ("/v1/auth/register", lambda token: {"contactTicket": token, "password": NEW_PASSWORD}),
    "reset": ("/v1/auth/password:reset", lambda token: {"token": token, "newPassword": NEW_PASSWORD}),
    "activation": ("/v1/auth/activate", lambda token: {"token": token, "password": NEW_PASSWORD}),
    "invitation": ("/v1/invitations:claim", by_token),
}


@pytest.mark.parametrize("kind", OTHER_DOORS)
def test_a_token_at_the_wrong_door(rest, papers, one_hash, kind):
    """ID-02, ID-03, ID-05, ID-07, AP-08: a token opens its own door only; elsewhere it gets what nonsense gets."""
    path, body = OTHER_DOORS[kind]

    def shown(token):
        began = time.perf_counter()
        answer = rest.post(path, json=body(token))
        return (answer.status_code, re.sub(r'"requestId":"[^"]*"', "", answer.text)), time.perf_counter() - began

    for other in ("access", "refresh", "ticket", "invitation", "reset", "activation"):
        # What is too long for the field gets an answer of its own.
        token = getattr(papers, other)
        if other == kind:
            continue
        nonsense, _ = shown("x" * len(token))
        answers, seconds = zip(*(shown(token) for _ in range(3)), strict=True)
        assert (400 <= nonsense[0] < 500, {nonsense}) == (True, set(answers)), other
        assert min(seconds) < one_hash, other  # the shortest: the machine may be busy with something else


def test_the_right_doors_are_still_open(rest, papers):
    """ID-03, ID-05, ID-07: no token is worth less for having been shown at the wrong door."""
    for kind in ("refresh", "reset", "activation"):
        path, body = OTHER_DOORS[kind]
        assert 200 == rest.post(path, json=body(getattr(papers, kind))).status_code, kind
