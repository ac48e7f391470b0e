"""The pages of one guardian: the forms of the actions, and what does them."""

from collections.abc import Iterator, Sequence
from functools import partial

from portico.applications.v1.applications_pb2 import GetApplicationRequest
from portico.applications.v1.resources_pb2 import Application, Guardian
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import NotFound, ServiceError
from portal.areas.staff import labels
from portal.areas.staff.guardian_actions import ACTIONS, FIELDS, GuardianAction, allowed_actions
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.labels import choice
from portal.core.pages import Page

NOT_NOW = frozenset({"ACTION_NOT_ALLOWED", "UNDO_EXPIRED", "RESET_LIMIT_REACHED", "ACCOUNT_NOT_ACTIVE"})
Rows = tuple[GuardianAction, ...]


class GuardianNotFound(NotFound):
    """No such guardian of this application."""

    reason = "GUARDIAN_NOT_FOUND"
    message = "No such guardian."


def pages(address: str, roles: frozenset[Role]) -> Iterator[Page]:
    """A page for each path of the actions, below a guardian's address."""
    for path in dict.fromkeys(action.path for action in ACTIONS.values()):
        rows = tuple(action for action in ACTIONS.values() if path == action.path)
        ask = partial(_ask, rows) if rows[0].template else None
        yield Page(path=address + path, get=ask, post=partial(_act, rows), roles=roles)


async def _ask(rows: Rows, context: PageContext) -> Response:
    """The form, with the guardian's details, or with what was typed before."""
    application, guardian = await _load(context)
    written = {name: getattr(guardian, name) for name in FIELDS}
    written |= {"preferred_method": choice(guardian, "preferred_method"), **context.form.values}
    context.form = Form(written)
    return _form(context, _fitting(rows, guardian), application, guardian)


async def _act(rows: Rows, context: PageContext) -> Response:
    """Does it; when it no longer fits, the page shows what fits now, and a word says why it was not done."""
    action = rows[0] if len(rows) == 1 else _fitting(rows, (await _load(context))[1])
    try:
        await action.call(context)
    except ServiceError as error:
        if error.reason in action.form_reasons:
            context.form = context.form.refused(error, context.i18n)
            application, guardian = await _load(context)
            return _form(context, _fitting(rows, guardian), application, guardian)
        if error.reason not in NOT_NOW:
            raise
        return _back(context, error.reason)
    ids = (context.param("application_id"), context.param("guardian_id")) if action.undo else ()
    return _back(context, action.flash, ids)


def _fitting(rows: Rows, guardian: Guardian) -> GuardianAction:
    """The first that is allowed; the service says why none is."""
    return next((row for row in rows if row in allowed_actions(guardian)), rows[0])


def _form(context: PageContext, action: GuardianAction, application: Application, guardian: Guardian) -> Response:
    return context.render(
        action.template,
        labels=labels,
        application=application,
        guardian=guardian,
        action=action,
        is_again=action.value == Guardian.REINVITE,
        method=_likely_method(guardian, context.form["method"] or context.form["preferred_method"]),
        next=context.next,
    )


def _likely_method(guardian: Guardian, wanted: str) -> str:
    """The way that the form proposes: the wanted one, unless its contact failed or is missing and the other did not.

    When both failed it is the one that failed longer ago.
    """
    ways = {
        "EMAIL": (guardian.email, guardian.email_failure_time),
        "SMS": (guardian.phone, guardian.phone_failure_time),
    }
    there = {way: failed.ToNanoseconds() for way, (contact, failed) in ways.items() if contact}
    return min(there, key=lambda way: (there[way], way != wanted), default="")


def _back(context: PageContext, flash: str, ids: Sequence[str] = ()) -> Response:
    application = f"/staff/applications/{context.param('application_id')}"
    return context.redirect(context.next or application, flash=flash, ids=ids)


async def _load(context: PageContext) -> tuple[Application, Guardian]:
    application = await context.services.applications.GetApplication(
        GetApplicationRequest(application_id=context.param("application_id"))
    )
    for guardian in application.guardians:
        if guardian.id == context.param("guardian_id"):
            return application, guardian
    raise GuardianNotFound()
