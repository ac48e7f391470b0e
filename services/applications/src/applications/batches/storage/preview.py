"""What a preview reads and writes, a chunk at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
    true,
)

from applications.application.domain.application import Application
from applications.application.storage.rows import APPLICATION_ROW, guardian_rows
from applications.application.storage.tables import guardians
from applications.batches.domain.batch import MAX_SAME_CONTACT, Outcome
from applications.batches.domain.rows import Planned
from applications.batches.storage.chunks import fenced, of_outcome
from applications.batches.storage.tables import batch_contacts, batch_rows
from chassis.db import statement
from chassis.readers import reader

_org_id = bindparam("org_id", type_=Uuid)
_batch_id = bindparam("batch_id", type_=Uuid)
_row = batch_rows.c


@dataclass(frozen=True, slots=True)
class Selected:
    """An application with the one guardian that a row is about."""

    position: int
    application: Application


_ids = (
    func.unnest(bindparam("guardian_ids", type_=ARRAY(Uuid)))
    .table_valued(column("id", Uuid), with_ordinality="place")
    .render_derived(name="ids")
)
_wanted = fenced(select(_org_id.label("org_id"), _ids.c.id, _ids.c.place), "wanted")
LOAD_SELECTED = statement(
    guardian_rows(literal("", Text()))
    .add_columns((_wanted.c.place + bindparam("first", type_=Integer) - 1).cast(Integer).label("row_position"))
    .join(_wanted, (_wanted.c.org_id == guardians.c.org_id) & (_wanted.c.id == guardians.c.id))
    .order_by(_wanted.c.place),
    into=reader(Selected, position="row_position", application=APPLICATION_ROW),
)
"""The guardians of a chunk, each as an application of its own."""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact of an earlier row."""

    contact_hash: bytes
    application_id: UUID


_contact = batch_contacts.c
_CONTACT = _contact.keys()
_hashes = fenced(
    select(
        _org_id.label("org_id"),
        _batch_id.label("batch_id"),
        func.unnest(bindparam("contact_hashes", type_=ARRAY(LargeBinary))).label("contact_hash"),
    ),
    "hashes",
)
_with_contact = (
    select(_contact.turn, _contact.contact_hash, _contact.application_id)
    .where(*(_contact[name] == _hashes.c[name] for name in ("org_id", "batch_id", "contact_hash")))
    .order_by(_contact.turn)
    .limit(literal(MAX_SAME_CONTACT))
    .lateral("with_contact")
)
KNOWN_CONTACTS = statement(
    select(_with_contact.c.contact_hash, _with_contact.c.application_id)
    .select_from(_hashes.join(_with_contact, true()))
    .order_by(_with_contact.c.turn),
    into=KnownContact,
)
"""Which earlier rows have one of these contacts.

Each contact is looked up by its own key: asked for all at once, PostgreSQL walks through every earlier row of a batch
that it knows nothing of yet. They are in a table of their own, with one index, for the same reason: among the indices
of `batch_rows` it chose by what it believed of them, and walked through the whole batch for each contact.
"""

_PLANNED = (
    *("position", "application_id", "guardian_id", "outcome", "method", "contact_hash", "turn", "duplicate_of"),
    *("failed_before", "suggested_domain"),
)
_arrays = [bindparam(f"rows_{name}", type_=ARRAY(_row[name].type)) for name in _PLANNED]
_planned = (
    func.unnest(*_arrays)
    .table_valued(*(column(name, _row[name].type) for name in _PLANNED))
    .render_derived(name="planned")
)
_added = (
    insert(batch_rows)
    .from_select(
        ["org_id", "batch_id", *_PLANNED, "reason"],
        select(_org_id, _batch_id, *_planned.c, literal("", Text())),
    )
    .returning(*(_row[name] for name in (*_CONTACT, "outcome")))
    .cte("added")
)
ADD_ROWS = statement(
    insert(batch_contacts).from_select(
        _CONTACT,
        select(*(_added.c[name] for name in _CONTACT)).where(
            _added.c.outcome == of_outcome(Outcome.PENDING), _added.c.contact_hash.is_not(None)
        ),
    )
)
"""The rows of a chunk as they are planned, and the contacts of those that are pending."""


def planned_params(rows: Sequence[Planned]) -> dict[str, object]:
    """The parameters of ADD_ROWS."""
    return {f"rows_{name}": [getattr(row, name) for row in rows] for name in _PLANNED}
