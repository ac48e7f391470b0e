"""The tables of bookings and of what happened to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from casemanager.bookings.domain.booking import Booking, Reason
from casemanager.bookings.domain.decision import Kind
from casemanager.bookings.domain.states import Part, State
from casemanager.bookings.storage.json import (
    move_of,
    stored_move,
    stored_option,
    stored_wishes,
    wishes_of,
)
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.mapping import Params, mapping
from chassis.pagination import NEWEST
from chassis.readers import reader

_IDS = ("company_id", "case_manager_id")
_INSTANTS = (
    *("expire_time", "start_time", "end_time", "cancel_time", "paperwork_due_time", "paperwork_sent_time"),
    *("report_due_time", "confirm_time", "outcome_time", "report_time"),
)

START_KEY = f"COALESCE(start_time, '{NEWEST[0].isoformat(sep=' ')}'::timestamptz)"
"""What lists by time are sorted by: one without a time comes after all that have one."""

bookings = Table(
    "bookings",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("case_id", Uuid, nullable=False),
    *(Column(name, Uuid, nullable=False) for name in _IDS),
    Column("business_unit_id", Uuid, comment="Of one that is over; an open one goes with its case manager"),
    Column("responsible_staff_id", Uuid),
    Column("rebooked_from_id", Uuid),
    Column("way", SmallInteger, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("specialty", "note", "service_type")),
    Column("wishes", JSONB, nullable=False, comment="From and to, each"),
    Column("state", SmallInteger, nullable=False, comment="An unanswered one is expired once its time has come"),
    instant("state_time"),
    *(instant(name, nullable=True) for name in _INSTANTS),
    Column("specialist_id", Uuid),
    Column("place_id", Uuid),
    Column("mode", SmallInteger),
    Column("availability_id", Uuid),
    Column("buffer_minutes", Integer),
    Column("time_zone", Text),
    Column("outside_reason", Text, nullable=False),
    Column("options", JSONB, nullable=False, comment="The latest ones, the newest offer first"),
    Column("cancellation_kind", SmallInteger),
    Column("cancellation_reason", SmallInteger),
    Column("cancellation_comment", Text),
    Column("cancellation_by", SmallInteger),
    Column("decline_reason", SmallInteger),
    Column("decline_comment", Text),
    Column("move_request", JSONB(none_as_null=True)),
    *(Column(name, Integer, nullable=False) for name in ("report_version", "calendar_sequence")),
    *(
        Column(name, Integer, nullable=False, server_default="0")
        for name in ("reports_in_check", "reports_in_quarantine")
    ),
    *(instant(name) for name in ("request_time", "create_time", "update_time")),
    *(Column(name, BigInteger, nullable=False) for name in ("version", "told_version")),
    ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.id"]),
    ForeignKeyConstraint(
        ["org_id", "company_id", "case_manager_id"],
        ["case_managers.org_id", "case_managers.company_id", "case_managers.id"],
    ),
    ForeignKeyConstraint(["org_id", "specialist_id"], ["specialists.org_id", "specialists.id"]),
    UniqueConstraint("org_id", "number"),
    Index("bookings_create_idx", "org_id", "create_time", "id"),
    Index("bookings_state_idx", "org_id", "state", "create_time", "id"),
    Index("bookings_case_manager_idx", "org_id", "case_manager_id", "state", "create_time", "id"),
    Index("bookings_case_idx", "org_id", "case_id", "create_time", "id"),
    Index("bookings_company_idx", "org_id", "company_id", "create_time", "id"),
    Index(
        "bookings_with_idx",
        *("org_id", "specialist_id", "create_time", "id"),
        postgresql_where=text("specialist_id IS NOT NULL"),
    ),
    Index("bookings_start_idx", "org_id", text(START_KEY), "id"),
    Index("bookings_number_idx", "org_id", text("length(number)"), "number"),
    Index(
        "bookings_unit_idx",
        *("org_id", "business_unit_id", "state", "create_time", "id"),
        postgresql_where=text("business_unit_id IS NOT NULL"),
    ),
    Index(
        "bookings_responsible_idx",
        *("org_id", "responsible_staff_id", "state", "create_time", "id"),
        postgresql_where=text("responsible_staff_id IS NOT NULL"),
    ),
    Index(
        "bookings_specialist_idx",
        *("org_id", "specialist_id", "state", "create_time", "id"),
        postgresql_where=text("confirm_time IS NOT NULL"),
    ),
    # What the clock ends; whose it is does not matter there.
    Index("bookings_expire_idx", "expire_time", "id", postgresql_where=text("expire_time IS NOT NULL")),
    Index("bookings_end_idx", "end_time", "id", postgresql_where=text(f"state = {State.CONFIRMED.value}")),
)
BOOKING = mapping(
    bookings,
    Booking,
    named={"cancellation.cancel_time": "cancel_time"},
    parts={"appointment": "", "cancellation": "cancellation_", "decline": "decline_"},
    by_hand={
        "wishes": reader(wishes_of, "wishes"),
        "move_request": reader(move_of, "move_request"),
    },
    beside=("options",),
    elsewhere=("options", "people", "shown", "open_tasks", "paperwork"),
)


def booking_params(booking: Booking) -> Params:
    """The parameters of a booking, by column."""
    return {
        **BOOKING.params(booking),
        "wishes": stored_wishes(booking.wishes),
        "options": [stored_option(option) for option in booking.options],
        "move_request": stored_move(booking.move_request),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What happened to a booking, when, and who did it; `changes` are lines."""

    id: UUID
    booking_id: UUID
    event_time: datetime
    kind: Kind
    actor: Part
    actor_id: UUID | None
    actor_name: str
    from_state: State | None
    to_state: State
    reason: Reason | None
    comment: str
    changes: str


booking_history = Table(
    "booking_history",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("booking_id", Uuid, nullable=False),
    instant("event_time"),
    Column("kind", SmallInteger, nullable=False),
    Column("actor", SmallInteger, nullable=False),
    Column("actor_id", Uuid, comment="The account of who did it; null: nobody was signed in"),
    Column("actor_name", Text, nullable=False, comment="Of a case manager or a specialist, as it was then"),
    Column("from_state", SmallInteger),
    Column("to_state", SmallInteger, nullable=False),
    Column("reason", SmallInteger),
    Column("comment", Text, nullable=False),
    Column("changes", Text, nullable=False, comment="A line for each"),
    Index("booking_history_booking_idx", "org_id", "booking_id", "event_time", "id"),
)
ENTRY = mapping(booking_history, HistoryEntry, beside=("org_id",))
