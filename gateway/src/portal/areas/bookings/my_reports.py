"""The reports of all bookings that somebody sees, page by page."""

from __future__ import annotations

from urllib.parse import urlencode

from portico.casemanager.v1.report_resources_pb2 import Report
from portico.casemanager.v1.reports_pb2 import ListReportsRequest
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.bookings import file_labels, report_labels
from portal.areas.bookings.sides import CASE_MANAGERS, STAFF, Side, show_own_organization, side_of
from portal.core.context import PageContext
from portal.core.paging import forward_ways

PAGE = 25


def path_of(side: Side) -> str:
    """Where a side lists them."""
    return side.path.replace("bookings", "reports")


async def show(context: PageContext) -> Response:
    """The list; where a page has nothing any more, the first one."""
    side = side_of(context)
    base, is_unread = path_of(side), context.query("show") == "unread"
    request = ListReportsRequest(unread=is_unread, page_size=PAGE, page_token=context.query("page"))
    found, _ = await together(context.services.casemanager.ListReports(request), show_own_organization(context))

    def at(show: str = "unread" if is_unread else "", page: str = "") -> str:
        query = urlencode({name: value for name, value in (("show", show), ("page", page)) if value})
        return f"{base}?{query}" if query else base

    if context.query("page") and not found.reports:
        return context.redirect(at())
    return context.render(
        "bookings/my_reports.html",
        file_labels=file_labels,
        report_labels=report_labels,
        side=side,
        is_staff=side is STAFF,
        is_unread=is_unread,
        address=at,
        reports=found.reports,
        page_of=lambda report: _page_of(report, side),
        ways=forward_ways(context, found.next_page_token, at),
    )


def _page_of(report: Report, side: Side) -> str:
    """Where the booking is; empty for a case manager who is only named by the report and does not see the booking."""
    knows_booking = Report.LIST_DOWNLOADS in report.allowed_actions or side is not CASE_MANAGERS
    return f"{side.path}/{report.booking_id}/reports" if knows_booking else ""
