"""What is decided about a version of a report: filed, judged, taken back; what its booking comes to (CM-08, CM-13)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import PartyNotFound, ReportNotFound, ReportWithdrawn, TooManyFiles

from casemanager.bookings.domain.booking import Booking
from casemanager.bookings.domain.booking import changed as changed_booking
from casemanager.bookings.domain.decision import NOTHING_FOLLOWS, Decision, FollowUps, decided
from casemanager.bookings.domain.decision import Kind as BookingKind
from casemanager.bookings.domain.due import report_due
from casemanager.bookings.domain.follow_ups import due_of, new_task, with_follow_ups
from casemanager.bookings.domain.states import Action as BookingAction
from casemanager.bookings.domain.states import State as BookingState
from casemanager.files.domain.judging import Asked, scanned
from casemanager.files.domain.kinds import FileKind
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import STUCK_AFTER, UNJUDGED, State
from casemanager.paperwork.domain.decisions import needs_look
from casemanager.reports.domain.report import (
    MAX_REPORTS,
    MAX_TOTAL_BYTES,
    Kind,
    Recipient,
    RecipientKind,
    Report,
    Shelf,
    changed,
)
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.domain.task import Task, ended

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A version as it is to be saved, on the shelf as it is then, and what its booking comes to.

    `before` is None for a new one, `decision` where the booking stays as it is: then `tasks` are all that follows.
    """

    shelf: Shelf
    before: Report | None
    report: Report
    decision: Decision | None
    tasks: FollowUps = NOTHING_FOLLOWS

    @property
    def begins_to_count(self) -> bool:
        """Whether people can read it from now on."""
        return self.report.counts and not (self.before and self.before.counts)

    @property
    def is_withdrawn(self) -> bool:
        """Whether people could read it, and cannot any more."""
        return self.before is not None and self.before.counts and not self.report.counts

    @property
    def is_quarantined(self) -> bool:
        """Whether something was found in it just now."""
        was = self.before is not None and self.before.state is State.QUARANTINED
        return self.report.state is State.QUARANTINED and not was


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
    return _decided(shelf, None, report, kind, new_id, now)


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
        tasks = _check_follow_ups(shelf.with_report(report), new_id, now)
        return Change(shelf=shelf, before=before, report=report, decision=None, tasks=tasks)
    report = changed(before, now, **fields)
    kind = BookingKind.REPORTED if report.counts else BookingKind.REPORT_QUARANTINED
    return _decided(shelf, before, report, kind, new_id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Which version staff take back, and why."""

    report_id: UUID
    reason: str


def withdraw_report(shelf: Shelf, withdrawal: Withdrawal, new_id: NewId, now: datetime) -> Change:
    """Takes a version back: nobody downloads it any more. What was never clean loses its bytes.

    ReportNotFound, ReportWithdrawn.
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
    return _decided(shelf, before, report, BookingKind.REPORT_WITHDRAWN, new_id, now)


def _decided(
    shelf: Shelf, before: Report | None, report: Report, kind: BookingKind, new_id: NewId, now: datetime
) -> Change:
    """The change, with the booking as its versions make it."""
    made = shelf.with_report(report)
    booking = shelf.seen.booking
    fields = {**_attended(shelf, now), **_counted(made, now)}
    if booking.state is BookingState.REPORTED and made.newest is None:
        fields |= {"state": BookingState.ATTENDED, "report_time": None}
    changes = (f"report: {report.report_version}",)
    decision = decided(shelf.seen, changed_booking(booking, now, **fields), kind, changes=changes)
    decision = with_follow_ups(decision, new_id, now)
    checks = _check_follow_ups(made, new_id, now)
    tasks = FollowUps(opened=decision.tasks.opened + checks.opened, changed=decision.tasks.changed + checks.changed)
    decision = replace(decision, tasks=tasks)
    made = replace(made, seen=decision.seen)
    return Change(shelf=made, before=before, report=report, decision=decision, tasks=tasks)


def _counted(shelf: Shelf, now: datetime) -> Mapping[str, object]:
    """What the versions say of the booking: REPORTED once one counts."""
    newest, booking = shelf.newest, shelf.seen.booking
    fields: dict[str, object] = {
        "report_version": newest.report_version if newest else 0,
        "reports_in_check": sum(each.state in UNJUDGED for each in shelf.reports),
        "reports_in_quarantine": len(_in_quarantine(shelf)),
    }
    if newest is not None:
        fields |= {"state": BookingState.REPORTED, "report_time": booking.report_time or now}
    return fields


def _attended(shelf: Shelf, now: datetime) -> Mapping[str, object]:
    """A report of an appointment that is only confirmed says that somebody came."""
    booking = shelf.seen.booking
    if booking.state is not BookingState.CONFIRMED or booking.appointment is None:
        return {}
    due = report_due(booking.appointment, shelf.seen.policy)
    return {"state": BookingState.ATTENDED, "outcome_time": now, "report_due_time": due, "move_request": None}


def _in_quarantine(shelf: Shelf) -> Sequence[Report]:
    """Those that somebody has to look at: nothing clean came after them."""
    newest = shelf.newest.report_version if shelf.newest else 0
    return [each for each in shelf.reports if each.state is State.QUARANTINED and each.report_version > newest]


def _check_follow_ups(shelf: Shelf, new_id: NewId, now: datetime) -> FollowUps:
    """The task of staff to look at the booking's files: open while a version, or a file of paperwork, needs it."""
    booking = shelf.seen.booking
    stuck = (each for each in shelf.reports if each.state is State.SCANNING and each.scan_attempts > 0)
    is_needed = bool(_in_quarantine(shelf)) or any(each.file_time + STUCK_AFTER <= now for each in stuck)
    known = [task for task in booking.open_tasks if task.kind is TaskKind.CHECK_FILE]
    if is_needed and not known:
        return FollowUps(opened=(_check_task(shelf, booking, new_id, now),))
    if known and not is_needed and not any(needs_look(file, now) for file in shelf.paperwork):
        actor_id = shelf.seen.actor.account_id
        return FollowUps(changed=tuple(ended(task, TaskState.DONE, actor_id=actor_id, now=now) for task in known))
    return NOTHING_FOLLOWS


def _check_task(shelf: Shelf, booking: Booking, new_id: NewId, now: datetime) -> Task:
    due = due_of(TaskKind.CHECK_FILE, booking, shelf.seen.policy, now)
    return new_task(TaskKind.CHECK_FILE, booking, new_id(), due_time=due, now=now)
