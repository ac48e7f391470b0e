"""A booking, and what its caller can do with it now (CM-08)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from portico_errors.casemanager import ActionNotAllowed

from casemanager.bookings.domain.appointment import NOTHING_SHOWN, Appointment, Option, OptionState, Shown
from casemanager.bookings.domain.states import OPEN, UNANSWERED, Action, Actor, Part, State, may
from casemanager.files.domain.counts import NO_FILES, Counts
from casemanager.shared.people import Contact
from casemanager.tasks.domain.due import Calendar
from casemanager.tasks.domain.task import Task
from casemanager.value_lists.domain import Value
from chassis.etags import as_seen

PREFIX = "B"
"""What the numbers of bookings begin with."""


class Way(IntEnum):
    """How it was asked for; the numbers are the contract's."""

    SLOT = 1
    WISHES = 2
    TIME = 3


class CancellationKind(IntEnum):
    """What a cancellation costs the company; the numbers are the contract's."""

    NO_FEE = 1
    CHARGEABLE = 2
    NO_FEE_PAY_SPECIALIST = 3


class Reason(IntEnum):
    """Why somebody cancels, moves, declines or refuses; the numbers are the contract's."""

    CLIENT_REQUEST = 1
    SUBJECT_UNAVAILABLE = 2
    SPECIALIST_UNAVAILABLE = 3
    PAPERWORK_MISSING = 4
    OTHER = 5


Window = tuple[datetime, datetime]
"""From an instant to another: when something would suit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """How it was cancelled, and by whom."""

    kind: CancellationKind
    reason: Reason
    comment: str
    by: Part
    cancel_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """Why staff said no."""

    reason: Reason
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """That the case manager asks for another time: with wishes, or a slot."""

    wishes: tuple[Window, ...]
    availability_id: UUID | None
    start_time: datetime | None
    reason: Reason
    comment: str
    request_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The names and contacts that belong to a booking, as they are now."""

    case_number: str = ""
    subject_name: str = ""
    company_name: str = ""
    booking_email: str = ""
    manager_name: str = ""
    manager_email: str = ""
    manager_language: str = "en"
    manager_zone: str = ""
    manager_unit_id: UUID | None = None
    manager_is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An appointment of a case, from its request on.

    `appointment` is the time that was asked for, or that it has; none while there are wishes alone. `state` is what is
    stored: readers see `effective`. `report_version` is the latest one that counts, 0 for none; somebody has to look at
    `reports_in_quarantine`. `told_version` is the last one of which messages told. `people`, `shown`, `open_tasks` and
    `paperwork` stand elsewhere.
    """

    org_id: UUID
    id: UUID
    number: str
    case_id: UUID
    company_id: UUID
    business_unit_id: UUID | None
    case_manager_id: UUID
    responsible_staff_id: UUID | None = None
    rebooked_from_id: UUID | None = None
    way: Way
    specialty: str = ""
    note: str = ""
    service_type: str = ""
    wishes: tuple[Window, ...] = ()
    state: State
    state_time: datetime
    expire_time: datetime | None = None
    appointment: Appointment | None = None
    options: tuple[Option, ...] = ()
    cancellation: Cancellation | None = None
    decline: Decline | None = None
    move_request: MoveRequest | None = None
    paperwork_due_time: datetime | None = None
    paperwork_sent_time: datetime | None = None
    report_due_time: datetime | None = None
    report_version: int = 0
    reports_in_check: int = 0
    reports_in_quarantine: int = 0
    calendar_sequence: int = 0
    request_time: datetime
    confirm_time: datetime | None = None
    outcome_time: datetime | None = None
    report_time: datetime | None = None
    create_time: datetime
    update_time: datetime
    version: int
    told_version: int = 0
    people: People
    shown: Shown = NOTHING_SHOWN
    open_tasks: tuple[Task, ...] = ()
    paperwork: Counts = NO_FILES

    def effective(self, now: datetime) -> State:
        """The state that readers see: an unanswered one is EXPIRED from its time on, whether or not a job was there."""
        if self.state in UNANSWERED and self.expire_time is not None and self.expire_time <= now:
            return State.EXPIRED
        return self.state

    @property
    def unit_id(self) -> UUID | None:
        """Whose unit sees it: an open one goes with its case manager, one that is over stays."""
        return self.people.manager_unit_id if self.state in OPEN else self.business_unit_id

    @property
    def open_options(self) -> tuple[Option, ...]:
        """Those that were not answered or taken back."""
        return tuple(option for option in self.options if option.state is OptionState.OPEN)

    @property
    def has_report(self) -> bool:
        """Whether a version of its report counts, or will unless something is found in it."""
        return bool(self.report_version or self.reports_in_check)

    def has_begun(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.appointment is not None and self.appointment.start_time <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the organization books, and on which days it works; lengths are elapsed time.

    `booking_email` is where it is told of what nobody looks after; empty: nowhere.
    """

    notice: timedelta
    horizon: timedelta
    hold: timedelta
    request_life: timedelta
    cancellation_notice: timedelta
    paperwork_days: int
    report_days: int
    calendar: Calendar
    booking_email: str = ""


