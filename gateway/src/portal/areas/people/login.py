"""One login: what it is, what happened to it, and the pages of its actions."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from portico.identity.v1.audit_pb2 import ListAuditEventsRequest
from portico.identity.v1.login_users_pb2 import GetLoginUserRequest, LoginUser
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.people import audit, labels
from portal.areas.people.login_actions import ACTIONS, LoginAction, allowed_actions
from portal.areas.people.logins import LIST, Chosen, holders_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.pages import Page

LOGIN = f"{LIST}/logins"
NEWEST = 20
"""Lines of the audit on a login's page."""
NOT_NOW = frozenset({"ACTION_NOT_ALLOWED", "LAST_ADMINISTRATOR", "RESET_LIMIT_REACHED"})


def pages(address: str, roles: frozenset[Role]) -> Iterator[Page]:
    """A page for each action, below a login's address."""
    for action in ACTIONS:
        ask = partial(_ask, action) if action.template else None
        yield Page(path=address + action.path, get=ask, post=partial(_act, action), roles=roles)


async def show(context: PageContext) -> Response:
    """The login, with the newest lines of its audit."""
    account_id = context.param("account_id")
    user, happened = await together(
        _load(context),
        context.services.identity.ListAuditEvents(ListAuditEventsRequest(page_size=NEWEST, subject_id=account_id)),
    )
    return context.render(
        "people/login.html",
        labels=labels,
        user=user,
        actions=allowed_actions(user),
        **await holders_of(context, [user]),
        events=happened.audit_events,
        all_events=audit.Chosen(subject_id=account_id).address(),
        deeds_of=audit.Chosen(actor_id=account_id).address(),
    )


def taken(context: PageContext, error: ServiceError) -> tuple[Form, str]:
    """The form with what is wrong with it; and where the login is found that has the username already, or empty."""
    form = context.form.refused(error, context.i18n)
    if error.reason != "USERNAME_TAKEN":
        return form, ""
    words = context.i18n(N_("There is a login with this address already."))
    return replace(form, problem=words), Chosen(query=context.form["username"]).address()


async def _load(context: PageContext) -> LoginUser:
    return await context.services.identity.GetLoginUser(GetLoginUserRequest(account_id=context.param("account_id")))


async def _ask(action: LoginAction, context: PageContext) -> Response:
    return await _form(context, action)


async def _act(action: LoginAction, context: PageContext) -> Response:
    """Does it; when it no longer fits, the page shows what fits now, and a word says why it was not done."""
    account_id, flash = context.param("account_id"), action.flash
    back = context.next or f"{LOGIN}/{account_id}"
    try:
        await action.call(context)
    except ServiceError as error:
        if error.reason in action.form_reasons:
            context.form, taken_by = taken(context, error)
            return await _form(context, action, taken_by=taken_by)
        if error.reason == "ACCOUNT_NOT_FOUND":
            return context.redirect(LIST, flash=error.reason)
        if error.reason not in NOT_NOW:
            raise
        return context.redirect(back, flash=error.reason)
    return context.redirect(back, flash=flash, ids=(account_id,) if action.undo else ())


async def _form(context: PageContext, action: LoginAction, *, taken_by: str = "") -> Response:
    """The question, or the form with what is known or was typed before; `taken_by`: whose the username is."""
    user = await _load(context)
    context.form = replace(context.form, values={"username": user.account.username, **context.form.values})
    return context.render(action.template, user=user, action=action, next=context.next, taken_by=taken_by)
