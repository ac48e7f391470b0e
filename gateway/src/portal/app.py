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

from portal.areas import (
    account,
    batches,
    bookings,
    case_managers,
    cases,
    cm,
    companies,
    family,
    patterns,
    people,
    places,
    public,
    schedules,
    settings,
    sp,
    specialists,
    staff,
    tasks,
)
from portal.core.brand import stylesheet
from portal.core.context import PageContext, Services
from portal.core.cookies import Cookies
from portal.core.flash import CORE_FLASHES, ERROR_FLASHES
from portal.core.lost_forms import LostForms
from portal.core.middleware import PageMiddleware
from portal.core.pages import Area, Page
from portal.core.renderer import Templates
from portal.core.seals import Seal
from portal.core.site import Site

if TYPE_CHECKING:
    from starlette.requests import Request


async def _nothing(context: PageContext) -> Response:
    context.not_found()


AREAS: tuple[Area, ...] = (
    *(public, family, cm, sp, staff, batches, tasks, people, case_managers, bookings, cases),
    *(companies, specialists, places, schedules, settings, account, patterns),
)
"""A role begins at the first link of the header that is for it."""
PAGES = (
    *(page for area in AREAS for page in area.PAGES),
    Page(path="/{path:path}", get=_nothing, post=_nothing),
)
SITE = Site(
    nav=tuple(sorted((link for area in AREAS for link in area.NAV), key=lambda link: link.order)),
    flashes={**ERROR_FLASHES, **CORE_FLASHES, **{key: flash for area in AREAS for key, flash in area.FLASHES.items()}},
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
    shows_patterns: bool = False,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """The portal as an ASGI application; `origin` is where people reach it."""
    shown = [page for page in PAGES if shows_patterns or page not in patterns.PAGES]
    seal = Seal(keys)
    middleware = PageMiddleware(
        services=services,
        templates=Templates(area.__name__ for area in AREAS),
        site=SITE,
        cookies=Cookies(seal, is_secure=origin.startswith("https:"), clock=clock),
        lost_forms=LostForms(seal, clock),
        origin=origin,
        clock=clock,
    )
    return Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route("/brand/{color}.css", stylesheet),
            Mount("/static", KeptLong(directory=str(files("portal").joinpath("static")))),
            *(Route(page.path, middleware.endpoint(page), methods=page.methods) for page in shown),
        ],
    )


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")
