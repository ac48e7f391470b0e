"""The tasks that open, move and end with what happens to a booking (CM-11)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from casemanager.bookings.domain.appointment import OptionState
from casemanager.bookings.domain.booking import Booking, Policy
from casemanager.bookings.domain.decision import Decision, FollowUps, Kind
from casemanager.bookings.domain.states import FINAL, State
from casemanager.tasks.domain.due import Due, due_time
from casemanager.tasks.domain.task import POOL, Assignee, AssigneeKind, Task, ended
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState

_DONE_BY: Mapping[TaskKind, frozenset[Kind]] = {
    TaskKind.ANSWER_REQUEST: frozenset({Kind.ACCEPTED, Kind.OFFERED, Kind.DECLINED}),
    TaskKind.CHOOSE_OPTION: frozenset({Kind.CONFIRMED, Kind.REFUSED}),
    TaskKind.ANSWER_MOVE: frozenset({Kind.RESCHEDULED, Kind.MOVE_DECLINED}),
    TaskKind.RECORD_OUTCOME: frozenset({Kind.OUTCOME_RECORDED, Kind.REPORT_FILED, Kind.REPORTED}),
    TaskKind.FILE_REPORT: frozenset({Kind.REPORTED}),
    TaskKind.UPLOAD_PAPERWORK: frozenset({Kind.PAPERWORK_SENT}),
}
"""What does what a task asks for; whatever else ends one has made it pointless."""
_DUE_ANEW: Mapping[TaskKind, frozenset[Kind]] = {
    TaskKind.CHOOSE_OPTION: frozenset({Kind.OFFERED, Kind.REFUSED}),
    TaskKind.UPLOAD_PAPERWORK: frozenset({Kind.RESCHEDULED}),
    TaskKind.READ_REPORT: frozenset({Kind.REPORTED}),
}


def with_follow_ups(decision: Decision, new_id: Callable[[], UUID], now: datetime) -> Decision:
    """The decision with what it asks of people, and what is open of its booking afterwards."""
    tasks = _follow_ups(decision, new_id, now)
    changed = {task.id: task for task in tasks.changed}
    kept = [changed.get(task.id, task) for task in decision.booking.open_tasks]
    is_open = tuple(task for task in (*kept, *tasks.opened) if task.state is TaskState.OPEN)
    booking = replace(decision.booking, open_tasks=is_open)
    return replace(decision, tasks=tasks, seen=replace(decision.seen, booking=booking))


def _follow_ups(decision: Decision, new_id: Callable[[], UUID], now: datetime) -> FollowUps:
    booking, actor_id = decision.booking, decision.seen.actor.account_id
    wanted = set(_wanted(booking))
    before = set() if decision.before is None else set(_wanted(decision.before))
    opens = wanted - before
    if _asks_to_rebook(decision):
        opens.add(TaskKind.REBOOK)
    if decision.kind is Kind.REPORTED:
        opens.add(TaskKind.READ_REPORT)
    known = decision.before.open_tasks if decision.before else ()
    changed = [ended(task, TaskState.DONE, actor_id=actor_id, now=now) for task in decision.answered_tasks]
    for task in known:
        if _is_over(task, decision, wanted):
            is_done = decision.kind in _DONE_BY.get(task.kind, ())
            state = TaskState.DONE if is_done else TaskState.CANCELLED
            changed.append(ended(task, state, actor_id=actor_id, now=now))
        elif (moved := _moved(task, decision, now)) is not None:
            changed.append(moved)
    kept = {task.kind for task in known} - {task.kind for task in changed if task.state is not TaskState.OPEN}
    opened = tuple(_new(kind, decision, new_id(), now) for kind in sorted(opens - kept))
    return FollowUps(opened=opened, changed=tuple(changed))


def is_wanted(kind: TaskKind, booking: Booking) -> bool:
    """Whether what a task of a booking asks for is still to do."""
    if kind is TaskKind.REBOOK:
        return booking.state in {State.CANCELLED, State.NOT_ATTENDED}
    if kind is TaskKind.RECORD_OUTCOME:
        return booking.state is State.CONFIRMED
    if kind is TaskKind.READ_REPORT:
        return booking.report_version > 0
    return kind in _wanted(booking)


def _wanted(booking: Booking) -> Iterator[TaskKind]:
    """What the state asks for. That an appointment is over and has no outcome, the clock alone notices."""
    match booking.state:
        case State.REQUESTED:
            yield TaskKind.ANSWER_REQUEST
        case State.OFFERED:
            yield TaskKind.CHOOSE_OPTION
        case State.CONFIRMED:
            if booking.paperwork_sent_time is None:
                yield TaskKind.UPLOAD_PAPERWORK
            if booking.move_request is not None:
                yield TaskKind.ANSWER_MOVE
        case State.ATTENDED:
            yield TaskKind.FILE_REPORT


def _asks_to_rebook(decision: Decision) -> bool:
    is_missed = decision.kind is Kind.OUTCOME_RECORDED and decision.booking.state is State.NOT_ATTENDED
    return decision.suggests_rebooking or is_missed


def _is_over(task: Task, decision: Decision, wanted: set[TaskKind]) -> bool:
    if task.kind is TaskKind.REBOOK:
        return decision.kind is Kind.OUTCOME_RECORDED and decision.booking.state is State.ATTENDED
    if task.kind is TaskKind.RECORD_OUTCOME:
        return decision.changes_state or decision.kind is Kind.RESCHEDULED
    if task.kind is TaskKind.READ_REPORT:
        return decision.booking.report_version == 0
    if task.kind is TaskKind.CHECK_FILE:
        return decision.booking.state in FINAL
    return task.kind not in wanted


def _moved(task: Task, decision: Decision, now: datetime) -> Task | None:
    """The task for whom it is for now, due when it is due now; None: as it is. A new addressee keeps the due time."""
    booking, before = decision.booking, decision.before
    moved = task
    if decision.kind in {Kind.ASSIGNED, Kind.TAKEN_OVER} and task.assignee.kind is AssigneeKind.CASE_MANAGER:
        moved = replace(moved, assignee=assignee_of(task.kind, booking), business_unit_id=booking.business_unit_id)
    is_staffs = task.kind in _OF_STAFF
    if is_staffs and before is not None and before.responsible_staff_id != booking.responsible_staff_id:
        moved = replace(moved, assignee=assignee_of(task.kind, booking))
    if decision.kind in _DUE_ANEW.get(task.kind, ()):
        moved = replace(moved, due_time=_due(task.kind, decision, now))
    return None if moved == task else replace(moved, version=task.version + 1)


def _new(kind: TaskKind, decision: Decision, id_: UUID, now: datetime) -> Task:
    return new_task(kind, decision.booking, id_, due_time=_due(kind, decision, now), now=now)


def new_task(kind: TaskKind, booking: Booking, id_: UUID, *, due_time: datetime, now: datetime) -> Task:
    """A task of a booking, for whom its kind is for."""
    return Task(
        org_id=booking.org_id,
        id=id_,
        kind=kind,
        assignee=assignee_of(kind, booking),
        business_unit_id=booking.unit_id,
        booking_id=booking.id,
        booking_number=booking.number,
        case_id=booking.case_id,
        due_time=due_time,
        create_time=now,
    )


_OF_SPECIALIST = frozenset({TaskKind.RECORD_OUTCOME, TaskKind.FILE_REPORT})
_OF_STAFF = frozenset({TaskKind.ANSWER_REQUEST, TaskKind.ANSWER_MOVE})


def assignee_of(kind: TaskKind, booking: Booking) -> Assignee:
    """For whom a task of a booking is."""
    if kind is TaskKind.CHECK_FILE:
        return POOL
    if kind in _OF_STAFF:
        staff_id = booking.responsible_staff_id
        return POOL if staff_id is None else Assignee(AssigneeKind.STAFF, staff_id)
    if kind in _OF_SPECIALIST and booking.appointment is not None:
        return Assignee(AssigneeKind.SPECIALIST, booking.appointment.specialist_id)
    return Assignee(AssigneeKind.CASE_MANAGER, booking.case_manager_id)


def _due(kind: TaskKind, decision: Decision, now: datetime) -> datetime:
    return due_of(kind, decision.booking, decision.seen.policy, now)


def due_of(kind: TaskKind, booking: Booking, policy: Policy, now: datetime) -> datetime:
    """When a task of a booking is due that is opened now."""
    given = {
        TaskKind.CHOOSE_OPTION: min(
            (option.hold_expire_time for option in booking.options if option.state is OptionState.OPEN), default=None
        ),
        TaskKind.UPLOAD_PAPERWORK: booking.paperwork_due_time,
        TaskKind.FILE_REPORT: booking.report_due_time,
    }.get(kind)
    due = Due(
        calendar=policy.calendar,
        zone=_zone_of(assignee_of(kind, booking), booking, policy),
        given=given,
        start_time=booking.appointment.start_time if booking.appointment else None,
    )
    return due_time(kind, due, now)


def _zone_of(assignee: Assignee, booking: Booking, policy: Policy) -> str:
    own = {
        AssigneeKind.CASE_MANAGER: booking.people.manager_zone,
        AssigneeKind.SPECIALIST: booking.shown.specialist_zone,
    }.get(assignee.kind)
    return own or policy.calendar.zone
