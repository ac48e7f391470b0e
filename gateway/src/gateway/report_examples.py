"""The part of the examples that tells of reports: Dr Zhang has filed the report on Noah Tran, and Priya has read it."""

from collections.abc import Mapping

_REPORT_ID = "019a4d70-3d4e-7f52-8a61-8293a4b5c6d7"
_CASE_MANAGER_ID = "019a4d02-3c4d-7b52-8e61-5a7b9c1d3e40"
_PARTY_ID = "019a4d71-4e5f-7063-9b72-93a4b5c6d7e8"
_FILED, _SCANNED, _READ = "2026-03-12T04:10:00Z", "2026-03-12T04:10:05Z", "2026-03-12T22:31:00Z"

VALUES: Mapping[str, object] = {
    "report_id": _REPORT_ID,
    "can_file": True,
    "excluded_party_ids": [_PARTY_ID],
    "unread": True,
    "Booking.report_in_check": False,
    "Report.id": _REPORT_ID,
    "Report.version": 1,
    "Report.company_file_number": "NW-2026/0042",
    "Report.kind": "FINAL",
    "Report.note": "With the imaging of February",
    "Report.replaces_version": 0,
    "Report.file_name": "Report on Noah Tran.pdf",
    "Report.content_type": "application/pdf",
    "Report.state": "CLEAN",
    "Report.state_time": _SCANNED,
    "Report.verdict": "NOTHING_FOUND",
    "Report.signature": "",
    "Report.scanner": "ClamAV 1.4.6/27524/Thu Mar 12 2026",
    "Report.scan_time": _SCANNED,
    "Report.filer": "BOOKED_SPECIALIST",
    "Report.filer_name": "Dr Rui Zhang",
    "Report.filed_by": "",
    "Report.file_time": _FILED,
    "Report.withdraw_time": None,
    "Report.withdraw_reason": "",
    "Report.release_reason": "",
    "Report.downloads_count": 1,
    "Report.unread": False,
    "Report.allowed_actions": ["DOWNLOAD", "LIST_DOWNLOADS"],
    "ReportRecipient.kind": "OWN_MANAGER",
    "ReportRecipient.case_manager_id": _CASE_MANAGER_ID,
    "ReportRecipient.party_id": "",
    "ReportRecipient.name": "Priya Raman",
    "ReportRecipient.email": "",
    "ReportRecipient.by_other_means": False,
    "FileDownload.id": "019a4d72-5f60-7174-8c83-a4b5c6d7e8f9",
    "FileDownload.download_time": _READ,
    "FileDownload.actor": "OWN_CASE_MANAGER",
    "FileDownload.actor_name": "Priya Raman",
    "FileDownload.actor_id": "",
    "FileDownload.version": 1,
    "FileDownload.delivered_bytes": 48213,
    "FileDownload.whole": True,
    "FileDownload.address": "",
    "FileReportRequest.kind": "FINAL",
    "FileReportRequest.note": "With the imaging of February",
    "WithdrawReportRequest.reason": "It is about somebody else",
    "ReleaseReportRequest.reason": "It has a form that the scanner takes for a program",
}