def allowed_actions(booking: Booking, actor: Actor, policy: Policy, now: datetime) -> tuple[Action, ...]:
    """What the caller can do now, the first one first."""
    return tuple(action for action in Action if _is_allowed(booking, action, actor, policy, now))


def _is_allowed(booking: Booking, action: Action, actor: Actor, policy: Policy, now: datetime) -> bool:
    if not may(actor.part, booking.effective(now), action):
        return False
    is_own = actor.part is Part.OWN
    match action:
        case Action.ACCEPT:
            return booking.appointment is not None and not booking.has_begun(now)
        case Action.CONFIRM:
            return any(option.effective(now) is OptionState.OPEN for option in booking.options)
        case Action.RESCHEDULE if is_own:
            return not is_late(booking, policy, now)
        case Action.CANCEL if is_own:
            return not _is_over_for_manager(booking, now)
        case Action.REQUEST_MOVE:
            return booking.move_request is None and not booking.has_begun(now)
        case Action.DECLINE_MOVE:
            return booking.move_request is not None
        case Action.SEND_PAPERWORK:
            return booking.paperwork.are_ready
        case Action.RECORD_OUTCOME | Action.FILE_REPORT:
            return booking.has_begun(now) and (action is Action.FILE_REPORT or not booking.has_report)
    return True


def is_late(booking: Booking, policy: Policy, now: datetime) -> bool:
    """Whether less than the cancellation notice is left of the time before it."""
    return booking.appointment is not None and booking.appointment.start_time < now + policy.cancellation_notice


def _is_over_for_manager(booking: Booking, now: datetime) -> bool:
    return booking.state is State.CONFIRMED and booking.has_begun(now)


def cancellation_kind(booking: Booking, policy: Policy, now: datetime) -> CancellationKind:
    """What a case manager's cancellation is by rule."""
    is_chargeable = booking.state is State.CONFIRMED and is_late(booking, policy, now)
    return CancellationKind.CHARGEABLE if is_chargeable else CancellationKind.NO_FEE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A booking, who sees it as what, and how the organization books; `staff` is who looks after it, where told.

    `purpose` is what it is for, where told in words.
    """

    booking: Booking
    actor: Actor
    policy: Policy
    staff: Contact | None = None
    purpose: Value | None = None

    def require(self, action: Action, now: datetime, *, etag: str = "") -> Booking:
        """The booking, when state and part allow the action; ActionNotAllowed, or Aborted for another version.

        What time and options say beyond that is the decision's to refuse, with a reason of its own.
        """
        booking, state = as_seen(self.booking, etag), self.booking.effective(now)
        if not may(self.actor.part, state, action):
            raise self.not_allowed(action, now)
        return booking

    def not_allowed(self, action: Action, now: datetime) -> ActionNotAllowed:
        """The refusal, with the state and what is allowed in it."""
        state = self.booking.effective(now)
        names = [each.name for each in allowed_actions(self.booking, self.actor, self.policy, now)]
        fit = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}" if names else "nothing is"
        return ActionNotAllowed(
            f"{action.name} is not allowed in {state.name}; {fit}.",
            metadata={"state": state.name, "allowed_actions": ",".join(names)},
        )


def changed(booking: Booking, now: datetime, **fields: object) -> Booking:
    """The booking as the next save leaves it."""
    made: Booking = replace(
        booking,
        business_unit_id=booking.unit_id,
        update_time=now,
        version=booking.version + 1,
        **fields,  # type: ignore[arg-type]
    )
    return made if made.state is booking.state else replace(made, state_time=now)
