"""The tab Login Information: how a specialist stands with their login, and what staff can do about it."""

from collections.abc import Iterator
from dataclasses import replace

from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from portal.areas.specialists.login_actions import ACTIONS, DISABLE, ENABLE, RESEND_ACTIVATION, RESET_PASSWORD
from portal.areas.specialists.search import LIST
from portal.core.context import PageContext
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.person_logins import (
    NOT_NOW,
    SENTENCES,
    action_pages,
    allowed_actions,
    holder_of,
    said_of_login,
    standing,
)
from portal.core.specialists import specialist_of
from portal.core.values import values_of

_SENTENCES = {**SENTENCES, "NONE": N_("This person has no login.")}
"""Nobody offers one to a specialist."""


def pages(address: str, roles: frozenset[Role]) -> Iterator[Page]:
    """The tab, and below it a page for each action."""
    yield Page(path=address, get=show, roles=roles)
    yield Page(path=address + ENABLE.path, post=_enable, roles=roles)
    actions, questions = (RESEND_ACTIVATION, RESET_PASSWORD, DISABLE), {DISABLE.path: _ask}
    yield from action_pages(address, roles, actions, own_address=_address, questions=questions)


async def show(context: PageContext) -> Response:
    """How the login stands now."""
    return await _page(context, await _load(context))


async def _enable(context: PageContext) -> Response:
    """Makes the login; what is wrong stands on the page, with a way to mend it."""
    try:
        specialist = await ENABLE.call(context)
    except ServiceError as error:
        if error.reason not in NOT_NOW:
            raise
        context.form = context.form.refused(error, context.i18n)
        if words := said_of_login(context, error):
            context.form = replace(context.form, problem=words)
        return await _page(context, await _load(context), taken_by=await holder_of(context, error))
    return context.redirect(_address(context), flash=ENABLE.flash_for(specialist))


async def _ask(context: PageContext) -> Response:
    """What follows when the login is disabled."""
    return context.render("specialists/disable.html", specialist=await _load(context))


async def _page(context: PageContext, specialist: Specialist, *, taken_by: str = "") -> Response:
    """`taken_by`: where the person or the login is found that has the address already."""
    actions = allowed_actions(specialist.login, ACTIONS)
    return context.render(
        "specialists/login.html",
        specialist=specialist,
        values=await values_of(context),
        standing={**standing(context, specialist.login, actions), "sentences": _SENTENCES},
        can_enable=ENABLE in actions,
        can_disable=DISABLE in actions,
        taken_by=taken_by,
    )


async def _load(context: PageContext) -> Specialist:
    return await specialist_of(context, context.param("specialist_id"))


def _address(context: PageContext) -> str:
    return f"{LIST}/{context.param('specialist_id')}/login"
