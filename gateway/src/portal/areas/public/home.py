"""Where everything begins, and what belongs to no room."""

from http import HTTPStatus

from starlette.responses import Response

from portal.core.context import PageContext
from portal.core.i18n import LANGUAGES


async def show(context: PageContext) -> Response:
    """The way in: a code, a sign-in; for somebody who is signed in, their own first page."""
    if context.session is not None:
        return context.redirect(context.home)
    return context.render("public/home.html")


async def help_people(context: PageContext) -> Response:
    """Answers to what families and staff ask most."""
    return context.render("public/help.html")


async def help_with_passwords(context: PageContext) -> Response:
    """What a good password is, and what helps when setting one or signing in does not work."""
    return context.render("public/help_passwords.html")


async def choose_language(context: PageContext) -> Response:
    """The language from now on, on this browser; a form that the page keeps goes along to where it was sent."""
    context.chosen_language = LANGUAGES.get(context.form["language"], context.chosen_language)
    response = context.redirect(context.next or "/")
    if context.form["lost"]:
        response.status_code = HTTPStatus.TEMPORARY_REDIRECT
    return response
