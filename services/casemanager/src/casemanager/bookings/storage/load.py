"""How bookings are loaded: with the names of all whom they are about, and what is known of the times on offer."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from casemanager.bookings.domain.booking import People
from casemanager.bookings.domain.states import OPEN, UNANSWERED, State
from casemanager.bookings.storage.json import options_of, shown_of
from casemanager.bookings.storage.tables import BOOKING, ENTRY, HistoryEntry, booking_history, bookings
from casemanager.case_managers.domain import AccountStatus
from casemanager.case_managers.storage import case_managers
from casemanager.cases.storage import cases
from casemanager.companies.storage import companies
from casemanager.files.storage import PAPERWORK_COUNTS, paperwork_counts_of
from casemanager.places.storage import places
from casemanager.reservations.domain import ReservationKind
from casemanager.reservations.storage import reservations
from casemanager.shared.bookings import BookingCounts
from casemanager.shared.numbers import written_number
from casemanager.specialists.domain import AccountStatus as SpecialistStatus
from casemanager.specialists.storage import specialists
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.storage import OPEN_TASKS, TASK, open_tasks_of, tasks
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.pagination import NEWEST, Keyset
from chassis.readers import reader
from chassis.text import full_name

T = TypeVar("T")
ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("booking_id", type_=Uuid)


def _of(table: FromClause, key: str) -> ColumnElement[bool]:
    """The row of the table that a booking names."""
    return (table.c.org_id == bookings.c.org_id) & (table.c.id == bookings.c[key])


def _facts(specialist: FromClause, place: FromClause) -> list[object]:
    parts = {
        **{name: specialist.c[name] for name in ("title", "given_name", "family_name", "specialties", "email")},
        "time_zone": specialist.c.time_zone,
        "language": specialist.c.language,
        "is_active": specialist.c.account_status == literal(SpecialistStatus.ACTIVE, SmallInteger),
        "place_name": place.c.name,
        "place_address": place.c.address,
        "directions": place.c.directions,
    }
    return [part for name, value in parts.items() for part in (literal_column(f"'{name}'", Text), value)]


def _option_facts() -> ScalarSelect[object]:
    """By option: the names of its time, and until when somebody else has some of it."""
    option = (
        func.jsonb_to_recordset(bookings.c.options)
        .table_valued(
            *(column(name, Uuid) for name in ("id", "specialist_id", "place_id")),
            *(column(name, INSTANT) for name in ("start_time", "free_time")),
        )
        .render_derived(name="option_row", with_types=True)
    )
    who, where = specialists.alias("option_specialist"), places.alias("option_place")
    rival = reservations.alias("rival")
    forever = literal_column("'infinity'::timestamptz", INSTANT)
    rival_end = (
        select(func.max(func.coalesce(rival.c.hold_expire_time, forever)))
        .where(
            rival.c.org_id == ORG_ID,
            rival.c.specialist_id == option.c.specialist_id,
            rival.c.during.op("&&")(func.tstzrange(option.c.start_time, option.c.free_time)),
            rival.c.booking_id.is_distinct_from(bookings.c.id),
        )
        .correlate(option, bookings)
        .scalar_subquery()
    )
    each = func.jsonb_build_object(*_facts(who, where), literal_column("'rival_end_time'", Text), rival_end)
    return (
        select(func.jsonb_object_agg(option.c.id, each, type_=JSONB))
        .select_from(
            option.join(who, (who.c.org_id == ORG_ID) & (who.c.id == option.c.specialist_id)).outerjoin(
                where, (where.c.org_id == ORG_ID) & (where.c.id == option.c.place_id)
            )
        )
        .correlate(bookings)
        .scalar_subquery()
    )


def _people(
    case_number: int,
    subject_given_name: str,
    subject_family_name: str,
    company_name: str,
    booking_email: str,
    manager: Sequence[str],
    manager_unit_id: UUID | None,
    manager_status: int,
) -> People:
    given_name, family_name, email, language, zone = manager
    return People(
        case_number=written_number("C", case_number),
        subject_name=full_name(subject_given_name, subject_family_name),
        company_name=company_name,
        booking_email=booking_email,
        manager_name=full_name(given_name, family_name),
        manager_email=email,
        manager_language=language,
        manager_zone=zone,
        manager_unit_id=manager_unit_id,
        manager_is_active=manager_status == AccountStatus.ACTIVE,
    )


with_names = (
    bookings.join(cases, _of(cases, "case_id"))
    .join(case_managers, _of(case_managers, "case_manager_id"))
    .outerjoin(specialists, _of(specialists, "specialist_id"))
    .join(companies, _of(companies, "company_id"))
    .outerjoin(places, _of(places, "place_id"))
)
_manager = ("given_name", "family_name", "email", "language", "time_zone")
people_columns = (
    cases.c.number.label("case_number"),
    cases.c.subject_given_name,
    cases.c.subject_family_name,
    companies.c.name.label("company_name"),
    companies.c.booking_email,
    func.jsonb_build_array(*(case_managers.c[name] for name in _manager), type_=JSONB).label("manager"),
    case_managers.c.business_unit_id.label("manager_unit_id"),
    case_managers.c.account_status.label("manager_status"),
)
PEOPLE = reader(
    _people,
    *("case_number", "subject_given_name", "subject_family_name", "company_name", "booking_email"),
    *("manager", "manager_unit_id", "manager_status"),
)
columns = (
    *BOOKING.columns(),
    bookings.c.options,
    _option_facts().label("option_facts"),
    *people_columns,
    case(
        (specialists.c.id.is_not(None), func.jsonb_build_object(*_facts(specialists, places), type_=JSONB)),
    ).label("shown_facts"),
    open_tasks_of(bookings).label("open_tasks"),
    paperwork_counts_of(bookings).label("paperwork_counts"),
)
"""A booking with all that stands elsewhere, from `with_names`, as `READER` reads it."""
READER = BOOKING.reader(
    options=reader(options_of, "options", "option_facts"),
    people=PEOPLE,
    shown=reader(shown_of, "shown_facts"),
    open_tasks=OPEN_TASKS,
    paperwork=PAPERWORK_COUNTS,
)

LOAD_BOOKING = statement(
    select(*columns).select_from(with_names).where(bookings.c.org_id == ORG_ID, bookings.c.id == _ID), into=READER
)

_unanswered = bookings.c.state.in_([literal(int(state), SmallInteger) for state in sorted(UNANSWERED)])
_now = bindparam("now", type_=INSTANT)


def count_unanswered(case_manager_id: ColumnElement[UUID]) -> Select[int]:
    """How many requests and offers of a case manager wait for an answer."""
    return select(func.count()).where(
        bookings.c.org_id == ORG_ID,
        bookings.c.case_manager_id == case_manager_id,
        _unanswered,
        bookings.c.expire_time > _now,
    )


COUNT_UNANSWERED = statement(count_unanswered(bindparam("case_manager_id", type_=Uuid)), into=int)


def _pair(key: UUID, value: T) -> tuple[UUID, T]:
    return key, value


_open = bookings.c.state.in_([literal(int(state), SmallInteger) for state in sorted(OPEN)])
_expires = bookings.c.expire_time.is_not(None) & (bookings.c.expire_time <= _now)
COUNT_BOOKINGS = statement(
    select(
        bookings.c.case_id,
        func.count().label("total"),
        func.count().filter(_open, ~_expires).label("open"),
    )
    .where(bookings.c.org_id == ORG_ID, bookings.c.case_id == any_(bindparam("case_ids", type_=ARRAY(Uuid))))
    .group_by(bookings.c.case_id),
    into=reader(_pair, "case_id", reader(BookingCounts, total="total", open="open")),
)
"""How much was ever booked for cases, and how much of it is open."""


def held_of(specialist_ids: ColumnElement[Sequence[UUID]]) -> Select[UUID]:
    """Whose times are held for other bookings of a company, once for each."""
    return (
        select(reservations.c.specialist_id)
        .join(bookings, (bookings.c.org_id == reservations.c.org_id) & (bookings.c.id == reservations.c.booking_id))
        .where(
            reservations.c.org_id == ORG_ID,
            reservations.c.specialist_id == any_(specialist_ids),
            reservations.c.kind == literal(ReservationKind.HELD, SmallInteger),
            reservations.c.hold_expire_time > _now,
            bookings.c.company_id == bindparam("company_id", type_=Uuid),
            bookings.c.id != _ID,
        )
    )


_held = held_of(bindparam("specialist_ids", type_=ARRAY(Uuid)))
COUNT_HELD = statement(
    _held.add_columns(func.count().label("number")).group_by(reservations.c.specialist_id),
    into=reader(_pair, "specialist_id", "number"),
)
"""How many times of each specialist are held for other bookings of a company."""

_theirs = (State.CONFIRMED, State.ATTENDED, State.NOT_ATTENDED, State.REPORTED)
_of_case = (
    select(bookings.c.id)
    .where(bookings.c.org_id == ORG_ID, bookings.c.case_id == bindparam("case_id", type_=Uuid))
    .limit(literal(1))
)
FIND_APPOINTMENT = statement(
    _of_case.where(
        bookings.c.specialist_id == bindparam("specialist_id", type_=Uuid),
        bookings.c.state.in_([literal(int(state), SmallInteger) for state in _theirs]),
    ),
    into=UUID,
)
"""One of a case that is or was a specialist's, and was not cancelled."""
FIND_MANAGED = statement(
    _of_case.where(
        bookings.c.case_manager_id == bindparam("case_manager_id", type_=Uuid),
        bookings.c.company_id
        == select(cases.c.company_id)
        .where(cases.c.org_id == ORG_ID, cases.c.id == bookings.c.case_id)
        .scalar_subquery(),
    ),
    into=UUID,
)
"""One of a case that is a case manager's; none once the case is another company's."""

