"""Reports as the contract has them, as each who sees them sees them (CM-15)."""

from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import paperwork_resources_pb2 as paperwork
from portico.casemanager.v1 import report_resources_pb2 as res

from casemanager.bookings.domain.states import Part
from casemanager.files.domain.kinds import FORMS
from casemanager.files.downloads import Download
from casemanager.reports.domain.report import Recipient, RecipientKind, Report, Shelf
from chassis.wire import timestamp


def state_of(report: Report) -> res.Report.State.ValueType:
    """Where a version stands, as the contract numbers it."""
    return res.Report.WITHDRAWN if report.is_withdrawn else res.Report.State.ValueType(report.state)


def report_message(shelf: Shelf, report: Report) -> res.Report:
    """A version as the caller sees it."""
    booking, part = shelf.seen.booking, shelf.seen.actor.part
    message = res.Report(
        id=str(report.id),
        booking_id=str(report.booking_id),
        booking_number=booking.number,
        case_id=str(booking.case_id),
        case_number=booking.people.case_number,
        company_file_number=report.company_file_number,
        subject_name=booking.people.subject_name,
        specialist_name=booking.shown.specialist_name,
        version=report.report_version,
        kind=res.Report.Kind.ValueType(report.kind),
        note=report.note,
        replaces_version=report.replaces_version,
        recipients=[recipient_message(shelf, each) for each in report.recipients],
        file_name=report.file_name,
        content_type=FORMS[report.file_kind].media_type,
        size_bytes=report.size_bytes,
        sha256=report.sha256.hex(),
        state=state_of(report),
        state_time=timestamp(report.withdraw_time or report.state_time),
        verdict=paperwork.Paperwork.ScanVerdict.ValueType(report.verdict or 0),
        signature=report.signature,
        scanner=report.scanner,
        scan_time=timestamp(report.scan_time),
        filer=bookings.BookingActor.ValueType(report.filed_as),
        filer_name=report.filer_name,
        filed_by=str(report.filed_by or ""),
        file_time=timestamp(report.file_time),
        withdraw_time=timestamp(report.withdraw_time),
        withdraw_reason=report.withdraw_reason,
        release_reason=report.release_reason,
        downloads_count=report.downloads_count if shelf.can_list_downloads(report) else 0,
        unread=report.counts and report.is_unread,
        allowed_actions=[res.Report.Action.ValueType(action) for action in shelf.actions(report)],
    )
    if part is not Part.STAFF:
        message.ClearField("filed_by")
        message.ClearField("release_reason")
    if part not in {Part.STAFF, Part.SPECIALIST}:
        message.ClearField("signature")
        message.ClearField("withdraw_reason")
    if part is Part.SPECIALIST:
        message.ClearField("company_file_number")
    return message


def recipient_message(shelf: Shelf, recipient: Recipient) -> res.ReportRecipient:
    """Somebody who is to read it; whether they can, and where they are reached, is for staff.

    To a specialist the company has no name.
    """
    part = shelf.seen.actor.part
    is_staffs, is_named = part is Part.STAFF, part is not Part.SPECIALIST or recipient.kind is not RecipientKind.COMPANY
    return res.ReportRecipient(
        kind=res.ReportRecipient.Kind.ValueType(recipient.kind),
        case_manager_id=str(recipient.case_manager_id or ""),
        party_id=str(recipient.party_id or ""),
        name=recipient.name if is_named else "",
        email=recipient.email if is_staffs else "",
        by_other_means=is_staffs and not shelf.is_told(recipient),
    )


def download_message(shelf: Shelf, report: Report, download: Download) -> res.FileDownload:
    """That somebody got a version; accounts are for staff, addresses for administrators."""
    is_staffs = shelf.seen.actor.part is Part.STAFF
    return res.FileDownload(
        id=str(download.id),
        download_time=timestamp(download.download_time),
        actor=bookings.BookingActor.ValueType(download.actor),
        actor_name=download.actor_name,
        actor_id=str(download.account_id or "") if is_staffs else "",
        version=report.report_version,
        delivered_bytes=download.delivered_bytes,
        whole=download.is_whole,
        address=download.address if shelf.is_administrator else "",
    )
