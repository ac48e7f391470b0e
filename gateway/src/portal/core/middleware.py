"""What happens around every page: trace, origin, cookie, sign-in, who may come, headers, errors as pages."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from opentelemetry.trace import SpanKind
from portico.identity.v1.sessions_pb2 import RefreshTokensRequest
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from chassis import telemetry
from chassis.errors import (
    Code,
    DeadlineExceeded,
    Denied,
    Internal,
    InvalidArgument,
    ServiceError,
    Unauthenticated,
    Unavailable,
)
from portal.core.context import PageContext, PageNotFound, Services, realm_path
from portal.core.cookies import Cookies
from portal.core.error_messages import error_message
from portal.core.forms import Form, http_status, read_form
from portal.core.i18n import LANGUAGES, best_language, i18n_for, zone_named
from portal.core.lost_forms import LostForms
from portal.core.pages import Page
from portal.core.sessions import CHOOSING_SECONDS, LATE_SECONDS, REFRESH_MARGIN, STREAM_MARGIN, Session
from portal.core.site import Site
from portal.core.uploads import SentForm

if TYPE_CHECKING:
    from starlette.requests import Request

    from portal.core.renderer import Templates

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
UNCOMPRESSED = "no-transform"
"""Tells the gateway that a page shows what is not for everybody.

