"""The listener with TLS, and the one that leads to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import grpc
import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace
from portico.identity.v1.resources_pb2 import SignInResult
from portico.identity.v1.sessions_pb2 import LoginRequest

from gateway.config import EnvoySettings
from gateway.envoy import PublicUrlMissing, render
from local_stack.certificates import Certificate, development_certificates
from local_stack.ports import Ports

from .neighbours import Neighbour, envoy
from .portal import BROWSER, Portal

HSTS = "max-age=31536000; includeSubDomains"


@pytest.fixture(scope="session")
def edge_certificate(certificates: Mapping[str, Certificate]) -> Certificate:
    """What clients see: it knows nothing of the names of the services."""
    folder = certificates["gateway"].authority.parent
    return development_certificates(folder, ["edge"], now=datetime.now(tz=UTC))["edge"]


@pytest.fixture(scope="session")
def https(settings: EnvoySettings, edge_certificate: Certificate, ports: Ports) -> EnvoySettings:
    """The same edge with TLS, on ports of its own."""
    listen, plain, admin = (f"127.0.0.1:{ports.take()}" for _ in range(3))
    return replace(
        settings,
        listen=listen,
        plain_listen=plain,
        admin=admin,
        public_url=f"https://{listen}",
        public_cert=edge_certificate.certificate,
        public_cert_key=edge_certificate.key,
    )


@pytest_asyncio.fixture(scope="session")
async def browser(
    https: EnvoySettings, edge_certificate: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who trusts the authority."""
    child = envoy(https, tmp_path_factory.mktemp("envoy"))
    await asyncio.to_thread(child.start)
    trust = ssl.create_default_context(cafile=edge_certificate.authority)
    async with httpx.AsyncClient(base_url=https.public_url, verify=trust) as client:
        yield client
    await asyncio.to_thread(child.stop)


async def test_pages_and_the_api_come_by_tls(browser: httpx.AsyncClient, portal: Portal, identity: Neighbour) -> None:
    """CASE-S5: the listener shows its own certificate, and every answer forbids the browser to come without TLS."""
    page, api = await browser.get("/link", headers=BROWSER), await browser.post("/v1/auth/login", json={})
    refused = await browser.get("/v1/nothing")

    assert [200, 200, 404] == [answer.status_code for answer in (page, api, refused)]
    assert {HSTS} == {answer.headers["strict-transport-security"] for answer in (page, api, refused)}
    assert ["/link"] == [asked.target for asked in portal.received]
    assert ["Login"] == [received.rpc for received in identity.received]


async def test_grpc_comes_by_tls(
    browser: httpx.AsyncClient, https: EnvoySettings, edge_certificate: Certificate, identity: Neighbour
) -> None:
    """CASE-S5: a gRPC client agrees on HTTP/2 with the same listener."""
    assert browser.base_url.host == "127.0.0.1"
    trust = grpc.ssl_channel_credentials(edge_certificate.authority.read_bytes())
    async with grpc.aio.secure_channel(https.listen, trust) as channel:
        login = channel.unary_unary(
            "/portico.identity.v1.SessionsService/Login",
            request_serializer=LoginRequest.SerializeToString,
            response_deserializer=SignInResult.FromString,
        )
        await login(LoginRequest())

    assert ["Login"] == [received.rpc for received in identity.received]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_tls_is_refused(browser: httpx.AsyncClient, https: EnvoySettings, version: ssl.TLSVersion) -> None:
    """CASE-S5: below TLS 1.2 nobody is served, however little the client asks for."""
    assert browser.base_url.scheme == "https"
    host, _, port = https.listen.partition(":")
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection(host, int(port), ssl=old)


@pytest.mark.parametrize("target", ["/", "/i/a-token?x=1", "/docs"])
async def test_a_person_is_led_to_tls(
    browser: httpx.AsyncClient, https: EnvoySettings, portal: Portal, target: str
) -> None:
    """CASE-S5: plain HTTP leads to the public address with path and query, whatever host was asked for."""
    assert browser.base_url.scheme == "https"
    async with httpx.AsyncClient() as plain:
        answer = await plain.get(f"http://{https.plain_listen}{target}", headers={"host": "evil.example"})

    assert (302, https.public_url + target) == (answer.status_code, answer.headers["location"])
    assert [] == portal.received


@pytest.mark.parametrize("path", ["/v1/auth/login", "/portico.identity.v1.SessionsService/Login", "/.well-known/x"])
async def test_a_program_is_not_led_but_refused(
    browser: httpx.AsyncClient, https: EnvoySettings, identity: Neighbour, path: str
) -> None:
    """CASE-S5: a client of the API that forgot the s hears so, in the one shape, and what it sent goes nowhere."""
    assert browser.base_url.scheme == "https"
    async with httpx.AsyncClient() as plain:
        answer = await plain.post(f"http://{https.plain_listen}{path}", json={"password": "secret"})

    assert (403, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert "HTTPS_REQUIRED" == answer.json()["details"][0]["reason"]
    assert [] == identity.received


async def test_behind_a_proxy_that_ends_tls_browsers_are_told_too(settings: EnvoySettings) -> None:
    """CASE-S5: with a public URL of https the header is there without a certificate; with http it is not."""
    assert HSTS in render(replace(settings, public_url="https://portico.example"))
    assert "strict-transport-security" not in render(replace(settings, public_url="http://127.0.0.1:8080"))


def test_tls_without_a_public_url_is_refused(settings: EnvoySettings, edge_certificate: Certificate) -> None:
    """CASE-S5: settings that nobody could be led by are named before Envoy starts."""
    with pytest.raises(PublicUrlMissing, match="https://"):
        render(replace(settings, public_cert=edge_certificate.certificate, public_cert_key=edge_certificate.key))
