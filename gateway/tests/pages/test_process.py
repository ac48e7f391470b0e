"""The portal as a process of its own: mutual TLS on both sides, what it logs, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from portico.identity.v1.organizations_pb2 import GetOrganizationRequest
from portico.identity.v1.resources_pb2 import Organization

from chassis.interceptor import peer_name
from chassis.server import server_credentials
from chassis.testing import eventually
from local_stack.certificates import Certificate, development_certificates
from local_stack.ports import Ports

SECRET = "q8sT-a-token_that-opens-something"
GRACE = 5


@dataclass(slots=True)
class Identity:
    """identity, played with a certificate: it knows one organization, and can be told to think about it."""

    address: str = ""
    peers: list[str] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def organization(self, request: GetOrganizationRequest, context: Any) -> Organization:
        """The RPC GetOrganization."""
        self.peers.append(peer_name(context))
        await self.may_answer.wait()
        return Organization(slug=request.slug, name="Sunrise Childcare")


@dataclass(frozen=True, slots=True)
class Running:
    """A portal that listens, and where its log is."""

    process: asyncio.subprocess.Process
    address: str
    log: Path

    def client(self, trust: Certificate, own: Certificate | None = None) -> httpx.AsyncClient:
        """A client that trusts an authority, with a certificate or without."""
        context = ssl.create_default_context(cafile=str(trust.authority))
        if own:
            context.load_cert_chain(own.certificate, own.key)
        return httpx.AsyncClient(base_url=f"https://{self.address}", verify=context)

    def logged(self) -> list[dict[str, object]]:
        """The lines of the log; each must be JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Certificate]:
    folder = tmp_path_factory.mktemp("certificates")
    return development_certificates(folder, ["portal", "gateway", "identity", "casemanager"], now=datetime.now(UTC))


@pytest.fixture(scope="module")
async def identity(certificates: Mapping[str, Certificate]) -> AsyncIterator[Identity]:
    played, own = Identity(), certificates["identity"]
    handler = grpc.unary_unary_rpc_method_handler(
        played.organization,
        request_deserializer=GetOrganizationRequest.FromString,
        response_serializer=Organization.SerializeToString,
    )
    name = "portico.identity.v1.OrganizationsService"
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"GetOrganization": handler}),))
    credentials = server_credentials(ca=own.authority, cert=own.certificate, key=own.key)
    played.address = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
    await server.start()
    yield played
    await server.stop(None)


@pytest.fixture(autouse=True)
def quick_identity(identity: Identity) -> None:
    """The neighbour answers at once, and has heard of nobody."""
    identity.peers.clear()
    identity.may_answer.set()


@asynccontextmanager
async def serving(folder: Path, certificates: Mapping[str, Certificate], identity: Identity) -> AsyncIterator[Running]:
    """`python -m portal serve`, listening; killed afterwards if it still runs."""
    own, port, log = certificates["portal"], Ports().take(), folder / "portal.log"
    settings = {
        "LISTEN": f"127.0.0.1:{port}",
        "TLS_CA": str(own.authority),
        "TLS_CERT": str(own.certificate),
        "TLS_KEY": str(own.key),
        "IDENTITY_ADDRESS": identity.address,
        "APPLICATIONS_ADDRESS": identity.address,
        "CASEMANAGER_ADDRESS": identity.address,
        "NOTIFICATIONS_ADDRESS": identity.address,
        "PUBLIC_URL": "https://portico.example",
        "COOKIE_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
        "DRAIN_GRACE": str(GRACE),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    environment |= {f"PORTICO_{name}": value for name, value in settings.items()}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "portal", "serve"), env=environment, stdout=output, stderr=output
        )
    try:

        def is_listening() -> bool:
            assert process.returncode is None, log.read_text(encoding="utf-8")
            return "service.listening" in log.read_text(encoding="utf-8")

        await eventually(is_listening, timeout=30)
        running = Running(process, f"127.0.0.1:{port}", log)
        async with running.client(own, certificates["gateway"]) as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/healthz")).is_success
                except httpx.ConnectError:
                    return False

            await eventually(is_ready)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def is_gone(client: httpx.AsyncClient) -> bool:
    """Whether nobody answers any more, neither on the connection that is open nor on a new one."""
    try:
        await client.get("/healthz")
    except httpx.TransportError:
        return True
    return False


