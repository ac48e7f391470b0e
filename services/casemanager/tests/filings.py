"""What tests of reports do: appointments that have begun, versions that are filed, scanned, read and taken back."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import report_resources_pb2 as res
from portico.casemanager.v1 import reports_pb2 as pb
from portico.casemanager.v1.events_pb2 import ReportEvent

from casemanager.files.scanning import scan_due
from casemanager.reports.clock import SCANS
from chassis.testing.grpc import Metadata
from services.casemanager.tests import documents
from services.casemanager.tests.desk import TOLD, Desk, at, own_time
from services.casemanager.tests.shelf import OneScanner, Shelves


async def pieces(content: bytes, size: int = 100_000, **first: Any) -> AsyncIterator[pb.FileReportRequest]:
    """A filing, as a client sends it."""
    parts = [content[begin : begin + size] for begin in range(0, len(content), size)] or [b""]
    yield pb.FileReportRequest(file=HttpBody(data=parts[0]), **first)
    for part in parts[1:]:
        yield pb.FileReportRequest(file=HttpBody(data=part))


def state_of(report: res.Report) -> str:
    return res.Report.State.Name(report.state)


def actions_of(report: res.Report) -> list[str]:
    return [res.Report.Action.Name(action) for action in report.allowed_actions]


@dataclass(frozen=True)
class Filings:
    """A desk with its reports, and the scanner beside."""

    shelves: Shelves

    @property
    def desk(self) -> Desk:
        return self.shelves.desk

    @property
    def scanner(self) -> OneScanner:
        return self.shelves.scanner

    async def begun(self, start: datetime | None = None) -> bookings.Booking:
        """A confirmed appointment in whose midst it is now."""
        booking = await self.desk.request(self.desk.staff, time=own_time(self.desk.zhang, start or at(20)))
        self.desk.world.clock.now = booking.start_time.ToDatetime(at(0).tzinfo)
        self.desk.world.clock.advance(timedelta(minutes=10))
        return booking

    async def file(
        self, booking: bookings.Booking, content: bytes = documents.PDF, by: Metadata | None = None, **said: Any
    ) -> res.Report:
        """By staff, unless somebody else does."""
        first = {"booking_id": booking.id, "file_name": "report.pdf", **said}
        call = self.desk.world.stub.FileReport
        answer: res.Report = await call(pieces(content, **first), metadata=by or self.desk.staff)
        return answer

    async def clean(self, booking: bookings.Booking, content: bytes = documents.PDF, **said: Any) -> res.Report:
        """A version that was filed and scanned."""
        report = await self.file(booking, content, **said)
        await self.scan()
        return next(each for each in await self.listed(booking) if each.id == report.id)

    async def scan(self) -> None:
        """Has all scanned that is due."""
        while await scan_due(self.desk.world.deps, self.scanner, SCANS):
            pass

    async def page(self, booking: bookings.Booking, by: Metadata | None = None) -> pb.ListBookingReportsResponse:
        request = pb.ListBookingReportsRequest(booking_id=booking.id, page_size=200)
        answer: pb.ListBookingReportsResponse = await self.desk.call("ListBookingReports", request, by)
        return answer

    async def listed(self, booking: bookings.Booking, by: Metadata | None = None) -> Sequence[res.Report]:
        """The versions of a booking's report, as staff see them unless somebody else does."""
        return list((await self.page(booking, by)).reports)

    async def mine(self, by: Metadata, **wanted: Any) -> list[str]:
        """The ids of the reports of all bookings that somebody sees."""
        request = pb.ListReportsRequest(page_size=200, **wanted)
        return [report.id for report in (await self.desk.call("ListReports", request, by)).reports]

    async def messages(self, report: res.Report, by: Metadata | None = None, **part: int) -> list[HttpBody]:
        """What a download gives, message by message; to Ana unless somebody else asks."""
        request = pb.DownloadReportRequest(report_id=report.id, **part)
        call = self.desk.world.stub.DownloadReport(request, metadata=by or self.desk.as_ana)
        return [message async for message in call]

    async def download(self, report: res.Report, by: Metadata | None = None, **part: int) -> bytes:
        return b"".join(message.data for message in await self.messages(report, by, **part))

    async def get(self, report: res.Report, by: Metadata | None = None) -> res.Report:
        """What is known of it."""
        answer: res.Report = await self.desk.call("GetReport", pb.GetReportRequest(report_id=report.id), by)
        return answer

    async def withdraw(self, report: res.Report, by: Metadata | None = None, **given: Any) -> pb.WithdrawReportResponse:
        request = pb.WithdrawReportRequest(report_id=report.id, **{"reason": "Wrong person", **given})
        answer: pb.WithdrawReportResponse = await self.desk.call("WithdrawReport", request, by)
        return answer

    async def release(self, report: res.Report, by: Metadata | None = None, **given: Any) -> res.Report:
        """By an administrator, unless somebody else does."""
        request = pb.ReleaseReportRequest(report_id=report.id, **{"reason": "It is safe", **given})
        answer: res.Report = await self.desk.call("ReleaseReport", request, by or self.shelves.admin)
        return answer

    async def rescan(self, report: res.Report, by: Metadata | None = None) -> res.Report:
        """By an administrator, unless somebody else does."""
        request = pb.RescanReportRequest(report_id=report.id)
        answer: res.Report = await self.desk.call("RescanReport", request, by or self.shelves.admin)
        return answer

    async def downloads(self, report: res.Report, by: Metadata | None = None) -> list[res.FileDownload]:
        """Who downloaded it, the latest first."""
        request = pb.ListReportDownloadsRequest(report_id=report.id, page_size=200)
        return list((await self.desk.call("ListReportDownloads", request, by)).downloads)

    async def events(self) -> list[str]:
        """What was told others of reports, in order."""
        name = ReportEvent.DESCRIPTOR.full_name
        rows = await self.desk.world.deps.database.all(TOLD, org_id=self.desk.world.org_id)
        return [row.subject.removeprefix("report.") for row in rows if row.type == name]
