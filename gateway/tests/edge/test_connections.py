"""How long a connection may stay, and what is made small on it."""

import asyncio
import gzip
from collections.abc import Mapping

import httpx
import pytest
from google.protobuf.message import Message
from msgspec.structs import replace
from portico.applications.v1.search_pb2 import ListApplicationsResponse
from portico.identity.v1.resources_pb2 import SignInResult
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.config import EnvoySettings

from .neighbours import AnotherEdge, Context, Neighbour
from .portal import Portal

ZIP = {"accept-encoding": "gzip"}
LONG = "many words " * 400


@pytest.mark.parametrize("said", [b"", b"GE", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_a_silent_connection_is_closed(settings: EnvoySettings, another_edge: AnotherEdge, said: bytes) -> None:
    """CASE-S7: who says nothing, or half a word, is closed after a short time, and who said something a while later."""
    short = replace(settings, first_request_timeout=0.3, idle_timeout=0.6)
    async with another_edge(short) as (client, _), asyncio.timeout(10):
        began = asyncio.get_running_loop().time()  # no later than Envoy's clock
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(said)
        try:
            answer = await reader.read()  # all that comes until the other side closes
        except ConnectionResetError:  # it had not read all
            answer = b""
        lived = asyncio.get_running_loop().time() - began
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200") == (len(said) > 2)
    assert lived >= (0.55 if len(said) > 2 else 0.25)


def test_a_connection_gives_way_soon(settings: EnvoySettings) -> None:
    """CASE-S7: nobody needs ten seconds for a first word, nor a minute between two requests."""
    assert settings.first_request_timeout <= 10
    assert settings.idle_timeout <= 60


async def as_answered(client: httpx.AsyncClient, method: str, path: str) -> tuple[str, bytes]:
    """The encoding of an answer, and its bytes as they came."""
    async with client.stream(method, path, headers=ZIP, json={} if method == "POST" else None) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert 200 == answer.status_code
    return answer.headers.get("content-encoding", ""), raw


@pytest.mark.parametrize(("path", "file_name"), [("/docs", "calls.html"), ("/openapi.json", "openapi.json")])
async def test_documents_are_compressed(
    rest: httpx.AsyncClient, settings: EnvoySettings, path: str, file_name: str
) -> None:
    """CASE-U21: who can unpack gets a document in a fraction of its bytes, and the same words."""
    encoding, raw = await as_answered(rest, "GET", path)

    file = settings.pages / file_name
    assert ("gzip", file.read_bytes()) == (encoding, gzip.decompress(raw))
    assert len(raw) < file.stat().st_size / 4


@pytest.mark.parametrize(
    ("kind", "caching", "encoding"),
    [
        ("text/html; charset=utf-8", "no-store", "gzip"),
        ("text/css; charset=utf-8", "public, max-age=31536000, immutable", "gzip"),
        ("text/html; charset=utf-8", "no-store, no-transform", ""),
        ("image/png", "no-store", ""),
    ],
)
async def test_a_page_is_compressed_unless_the_portal_forbids_it(
    rest: httpx.AsyncClient, portal: Portal, kind: str, caching: str, encoding: str
) -> None:
    """CASE-U21: a page that says `no-transform`, because it shows somebody's data, goes out as it is."""

    async def answer(_: Request) -> Response:
        return HTMLResponse(LONG, headers={"cache-control": caching, "content-type": kind})

    portal.answer = answer
    assert encoding == (await as_answered(rest, "GET", "/help"))[0]


async def test_lists_are_compressed_and_what_opens_something_is_not(
    rest: httpx.AsyncClient, services: Mapping[str, Neighbour], identity: Neighbour
) -> None:
    """CASE-U21: JSON that was read is compressed; an answer to a change, which can hold tokens, never is."""

    async def tokens(_: Message, __: Context) -> Message:
        answer = SignInResult()
        answer.tokens.access_token = LONG
        return answer

    async def page(_: Message, __: Context) -> Message:
        return ListApplicationsResponse(next_page_token=LONG)

    services["applications"].forget()
    identity.answers["Login"], services["applications"].answers["ListApplications"] = tokens, page

    assert "gzip" == (await as_answered(rest, "GET", "/v1/applications"))[0]
    assert "" == (await as_answered(rest, "POST", "/v1/auth/login"))[0]
    services["applications"].forget()
