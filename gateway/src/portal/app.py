"""The composition root of the portal: the only place that knows all its parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from chassis.call import Role
from portal.areas.account import pages as account
from portal.areas.family import applications as family
from portal.areas.public import home, invitation, passwords, sign_in
from portal.areas.staff import application, guardians, new_application, search
from portal.core.context import Services
from portal.core.cookies import Cookies
from portal.core.middleware import Page, PageMiddleware
from portal.core.renderer import Templates

if TYPE_CHECKING:
    from starlette.requests import Request

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
FAMILY = frozenset({Role.FAMILY})
EVERYBODY = frozenset(Role)

AREAS = ("public", "account", "family", "staff")
APPLICATION = "/staff/applications/{application_id}"
GUARDIAN = APPLICATION + "/guardians/{guardian_id}"
PAGES = (
    Page(path="/", get=home.show),
    Page(path="/help", get=home.help_people),
    Page(path="/language", post=home.choose_language),
    Page(path="/i/{token}", get=invitation.show, post=invitation.answer, is_secret=True),
    Page(path="/link", get=invitation.ask, post=invitation.answer_code, is_secret=True),
    Page(path="/sign-in", get=sign_in.choose),
    Page(path="/family/sign-in", get=sign_in.show, post=sign_in.sign_in),
    Page(path="/o/{slug}/sign-in", get=sign_in.show, post=sign_in.sign_in),
    Page(path="/sign-out", post=sign_in.sign_out),
    Page(path="/family/forgot", get=passwords.ask, post=passwords.forgot),
    Page(path="/o/{slug}/forgot", get=passwords.ask, post=passwords.forgot),
    Page(path="/family/reset", get=passwords.ask_code, post=passwords.reset_by_code),
    Page(path="/o/{slug}/reset", get=passwords.ask_code, post=passwords.reset_by_code),
    Page(path="/family/reset/{token}", get=passwords.show_reset, post=passwords.reset, is_secret=True),
    Page(path="/o/{slug}/reset/{token}", get=passwords.show_reset, post=passwords.reset, is_secret=True),
    Page(path="/o/{slug}/activate/{token}", get=passwords.show_activation, post=passwords.activate, is_secret=True),
    Page(path="/account", get=account.show, roles=EVERYBODY),
    Page(path="/account/password", get=account.show, post=account.change_password, roles=EVERYBODY),
    Page(path="/account/devices", post=account.sign_out_devices, roles=EVERYBODY),
    Page(path="/applications", get=family.show_all, roles=FAMILY),
    Page(path="/applications/{application_id}", get=family.show, roles=FAMILY),
    Page(path="/staff/applications", get=search.show, roles=STAFF),
    Page(path="/staff/applications/new", get=new_application.ask, post=new_application.create, roles=STAFF),
    Page(path=APPLICATION, get=application.show, roles=STAFF),
    Page(path=GUARDIAN, get=guardians.show, post=guardians.update, roles=STAFF),
    Page(path=GUARDIAN + "/invite", get=guardians.ask_method, post=guardians.invite, roles=STAFF),
    Page(path=GUARDIAN + "/{action}", post=guardians.act, roles=STAFF),
    Page(path="/{path:path}", get=home.not_found, post=home.not_found),
)


class KeptLong(StaticFiles):
    """Static files, whose addresses change with what is in them."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """With a long life."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type] # handed on as they come
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def build(
    *,
    services: Services,
    keys: tuple[bytes, ...],
    origin: str,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """The portal as an ASGI application; `origin` is where people reach it."""
    cookies = Cookies(keys, is_secure=origin.startswith("https:"), clock=clock)
    middleware = PageMiddleware(
        services=services, templates=Templates(AREAS), cookies=cookies, origin=origin, clock=clock
    )
    return Starlette(
        routes=[
            Route("/healthz", _healthz),
            Mount("/static", KeptLong(directory=str(files("portal").joinpath("static")))),
            *(Route(page.path, middleware.endpoint(page), methods=page.methods) for page in PAGES),
        ],
    )


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")
