"""One request of one person, and all that a page needs to answer it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NoReturn, Protocol
from urllib.parse import urlsplit

from portico.identity.v1.sessions_pb2 import LogoutRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chassis.call import Call, Caller, Role, set_current_call
from chassis.errors import NotFound, ServiceError
from portal.core.brand import stylesheet_address
from portal.core.forms import Form
from portal.core.i18n import LANGUAGES, I18n, Language, best_region, i18n_for, region_of, zone_named
from portal.core.lost_forms import LostForms
from portal.core.sessions import Session
from portal.core.site import Site
from portal.core.times import Times

if TYPE_CHECKING:
    from portico.applications.v1.stub import ApplicationsStub
    from portico.casemanager.v1.stub import CasemanagerStub
    from portico.identity.v1.resources_pb2 import Organization, SignInResult
    from portico.identity.v1.stub import IdentityStub
    from portico.notifications.v1.stub import NotificationsStub
    from starlette.requests import Request

    from portal.core.renderer import Templates
    from portal.core.uploads import SentForm

FAMILY = "family"
"""The realm of all families."""
_SLUG = re.compile(r"[a-z0-9-]{1,63}")


class PageNotFound(NotFound):
    """There is no page at this address."""

    reason = "PAGE_NOT_FOUND"
    message = "There is no page at this address."


class Profile(Protocol):
    """How an organization shows itself: in identity's words, or in those of applications; each may be empty."""

    name: str
    phone: str
    email: str
    hours: str
    web_page: str
    color: str


@dataclass(frozen=True, slots=True)
class Services:
    """Whom the pages ask."""

    identity: IdentityStub
    applications: ApplicationsStub
    casemanager: CasemanagerStub
    notifications: NotificationsStub


