"""The tab Login Information: how a case manager stands with their login, and the form that changes it."""

from collections.abc import Iterator
from dataclasses import replace

from portico.casemanager.v1.resources_pb2 import CaseManager
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from portal.areas.case_managers import labels
from portal.areas.case_managers.login_actions import (
    ACTIONS,
    DISABLE,
    ENABLE,
    OFFER,
    RESEND_ACTIVATION,
    RESET_PASSWORD,
)
from portal.areas.case_managers.profile import load
from portal.areas.case_managers.search import LIST
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.person_logins import (
    LoginAction,
    action_pages,
    allowed_actions,
    holder_of,
    is_past,
    said_of_login,
    standing,
)

IN_THE_FORM = frozenset(
    {
        *("EMAIL_MISSING", "USERNAME_TAKEN", "LOGIN_EXISTS", "OFFER_TOO_SOON", "CASE_MANAGER_INACTIVE"),
        *("DEPENDENCY_UNAVAILABLE", "INVALID_REQUEST"),
    }
)


def pages(address: str, roles: frozenset[Role]) -> Iterator[Page]:
    """The pages of what has a button, below the address of the login, and the question before it is disabled."""
    actions, questions = (ENABLE, RESEND_ACTIVATION, RESET_PASSWORD, DISABLE), {DISABLE.path: _ask}
    return action_pages(address, roles, actions, own_address=_address, questions=questions)


async def show(context: PageContext) -> Response:
    """The form as the login stands now, or as it was typed before."""
    return _page(context, await load(context))


async def save(context: PageContext) -> Response:
    """Does what was changed since the form was drawn; where a login would be taken away, it asks once more."""
    was_enabled, is_enabled = bool(context.form["was_enabled"]), bool(context.form["enable_login"])
    if was_enabled and not is_enabled:
        return context.redirect(f"{_address(context)}{DISABLE.path}")
    is_new = is_enabled and not was_enabled
    if is_new and context.form["offer"]:
        words = context.i18n(
            N_("Please tick one of the two: who gets a login need not be asked whether they want one.")
        )
        context.form = replace(context.form, problem=words, status=400)
        return await show(context)
    if is_new:
        return await _save(context, ENABLE)
    if context.form["offer"]:
        return await _save(context, OFFER)
    return context.redirect(_address(context), flash="case-manager-login-unchanged")


async def _save(context: PageContext, action: LoginAction) -> Response:
    """Does it; what is wrong stands in the form, with a way to mend it."""
    try:
        person = await action.call(context)
    except ServiceError as error:
        if error.reason not in IN_THE_FORM:
            raise
        context.form = context.form.refused(error, context.i18n)
        if words := said_of_login(context, error):
            context.form = replace(context.form, problem=words)
        return _page(context, await load(context), refusal=error.reason, taken_by=await holder_of(context, error))
    return context.redirect(_address(context), flash=action.flash_for(person))


async def _ask(context: PageContext) -> Response:
    """What follows when the login is disabled."""
    return context.render("case_managers/disable.html", person=await load(context))


def _page(context: PageContext, person: CaseManager, *, refusal: str = "", taken_by: str = "") -> Response:
    """`refusal`: why the form was not saved; `taken_by`: who has the address already."""
    login, actions = person.login, allowed_actions(person.login, ACTIONS)
    is_paused = login.HasField("offer_pause_end_time") and not is_past(context, login, "offer_pause_end_time")
    if not context.form.values:
        context.form = Form({"enable_login": "yes" if DISABLE in actions else ""})
    return context.render(
        "case_managers/login.html",
        labels=labels,
        standing=standing(context, login, actions),
        person=person,
        can_enable=ENABLE in actions,
        can_offer=OFFER in actions,
        can_disable=DISABLE in actions,
        asks_reason=refusal == "OFFER_TOO_SOON" or is_paused,
        refusal=refusal,
        taken_by=taken_by,
    )


def _address(context: PageContext) -> str:
    return f"{LIST}/{context.param('case_manager_id')}/login"
