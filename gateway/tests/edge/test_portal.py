"""The pages that people see: everything on the origin that is not the API's goes to the portal."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import grpc
import httpx
import pytest
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.config import EnvoySettings
from gateway.envoy import PORTAL_BODY_BYTES, SECURITY_HEADERS
from gateway.styles import policy
from local_stack.certificates import Certificate

from .neighbours import AnotherEdge, Eventually, Neighbour
from .portal import BROWSER, Page, Portal, dawdling

FORM = {"content-type": "application/x-www-form-urlencoded"}
FILES_OF_ROWS = (
    *("/staff/batches/a-batch/rows.csv", "/people/audit.xlsx?outcome=REFUSED", "/cm/history.xlsx?scope=unit"),
    *("/sp/history.csv", "/staff/history.pdf"),
)


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    """A body that does not say its length."""
    for _ in range(0, size, 1024):
        yield b"x" * 1024


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/i/a-token_1"),
        ("POST", "/i/a-token_1"),
        ("GET", "/o/maple-county/sign-in?next=%2Fstaff%2Fapplications"),
        ("POST", "/family/sign-in"),
        ("GET", "/staff/applications?query=a+b&page=2"),
        ("GET", "/static/portal.3f9a.css"),
        ("GET", "/docs/"),
        ("GET", "/v1"),
        ("GET", "/v1beta/me"),
        ("PUT", "/a%2Fb/%C3%B1"),
        ("OPTIONS", "/link"),
    ],
)
async def test_what_is_not_the_apis_is_the_portals(
    method: str, target: str, rest: httpx.AsyncClient, portal: Portal
) -> None:
    """PO-01: any method on any other path reaches the portal with path, query and body as they came."""
    answer = await rest.request(method, target, content=b"code=ABCDE" if method == "POST" else b"", headers=FORM)

    assert 200 == answer.status_code
    assert [(method, target, b"code=ABCDE" if method == "POST" else b"")] == [
        (asked.method, asked.target, asked.body) for asked in portal.received
    ]


@pytest.mark.parametrize(
    "path",
    ["/v1/nothing", "/.well-known/nothing", "/portico.identity.v1.SessionsService/Login", "/grpc.health.v1.Health"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_what_is_the_apis_is_never_the_portals(
    method: str, path: str, rest: httpx.AsyncClient, portal: Portal, identity: Neighbour
) -> None:
    """GW-04: unknown paths of the API are JSON in the one shape, also for a browser, and the portal hears nothing."""
    answer = await rest.request(method, path, headers=BROWSER)

    assert (404, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert "ROUTE_NOT_FOUND" == answer.json()["details"][0]["reason"]
    assert [] == [*portal.received, *identity.received]


@pytest.mark.parametrize("path", ["/", "/link", "/other.v1.Service/Method"])
async def test_grpc_gets_no_pages(
    path: str, rest: httpx.AsyncClient, channel: grpc.aio.Channel, portal: Portal
) -> None:
    """GW-01: a gRPC or gRPC-Web call to any other path is UNIMPLEMENTED."""
    call = channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)(b"")
    web = await rest.post(path, content=bytes(5), headers={"content-type": "application/grpc-web+proto"})

    assert grpc.StatusCode.UNIMPLEMENTED == await call.code()
    assert "12" == web.headers["grpc-status"]
    assert [] == portal.received


async def test_the_portal_learns_what_it_needs_of_a_request(rest: httpx.AsyncClient, portal: Portal) -> None:
    """PO-01: cookie, language, trace and where the request comes from arrive; its id is the one in the answer."""
    passing = {
        "cookie": "session=sealed; language=es",
        "accept-language": "es",
        "user-agent": "Telephone/1",
        "origin": "https://elsewhere.example",
        "sec-fetch-site": "cross-site",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    answer = await rest.get("/link", headers=passing)

    [asked] = portal.received
    assert passing.items() <= asked.headers.items()
    assert rest.base_url.netloc.decode() == asked.headers["host"]
    assert answer.headers["x-request-id"] == asked.headers["x-request-id"]


async def test_headers_of_ours_cannot_be_sent_to_the_portal(rest: httpx.AsyncClient, portal: Portal) -> None:
    """GW-01: the client's address is the connection's; nothing that a client says of it, or of Envoy, arrives."""
    forged = {"x-portico-client-address": "6.6.6.6", "x-portico-staff": "yes", "x-forwarded-for": "6.6.6.6"}
    await rest.get("/link", headers={**forged, "x-envoy-original-path": "/i/6.6.6.6"})

    [asked] = portal.received
    ours = {name: value for name, value in asked.headers.items() if name.startswith(("x-portico-", "x-envoy-"))}
    assert {"x-portico-client-address": "127.0.0.1"} == ours
    assert "6.6.6.6" not in asked.headers.values()


async def test_what_the_portal_says_of_a_page_stands(rest: httpx.AsyncClient, portal: Portal) -> None:
    """GW-07: the portal's own policy, caching and cookie arrive; it gets the security headers that it leaves out."""
    own = {
        "content-security-policy": "default-src 'self'",
        "cache-control": "max-age=3600",
        "referrer-policy": "same-origin",
        "set-cookie": "session=sealed; HttpOnly",
    }

    async def page(_: Request) -> Response:
        return HTMLResponse("<h1>Buenos días</h1>", status_code=422, headers=own)

    portal.answer = page
    answer = await rest.get("/sign-in")

    assert (422, "<h1>Buenos días</h1>") == (answer.status_code, answer.text)
    assert (SECURITY_HEADERS | own).items() <= dict(answer.headers).items()
    assert {"server", "x-envoy-upstream-service-time"}.isdisjoint(answer.headers)