@dataclass(slots=True, kw_only=True)
class PageContext:
    """What a page knows of its request, and how it answers.

    `origin` is where people reach the pages, without a slash at its end. `chosen_language` is what the person chose on
    a page, None when they did not; `device_zone` is what the device says, `record_zone` where the shown record's
    organization is, `organization` whose page it is. What changes in `session` goes into the cookie. `device_tokens`
    are what earlier sign-ins left in this browser, `device_token` is what the one on this page leaves.
    `files` are those of a form that the page reads itself. `request_id` is of a call that may have been done already:
    the forms of the page make it again instead of a new one, so that it is done once. `has_page`: the address is not
    that of a form alone.
    """

    request: Request
    services: Services
    templates: Templates
    site: Site
    origin: str
    lost_forms: LostForms
    i18n: I18n
    now: datetime
    session: Session | None
    device_tokens: Sequence[str] = ()
    device_token: str = ""
    form: Form = field(default_factory=Form)
    files: SentForm | None = None
    request_id: str = ""
    has_page: bool = True
    chosen_language: Language | None = None
    device_zone: tzinfo | None = None
    record_zone: tzinfo | None = None
    organization: Profile | None = None
    flash: str = ""
    flash_shown: bool = False

    @property
    def place(self) -> str:
        """Whose page this is, by the name that people know."""
        own = self.session.organization if self.session else ""
        return (self.organization.name if self.organization else "") or own or "Portico"

    @property
    def stylesheet(self) -> str:
        """The address of the style sheet with the organization's colour; empty where none is known."""
        own = self.session.color if self.session else ""
        return stylesheet_address(self.organization.color if self.organization else own)

    @property
    def path(self) -> str:
        """The path and the query that were asked for."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    @property
    def referring_path(self) -> str:
        """The page of ours on which a form stood; empty where the browser does not say."""
        page = urlsplit(self.request.headers.get("referer", ""))
        return local_path(page._replace(scheme="", netloc="", fragment="").geturl())

    @property
    def here(self) -> str:
        """Where the page can be asked for; of the answer to a form without a page of its own: where the form stood."""
        is_page = self.has_page or self.request.method != "POST"
        return self.path if is_page else self.referring_path or self.home

    def param(self, name: str) -> str:
        """A part of the path, as the page's pattern names it."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """The first value of a query parameter; empty when there is none."""
        return self.request.query_params.get(name, "").strip()

    @property
    def next(self) -> str:
        """Where to go on afterwards, from the form or the query: a path of ours, or empty."""
        return local_path(self.form["next"] or self.query("next"))

    @property
    def person(self) -> Session:
        """The signed-in person; for pages that are only for some."""
        if self.session is None:
            raise ValueError("this page must say whom it is for")
        return self.session

    @property
    def account_id(self) -> str:
        """Who is signed in; empty for nobody."""
        return self.session.account_id if self.session else ""

    @property
    def home(self) -> str:
        """Where this person begins."""
        return self.site.home(self.session.role) if self.session else "/"

    @property
    def zone(self) -> tzinfo:
        """Where this person reads a clock: as the device says, else where the organization is, else UTC."""
        own = zone_named(self.session.time_zone) if self.session else None
        return self.device_zone or own or self.record_zone or UTC

    @property
    def times(self) -> Times:
        """How this person reads instants; where the zone lies in no region, the browser's languages say it."""
        region = region_of(self.zone) or best_region(self.request.headers.get("accept-language", ""))
        return Times(i18n=self.i18n, zone=self.zone, now=self.now, region=region)

    def speak(self, language: str, time_zone: str) -> None:
        """Uses what a record says of its reader, where they did not choose themselves."""
        if not self.chosen_language and self.session is None and language in LANGUAGES:
            self.i18n = i18n_for(language)
            self.call()
        self.record_zone = zone_named(time_zone)

    def call(self) -> None:
        """Says on whose behalf the services are asked from now on."""
        headers = self.request.headers
        set_current_call(
            Call(
                caller=Caller(
                    address=headers.get("x-portico-client-address", ""),
                    # gRPC takes printable ASCII; HTTP lets a tab through as well.
                    user_agent=re.sub(r"[^ -~]", "?", headers.get("user-agent", "")[:400]),
                    language=self.i18n.language,
                ),
                method="portal",
                authorization=f"Bearer {self.session.access_token}" if self.session else "",
                states_client=True,
            )
        )

    async def sign_in(self, result: SignInResult, organization: Organization | None = None) -> None:
        """From now on the person is signed in, and whoever was before is signed out.

        Families stay so when the browser is closed if they ask for it in the form. ValueError for a challenge, which no
        account asks for yet.
        """
        if not result.HasField("tokens"):
            raise ValueError("there is no page for a challenge")
        is_family = Role(result.tokens.account.role) is Role.FAMILY
        session = Session.of(result.tokens, organization, is_kept=bool(self.form["keep"]) or not is_family)
        if self.session is not None:
            with suppress(ServiceError):  # the new session stands, also where the old one has ended, or cannot now
                await self.services.identity.Logout(LogoutRequest())
        self.session, self.device_token = session, result.tokens.device_token
        self.call()

    def sign_out(self) -> None:
        """From now on nobody is signed in."""
        self.session = None
        self.call()

    def render(self, template: str, *, form: Form | None = None, status: int = 200, **values: object) -> Response:
        """The page."""
        shown = form or self.form
        self.flash_shown = True
        key, *ids = self.flash.split(".")
        flash = self.site.flashes.get(key)
        return HTMLResponse(
            self.templates.render(
                self.i18n.language,
                template,
                {
                    "context": self,
                    "times": self.times,
                    "form": shown,
                    "flash": flash,
                    "undo": flash.undo_path(ids) if flash and self.session else "",
                    **values,
                },
                seen_by=self.account_id,
            ),
            status_code=shown.status if shown.problem else status,
        )

    def redirect(self, path: str, *, flash: str = "", ids: Sequence[str] = ()) -> Response:
        """See there (303): the next page, with a word about what was done; `ids` are those with which it is undone."""
        self.flash, self.flash_shown = ".".join((flash, *ids)), False
        return RedirectResponse(path, status_code=303)

    def not_found(self) -> NoReturn:
        """There is no such page."""
        raise PageNotFound()


def realm_path(realm: str) -> str:
    """Where a realm's pages begin: `/family`, `/o/<slug>`; for no realm, or an odd one, where all begin."""
    if realm == FAMILY:
        return "/family"
    return f"/o/{realm}" if _SLUG.fullmatch(realm) else ""


def local_path(path: str) -> str:
    """The path when it stays on this origin, else empty: no other host by two slashes or a backslash, no line break."""
    is_local = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if is_local else ""