How small it becomes would tell, letter by letter, what stands there beside words of a stranger's choice (BREACH).
"""
SIGNED_OUT = frozenset({"CREDENTIALS_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED", "SESSION_REVOKED"})
_MAY_PASS = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.ABORTED, Code.INTERNAL})
"""What is refused so may be served a moment later, as it was sent."""
_DURATION = telemetry.METER.create_histogram(
    "http.server.request.duration",
    unit="s",
    description="Time from request to page, by page and status.",
    explicit_bucket_boundaries_advisory=telemetry.SECONDS,
)
_log = telemetry.logger(__name__)


class ForeignOrigin(Denied):
    """A form was posted from a page that is not ours."""

    reason = "FOREIGN_ORIGIN"
    message = "The form came from another origin."


class PageMiddleware:
    """Stands between the server and every page."""

    def __init__(
        self,
        *,
        services: Services,
        templates: Templates,
        site: Site,
        cookies: Cookies,
        lost_forms: LostForms,
        origin: str,
        clock: Callable[[], float],
    ) -> None:
        self._services = services
        self._templates = templates
        self._site = site
        self._cookies = cookies
        self._lost_forms = lost_forms
        self._origin = origin
        self._clock = clock

    def endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """What the router calls for a page."""

        async def serve(request: Request) -> Response:
            with _observed(page.path, request) as answered:
                response = await self._serve(page, request)
                answered(response.status_code)
                return response

        return serve

    async def _serve(self, page: Page, request: Request) -> Response:
        context = self._context(page, request)
        before = context.session
        try:
            response = await self._admitted(page, context)
        except ServiceError as error:
            response = self._refused(page, context, error)
        except ClientDisconnect:  # in the middle of a form: nobody is there any more to be told, and nothing is wrong
            response = Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 whatever it is: a person gets a page
            _log.exception("page.failed", page=page.path, exc_info=error)
            response = self._refused(page, context, Internal())
        if context.files is not None:
            await context.files.discard()
        is_late = (page.is_stream or page.takes_files) and self._clock() - context.now.timestamp() > LATE_SECONDS
        # Another tab may have newer tokens by now, which must stay; the ones that were sent can be exchanged once more.
        self._cookies.keep(context, context.session if is_late else before, response)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.method == "POST" or page.is_secret or before or context.session:
            response.headers["cache-control"] = f"{HEADERS['cache-control']}, {UNCOMPRESSED}"
        response.headers["referrer-policy"] = "no-referrer" if page.is_secret else "same-origin"
        return response

    def _context(self, page: Page, request: Request) -> PageContext:
        session = self._cookies.session(request)
        chosen = LANGUAGES.get(request.cookies.get("language", ""))
        language = chosen or (LANGUAGES.get(session.language) if session else None)
        context = PageContext(
            request=request,
            services=self._services,
            templates=self._templates,
            site=self._site,
            origin=self._origin,
            lost_forms=self._lost_forms,
            i18n=i18n_for(language or best_language(request.headers.get("accept-language", ""))),
            now=datetime.fromtimestamp(self._clock(), UTC),
            session=session,
            device_tokens=self._cookies.device_tokens(request),
            chosen_language=chosen,
            device_zone=zone_named(request.cookies.get("zone", "")),
            flash=request.cookies.get("notice", ""),
            has_page=page.get is not None,
        )
        context.call()
        return context

    async def _admitted(self, page: Page, context: PageContext) -> Response:
        check = partial(self._check_session, page, context, context.session)
        if context.request.method == "POST":
            self._check_origin(context.request)
            if page.takes_files:
                # Not the whole of it: the fewer exchanges, the less other tabs of the browser fall behind.
                stays = partial(check, STREAM_MARGIN / 2)
                context.files = SentForm(context.request, max_bytes=page.max_bytes, stays=stays)
            else:
                context.form = await read_form(context.request, page.max_bytes)
        await check(_margin(page, context.request.method))
        # Nothing of a form with files is read for somebody who may not come.
        if context.files is not None and context.person.role in page.roles:
            context.form = await context.files.fields()
        is_shown_again = "lost" in context.form.values and not page.is_anyones
        handler = page.post if context.request.method == "POST" and not is_shown_again else page.get
        if handler is None:
            context.not_found()
        is_anothers = context.request.method == "POST" and not page.is_anyones and _is_anothers(context)
        if is_anothers:
            context.flash = "another-account"
        if page.roles and context.person.role not in page.roles:
            raise Denied()
        if is_anothers:
            return await _ask_again(page, context)
        if context.request.method == "POST" and handler is page.get:
            lost = context.lost_forms.opened(context.form["lost"], context.account_id)
            if lost and lost.path == context.path:
                # Files are chosen anew, and may be others than those that arrived before.
                context.request_id = "" if page.takes_files else lost.request_id
                # Kept as it is, where it cannot be shown now either.
                context.form = Form({**lost.values, "lost": context.form["lost"]} if lost.values else {})
            else:
                context.form = Form()
        return await handler(context)

    async def _check_session(self, page: Page, context: PageContext, sent: Session | None, margin: float) -> None:
        """Exchanges the tokens that the browser `sent`, also the second time: it has those, or newer ones."""
        now, session = self._clock(), context.session
        if sent is not None and session is not None and session.is_stale(now, margin):
            await _refresh(context, sent, is_needed=bool(page.roles) and session.is_stale(now))
        if page.roles and context.session is None:
            raise Unauthenticated()

    def _check_origin(self, request: Request) -> None:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        # Where a page sends no referrer, browsers write `Origin: null` even to its own origin; what they say of the
        # site (Fetch Metadata) holds all the same. Only old ones say nothing of it.
        if site != "same-origin" if site is not None else origin != self._origin:
            raise ForeignOrigin()

    def _refused(self, page: Page, context: PageContext, error: ServiceError) -> Response:
        if error.reason in SIGNED_OUT:
            return _signed_out(page, context, error.reason)
        if (
            isinstance(error, InvalidArgument)
            and error.reason == "INVALID_REQUEST"
            and context.request.method != "POST"
        ):
            error = PageNotFound()  # an id in the address that cannot be one
        may_be_sent_again = context.request.method == "POST" and page.get is not None and error.code in _MAY_PASS
        is_kept = may_be_sent_again and not page.is_anyones
        lost = context.lost_forms.sealed(context.path, context.form) if is_kept else ""
        context.form = Form()
        response = context.render(
            "problem.html",
            form_path=context.path if may_be_sent_again else "",
            lost=lost,
            status=http_status(error),
            reason=error.reason,
            problem=error_message(error, context.i18n),
            home=context.home,
            trace_id=telemetry.trace_id() if isinstance(error, Internal) else "",
        )
        if error.retry_after is not None:  # in whole seconds (RFC 9110, 10.2.3)
            response.headers["retry-after"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
        return response


def _margin(page: Page, method: str) -> float:
    """How long the token must be good for."""
    if not (page.is_stream or page.takes_files):
        return REFRESH_MARGIN
    return STREAM_MARGIN + (CHOOSING_SECONDS if page.takes_files and method != "POST" else 0)


def _is_anothers(context: PageContext) -> bool:
    """Whether somebody else is signed in than when the form was drawn; whoever is signed out is asked to sign in."""
    return context.session is not None and context.form["as"] != context.account_id


async def _ask_again(page: Page, context: PageContext) -> Response:
    """Nothing is done: the form as this person gets it, with what was typed and is no secret."""
    if page.get is None:
        return context.redirect(context.referring_path or context.home, flash=context.flash)
    context.form = context.form.shown_again()
    response = await page.get(context)
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.CONFLICT
    return response


async def _refresh(context: PageContext, session: Session, *, is_needed: bool) -> None:
    """Exchanges the tokens; a page that can do without the next ones shows itself also when identity is away."""
    try:
        tokens = await context.services.identity.RefreshTokens(
            RefreshTokensRequest(refresh_token=session.refresh_token)
        )
    except Unauthenticated:
        context.sign_out()
    except (Unavailable, DeadlineExceeded):
        if is_needed:
            raise
    else:
        context.session = session.refreshed(tokens)
        context.call()


def _signed_out(page: Page, context: PageContext, reason: str) -> Response:
    """Leads to where this person signs in, by what this browser remembers; a form that was sent waits in that page."""
    flash = reason if context.session else "CREDENTIALS_MISSING"
    organization_name = context.session.organization if context.session else ""
    realm, next_path = realm_path(context.request.cookies.get("realm", "")), context.path
    context.sign_out()
    if context.request.method == "POST":
        next_path = context.referring_path
        if page.get and realm and (lost := context.lost_forms.sealed(context.path, context.form)):
            context.form, context.flash = Form(), "form-kept"
            return context.render(
                "sign_in.html",
                realm=realm,
                organization_name=organization_name,
                next="",
                lost=lost,
                status=HTTPStatus.FORBIDDEN,
            )
    query = f"?{urlencode({'next': next_path})}" if next_path and next_path != "/" else ""
    return context.redirect(f"{realm}/sign-in{query}", flash=flash)


@contextmanager
def _observed(page: str, request: Request) -> Iterator[Callable[[int], None]]:
    """A span and a duration, named by the page's pattern: the path itself can hold a secret."""
    started, status = time.perf_counter(), 500

    def answered(code: int) -> None:
        nonlocal status
        status = code

    name = f"{request.method} {page}"
    with telemetry.span(name, kind=SpanKind.SERVER, traceparent=request.headers.get("traceparent")) as span:
        try:
            yield answered
        finally:
            span.set_attribute("http.response.status_code", status)
            _DURATION.record(time.perf_counter() - started, {"http.route": page, "http.response.status_code": status})
