"""The table of people's histories, how lines are added and listed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, SmallInteger, Table, Text, Uuid, bindparam, select, tuple_

from casemanager.history.domain import HistoryEntry
from casemanager.shared.tables import metadata
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.mapping import mapping
from chassis.pagination import NEWEST, Keyset
from chassis.saves import insert_each

history = Table(
    "history",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    instant("event_time"),
    Column("kind", SmallInteger, nullable=False),
    Column("actor_id", Uuid, comment="The account of who did it; null: nobody was signed in"),
    Column("by_person", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Index("history_person_idx", "org_id", "person_id", "event_time", "id"),
)
ENTRY = mapping(history, HistoryEntry, beside=("org_id",))

add_history = insert_each(history)
"""The write that adds lines beside a change; `rows_of(history, …)` gives its parameters."""

_before = tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid))
LIST_HISTORY = statement(
    select(*ENTRY.columns())
    .where(
        history.c.org_id == bindparam("org_id"),
        history.c.person_id == bindparam("person_id"),
        tuple_(history.c.event_time, history.c.id) < _before,
    )
    .order_by(history.c.event_time.desc(), history.c.id.desc())
    .limit(bindparam("limit")),
    into=ENTRY.reader(),
)
NEWEST_HISTORY: Keyset[HistoryEntry, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda entry: (entry.event_time, entry.id)
)
