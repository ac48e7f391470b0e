"""What changes of a booking beside its time: the outcome, who has it, what is written of it (CM-08)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portico_errors.casemanager import CaseManagerInactive, CaseManagerNotFound, ReportFiled, TooEarly

from casemanager.bookings.domain.booking import Booking, People, Seen, Window, changed
from casemanager.bookings.domain.decision import Because, Decision, Kind, change_of, decided
from casemanager.bookings.domain.due import report_due
from casemanager.bookings.domain.requests import checked_wishes
from casemanager.bookings.domain.states import UNANSWERED, Action, Part, State
from casemanager.value_lists.domain import check_listed
from chassis.errors import FieldViolation, InvalidArgument


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Whether the person came."""

    state: State
    comment: str = ""
    etag: str = ""


def record_outcome(seen: Seen, command: Outcome, now: datetime) -> Decision:
    """Says whether the person came, once it has begun: TooEarly. Staff correct it until a report comes: ReportFiled."""
    booking = seen.require(Action.RECORD_OUTCOME, now, etag=command.etag)
    appointment = booking.appointment
    if booking.has_report:
        raise ReportFiled()
    if appointment is None or not booking.has_begun(now):
        raise TooEarly()
    if booking.state is command.state:
        raise seen.not_allowed(Action.RECORD_OUTCOME, now)
    due = report_due(appointment, seen.policy) if command.state is State.ATTENDED else None
    made = changed(booking, now, state=command.state, outcome_time=now, report_due_time=due, move_request=None)
    return decided(seen, made, Kind.OUTCOME_RECORDED, because=Because(comment=command.comment))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """Another case manager, as far as a booking needs them."""

    id: UUID
    company_id: UUID
    people: People


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A booking, and the case manager who shall have it; None: there is none of this id."""

    seen: Seen
    manager: Manager | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """In words, why; and which version was seen."""

    comment: str = ""
    etag: str = ""


def assign_booking(handover: Handover, command: HandOver, now: datetime) -> Decision:
    """Gives it to another case manager of the company; CaseManagerNotFound for others, CaseManagerInactive.

    Who has it already goes on having it, and nobody hears of it.
    """
    manager = _manager(handover)
    booking = handover.seen.require(Action.ASSIGN, now, etag=command.etag)
    return _handed_over(handover.seen, booking, manager, Kind.ASSIGNED, command, now)


def take_over_booking(handover: Handover, command: HandOver, now: datetime) -> Decision:
    """Makes a colleague's booking the caller's own."""
    manager = _manager(handover)
    booking = handover.seen.require(Action.TAKE_OVER, now, etag=command.etag)
    return _handed_over(handover.seen, booking, manager, Kind.TAKEN_OVER, command, now)


def _manager(handover: Handover) -> Manager:
    manager = handover.manager
    if manager is None or manager.company_id != handover.seen.booking.company_id:
        raise CaseManagerNotFound()
    return manager


def _handed_over(
    seen: Seen, booking: Booking, manager: Manager, kind: Kind, command: HandOver, now: datetime
) -> Decision:
    if not manager.people.manager_is_active:
        raise CaseManagerInactive()
    because = Because(comment=command.comment)
    if manager.id == booking.case_manager_id:
        return decided(seen, changed(booking, now), Kind.UPDATED, because=because)
    was_invited = booking.state is State.CONFIRMED
    people = manager.people
    made = changed(booking, now, case_manager_id=manager.id)
    made = replace(
        made,
        business_unit_id=people.manager_unit_id,
        calendar_sequence=booking.calendar_sequence + was_invited,
        people=_with_manager(booking.people, people),
    )
    changes = (change_of("case_manager", booking.people.manager_name, people.manager_name),)
    actor = replace(seen.actor, part=Part.OWN) if seen.actor.person_id == manager.id else seen.actor
    return decided(replace(seen, actor=actor), made, kind, because=because, changes=changes)


def _with_manager(people: People, other: People) -> People:
    names = (name for name in People.__dataclass_fields__ if name.startswith("manager_"))
    values: Mapping[str, str] = {name: getattr(other, name) for name in names}
    return replace(people, **values)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written of a booking, by field; None: it stays as it is. `listed` are the specialties to choose from."""

    note: str | None = None
    specialty: str | None = None
    wishes: tuple[Window, ...] | None = None
    sets_responsible: bool = False
    responsible_staff_id: UUID | None = None
    listed: frozenset[str] = frozenset()
    etag: str = ""


def update_booking(seen: Seen, written: Written, now: datetime) -> Decision:
    """Writes what is said of it: wishes while nobody has confirmed it, who looks after it by staff alone."""
    booking = seen.require(Action.UPDATE, now, etag=written.etag)
    is_unanswered = booking.state in UNANSWERED
    if (written.wishes is not None and not is_unanswered) or (
        written.sets_responsible and seen.actor.part is not Part.STAFF
    ):
        field = "wishes" if written.wishes is not None and not is_unanswered else "responsible_staff_id"
        raise InvalidArgument(
            violations=[FieldViolation("update_mask", "FIELD_FIXED", f"{field!r} cannot be changed here")]
        )
    kept = (booking.specialty, *booking.shown.specialties)
    check_listed({"booking.specialty": written.specialty or ""}, listed=written.listed, kept=kept)
    made = changed(
        booking,
        now,
        note=booking.note if written.note is None else written.note,
        specialty=booking.specialty if written.specialty is None else written.specialty,
        wishes=booking.wishes
        if written.wishes is None
        else checked_wishes(written.wishes, now, field="booking.wishes"),
        responsible_staff_id=written.responsible_staff_id if written.sets_responsible else booking.responsible_staff_id,
    )
    names = ("note", "specialty", "wishes", "responsible_staff_id")
    changes = tuple(name for name in names if getattr(made, name) != getattr(booking, name))
    return decided(seen, made, Kind.UPDATED, changes=changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What staff note for staff."""

    text: str
    etag: str = ""


def add_note(seen: Seen, note: Note, now: datetime) -> Decision:
    """Notes something beside the booking."""
    booking = seen.require(Action.ADD_NOTE, now, etag=note.etag)
    return decided(seen, changed(booking, now), Kind.NOTE_ADDED, because=Because(comment=note.text))
