"""One application as staff see it: guardians, children, answers, and what happened."""

from portico.applications.v1.applications_pb2 import GetApplicationRequest, SetStatusRequest
from portico.applications.v1.resources_pb2 import Application, Guardian
from starlette.responses import Response

from chassis.errors import InvalidArgument, ServiceError
from chassis.tasks import together
from portal.areas.staff import labels
from portal.areas.staff.guardian_actions import allowed_actions
from portal.areas.staff.timeline import is_moving, timeline_of
from portal.core.answers import answer_lines
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.failures import code, why
from portal.core.versions import version_of


async def show(context: PageContext) -> Response:
    """The answer to «why can't I see my application?», on one screen."""
    application_id = context.param("application_id")
    application, timeline = await together(
        context.services.applications.GetApplication(GetApplicationRequest(application_id=application_id)),
        timeline_of(context, application_id),
    )
    # Whoever did something and is no colleague is of the family.
    names = await names_of(context, [application.assignee_id, *(entry.actor_id for entry in timeline.entries)])
    return context.render(
        "staff/application.html",
        labels=labels,
        why=why,
        code=code,
        allowed_actions=allowed_actions,
        application=application,
        statuses=[name for name, number in Application.Status.items() if number in application.allowed_statuses],
        answers=answer_lines(application.answers, context.i18n),
        timeline=timeline,
        names=names,
        is_moving=timeline.is_newest and is_moving(application, timeline.rows, context.now),
        retried={each.invitation.id for each in application.guardians if each.link_state == Guardian.INVITED},
        version=version_of,
        guardians={guardian.id: guardian for guardian in application.guardians},
    )


async def set_status(context: PageContext) -> Response:
    """Sets it, or says why it no longer fits."""
    written = context.form["status"]
    status = Application.Status.Value(written) if written in labels.SET_STATUS else Application.STATUS_UNSPECIFIED
    return await _set(context, status, flash="status-set")


async def ask_update(context: PageContext) -> Response:
    """What is missing, in the words of the staff: the family reads them."""
    application = await context.services.applications.GetApplication(
        GetApplicationRequest(application_id=context.param("application_id"))
    )
    reached = [each for each in application.guardians if each.email or each.phone]
    return context.render("staff/request_update.html", application=application, reached=reached)


async def request_update(context: PageContext) -> Response:
    """Asks for it; without words the form says so."""
    try:
        return await _set(context, Application.UPDATE_NEEDED, flash="update-requested", message=context.form["message"])
    except InvalidArgument as error:
        context.form = context.form.refused(error, context.i18n)
        return await ask_update(context)


async def _set(
    context: PageContext, status: Application.Status.ValueType, *, flash: str, message: str = ""
) -> Response:
    """When it no longer fits, the page shows what fits now, and a word says why it was not done."""
    application_id = context.param("application_id")
    request = SetStatusRequest(
        request_id=context.form["request_id"], application_id=application_id, status=status, message=message
    )
    try:
        await context.services.applications.SetStatus(request)
    except ServiceError as error:
        if error.reason != "ACTION_NOT_ALLOWED":
            raise
        flash = error.reason
    return context.redirect(context.next or f"/staff/applications/{application_id}", flash=flash)
