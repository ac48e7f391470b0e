"""Rows of a chunk: how they are decided of unlinks, loaded with their guardians, and left."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    false,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from applications.application.domain.application import Application
from applications.application.domain.link_state import LinkState
from applications.application.storage.rows import APPLICATION_ROW, guardian_rows
from applications.application.storage.tables import LINK_STATE, applications, guardians
from applications.batches.domain.batch import Outcome
from applications.batches.storage.chunks import fenced
from applications.batches.storage.tables import batch_rows
from chassis.db import statement
from chassis.readers import reader

_row = batch_rows.c
_in_chunk = (
    _row.org_id == bindparam("org_id", type_=Uuid),
    _row.batch_id == bindparam("batch_id", type_=Uuid),
    _row.position.between(bindparam("first", type_=Integer), bindparam("last", type_=Integer)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRow:
    """A row as it stands, and its application with the row's guardian alone.

    `method` is how the guardian is invited (None: the batch unlinks), `turn` how many rows before it have its contact.
    """

    position: int
    outcome: Outcome
    method: int | None
    turn: int
    unlink_time: datetime | None
    contact_hash: bytes | None
    invitation_id: UUID | None
    application: Application

    def of(self, application: Application) -> "LoadedRow":
        """The same row with the whole application."""
        return replace(self, application=application)


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A row, with the guardian that it is about."""

    row: LoadedRow
    guardian_id: UUID


_OWN = ("position", "outcome", "method", "turn", "unlink_time", "contact_hash", "invitation_id")
LOADED_ROW = reader(
    LoadedRow,
    position="row_position",
    outcome=reader(Outcome, "row_outcome"),
    method="row_method",
    turn="row_turn",
    unlink_time="row_unlink_time",
    contact_hash="row_contact_hash",
    invitation_id="row_invitation_id",
    application=APPLICATION_ROW,
)
_loaded = (
    guardian_rows(literal("", Text()))
    .add_columns(*(_row[name].label(f"row_{name}") for name in _OWN))
    .join(batch_rows, (_row.org_id == guardians.c.org_id) & (_row.guardian_id == guardians.c.id))
    .where(applications.c.org_id == bindparam("org_id", type_=Uuid))
    .order_by(_row.position)
)
_of_chunk = fenced(
    select(_row.org_id, _row.guardian_id, *(_row[name].label(f"row_{name}") for name in _OWN)).where(
        *_in_chunk, _row.outcome == bindparam("outcome", type_=SmallInteger)
    ),
    "of_chunk",
)
LOAD_ROWS = statement(
    guardian_rows(literal("", Text()))
    .add_columns(*(_of_chunk.c[f"row_{name}"] for name in _OWN))
    .join(_of_chunk, (_of_chunk.c.org_id == guardians.c.org_id) & (_of_chunk.c.guardian_id == guardians.c.id))
    .order_by(_of_chunk.c.row_position),
    into=LOADED_ROW,
)
"""The rows of a chunk with this outcome, in their order."""

FIRST_ROW = statement(
    _loaded.where(
        _row.org_id == bindparam("org_id", type_=Uuid),
        _row.batch_id == bindparam("batch_id", type_=Uuid),
        _row.outcome == bindparam("outcome", type_=SmallInteger),
        _row.method == bindparam("method", type_=SmallInteger),
    ).limit(literal_column("1")),
    into=LOADED_ROW,
)
"""The first row of a batch with this outcome and method."""

LOAD_ROWS_BY_NUMBER = statement(
    guardian_rows(literal("", Text()))
    .add_columns(*(_row[name].label(f"row_{name}") for name in _OWN), _row.guardian_id.label("row_guardian_id"))
    .join(batch_rows, (_row.org_id == applications.c.org_id) & (_row.application_id == applications.c.id))
    .where(
        applications.c.org_id == bindparam("org_id", type_=Uuid),
        _row.batch_id == bindparam("batch_id", type_=Uuid),
        _row.outcome == bindparam("outcome", type_=SmallInteger),
        applications.c.number == any_(bindparam("numbers", type_=ARRAY(Text))),
    )
    .order_by(_row.position, guardians.c.position),
    into=reader(NumberedRow, row=LOADED_ROW, guardian_id="row_guardian_id"),
)
"""The rows of a batch with this outcome whose applications have these numbers, once for each guardian of theirs."""

_each = (
    func.unnest(bindparam("guardian_ids", type_=ARRAY(Uuid)))
    .table_valued(column("guardian_id", Uuid), with_ordinality="place")
    .render_derived(name="each")
)
ADD_UNLINK_ROWS = statement(
    insert(batch_rows).from_select(
        [
            *("org_id", "batch_id", "position", "application_id", "guardian_id", "outcome"),
            *("turn", "reason", "failed_before", "suggested_domain"),
        ],
        select(
            bindparam("org_id", type_=Uuid),
            bindparam("batch_id", type_=Uuid),
            bindparam("first", type_=Integer) + _each.c.place - literal_column("1"),
            guardians.c.application_id,
            guardians.c.id,
            case(
                (
                    literal_column(f"({LINK_STATE})", Integer) == literal_column(str(LinkState.LINKED.value)),
                    literal_column(str(Outcome.PENDING.value)),
                ),
                else_=literal_column(str(Outcome.SKIPPED_NOT_LINKED.value)),
            ),
            literal_column("0"),
            literal_column("''"),
            false(),
            literal_column("''"),
        )
        .select_from(_each.join(guardians, guardians.c.id == _each.c.guardian_id))
        .where(guardians.c.org_id == bindparam("org_id", type_=Uuid)),
    )
)
"""The preview of unlinks: who is linked is to be unlinked."""

_positions = bindparam("positions", type_=ARRAY(Integer))
SET_OUTCOME = statement(
    update(batch_rows)
    .where(
        *_in_chunk,
        _row.outcome == bindparam("before", type_=SmallInteger),
        or_(_positions.is_(None), _row.position == any_(_positions)),
    )
    .values(
        outcome=bindparam("after", type_=SmallInteger),
        changed_outcome=bindparam("changed_outcome", type_=SmallInteger),
        reason=bindparam("reason", type_=Text),
    )
)
"""Another outcome for rows of a chunk that have this one, all of them or those at these positions."""
