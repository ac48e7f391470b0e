"""Somebody in front of a browser: with cookies, headers as a browser sends them, and perhaps a sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import httpx
from portico.identity.v1.resources_pb2 import Account, SignInResult, Tokens
from starlette.applications import Starlette
from starlette.requests import Request

from chassis.call import Role
from chassis.clock import Clock
from chassis.testing.grpc import TestPeople
from chassis.wire import timestamp
from portal.core.cookies import Cookies
from portal.core.seals import Seal
from portal.core.sessions import Session

from .reading import Page, filled
from .samples import ADA_ID, CHROME, FAMILY_ID

ORIGIN = "https://portico.example"
KEYS = (b"1" * 32, b"2" * 32)
SIGN_IN = "__Host-portico"
"""The name of the cookie that holds the sign-in, over HTTPS."""
ACCESS_LIFE, REFRESH_LIFE = timedelta(minutes=15), timedelta(days=30)


@dataclass(slots=True)
class Browser:
    """Keeps cookies; `headers` are sent with every request, `set_cookies` are the lines of the last answer.

    `seen_by` is the account for which the forms were drawn that are sent without their page. `piece_bytes` is how much
    of a form goes out at once, 0 for all.
    """

    portal: Starlette
    origin: str = ORIGIN
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str | bytes] = field(default_factory=lambda: {"user-agent": CHROME, "accept-language": "en"})
    set_cookies: list[str] = field(default_factory=list)
    seen_by: str = ""
    piece_bytes: int = 0

    async def get(self, address: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Page:
        """Ask for a page as somebody who types its address."""
        return await self._ask(method, address, {"sec-fetch-site": "none", **(headers or {})}, b"")

    async def post(
        self, address: str, fields: Mapping[str, str] | bytes, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send a form from a page of the same origin, or with these headers in place of what says so."""
        said = {"sec-fetch-site": "same-origin", "origin": self.origin} if headers is None else headers
        body = fields if isinstance(fields, bytes) else urlencode({"as": self.seen_by, **fields}).encode()
        return await self._ask("POST", address, {"content-type": "application/x-www-form-urlencoded", **said}, body)

    async def press(self, page: Page, button: str, **typed: str) -> Page:
        """Type into the form of a page that has this button, and press it."""
        form, pressed = page.form(button)
        fields = filled(form, pressed, typed)
        address = form.get("action") or page.address
        if form.get("method") != "post":
            return await self.get(f"{address}?{urlencode(fields)}")
        assert len(fields) == len(dict(fields)), f"A field stands twice: {fields}"
        return await self.post(address, dict(fields))

    async def follow(self, page: Page) -> Page:
        """Go where an answer leads; AssertionError when that is another origin."""
        assert page.goes_to.startswith("/"), f"{page.status} leads to {page.goes_to or 'nowhere'}"
        return await self.get(page.goes_to)

    async def _ask(self, method: str, address: str, headers: Mapping[str, str | bytes], body: bytes) -> Page:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**self.headers, **({"cookie": cookies} if cookies else {}), **headers}
        encoded = {
            name.encode("ascii"): value if isinstance(value, bytes) else value.encode("utf-8")
            for name, value in sent.items()
        }
        content = self._pieces(body) if self.piece_bytes else body
        request = httpx.Request(method, self.origin + address, headers=encoded, content=content)
        answer = await httpx.ASGITransport(self.portal).handle_async_request(request)
        await answer.aread()
        self.set_cookies = answer.headers.get_list("set-cookie")
        for line in self.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        parts = urlsplit(address)
        return Page.of(f"{parts.path}?{parts.query}" if parts.query else parts.path, answer)

    async def _pieces(self, body: bytes) -> AsyncIterator[bytes]:
        for begin in range(0, len(body), self.piece_bytes):
            yield body[begin : begin + self.piece_bytes]


@dataclass(frozen=True, slots=True)
class Registry:
    """Knows how people sign in here, and what identity gives them."""

    people: TestPeople
    clock: Clock
    seal: Seal
    cookies: Cookies

    def tokens(self, role: Role, *, language: str = "en", session_id: UUID | None = None) -> Tokens:
        """What identity gives to a sign-in and to a refresh."""
        is_family = role is Role.FAMILY
        account = Account(
            id=FAMILY_ID if is_family else ADA_ID,
            realm="family" if is_family else "sunrise",
            role=int(role),  # type: ignore[arg-type] # the same numbers
            username="lucia@example.org" if is_family else "ada@sunrise.example",
            display_name="Lucía Morales" if is_family else "Ada Admin",
            language=language,
        )
        return Tokens(
            access_token=self.people.token(role=role.name, sub=account.id, sid=str(session_id or uuid4())),
            access_expire_time=timestamp(self.clock() + ACCESS_LIFE),
            refresh_token=f"refresh-{uuid4()}",
            refresh_expire_time=timestamp(self.clock() + REFRESH_LIFE),
            account=account,
        )

    def signed_in(self, role: Role) -> SignInResult:
        """What identity answers to a sign-in."""
        return SignInResult(tokens=self.tokens(role))

    def session(self, role: Role, *, language: str = "en", session_id: UUID | None = None, **changes: Any) -> Session:
        """A sign-in as the cookie keeps it; an organization is in New York."""
        session = Session.of(self.tokens(role, language=language, session_id=session_id), None, is_kept=True)
        own = {} if role is Role.FAMILY else {"organization": "Sunrise Childcare", "time_zone": "America/New_York"}
        return replace(session, **{**own, **changes})

    def sealed(self, session: Session) -> str:
        """The cookie's value."""
        return self.seal.sealed(asdict(session))

    def opened(self, browser: Browser) -> Session:
        """Who is signed in in a browser; AssertionError when nobody is."""
        header = f"{SIGN_IN}={browser.cookies[SIGN_IN]}".encode()
        session = self.cookies.session(Request({"type": "http", "headers": [(b"cookie", header)]}))
        assert session is not None
        return session


SignedIn = Callable[..., Browser]
"""A browser in which somebody of this role is signed in; other arguments are those of `Registry.session`."""
