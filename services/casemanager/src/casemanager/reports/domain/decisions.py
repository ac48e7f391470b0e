"""What is decided about a version of a report: filed, judged, released, taken back (CM-08, CM-12, CM-13)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import PartyNotFound, ReportNotFound, ReportWithdrawn, TooManyFiles

from casemanager.bookings.domain.decision import Kind as BookingKind
from casemanager.bookings.domain.states import Action as BookingAction
from casemanager.files.domain.judging import Asked, scanned
from casemanager.files.domain.kinds import FileKind
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import State
from casemanager.reports.domain.change import Change, NewId, changed_version, check_follow_ups
from casemanager.reports.domain.report import (
    MAX_REPORTS,
    MAX_TOTAL_BYTES,
    Action,
    Kind,
    Recipient,
    RecipientKind,
    Report,
    Shelf,
    changed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A whole file of an allowed kind, and what its sender says of it.

    `has_scanner`: it is to be scanned. Without one it is called clean where the organization allows that.
    """

    id: UUID
    kind: Kind
    note: str
    excluded: Collection[UUID]
    file_name: str
    file_kind: FileKind
    size_bytes: int
    sha256: bytes
    blob_key: str
    has_scanner: bool
    allows_unscanned: bool


def check_filing(shelf: Shelf, size_bytes: int, excluded: Collection[UUID], now: datetime) -> Sequence[Recipient]:
    """Who gets the next version; PartyNotFound, ActionNotAllowed, or TooManyFiles, as far as is known beforehand."""
    seen, recipients = shelf.seen, list(shelf.default_recipients())
    if not set(excluded) <= {each.party_id for each in recipients}:
        raise PartyNotFound()
    if not shelf.can_file(now):
        raise seen.not_allowed(BookingAction.FILE_REPORT, now)
    total = sum(report.size_bytes for report in shelf.reports)
    if len(shelf.reports) >= MAX_REPORTS or total + size_bytes > MAX_TOTAL_BYTES:
        raise TooManyFiles()
    return [each for each in recipients if each.kind is not RecipientKind.PARTY or each.party_id not in excluded]


def file_report(shelf: Shelf, filed: Filed, new_id: NewId, now: datetime) -> Change:
    """Puts the next version on the shelf, to be scanned; raises what `check_filing` does."""
    recipients = check_filing(shelf, filed.size_bytes, filed.excluded, now)
    booking, actor = shelf.seen.booking, shelf.seen.actor
    newest = shelf.newest
    report = Report(
        org_id=booking.org_id,
        id=filed.id,
        booking_id=booking.id,
        report_version=max((each.report_version for each in shelf.reports), default=0) + 1,
        kind=filed.kind,
        note=filed.note,
        replaces_version=newest.report_version if newest else 0,
        recipients=tuple(recipients),
        file_name=filed.file_name,
        file_kind=filed.file_kind,
        size_bytes=filed.size_bytes,
        sha256=filed.sha256,
        blob_key=filed.blob_key,
        state=State.SCANNING if filed.has_scanner else State.RECEIVED,
        state_time=now,
        next_scan_time=now if filed.has_scanner else None,
        filed_by=actor.account_id,
        filed_as=actor.part,
        filer_name=actor.name,
        file_time=now,
        version=1,
        company_file_number=shelf.around.company_file_number,
    )
    if filed.allows_unscanned and not filed.has_scanner:
        report = replace(report, state=State.CLEAN, verdict=ScanVerdict.NOT_SCANNED)
    kind = BookingKind.REPORTED if report.counts else BookingKind.REPORT_FILED
    return changed_version(shelf, None, report, kind, new_id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the scanner said of which version."""

    report_id: UUID
    asked: Asked


def judge_report(shelf: Shelf, judged: Judged, new_id: NewId, now: datetime) -> Change:
    """Writes down a verdict, or when to ask again; ReportNotFound when it comes too late, and changes nothing."""
    before, asked = next((each for each in shelf.reports if each.id == judged.report_id), None), judged.asked
    if before is None or before.version != asked.version or before.state is not State.SCANNING:
        raise ReportNotFound()
    fields = scanned(asked, before.scan_attempts + 1, now)
    if asked.answer is None:
        report = replace(before, **fields)  # type: ignore[arg-type]
        tasks = check_follow_ups(shelf.with_report(report), new_id, now)
        return Change(shelf=shelf, before=before, report=report, decision=None, tasks=tasks)
    report = changed(before, now, **fields)
    kind = BookingKind.REPORTED if report.counts else BookingKind.REPORT_QUARANTINED
    return changed_version(shelf, before, report, kind, new_id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Which version staff take back, and why."""

    report_id: UUID
    reason: str


def withdraw_report(shelf: Shelf, withdrawal: Withdrawal, new_id: NewId, now: datetime, *, is_read: bool) -> Change:
    """Takes a version back: nobody downloads it any more. What was never clean loses its bytes.

    `is_read`: the case manager has got the one that is the newest then. ReportNotFound, ReportWithdrawn.
    """
    before = shelf.report(withdrawal.report_id)
    if before.is_withdrawn:
        raise ReportWithdrawn()
    report = changed(
        before,
        now,
        state=before.state if before.counts else State.DELETED,
        next_scan_time=None,
        withdraw_time=now,
        withdraw_reason=withdrawal.reason,
        withdrawn_by=shelf.seen.actor.account_id,
    )
    return changed_version(shelf, before, report, BookingKind.REPORT_WITHDRAWN, new_id, now, is_read=is_read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Which version an administrator calls clean, and why."""

    report_id: UUID
    reason: str


def release_report(shelf: Shelf, release: Release, new_id: NewId, now: datetime) -> Change:
    """Calls a version clean that is quarantined, so that it counts; ReportNotFound, ActionNotAllowed."""
    before = shelf.report(release.report_id)
    shelf.require(before, Action.RELEASE)
    report = changed(before, now, state=State.CLEAN, release_reason=release.reason)
    return changed_version(shelf, before, report, BookingKind.REPORTED, new_id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescan:
    """Which version, and how files are judged now."""

    report_id: UUID
    has_scanner: bool
    allows_unscanned: bool


def rescan_report(shelf: Shelf, rescan: Rescan, new_id: NewId, now: datetime) -> Change:
    """Has a version judged at once that waits for it; ReportNotFound, ActionNotAllowed.

    A verdict that is on its way counts all the same: the version stays as it is but for who is to look at it when.
    """
    before = shelf.report(rescan.report_id)
    shelf.require(before, Action.RESCAN)
    if rescan.has_scanner:
        state_time = before.state_time if before.state is State.SCANNING else now
        report = replace(before, state=State.SCANNING, state_time=state_time, next_scan_time=now)
    elif rescan.allows_unscanned:
        report = changed(before, now, state=State.CLEAN, verdict=ScanVerdict.NOT_SCANNED, next_scan_time=None)
        return changed_version(shelf, before, report, BookingKind.REPORTED, new_id, now)
    else:
        report = before
    return Change(shelf=shelf.with_report(report), before=before, report=report, decision=None)
