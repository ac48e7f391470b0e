"""Where case managers begin: what waits for them, their next appointments, what they have not read, who they are."""

from collections.abc import Sequence

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest
from portico.casemanager.v1.profile_pb2 import GetMyProfileRequest
from portico.casemanager.v1.report_resources_pb2 import Report
from portico.casemanager.v1.reports_pb2 import ListReportsRequest
from portico.casemanager.v1.resources_pb2 import CaseManager
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.core.context import PageContext
from portal.core.labels import TASK_TITLES
from portal.core.organizations import show_organization
from portal.core.outages import unless_away
from portal.core.specialists import MODES
from portal.core.tasks import next_tasks
from portal.core.values import values_of

OVERVIEW = "/cm"
_NEXT_APPOINTMENTS = 5
_NEW_REPORTS = 5


async def my_profile(context: PageContext) -> CaseManager | None:
    """Who is signed in; None for a login to which no profile belongs. The page is from now on their organization's."""
    _, person = await together(
        show_organization(context, context.person.realm, context.person.organization), _profile(context)
    )
    return person


async def show(context: PageContext) -> Response:
    """The page; a login without a profile reads whom to ask."""
    person, waiting, appointments, reports, values = await together(
        my_profile(context),
        next_tasks(context),
        _next_appointments(context),
        _unread_reports(context),
        values_of(context),
    )
    if person is None:
        return no_profile(context)
    return context.render(
        "cm/overview.html",
        person=person,
        position=values.words(ValueList.POSITIONS, person.position),
        waiting=waiting,
        titles=TASK_TITLES,
        appointments=appointments,
        modes=MODES,
        reports=reports,
        is_known=lambda report: Report.LIST_DOWNLOADS in report.allowed_actions,
    )


def no_profile(context: PageContext) -> Response:
    """Whom to ask about a login to which no profile belongs."""
    return context.render("cm/no_profile.html", status=404)


async def _profile(context: PageContext) -> CaseManager | None:
    try:
        return await context.services.casemanager.GetMyProfile(GetMyProfileRequest())
    except ServiceError as error:
        if error.reason != "CASE_MANAGER_NOT_FOUND":
            raise
        return None


async def _next_appointments(context: PageContext) -> Sequence[Booking] | None:
    """The first of their own bookings that is to come; None while they cannot be asked for."""
    request = ListBookingsRequest(
        page_size=_NEXT_APPOINTMENTS,
        scope=ListBookingsRequest.MINE,
        states=[Booking.CONFIRMED],
        start_time_from=f"{context.now:%Y-%m-%dT%H:%M:%SZ}",
        order_by="start_time",
    )
    found = await unless_away(context.services.casemanager.ListBookings(request))
    return None if found is None else found.bookings


async def _unread_reports(context: PageContext) -> Sequence[Report] | None:
    """The latest reports that they have not downloaded; None while they cannot be asked for.

    One who is only named by a report does not see its booking.
    """
    request = ListReportsRequest(unread=True, page_size=_NEW_REPORTS)
    found = await unless_away(context.services.casemanager.ListReports(request))
    return None if found is None else found.reports