FIND_AT_PLACE = statement(
    select(bookings.c.id)
    .where(
        bookings.c.org_id == ORG_ID,
        or_(
            bookings.c.place_id == bindparam("place_id", type_=Uuid),
            bookings.c.options.contains(bindparam("option", type_=JSONB)),
        ),
    )
    .limit(literal(1)),
    into=UUID,
)
"""One that is, was or may be held at a place; reads all where there is none."""

LIST_REBOOK_TASKS = statement(
    select(*TASK.columns()).where(
        tasks.c.org_id == ORG_ID,
        tasks.c.case_id == bindparam("case_id", type_=Uuid),
        tasks.c.kind == literal(TaskKind.REBOOK.value, SmallInteger),
        tasks.c.state == literal(TaskState.OPEN.value, SmallInteger),
    ),
    into=TASK.reader(),
)
"""The open tasks to book once more for a case, which a new request does."""

LIST_BOOKING_HISTORY = statement(
    select(*ENTRY.columns())
    .where(
        booking_history.c.org_id == ORG_ID,
        booking_history.c.booking_id == _ID,
        ~(booking_history.c.kind == any_(bindparam("hidden_kinds", type_=ARRAY(SmallInteger)))),
        tuple_(booking_history.c.event_time, booking_history.c.id)
        < tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid)),
    )
    .order_by(booking_history.c.event_time.desc(), booking_history.c.id.desc())
    .limit(bindparam("limit", type_=BigInteger)),
    into=ENTRY.reader(),
)
NEWEST_ENTRIES: Keyset[HistoryEntry, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda entry: (entry.event_time, entry.id)
)
