"""The portal played by a real web server, and how a browser asks for a page and reads it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from socket import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local_stack.certificates import Certificate

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""What a browser sends when a person follows a link."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the portal got."""

    method: str
    target: str
    """Path and query, as they came."""
    headers: Mapping[str, str]
    body: bytes


async def dawdling(request: Request) -> Response:
    """An answer that never comes: it ends when nobody waits any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


@dataclass(slots=True)
class Portal:
    """Answers every request with a small page, or as `answer` says, and remembers it."""

    address: str
    certificate: Certificate
    answer: Callable[[Request], Awaitable[Response]] | None = None
    received: list[Asked] = field(default_factory=list)
    _server: "_Server | None" = None
    _serving: "asyncio.Task[None] | None" = None

    async def start(self) -> None:
        """Serve on the address with mutual TLS."""
        host, _, port = self.address.rpartition(":")
        config = uvicorn.Config(
            Starlette(routes=[Route("/healthz", self._live), Route("/{path:path}", self._page, methods=METHODS)]),
            host=host,
            port=int(port),
            lifespan="off",
            log_config=None,
            ws="none",
            timeout_keep_alive=75,
            ssl_certfile=self.certificate.certificate,
            ssl_keyfile=self.certificate.key,
            ssl_ca_certs=str(self.certificate.authority),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        await self._server.listens.wait()

    async def stop(self) -> None:
        """End; whoever still waits for an answer gets none."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._server = self._serving = None

    def forget(self) -> None:
        """Drop the answer and the requests of the last test."""
        self.answer = None
        self.received.clear()

    async def _live(self, request: Request) -> Response:
        return Response()

    async def _page(self, request: Request) -> Response:
        target = request.scope["raw_path"].decode("ascii")
        query = request.scope["query_string"].decode("ascii")
        body = b"" if self.answer else await request.body()
        asked = Asked(request.method, f"{target}?{query}" if query else target, dict(request.headers), body)
        self.received.append(asked)
        return await self.answer(request) if self.answer else HTMLResponse("<h1>Good day</h1>")


METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


class _Server(uvicorn.Server):
    """Inside the tests' own process: it tells when it listens, and leaves the signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Page(HTMLParser):
    """What a browser would ask for and jump to, and the tags that were not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.languages: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "br", "input"}:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src"}:
                self.links.append(value or "")
            if name == "lang":
                self.languages.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def asks_nothing_of_others(self, *, scripts: int = 0) -> bool:
        """Whether it is one file: one style, so many scripts, no picture, nothing in attributes that would run."""
        is_alone = {"link", "img", "iframe"}.isdisjoint(self.tags) and "src" not in self.attributes
        is_alone = is_alone and (1, scripts) == (self.tags.count("style"), self.tags.count("script"))
        return is_alone and not any(name.startswith("on") or name == "style" for name in self.attributes)
