"""Asking for an appointment (CM-08)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from portico_errors.casemanager import (
    CaseClosed,
    CaseManagerInactive,
    CompanyInactive,
    SlotUnknown,
    TooLate,
    TooManyRequests,
)

from casemanager.bookings.domain.booking import Booking, People, Policy, Seen, Way, Window, changed
from casemanager.bookings.domain.decision import OUTSIDE, Decision, Kind, decided
from casemanager.bookings.domain.due import paperwork_due
from casemanager.bookings.domain.states import Action, Actor, Part, State
from casemanager.bookings.domain.times import Chosen, FreeTime, TimeChoice, free_time, slot_taken
from casemanager.shared.people import Contact
from casemanager.slots.domain import Terms
from casemanager.tasks.domain.task import Task
from casemanager.value_lists.domain import Value, check_listed
from chassis.errors import FieldViolation, InvalidArgument

MAX_REQUESTS = 20
"""Unanswered ones of a case manager."""
_MAX_WISH = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The case that an appointment is asked for, of whom and by whom, and what is known of the time that was chosen.

    `specialties` are those that can be asked for, `purpose` is what it is for, in words.
    """

    case_id: UUID
    company_id: UUID
    business_unit_id: UUID | None
    case_manager_id: UUID
    responsible_staff_id: UUID | None
    service_type: str
    case_is_open: bool = True
    company_is_active: bool = True
    people: People
    actor: Actor
    policy: Policy
    chosen: Chosen | None
    unanswered: int
    rebook_tasks: tuple[Task, ...] = ()
    staff: Contact | None = None
    specialties: frozenset[str] = frozenset()
    purpose: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, beside the time that was chosen."""

    org_id: UUID
    booking_id: UUID
    wishes: tuple[Window, ...] = ()
    specialty: str = ""
    note: str = ""
    rebooked_from_id: UUID | None = None


def terms_for(actor: Actor, policy: Policy, now: datetime, *, booking_id: UUID | None = None) -> Terms:
    """What binds who chooses a time: staff neither notice nor horizon. What the booking has itself is free for it."""
    is_bound = actor.part is not Part.STAFF
    return Terms(
        now=now,
        notice=policy.notice if is_bound else None,
        horizon=policy.horizon if is_bound else None,
        exclude_booking_id=booking_id,
    )


def request_booking(asked: Asked, request: Request, now: datetime) -> Decision:
    """A new booking: confirmed at once where its time needs nobody's word, else a request to staff.

    CaseClosed, CompanyInactive or CaseManagerInactive where nothing is taken; raises what `free_time` raises,
    TooManyRequests, ValueNotListed for a specialty, or InvalidArgument for wishes that cannot be.
    """
    if not asked.case_is_open:
        raise CaseClosed()
    if not asked.company_is_active:
        raise CompanyInactive()
    if not asked.people.manager_is_active:
        raise CaseManagerInactive()
    theirs = asked.chosen.specialist.specialties if asked.chosen and asked.chosen.specialist else ()
    check_listed({"specialty": request.specialty}, listed=asked.specialties, kept=theirs)
    found = None if asked.chosen is None else free_time(asked.chosen, terms_for(asked.actor, asked.policy, now))
    booking = Booking(
        org_id=request.org_id,
        id=request.booking_id,
        number="",
        case_id=asked.case_id,
        company_id=asked.company_id,
        business_unit_id=asked.business_unit_id,
        case_manager_id=asked.case_manager_id,
        responsible_staff_id=asked.responsible_staff_id,
        rebooked_from_id=request.rebooked_from_id,
        way=_way(asked),
        specialty=request.specialty,
        note=request.note,
        service_type=asked.service_type,
        wishes=checked_wishes(request.wishes, now, field="wishes.windows"),
        state=State.REQUESTED,
        state_time=now,
        expire_time=request_end(asked.policy, now),
        request_time=now,
        create_time=now,
        update_time=now,
        version=1,
        people=asked.people,
    )
    seen = Seen(booking=booking, actor=asked.actor, policy=asked.policy, staff=asked.staff, purpose=asked.purpose)
    if found is not None and found.is_sure:
        made = confirmed(booking, found, asked.policy, now)
        return replace(_new(asked, seen, made), takes=found.appointment)
    if asked.unanswered >= MAX_REQUESTS:
        raise TooManyRequests()
    if found is not None:
        booking = replace(booking, appointment=found.appointment, shown=found.shown)
    return _new(asked, seen, booking)


def _new(asked: Asked, seen: Seen, booking: Booking) -> Decision:
    changes = (f"{OUTSIDE}{reason}",) if (reason := _outside(booking)) else ()
    made = decided(seen, booking, Kind.REQUESTED, changes=changes, answered_tasks=asked.rebook_tasks)
    return replace(made, before=None)


def _outside(booking: Booking) -> str:
    return booking.appointment.outside_reason if booking.appointment else ""


def _way(asked: Asked) -> Way:
    if asked.chosen is None:
        return Way.WISHES
    return Way.TIME if isinstance(asked.chosen.choice, TimeChoice) else Way.SLOT


def request_end(policy: Policy, now: datetime) -> datetime:
    """When a request that nobody answers expires."""
    return now + policy.request_life


def confirmed(booking: Booking, found: FreeTime, policy: Policy, now: datetime) -> Booking:
    """The booking with its time, from which follow what is due before it."""
    return replace(
        booking,
        state=State.CONFIRMED,
        state_time=now,
        expire_time=None,
        appointment=found.appointment,
        shown=found.shown,
        confirm_time=now,
        paperwork_due_time=paperwork_due(found.appointment, policy),
    )


def checked_wishes(wishes: tuple[Window, ...], now: datetime, *, field: str) -> tuple[Window, ...]:
    """The same windows; InvalidArgument for one that ends before it begins, is over, or lasts longer than a year."""
    for number, (start, end) in enumerate(wishes):
        if not start < end <= start + _MAX_WISH or end <= now:
            english = "The end must come after the beginning, and within a year of it."
            spanish = "El final debe ser posterior al comienzo y dentro de un año."
            raise InvalidArgument(
                violations=[
                    FieldViolation(f"{field}[{number}].end_time", "WISH_INVALID", english, localized={"es": spanish})
                ]
            )
    return wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A booking whose specialist said yes, and what is known of their time around the slot."""

    seen: Seen
    chosen: Chosen | None


def accept_request(accepted: Accepted, etag: str, now: datetime) -> Decision:
    """Confirms the slot that was asked for; SlotTaken once the time is gone, also with its availability."""
    seen = accepted.seen
    booking = seen.require(Action.ACCEPT, now, etag=etag)
    appointment = booking.appointment
    if appointment is None or accepted.chosen is None:
        raise seen.not_allowed(Action.ACCEPT, now)
    if appointment.start_time <= now:
        raise TooLate("This time is over.")
    try:
        found = free_time(accepted.chosen, terms_for(seen.actor, seen.policy, now, booking_id=booking.id))
    except SlotUnknown:
        raise slot_taken(appointment.specialist_id, appointment.start_time) from None
    made = confirmed(changed(booking, now), found, seen.policy, now)
    return decided(seen, made, Kind.ACCEPTED, takes=found.appointment)