async def test_a_page_that_cannot_be_found_is_the_portals_to_say(rest: httpx.AsyncClient, portal: Portal) -> None:
    """PO-01: an error that the portal answers with is left alone."""

    async def nowhere(_: Request) -> Response:
        return HTMLResponse("<h1>No such page</h1>", status_code=404)

    portal.answer = nowhere
    answer = await rest.get("/nothing", headers=BROWSER)

    assert (404, "<h1>No such page</h1>") == (answer.status_code, answer.text)


async def test_a_form_is_small(rest: httpx.AsyncClient, portal: Portal) -> None:
    """GW-03: a body that says it is over 64 KiB is refused unread; one without a length the portal counts itself."""
    fits = await rest.post("/link", content=b"x" * PORTAL_BODY_BYTES, headers=FORM)
    too_large = await rest.post("/link", content=b"x" * (PORTAL_BODY_BYTES + 1), headers=FORM)
    counted_there = await rest.post("/link", content=in_pieces(2 * PORTAL_BODY_BYTES), headers=FORM)

    assert [200, 413, 200] == [answer.status_code for answer in (fits, too_large, counted_there)]
    assert "BODY_TOO_LARGE" == too_large.json()["details"][0]["reason"]
    assert [PORTAL_BODY_BYTES, 2 * PORTAL_BODY_BYTES] == [len(asked.body) for asked in portal.received]


def is_a_way_on(answer: httpx.Response, status: int) -> bool:
    """Whether it is the page for a person whose request was refused: both languages, and a link to the start."""
    page = Page(answer.text)
    said = (answer.status_code, answer.headers["content-type"], answer.headers["content-security-policy"])
    return (
        (status, "text/html; charset=utf-8", policy("refusal")) == said
        and page.asks_nothing_of_others()
        and ([], ["en", "en", "es"], ["/", "/"]) == (page.open, page.languages, page.links)
        and 2 == page.tags.count("h1")
    )


