"""Who of the staff works on an application."""

from portico.applications.v1.applications_pb2 import AssignRequest, GetApplicationRequest, UnassignRequest
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.core.colleagues import all_colleagues
from portal.core.context import PageContext

NOT_DONE = frozenset({"ACTION_NOT_ALLOWED", "ACCOUNT_NOT_FOUND"})


async def ask(context: PageContext) -> Response:
    """All who can work on it, and nobody."""
    application, colleagues = await together(
        context.services.applications.GetApplication(
            GetApplicationRequest(application_id=context.param("application_id"))
        ),
        all_colleagues(context),
    )
    return context.render(
        "staff/assignee.html", application=application, colleagues=[(each.id, each.display_name) for each in colleagues]
    )


async def assign(context: PageContext) -> Response:
    """Gives it to the chosen one, or to nobody; when that is so already, or they have left, a word says so."""
    chosen, application_id = context.form["assignee_id"], context.param("application_id")
    ids = {"request_id": context.form["request_id"], "application_id": application_id}
    applications, flash = context.services.applications, "assigned" if chosen else "unassigned"
    try:
        if chosen:
            await applications.Assign(AssignRequest(**ids, assignee_id=chosen))
        else:
            await applications.Unassign(UnassignRequest(**ids))
    except ServiceError as error:
        if error.reason not in NOT_DONE:
            raise
        flash = error.reason
    return context.redirect(context.next or f"/staff/applications/{application_id}", flash=flash)
