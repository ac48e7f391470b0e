"""What travels from the browser to the services."""

from __future__ import annotations

import pytest
from portico.identity.v1.resources_pb2 import SignInResult

from chassis.call import Role

from .neighbours import Neighbours, refusal
from .people import Browser, Registry, SignedIn
from .samples import TOKEN

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


async def test_a_service_is_asked_in_the_persons_name(
    signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01: every call of a signed-in person's page carries their own access token."""
    browser = signed_in(Role.STAFF)
    session = registry.opened(browser)

    await browser.get("/account")

    [received] = neighbours.received
    assert f"Bearer {session.access_token}" == received.call.authorization
    assert (session.account_id, Role.STAFF) == (str(received.call.account_id), received.call.caller.role)


async def test_two_people_at_once_do_not_get_mixed_up(
    signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01: after one person's page the next one is asked for in the next person's name, or in nobody's."""
    first, second = signed_in(Role.STAFF), signed_in(Role.FAMILY)
    for browser in (first, second, first):
        await browser.get("/account")
    await Browser(first.portal).get(f"/i/{TOKEN}")

    tokens = [f"Bearer {registry.opened(browser).access_token}" for browser in (first, second, first)]
    assert [*tokens, ""] == [received.call.authorization for received in neighbours.received]


async def test_whoever_just_signed_in_is_asked_for_in_their_own_name(
    anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-02: the token of a registration is used at once, for the acceptance."""
    tokens = registry.tokens(Role.FAMILY)
    neighbours.answers["RegisterFamily"] = SignInResult(tokens=tokens)

    await anybody.post(f"/i/{TOKEN}", {"do": "register", "password": "seventeen green umbrellas"})

    assert ["", "", "", f"Bearer {tokens.access_token}"] == [
        received.call.authorization for received in neighbours.received
    ]


async def test_a_service_learns_where_the_person_is(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01, ID-06: address, user agent and language of the browser reach identity, for its limits and its lists."""
    anybody.headers |= {"x-portico-client-address": "203.0.113.7", "user-agent": FIREFOX, "accept-language": "es"}
    neighbours.answers["Login"] = refusal("LOGIN_FAILED")

    await anybody.post("/family/sign-in", {"username": "lucia@example.org", "password": "x"})

    [received] = neighbours.received
    caller = received.call.caller
    assert ("203.0.113.7", FIREFOX, "es") == (caller.address, caller.user_agent, caller.language)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("Téléphone/1 (ñandú)".encode(), "T??l??phone/1 (??and??)"),
        (b"\xff\xfe\x80", "???"),
        (b"Browser\t1.0", "Browser?1.0"),
        (b"Browser\x01\x7f1.0", "Browser??1.0"),
        (b"x" * 1000, "x" * 400),
        (b"", ""),
    ],
    ids=["letters", "bytes", "tab", "control characters", "long", "none"],
)
async def test_any_user_agent_will_do(sent: bytes, told: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01: a browser that calls itself something that gRPC cannot carry gets its page all the same."""
    anybody.headers["user-agent"] = sent

    page = await anybody.get(f"/i/{TOKEN}")

    assert (200, "Your application online") == (page.status, page.heading)
    assert [told] == [received.call.caller.user_agent for received in neighbours.received]