async def test_a_browser_that_is_refused_gets_a_page(rest: httpx.AsyncClient, portal: Portal) -> None:
    """GW-04, PO-01: what the gateway refuses itself on the portal's paths is a page for browsers alone."""
    too_large = await rest.post("/link", content=b"x" * (PORTAL_BODY_BYTES + 1), headers=FORM | BROWSER)
    of_the_api = await rest.post(
        "/v1/auth/logout", content=b"x" * 5000, headers={**BROWSER, "content-type": "text/plain"}
    )

    assert is_a_way_on(too_large, 413)
    assert {"retry-after"}.isdisjoint(too_large.headers)
    assert SECURITY_HEADERS["cache-control"] == too_large.headers["cache-control"]
    assert "application/json" == of_the_api.headers["content-type"]


async def test_a_page_that_takes_too_long_gives_504(
    another_edge: AnotherEdge, settings: EnvoySettings, portal: Portal
) -> None:
    """GW-03: after the time limit a browser gets a page, and others the one shape."""
    portal.answer = dawdling
    async with another_edge(replace(settings, timeout=0.3)) as (client, _):
        page, json = await client.get("/", headers=BROWSER), await client.get("/")

    assert is_a_way_on(page, 504)
    assert (504, "DEADLINE_PASSED") == (json.status_code, json.json()["details"][0]["reason"])


async def test_a_file_of_rows_may_take_longer_than_a_page(
    another_edge: AnotherEdge, settings: EnvoySettings, portal: Portal
) -> None:
    """GW-03, AP-12, CM-14: it still comes when a page that was asked for after it has reached the time limit."""
    is_over = asyncio.Event()

    async def slow(request: Request) -> Response:
        if request.url.path == "/":
            return await dawdling(request)
        await is_over.wait()
        return Response("number")

    portal.answer = slow
    async with another_edge(replace(settings, timeout=0.3)) as (client, _):
        files = [asyncio.create_task(client.get(address)) for address in FILES_OF_ROWS]
        page = await client.get("/")
        is_over.set()

        assert (504, {200}) == (page.status_code, {file.status_code for file in await asyncio.gather(*files)})


class Watch:
    """What `/readyz` says, and what becomes of a page."""

    def __init__(self, origin: httpx.AsyncClient, eventually: Eventually) -> None:
        self._origin = origin
        self._eventually = eventually

    async def until(self, status: int) -> None:
        """Return when both answer with the status."""

        async def both() -> bool:
            return {status} == {(await self._origin.get(path)).status_code for path in ("/readyz", "/")}

        await self._eventually(both)


@pytest.fixture
def watch(rest: httpx.AsyncClient, eventually: Eventually) -> Watch:
    return Watch(rest, eventually)


async def test_the_api_does_not_need_the_portal(rest: httpx.AsyncClient, portal: Portal, watch: Watch) -> None:
    """GW-06: while the portal is away `/readyz` says so, pages are 503 with `Retry-After`, and the API is served."""
    await portal.stop()
    try:
        await watch.until(503)
        page, json = await rest.get("/i/token", headers=BROWSER), await rest.get("/i/token")
        others = [await rest.get(path) for path in ("/v1/me", "/docs", "/healthz")]
    finally:
        await portal.start()
        await watch.until(200)

    assert is_a_way_on(page, 503)
    assert "DEPENDENCY_UNAVAILABLE" == json.json()["details"][0]["reason"]
    assert ["1", "1"] == [answer.headers["retry-after"] for answer in (page, json)]
    assert [200, 200, 200] == [answer.status_code for answer in others]


async def test_a_portal_with_the_certificate_of_a_service_is_not_believed(
    certificates: Mapping[str, Certificate], portal: Portal, watch: Watch
) -> None:
    """GW-01: what answers at the portal's address must show the portal's name, whoever signed it."""
    stranger = Portal(portal.address, certificates["notifications"])
    await portal.stop()
    await stranger.start()
    try:
        await watch.until(503)
    finally:
        await stranger.stop()
        await portal.start()
        await watch.until(200)

    assert [] == stranger.received
