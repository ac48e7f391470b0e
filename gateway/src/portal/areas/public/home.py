"""Where everything begins, and what belongs to no room."""

from starlette.responses import Response

from portal.core.context import HOMES, Visit
from portal.core.i18n import LANGUAGES


async def show(visit: Visit) -> Response:
    """The way in: a code, a sign-in; for somebody who is signed in, their own first page."""
    if visit.session is not None:
        return visit.go(HOMES[visit.session.role])
    return visit.show("public/home.html")


async def help_people(visit: Visit) -> Response:
    """Answers to what families and staff ask most."""
    return visit.show("public/help.html")


async def choose_language(visit: Visit) -> Response:
    """The language from now on, on this browser."""
    if visit.form["language"] in LANGUAGES:
        visit.chosen_language = visit.form["language"]
    return visit.go(visit.next or "/")


async def not_found(visit: Visit) -> Response:
    """Nothing is here."""
    visit.not_found()
