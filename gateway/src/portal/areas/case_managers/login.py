"""The tab Login Information: how a case manager stands with their login, and the form that changes it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import Literal

from portico.casemanager.v1.resources_pb2 import CaseManager, Login
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from portal.areas.case_managers import labels
from portal.areas.case_managers.fields import holder_of, said_of_login
from portal.areas.case_managers.login_actions import DISABLE, ENABLE, OFFER, LoginAction, allowed_actions
from portal.areas.case_managers.login_actions import RESEND_ACTIVATION as RESEND
from portal.areas.case_managers.login_actions import RESET_PASSWORD as RESET
from portal.areas.case_managers.profile import load
from portal.areas.case_managers.search import LIST
from portal.core.context import PageContext
from portal.core.failures import code, why
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.versions import version_of

SENT_FLASH = "case-manager-login-sent"
IN_THE_FORM = frozenset(
    {
        *("EMAIL_MISSING", "USERNAME_TAKEN", "LOGIN_EXISTS", "OFFER_TOO_SOON", "CASE_MANAGER_INACTIVE"),
        *("DEPENDENCY_UNAVAILABLE", "INVALID_REQUEST"),
    }
)
NOT_NOW = IN_THE_FORM | {"ACTION_NOT_ALLOWED", "RESET_LIMIT_REACHED"}
PastOrAhead = Literal["activation_expire_time", "offer_pause_end_time"]
WATCHED = timedelta(minutes=10)
"""How long after a message was sent the page looks whether it arrived."""


def pages(address: str, roles: frozenset[Role]) -> Iterator[Page]:
    """The pages of what has a button, below the address of the login, and the question before it is disabled."""
    for action in (ENABLE, RESEND, RESET):
        yield Page(path=address + action.path, post=partial(_act, action), roles=roles)
    yield Page(path=address + DISABLE.path, get=_ask, post=partial(_act, DISABLE), roles=roles)


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
    return context.redirect(_address(context), flash=_flash(action, person))


async def _ask(context: PageContext) -> Response:
    """What follows when the login is disabled."""
    return context.render("case_managers/disable.html", person=await load(context))


async def _act(action: LoginAction, context: PageContext) -> Response:
    """Does it; when it no longer fits, the page shows what fits now, and a word says why it was not done."""
    try:
        person = await action.call(context)
    except ServiceError as error:
        if error.reason not in NOT_NOW:
            raise
        return context.redirect(_address(context), flash=error.reason)
    return context.redirect(_address(context), flash=_flash(action, person), ids=(person.id,) if action.undo else ())


def _flash(action: LoginAction, person: CaseManager) -> str:
    """What is said of it; of a login that waits for its first password, that the message is on its way."""
    is_sent = action is ENABLE and person.login.status == Login.ACTIVATION_SENT
    return SENT_FLASH if is_sent else action.flash


def _page(context: PageContext, person: CaseManager, *, refusal: str = "", taken_by: str = "") -> Response:
    """`refusal`: why the form was not saved; `taken_by`: who has the address already."""
    login, actions = person.login, allowed_actions(person.login)
    is_paused = login.HasField("offer_pause_end_time") and not _is_past(context, login, "offer_pause_end_time")
    if not context.form.values:
        context.form = Form({"enable_login": "yes" if DISABLE in actions else ""})
    return context.render(
        "case_managers/login.html",
        labels=labels,
        why=why,
        code=code,
        version=version_of(login),
        is_moving=_is_moving(context, login),
        person=person,
        buttons=[action for action in actions if action.is_button],
        first=actions[0] if actions else None,
        can_enable=ENABLE in actions,
        can_offer=OFFER in actions,
        can_disable=DISABLE in actions,
        is_link_dead=_is_past(context, login, "activation_expire_time"),
        asks_reason=refusal == "OFFER_TOO_SOON" or is_paused,
        refusal=refusal,
        taken_by=taken_by,
    )


def _is_moving(context: PageContext, login: Login) -> bool:
    """Whether a message is on its way of which it may soon be known that it did not arrive."""
    is_sent = login.status in {Login.OFFERED, Login.ACTIVATION_SENT} and login.HasField("status_time")
    return is_sent and context.now - login.status_time.ToDatetime(UTC) < WATCHED


def _is_past(context: PageContext, login: Login, name: PastOrAhead) -> bool:
    """Whether a time is known and over: what identity has not told yet is neither."""
    return login.HasField(name) and getattr(login, name).ToDatetime(UTC) <= context.now


def _address(context: PageContext) -> str:
    return f"{LIST}/{context.param('case_manager_id')}/login"
