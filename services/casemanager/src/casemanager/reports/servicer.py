"""The reports of bookings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import report_resources_pb2 as res
from portico.casemanager.v1 import reports_pb2 as pb
from portico.casemanager.v1.reports_pb2_grpc import ReportsServiceServicer
from portico_errors.casemanager import ReportNotFound

from casemanager.files.downloads import NEWEST_DOWNLOADS, Download, told
from casemanager.reports.domain.decisions import Release, Withdrawal
from casemanager.reports.domain.report import Kind, Report
from casemanager.reports.listing import BY_FILE_TIME, Listed, Wanted, list_reports
from casemanager.reports.storage import NEWEST_VERSIONS
from casemanager.reports.usecases import Filing, ReportCommands
from casemanager.reports.wire import download_message, recipient_message, report_message
from casemanager.shared.deps import Deps
from chassis.call import current_call
from chassis.errors import FieldViolation, InvalidArgument
from chassis.interceptor import Context


class ReportsServicer(ReportsServiceServicer):
    """For staff, case managers and specialists."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def FileReport(self, request_iterator: AsyncIterator[pb.FileReportRequest], context: Context) -> res.Report:
        first = await anext(request_iterator, pb.FileReportRequest())
        if not first.booking_id:
            raise InvalidArgument(violations=[FieldViolation("[0].booking_id", "REQUIRED", "Say of which booking.")])

        async def chunks() -> AsyncIterator[bytes]:
            yield first.file.data
            async for message in request_iterator:
                yield message.file.data

        filing = Filing(
            request_id=UUID(first.request_id) if first.request_id else None,
            booking_id=UUID(first.booking_id),
            file_name=first.file_name,
            kind=Kind(first.kind or Kind.FINAL),
            note=first.note.strip(),
            excluded=frozenset(map(UUID, first.excluded_party_ids)),
            size_bytes=first.size_bytes or None,
            sha256=bytes.fromhex(first.sha256),
        )
        return await (await self._commands()).file(filing, chunks())

    async def ListBookingReports(
        self, request: pb.ListBookingReportsRequest, context: Context
    ) -> pb.ListBookingReportsResponse:
        call, now = current_call(), self._deps.clock()
        shelf = await (await self._commands()).shelf(UUID(request.booking_id))

        async def fetch(before: tuple[int], limit: int) -> Sequence[Report]:
            return [report for report in shelf.visible() if report.report_version < before[0]][:limit]

        page = await self._deps.pager.page(request, (call.org_id, call.account_id), NEWEST_VERSIONS, fetch)
        can_file = shelf.can_file(now)
        recipients = shelf.default_recipients() if can_file else ()
        return pb.ListBookingReportsResponse(
            reports=[report_message(shelf, report) for report in page.items],
            next_page_token=page.next_token,
            can_file=can_file,
            default_recipients=[recipient_message(shelf, each) for each in recipients],
        )

    async def GetReport(self, request: pb.GetReportRequest, context: Context) -> res.Report:
        report_id = UUID(request.report_id)
        shelf = await (await self._commands()).shelf_of(report_id)
        return report_message(shelf, shelf.report(report_id))

    async def ListReports(self, request: pb.ListReportsRequest, context: Context) -> pb.ListReportsResponse:
        call, deps, commands = current_call(), self._deps, await self._commands()
        case_id = UUID(request.case_id) if request.case_id else None
        wanted = Wanted(is_unread=request.unread, case_id=case_id)

        async def fetch(before: tuple[datetime, UUID], limit: int) -> Sequence[Listed]:
            caller = commands.bookings.caller
            return await list_reports(deps.database, call.org_id, caller, wanted, before=before, limit=limit)

        page = await deps.pager.page(request, (call.org_id, call.account_id), BY_FILE_TIME, fetch)
        shelves = await commands.listed(page.items)
        reports = [report_message(shelf, report) for shelf in shelves for report in shelf.reports]
        return pb.ListReportsResponse(reports=reports, next_page_token=page.next_token)

    async def DownloadReport(self, request: pb.DownloadReportRequest, context: Context) -> AsyncIterator[HttpBody]:
        commands = await self._commands()
        shelf, report = await commands.download(UUID(request.report_id), request.offset)
        chunks = commands.bytes_of(shelf, report, request.offset, request.length or None)
        async with aclosing(told(chunks, report.sha256, context)) as messages:
            async for message in messages:
                yield message

    async def WithdrawReport(self, request: pb.WithdrawReportRequest, context: Context) -> pb.WithdrawReportResponse:
        withdrawal = Withdrawal(report_id=UUID(request.report_id), reason=request.reason.strip())
        return await (await self._commands()).withdraw(withdrawal)

    async def ReleaseReport(self, request: pb.ReleaseReportRequest, context: Context) -> res.Report:
        release = Release(report_id=UUID(request.report_id), reason=request.reason.strip())
        return await (await self._commands()).release(release)

    async def RescanReport(self, request: pb.RescanReportRequest, context: Context) -> res.Report:
        return await (await self._commands()).rescan(UUID(request.report_id))

    async def ListReportDownloads(
        self, request: pb.ListReportDownloadsRequest, context: Context
    ) -> pb.ListReportDownloadsResponse:
        call, commands, report_id = current_call(), await self._commands(), UUID(request.report_id)
        shelf = await commands.shelf_of(report_id)
        report = shelf.report(report_id)
        if not shelf.can_list_downloads(report):
            raise ReportNotFound()

        async def fetch(before: tuple[datetime, UUID], limit: int) -> Sequence[Download]:
            return await commands.downloads(report_id, before, limit)

        page = await self._deps.pager.page(request, (call.org_id, call.account_id), NEWEST_DOWNLOADS, fetch)
        downloads = [download_message(shelf, report, each) for each in page.items]
        return pb.ListReportDownloadsResponse(downloads=downloads, next_page_token=page.next_token)

    async def _commands(self) -> ReportCommands:
        return await ReportCommands.by(self._deps, current_call())