@pytest.fixture(scope="module")
async def portal(
    certificates: Mapping[str, Certificate], identity: Identity, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    async with serving(tmp_path_factory.mktemp("portal"), certificates, identity) as running:
        yield running


async def test_the_gateway_gets_pages(
    portal: Running, certificates: Mapping[str, Certificate], identity: Identity
) -> None:
    """PO-01, GW-06: the gateway gets pages; services see the portal's own name."""
    async with portal.client(certificates["gateway"], certificates["gateway"]) as client:
        health, page = await client.get("/healthz"), await client.get("/o/sunrise/sign-in")

    assert (200, "ok") == (health.status_code, health.text)
    assert 200 == page.status_code
    assert "Sunrise Childcare" in page.text
    assert ["portal"] == identity.peers
    assert "server" not in page.headers


async def test_who_shows_no_certificate_is_refused(
    portal: Running, certificates: Mapping[str, Certificate], tmp_path: Path
) -> None:
    """PO-01: without a certificate, with one of another authority, or without TLS nobody gets anything."""
    [stranger] = development_certificates(tmp_path, ["gateway"], now=datetime.now(UTC)).values()
    for own in (None, stranger):
        async with portal.client(certificates["gateway"], own) as client:
            with pytest.raises(httpx.TransportError):
                await client.get("/healthz")
    async with httpx.AsyncClient() as plain:
        with pytest.raises(httpx.TransportError):
            await plain.get(f"http://{portal.address}/healthz")


@pytest.mark.parametrize("service", ["casemanager", "portal"])
@pytest.mark.parametrize("path", ["/healthz", "/o/sunrise/sign-in", "/static/layout.css"])
async def test_no_other_service_gets_a_page(
    portal: Running, certificates: Mapping[str, Certificate], identity: Identity, service: str, path: str
) -> None:
    """CASE-S4: another service's certificate opens nothing, so that its word for a client's address reaches nobody."""
    async with portal.client(certificates[service], certificates[service]) as client:
        answer = await client.get(path, headers={"x-portico-client-address": "203.0.113.7"})

    assert (403, "This is for the gateway.") == (answer.status_code, answer.text)
    assert not identity.peers


async def test_what_opens_something_stands_in_no_log(portal: Running, certificates: Mapping[str, Certificate]) -> None:
    """PO-01, OP-04: the log has JSON lines, the settings once with the keys masked, and no address of a page."""
    async with portal.client(certificates["gateway"], certificates["gateway"]) as client:
        form = {"new_password": SECRET}
        headers = {"sec-fetch-site": "same-origin", "cookie": f"__Host-portico={SECRET}"}
        # identity does not know these RPCs, so that there is something to complain of.
        answers = [
            await client.get(f"/family/reset/{SECRET}"),
            await client.post(f"/family/reset/{SECRET}", data=form, headers=headers),
            await client.get(f"/nothing/{SECRET}?token={SECRET}"),
        ]

    assert [500, 500, 404] == [answer.status_code for answer in answers]
    lines = portal.logged()
    assert SECRET not in portal.log.read_text(encoding="utf-8")
    [settings] = [line for line in lines if line["event"] == "service.settings"]
    assert "*" in str(settings["cookie_keys"])
    assert "/family/reset/{token}" in [line.get("page") for line in lines]
    assert {"portal"} == {line["service"] for line in lines}


async def test_a_form_that_is_broken_off_is_no_fault(portal: Running, certificates: Mapping[str, Certificate]) -> None:
    """CASE-S10: whoever closes the browser while a form is on its way leaves no line in the log."""
    own, (host, port), before = certificates["gateway"], portal.address.split(":"), len(portal.logged())
    trust = ssl.create_default_context(cafile=str(own.authority))
    trust.load_cert_chain(own.certificate, own.key)
    head = "POST /family/forgot HTTP/1.1\r\nHost: portal\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 100\r\n\r\n"
    _, writer = await asyncio.open_connection(host, int(port), ssl=trust)
    writer.write(head.encode() + b"username=")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async with portal.client(own, own) as client:  # a fault that comes later proves that the log was written so far
        await client.get(f"/family/reset/{SECRET}")
    await eventually(lambda: len(portal.logged()) > before)
    assert ["/family/reset/{token}"] == [line["page"] for line in portal.logged()[before:]]


async def test_the_portal_ends_in_good_order(
    certificates: Mapping[str, Certificate], identity: Identity, tmp_path: Path
) -> None:
    """OP-05: at SIGTERM a page in the making is finished, an idle connection is closed, and it ends with 0."""
    own = certificates["gateway"]
    async with (
        serving(tmp_path, certificates, identity) as running,
        running.client(own, own) as idle,
        running.client(own, own) as busy,
    ):
        assert 200 == (await idle.get("/healthz")).status_code
        identity.may_answer.clear()
        page = asyncio.create_task(busy.get("/o/sunrise/sign-in"))
        await eventually(lambda: identity.peers)

        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        await eventually(lambda: is_gone(idle), timeout=GRACE)
        assert not page.done()
        identity.may_answer.set()

        assert 200 == (await page).status_code
        # Envoy sees that the other side closes; httpx looks only when it needs the connection again.
        await busy.aclose()
        async with asyncio.timeout(GRACE):
            assert 0 == await running.process.wait()
        assert time.monotonic() - started < GRACE
        assert ["service.settings", "service.listening", "service.stopped"] == [
            line["event"] for line in running.logged()
        ]
