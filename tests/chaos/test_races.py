"""Many want the same thing at the same moment, over the gateway: exactly one gets it, and the others hear why.

Anomalies looked for: an invitation that two accounts hold; a command that is done twice under one request id; a
session that lives on by a refresh that raced the logout; a link that a scanner uses up; a code that can be guessed.
"""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx
import pytest

from chassis.testing.eventually import eventually
from services.notifications.tests.servers import body
from tests.chaos.seeds import seeds
from tests.chaos.workload import Workload
from tests.e2e.families import PASSWORD, Submission, by_code, by_token, fresh_email
from tests.e2e.people import ADMIN_PASSWORD
from tests.load.usage import resident_bytes

MANY = 50
GROWN_AT_MOST = 25_000_000


@pytest.fixture
async def call(scene):
    """Sends one request to the gateway: status, reason, answer."""
    async with httpx.AsyncClient(base_url=scene.stack.gateway, trust_env=False, timeout=20) as client:

        async def called(path, token="", **values):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            answer = await client.post(path, json=values, headers=headers)
            content = answer.json()
            reasons = [detail.get("reason") for detail in content.get("details", []) if "reason" in detail]
            return answer.status_code, (reasons or [""])[0], content

        yield called


@pytest.fixture
async def staff(scene, call):
    """The access token of an administrator."""
    agency = scene.agencies[0]
    _, _, tokens = await call("/v1/auth/login", realm=agency.slug, username=agency.username, password=ADMIN_PASSWORD)
    return tokens["tokens"]["accessToken"]


async def invited(scene, call, staff):
    """A family's contact, and the token of its link as the email has it."""
    contact = fresh_email()
    status, _, application = await call("/v1/applications", staff, **Submission(email=contact).body())
    assert 200 == status
    [email] = await eventually(lambda: scene.smtp.emails_to(contact))
    _, _, rest = body(email, "plain").partition("/i/")
    return contact, application, rest.split()[0]


async def joined(call, token):
    """The access token of a family that registered by its link."""
    _, _, claim = await call("/v1/invitations:claim", **by_token(token))
    _, _, family = await call("/v1/auth/register", contactTicket=claim["contactTicket"], password=PASSWORD)
    return family["tokens"]["accessToken"]


@seeds
async def test_many_accept_one_invitation(scene, call, staff, seed):
    """AP-09: three accounts accept one invitation fifty times at once: one has it, the others hear that it is used."""
    _, application, token = await invited(scene, call, staff)
    families = [await joined(call, token)]
    for _ in range(2):
        _, _, other = await invited(scene, call, staff)
        families.append(await joined(call, other))
    calls = [families[number % 3] for number in range(MANY)]
    answers = await asyncio.gather(*(call("/v1/invitations:accept", family, **by_token(token)) for family in calls))
    winners = {family for family, (status, _, _) in zip(calls, answers, strict=True) if status == 200}
    assert 1 == len(winners)
    refused = Counter((status, reason) for status, reason, _ in answers if status != 200)
    assert {(400, "INVITATION_USED")} == set(refused), refused
    accepted = "SELECT count(*) FROM timeline WHERE application_id = %s AND kind = 9"
    assert [(1,)] == scene.rows("applications", accepted, application["id"])


@seeds
async def test_many_calls_with_one_request_id(scene, call, staff, seed):
    """AP-01: fifty submissions with one request id are one application, and all get the same answer."""
    contact = fresh_email()
    request = {**Submission(email=contact).body(), "requestId": str(uuid4())}
    answers = await asyncio.gather(*(call("/v1/applications", staff, **request) for _ in range(MANY)))
    assert {200} == {status for status, _, _ in answers}
    assert 1 == len({application["id"] for _, _, application in answers})
    assert [(1,)] == scene.rows("applications", "SELECT count(*) FROM guardians WHERE email = %s", contact)
    await eventually(lambda: scene.smtp.emails_to(contact))
    assert 1 == len(scene.smtp.emails_to(contact))


@seeds
async def test_refreshes_race_the_logout(scene, call, seed):
    """ID-05: refreshes at once get one successor; whatever races a logout, afterwards no refresh token works."""
    agency = scene.agencies[1]
    login = {"realm": agency.slug, "username": agency.username, "password": ADMIN_PASSWORD}
    _, _, signed_in = await call("/v1/auth/login", **login)
    tokens = signed_in["tokens"]
    refreshes = [call("/v1/auth/refresh", refreshToken=tokens["refreshToken"]) for _ in range(10)]
    successors = {answer["refreshToken"] for _, _, answer in await asyncio.gather(*refreshes)}
    [successor] = successors
    racing = [call("/v1/auth/refresh", refreshToken=successor) for _ in range(10)]
    ended = call("/v1/auth/logout", tokens["accessToken"])
    answers = await asyncio.gather(*racing[:5], ended, *racing[5:])
    assert 200 == answers[5][0]
    given = {answer["refreshToken"] for status, _, answer in answers if status == 200 and "refreshToken" in answer}
    for token in {successor, *given}:
        status, reason, _ = await call("/v1/auth/refresh", refreshToken=token)
        assert (401, "REFRESH_TOKEN_INVALID") == (status, reason)


@seeds
async def test_a_scanner_reads_the_link(scene, call, staff, seed):
    """AP-09: HEAD and GET of the link from elsewhere, ten times each, and a check of it, do not use it up."""
    _, _, token = await invited(scene, call, staff)
    async with httpx.AsyncClient(trust_env=False, headers={"user-agent": "Scanner"}) as scanner:
        link = f"{scene.stack.gateway}/i/{token}"
        for answer in await asyncio.gather(*(fetch(link) for fetch in (scanner.head, scanner.get) for _ in range(10))):
            assert answer.status_code in (200, 303)
    await asyncio.gather(*(call("/v1/invitations:check", **by_token(token)) for _ in range(10)))
    family = await joined(call, token)
    assert 200 == (await call("/v1/invitations:accept", family, **by_token(token)))[0]


@seeds
async def test_guessed_codes(scene, call, staff, seed):
    """AP-09: who guesses codes is stopped after few, whatever they guess, and hears nothing else than before."""
    _, application, token = await invited(scene, call, staff)
    guesses = [by_code(f"AAAAA-{number:05d}", application["number"]) for number in range(MANY)]
    answers = Counter([(await call("/v1/invitations:claim", **guess))[:2] for guess in guesses])
    assert {(404, "INVITATION_UNKNOWN"), (429, "TOO_MANY_CODES")} == set(answers), answers
    assert answers[429, "TOO_MANY_CODES"] > MANY / 2
    assert 200 == (await call("/v1/invitations:claim", **by_token(token)))[0]
    scene.run("applications", "DELETE FROM code_attempts")


@pytest.fixture(scope="module")
def resident_then() -> dict[int, int]:
    """Bytes of a process after the first of these storms; with 20 seeds, 18,000 calls may keep 1.4 kB each."""
    return {}


@seeds
async def test_clients_give_up(scene, judge, resident_then, seed):
    """OP-06: calls cancelled at any moment are done once or not at all, and leave a full pool and no memory behind."""
    history = await Workload(scene, seed, families=20, by_sms=0, patience=0.05).run()
    assert history.calls > 1.5 * history.commands
    await judge(history)
    open_transactions = "SELECT query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    assert [] == scene.rows("applications", open_transactions)
    pid = scene.stack.parts["applications"].pid
    resident = resident_bytes(pid)
    assert resident < resident_then.setdefault(pid, resident) + GROWN_AT_MOST
