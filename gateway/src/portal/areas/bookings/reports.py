"""The report of a booking: its versions, who gets them, and who has downloaded them."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from portico.casemanager.v1.booking_resources_pb2 import STAFF_MEMBER, Booking
from portico.casemanager.v1.report_resources_pb2 import Report
from portico.casemanager.v1.reports_pb2 import (
    FileReportRequest,
    GetReportRequest,
    ListReportDownloadsRequest,
    ListReportDownloadsResponse,
)
from starlette.responses import Response

from chassis.errors import InvalidArgument, ServiceError
from chassis.tasks import together
from portal.areas.bookings import file_labels, labels, report_labels
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.report_shelf import load_reports
from portal.areas.bookings.sides import STAFF, show_own_organization, side_of
from portal.areas.bookings.uploads import files_of, hand_on, why_refused
from portal.core.colleagues import names_of
from portal.core.context import PageContext
from portal.core.error_messages import ERROR_MESSAGES
from portal.core.forms import Form, FormTooLarge
from portal.core.i18n import N_
from portal.core.paging import forward_ways

ACCEPTED = ".pdf,.docx"
_OTHERWISE = N_("This is %(found)s. Please send the report as a PDF or Word document.")
MAX_FORM_BYTES = 101 * 1024 * 1024
"""A version, and what is said of it."""
_PAGE = 25


async def show(context: PageContext) -> Response:
    """The page of the report, with the form for who may file the next version."""
    return await _shown(context)


async def _shown(context: PageContext, refused: Sequence[tuple[str, str]] = ()) -> Response:
    """The same; `refused` is the file that was not taken, with the reason."""
    booking, versions, _ = await together(load(context), load_reports(context), show_own_organization(context))
    if not context.form.values:
        kind = "AMENDED" if booking.report_version else "FINAL"
        parties = "\n".join(each.party_id for each in versions.recipients if each.party_id)
        context.form = Form({"kind": kind, "keep": parties})
    if refused:
        context.form = Form(context.form.values, problem="refused", status=HTTPStatus.BAD_REQUEST)
    return context.render(
        "bookings/reports.html",
        **words(),
        booking=booking,
        here=address(context),
        versions=versions,
        kept=context.form["keep"].split(),
        refused=refused,
        accepted=ACCEPTED,
        max_bytes=100 * 1024 * 1024,
        is_attended=booking.state != Booking.CONFIRMED,
    )


def words() -> dict[str, Any]:
    """What the templates of reports say things with."""
    return {"labels": labels, "file_labels": file_labels, "report_labels": report_labels}


async def file_report(context: PageContext) -> Response:
    """Hands the version on as it comes."""
    form = context.form
    kind = Report.Kind.DESCRIPTOR.values_by_name.get(form["kind"])
    try:
        request_id = UUID(form["request_id"])
    except ValueError:
        raise InvalidArgument from None
    first = FileReportRequest(
        request_id=str(request_id),
        booking_id=context.param("booking_id"),
        kind=Report.Kind.ValueType(kind.number) if kind else Report.FINAL,
        note=form["note"],
        excluded_party_ids=[each for each in form["parties"].split() if each not in form["keep"].split()],
    )
    refused: list[tuple[str, str]] = []
    try:
        async for file in files_of(context):
            if refused:  # the rest of the form is read all the same: who answers before its end may not be heard
                continue
            try:
                first.file_name = file.name
                await hand_on(context.services.casemanager.FileReport(), first, file)
            except ServiceError as error:
                refused.append((file.name, why_refused(error, context, _OTHERWISE)))
            else:
                return context.redirect(f"{address(context)}/reports", flash="report-filed")
    except FormTooLarge:
        refused = refused or [(first.file_name, context.i18n(ERROR_MESSAGES["FILE_TOO_LARGE"]))]
    if context.files is not None:
        await context.files.stay()
    return await _shown(context, refused or [("", context.i18n(N_("Please choose a file first.")))])


async def show_version(context: PageContext) -> Response:
    """A version, its recipients, and who downloaded it."""
    report, _ = await together(load_version(context), show_own_organization(context))
    found = await _downloads(context, report)
    is_staff = side_of(context) is STAFF
    accounts = [each.actor_id for each in found.downloads if each.actor == STAFF_MEMBER]
    colleagues = await names_of(context, [*accounts, report.filed_by]) if is_staff else {}
    return context.render(
        "bookings/report.html",
        **words(),
        report=report,
        here=address(context),
        downloads=found.downloads,
        reader_of=lambda download: download.actor_name or (colleagues or {}).get(download.actor_id, ""),
        is_staff=is_staff,
        ways=forward_ways(context, found.next_page_token, lambda **changes: page_of(context, **changes)),
    )


async def load_version(context: PageContext) -> Report:
    """The version of the address."""
    return await context.services.casemanager.GetReport(GetReportRequest(report_id=context.param("report_id")))


async def _downloads(context: PageContext, report: Report) -> ListReportDownloadsResponse:
    """Who downloaded it; nobody where there is nothing to know, or not for this person."""
    if Report.LIST_DOWNLOADS not in report.allowed_actions:
        return ListReportDownloadsResponse()
    request = ListReportDownloadsRequest(
        report_id=context.param("report_id"), page_size=_PAGE, page_token=context.query("page")
    )
    return await context.services.casemanager.ListReportDownloads(request)


def page_of(context: PageContext, page: str = "") -> str:
    """Where the version of the address has its page."""
    here = f"{address(context)}/reports/{context.param('report_id')}"
    return f"{here}?page={page}" if page else here
