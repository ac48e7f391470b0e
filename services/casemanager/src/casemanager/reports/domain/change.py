"""A change of a version of a report, and what its booking comes to by it (CM-08, CM-13)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from casemanager.bookings.domain.booking import Booking
from casemanager.bookings.domain.booking import changed as changed_booking
from casemanager.bookings.domain.decision import NOTHING_FOLLOWS, Decision, FollowUps, decided
from casemanager.bookings.domain.decision import Kind as BookingKind
from casemanager.bookings.domain.due import report_due
from casemanager.bookings.domain.follow_ups import due_of, new_task, with_follow_ups
from casemanager.bookings.domain.states import FINAL
from casemanager.bookings.domain.states import State as BookingState
from casemanager.files.domain.states import STUCK_AFTER, UNJUDGED, State
from casemanager.paperwork.domain.decisions import need_look
from casemanager.reports.domain.report import Report, Shelf
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


def changed_version(
    shelf: Shelf,
    before: Report | None,
    report: Report,
    kind: BookingKind,
    new_id: NewId,
    now: datetime,
    *,
    is_read: bool = False,
) -> Change:
    """The change, with the booking as its versions make it; `is_read`: there is nothing to read any more."""
    if report.counts and not (before and before.counts):
        report = replace(report, recipients=shelf.recipients_now(report))
    made = shelf.with_report(report)
    booking = shelf.seen.booking
    fields = {**_attended(shelf, now), **_counted(made, now)}
    if booking.state is BookingState.REPORTED and made.newest is None:
        fields |= {"state": BookingState.ATTENDED, "report_time": None}
    changes = (f"report: {report.report_version}",)
    decision = decided(shelf.seen, changed_booking(booking, now, **fields), kind, changes=changes)
    decision = with_follow_ups(decision, new_id, now)
    checks = check_follow_ups(made, new_id, now)
    to_read = [task for task in decision.booking.open_tasks if is_read and task.kind is TaskKind.READ_REPORT]
    read = tuple(ended(task, TaskState.DONE, actor_id=shelf.seen.actor.account_id, now=now) for task in to_read)
    tasks = FollowUps(
        opened=decision.tasks.opened + checks.opened, changed=decision.tasks.changed + checks.changed + read
    )
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


def check_follow_ups(shelf: Shelf, new_id: NewId, now: datetime) -> FollowUps:
    """The task of staff to look at the booking's files: open while a version, or a file of paperwork, needs it."""
    booking = shelf.seen.booking
    stuck = (each for each in shelf.reports if each.state is State.SCANNING and each.scan_attempts > 0)
    is_needed = bool(_in_quarantine(shelf)) or any(each.file_time + STUCK_AFTER <= now for each in stuck)
    is_needed = is_needed and booking.state not in FINAL
    known = [task for task in booking.open_tasks if task.kind is TaskKind.CHECK_FILE]
    if is_needed and not known:
        return FollowUps(opened=(_check_task(shelf, booking, new_id, now),))
    if known and not is_needed and not need_look(shelf.paperwork, now):
        actor_id = shelf.seen.actor.account_id
        return FollowUps(changed=tuple(ended(task, TaskState.DONE, actor_id=actor_id, now=now) for task in known))
    return NOTHING_FOLLOWS


def _check_task(shelf: Shelf, booking: Booking, new_id: NewId, now: datetime) -> Task:
    due = due_of(TaskKind.CHECK_FILE, booking, shelf.seen.policy, now)
    return new_task(TaskKind.CHECK_FILE, booking, new_id(), due_time=due, now=now)
