"""The table of paperwork, and how many files of a booking stand where."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    ScalarSelect,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from casemanager.files.domain.counts import NO_FILES, Counts
from casemanager.files.domain.states import State
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.readers import Reader, reader

_DELETED = State.DELETED.value
paperwork = Table(
    "paperwork",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("booking_id", Uuid, nullable=False),
    Column("place", Integer, nullable=False, comment="1 to 50; no two that are there have the same"),
    *(Column(name, SmallInteger, nullable=False) for name in ("kind", "file_kind", "state", "uploaded_as")),
    *(Column(name, Text, nullable=False) for name in ("file_name", "note", "signature", "scanner", "release_reason")),
    Column("replaces_id", Uuid),
    Column("first_id", Uuid, comment="The first version of it; null for that one itself"),
    Column("file_version", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("blob_key", Text, nullable=False, comment="Where the bytes are in the blob store"),
    instant("state_time"),
    Column("verdict", SmallInteger),
    instant("scan_time", nullable=True),
    Column("scan_attempts", Integer, nullable=False),
    instant("next_scan_time", nullable=True),
    Column("uploaded_by", Uuid),
    instant("upload_time"),
    instant("send_time", nullable=True),
    Column("sent_by", Uuid),
    Column("version", BigInteger, nullable=False),
    ForeignKeyConstraint(["org_id", "booking_id"], ["bookings.org_id", "bookings.id"]),
    Index(
        "paperwork_place_key",
        *("org_id", "booking_id", "place"),
        unique=True,
        postgresql_where=text(f"state <> {_DELETED}"),
    ),
    Index("paperwork_blob_key_key", "blob_key", unique=True),
    Index("paperwork_check_idx", "org_id", "upload_time", "id", postgresql_where=text("state IN (1, 2, 4)")),
    # What is to be scanned; whose it is does not matter there.
    Index("paperwork_scan_idx", "next_scan_time", "id", postgresql_where=text("next_scan_time IS NOT NULL")),
)

_ORG_ID = bindparam("org_id", type_=Uuid)
_STATES = (State.RECEIVED, State.SCANNING, State.CLEAN, State.QUARANTINED)


def is_in(file: FromClause, state: State) -> ColumnElement[bool]:
    """Whether a file stands there."""
    return file.c.state == literal(state.value, SmallInteger)


def is_there(file: FromClause) -> ColumnElement[bool]:
    """Whether a file was not deleted, in the words of the index: with a parameter a kept plan would not use it."""
    return file.c.state != literal_column(str(_DELETED), SmallInteger)


def line_of(file: FromClause) -> ColumnElement[UUID]:
    """What all versions of a file have in common, as `Paperwork.line_id` has it."""
    return func.coalesce(file.c.first_id, file.c.replaces_id, file.c.id, type_=Uuid)


def paperwork_counts_of(booking: FromClause) -> ScalarSelect[Any]:
    """How many files of a booking stand where, to be selected as `paperwork_counts`, which `PAPERWORK_COUNTS` reads."""
    is_sent = is_in(paperwork, State.CLEAN) & paperwork.c.send_time.is_not(None)
    counted = (*(is_in(paperwork, state) for state in _STATES), is_sent)
    newest = func.count(line_of(paperwork).distinct()).filter(is_sent)
    numbers = func.jsonb_build_array(*(func.count().filter(each) for each in counted), newest, type_=JSONB)
    return (
        select(numbers)
        .where(paperwork.c.org_id == _ORG_ID, paperwork.c.booking_id == booking.c.id, is_there(paperwork))
        .correlate(booking)
        .scalar_subquery()
    )


def _counts_of(numbers: list[int]) -> Counts:
    if not any(numbers):
        return NO_FILES
    received, scanning, clean, quarantined, sent, newest_sent = numbers
    return Counts(
        received=received,
        scanning=scanning,
        clean=clean,
        quarantined=quarantined,
        sent=sent,
        newest_sent=newest_sent,
    )


PAPERWORK_COUNTS: Reader[Counts] = reader(_counts_of, "paperwork_counts")
