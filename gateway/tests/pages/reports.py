"""What casemanager answers about reports: a final one that Ana has read, an amended one that is new."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message
from portico.casemanager.v1.booking_resources_pb2 import BOOKED_SPECIALIST, OWN_CASE_MANAGER, STAFF_MEMBER
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from portico.casemanager.v1.report_resources_pb2 import FileDownload, Report, ReportRecipient
from portico.casemanager.v1.reports_pb2 import (
    ListBookingReportsResponse,
    ListReportDownloadsResponse,
    ListReportsResponse,
    WithdrawReportResponse,
)

from chassis.wire import timestamp

from .bookings import BOOKING, BOOKING_ID, OWN_BOOKING, SP_BOOKING
from .case_managers import ANA_ID, on

REPORT_ID, AMENDED_ID, SOL_ID = (f"01990000-0000-7000-8000-0000000000{each}" for each in ("d1", "d2", "d3"))
REPORTS, OWN_REPORTS, SP_REPORTS = f"{BOOKING}/reports", f"{OWN_BOOKING}/reports", f"{SP_BOOKING}/reports"
CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 4
DOWNLOAD, WITHDRAW, LIST_DOWNLOADS = Report.DOWNLOAD, Report.WITHDRAW, Report.LIST_DOWNLOADS


def recipient(**changes: object) -> ReportRecipient:
    """Ana, who booked."""
    usual = {"kind": ReportRecipient.OWN_MANAGER, "case_manager_id": ANA_ID, "name": "Ana Whitfield"}
    return ReportRecipient(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def solicitor(**changes: object) -> ReportRecipient:
    """Somebody without a login."""
    usual = {"kind": ReportRecipient.PARTY, "party_id": SOL_ID, "case_manager_id": "", "name": "Sol Ictor"}
    return recipient(**{**usual, **changes})


def report(**changes: object) -> Report:
    """The first version."""
    usual = {
        "id": REPORT_ID,
        "booking_id": BOOKING_ID,
        "booking_number": "B-000123",
        "subject_name": "Noah Tran",
        "company_file_number": "WC-77",
        "version": 1,
        "kind": Report.FINAL,
        "recipients": [recipient(), solicitor(by_other_means=True)],
        "file_name": "Report.pdf",
        "content_type": "application/pdf",
        "size_bytes": len(CONTENT),
        "sha256": sha256(CONTENT).hexdigest(),
        "state": Report.CLEAN,
        "verdict": Paperwork.NOTHING_FOUND,
        "scanner": "ClamAV 1.4.6",
        "filer": BOOKED_SPECIALIST,
        "filer_name": "Dr Rui Zhang",
        "file_time": timestamp(on(20)),
        "downloads_count": 1,
        "allowed_actions": [DOWNLOAD, WITHDRAW, LIST_DOWNLOADS],
    }
    return Report(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def amended(**changes: object) -> Report:
    """The second version, which nobody has read."""
    usual = {"id": AMENDED_ID, "version": 2, "kind": Report.AMENDED, "replaces_version": 1, "unread": True}
    return report(**{**usual, "downloads_count": 0, **changes})


def held_back(**changes: object) -> Report:
    """A version in which something was found, as an administrator sees it."""
    usual = {
        "state": Report.QUARANTINED,
        "verdict": Paperwork.FOUND,
        "signature": "Eicar-Test-Signature",
        "downloads_count": 0,
        "allowed_actions": [WITHDRAW, Report.RELEASE],
    }
    return report(**{**usual, **changes})


def download(**changes: object) -> FileDownload:
    """Ana's, of all of it."""
    usual = {
        "download_time": timestamp(on(21)),
        "actor": OWN_CASE_MANAGER,
        "actor_name": "Ana Whitfield",
        "version": 1,
        "delivered_bytes": len(CONTENT),
        "whole": True,
    }
    return FileDownload(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def versions(*reports: Report, can_file: bool = True) -> ListBookingReportsResponse:
    """The report of a booking."""
    recipients = [recipient(), solicitor()] if can_file else []
    return ListBookingReportsResponse(reports=reports, can_file=can_file, default_recipients=recipients)


ANY_ACTION = [*Report.Action.values()][1:]
"""Actions that no version allows all at once."""
OF_REPORTS: Mapping[str, Message] = {
    "ListBookingReports": versions(amended(), report()),
    "ListReports": ListReportsResponse(reports=[amended(), report()]),
    "GetReport": report(allowed_actions=ANY_ACTION),
    "FileReport": report(),
    "DownloadReport": HttpBody(content_type="application/octet-stream", data=CONTENT),
    "WithdrawReport": WithdrawReportResponse(report=report(state=Report.WITHDRAWN), downloads=[download()]),
    **dict.fromkeys(("ReleaseReport", "RescanReport"), report()),
    "ListReportDownloads": ListReportDownloadsResponse(
        downloads=[download(), download(actor=STAFF_MEMBER, actor_name="", whole=False, delivered_bytes=7)]
    ),
}
