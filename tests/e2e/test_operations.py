"""The suite survives what happens to it: restarts, and the loss and return of what it stands on."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import httpx
import pytest

from chassis.testing.eventually import eventually
from local_stack.topology import SERVICES
from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit
from tests.e2e.kept import kept
from tests.e2e.people import Refused

pytestmark = pytest.mark.long(seconds=60)


def is_ready(stack):
    return httpx.get(f"{stack.gateway}/readyz", trust_env=False).status_code == 200


def is_alive(stack):
    return httpx.get(f"{stack.gateway}/healthz", trust_env=False).status_code == 200


def may_retry(problem):
    """Whether the contract lets a client try the same call again."""
    return isinstance(problem, httpx.TransportError) or problem.status in (409, 503, 504)


@pytest.fixture(autouse=True)
async def in_good_order(stack):
    """Each story begins, and must end, with everything ready."""
    yield
    await eventually(lambda: is_ready(stack), timeout=30)


def works(agency, anybody, stack):
    """A whole invitation, from submission to acceptance."""
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    family = join(anybody, by_token(mailbox.link("i")))
    assert [application["id"]] == [mine["id"] for mine in family.get("/v1/me/applications")["applications"]]


@pytest.mark.parametrize("service", SERVICES)
async def test_readiness_follows_each_service(stack, service):
    """GW-06, OP-06: /readyz turns when a service goes and when it comes back; /healthz stays."""
    stack.kill(service)
    await eventually(lambda: not is_ready(stack), timeout=15)
    assert is_alive(stack)
    stack.start(service)
    await eventually(lambda: is_ready(stack), timeout=30)


async def test_an_invitation_waits_for_notifications(stack, agency, anybody):
    """OP-06, NT-07: what is submitted while notifications is away is sent when it is back."""
    stack.kill("notifications")
    mailbox = Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    stack.start("notifications")
    await asyncio.to_thread(join, anybody, by_token(mailbox.link("i")))


async def test_nats_goes_and_comes_back(stack, agency, anybody):
    """OP-06: without NATS calls succeed and nothing is lost; with it the messages go out."""
    stack.kill("nats")
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    assert "INVITED" == application["guardians"][0]["linkState"]
    stack.start("nats")
    await asyncio.to_thread(join, anybody, by_token(mailbox.link("i")))


async def test_postgres_goes_and_comes_back(stack, agency, anybody):
    """OP-06: without PostgreSQL a call is refused as unavailable, and everything recovers by itself."""
    stack.kill("postgres")
    with pytest.raises(Refused) as refused:
        agency.admin.get("/v1/applications")
    assert refused.value.status == 503
    await eventually(lambda: not is_ready(stack), timeout=15)
    stack.start("postgres")
    await eventually(lambda: is_ready(stack), timeout=30)
    works(agency, anybody, stack)


def test_rolling_restart_under_load(stack, new_agency):
    """OP-05: every service restarts under load; no acknowledged call is lost, and a retried one succeeds once."""
    agency, stop, accepted = new_agency(), Event(), []

    def keep_submitting():
        while not stop.is_set():
            body = {**Submission().body(), "requestId": str(uuid4())}
            for _ in range(200):
                try:
                    accepted.append(agency.admin.post("/v1/applications", **body)["id"])
                    break
                except (Refused, httpx.TransportError) as problem:
                    if not may_retry(problem):
                        raise
                    stop.wait(0.05)
            else:
                raise AssertionError("never accepted")

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(keep_submitting) for _ in range(2)]
        try:
            for service in SERVICES:
                stack.restart(service)
        finally:
            stop.set()
        for worker in workers:
            worker.result()
    found, token = [], ""
    while True:
        page = agency.admin.get(f"/v1/applications?pageSize=200&pageToken={token}")
        found += [application["id"] for application in page["applications"]]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert sorted(found) == sorted(accepted)


def test_a_stopped_service_says_so(stack):
    """OP-05: SIGTERM ends a service in good order, with exit code 0."""
    stack.restart("casemanager")
    log = (stack.data / "logs" / "casemanager.log").read_text()
    assert "service.stopping" in log
    assert "service.stopped" in log


def test_no_secret_stands_anywhere(stack, agency, anybody):
    """NT-08: after a whole story no token, code or password stands in a log, an event or a table."""
    mailbox = Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    token, code = mailbox.link("i"), mailbox.code()
    password = f"secret {uuid4().hex}"
    family = join(anybody, by_token(token), password)
    anybody.post("/v1/auth/password:forgot", realm="family", username=mailbox.contact)
    reset = mailbox.link("reset", count=2)
    tokens = (family.tokens["accessToken"], family.tokens["refreshToken"])
    secrets = [text.encode() for text in (token, code, code.replace("-", ""), password, reset, *tokens)]
    knows_the_contact = set()
    for name, content in kept(stack):
        assert [secret for secret in secrets if secret in content] == [], name
        if mailbox.contact.encode() in content:
            knows_the_contact.add(name)
    assert {"identity", "applications", "notifications"} == knows_the_contact & {*SERVICES}
