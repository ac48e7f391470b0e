"""Whom a batch is about: counted when it is made, and fixed as chunks before the preview."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Select,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from applications.application.storage.tables import DELIVERY, applications, guardians, invitations
from applications.batches.domain.batch import CHUNK, MAX_ROWS, Outcome, Phase
from applications.batches.domain.listing import Delivery
from applications.batches.storage.chunks import of_outcome
from applications.batches.storage.tables import batch_chunks, batch_rows, batches
from applications.search.storage.statements import Shape, selected
from chassis.db import Statement, statement
from chassis.readers import reader

_org_id = bindparam("org_id", type_=Uuid)
_g, _a, _row = guardians.c, applications.c, batch_rows.c
_is_meant = or_(_g.position == literal_column("0"), bindparam("all_guardians", type_=Boolean))
_their_application = (_a.org_id == _g.org_id) & (_a.id == _g.application_id)

Whom = Select[tuple[UUID, UUID]]
"""`guardian_id` and `application_id`, in the order of the rows."""

BY_IDS: Whom = (
    select(_g.id.label("guardian_id"), _g.application_id)
    .join(applications, _their_application)
    .where(_g.org_id == _org_id, _g.application_id == any_(bindparam("ids", type_=ARRAY(Uuid))), _is_meant)
    .order_by(_a.serial, _g.position)
)


@lru_cache(maxsize=64)
def by_search(shape: Shape) -> Whom:
    """All that match a search of this shape."""
    return (
        select(_g.id.label("guardian_id"), _g.application_id)
        .join(applications, _their_application)
        .where(_g.org_id == _org_id, _g.application_id.in_(selected(shape)), _is_meant)
        .order_by(_a.serial, _g.position)
    )


BY_SOURCE: Whom = (
    select(_row.guardian_id, _row.application_id)
    .where(
        _row.org_id == _org_id,
        _row.batch_id == bindparam("source_id", type_=Uuid),
        _row.outcome == any_(bindparam("outcomes", type_=ARRAY(SmallInteger))),
    )
    .order_by(_row.position)
)


_undeliverable = select(invitations.c.id).where(
    invitations.c.org_id == _org_id,
    invitations.c.batch_id == bindparam("source_id", type_=Uuid),
    literal_column(f"({DELIVERY})", SmallInteger) == literal_column(str(Delivery.UNDELIVERABLE.value)),
)
BY_RETRY: Whom = (
    select(_row.guardian_id, _row.application_id)
    .where(
        _row.org_id == _org_id,
        _row.batch_id == bindparam("source_id", type_=Uuid),
        or_(_row.outcome == of_outcome(Outcome.FAILED), _row.invitation_id.in_(_undeliverable)),
    )
    .order_by(_row.position)
)
"""Rows that failed, and those whose message did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was selected: applications by their ids or by a search, or rows of another batch by outcome (none: all).

    `matching` is an `ApplicationFilter` as JSON. `is_retry`: of the other batch what failed or did not arrive.
    """

    ids: tuple[UUID, ...] = ()
    matching: Mapping[str, Any] | None = None
    source_id: UUID | None = None
    outcomes: tuple[int, ...] = ()
    is_retry: bool = False


def written(selection: Selection) -> dict[str, object]:
    """The selection as JSON."""
    return {
        "ids": [str(id_) for id_ in selection.ids],
        "source_id": selection.source_id and str(selection.source_id),
        "outcomes": list(selection.outcomes),
        "matching": selection.matching,
        "is_retry": selection.is_retry,
    }


def _read(stored: Mapping[str, Any]) -> Selection:
    return Selection(
        ids=tuple(map(UUID, stored["ids"])),
        source_id=UUID(stored["source_id"]) if stored["source_id"] else None,
        outcomes=tuple(stored["outcomes"]),
        matching=stored["matching"],
        is_retry=stored["is_retry"],
    )


LOAD_SELECTION = statement(
    select(batches.c.selection).where(batches.c.org_id == _org_id, batches.c.id == bindparam("batch_id", type_=Uuid)),
    into=reader(_read, "selection").unless_null("selection"),
)
"""None of a batch whose chunks say it by now."""

FORGET_SELECTION = statement(
    update(batches)
    .where(batches.c.org_id == _org_id, batches.c.id == bindparam("batch_id", type_=Uuid))
    .values(selection=null())
)


@dataclass(frozen=True, slots=True)
class Fixed:
    """How many chunks a batch has, and how many rows."""

    chunk_count: int
    row_count: int


COUNT_FIXED = statement(
    select(
        func.count().label("chunk_count"),
        func.coalesce(func.sum(func.cardinality(batch_chunks.c.guardian_ids)), literal_column("0")).label("row_count"),
    ).where(batch_chunks.c.org_id == _org_id, batch_chunks.c.batch_id == bindparam("batch_id", type_=Uuid)),
    into=Fixed,
)


@dataclass(frozen=True, slots=True)
class Selected:
    """How many guardians are selected, and of how many applications."""

    guardian_count: int
    application_count: int


@lru_cache(maxsize=64)
def count_selected(whom: Whom) -> Statement[Selected]:
    """Counts a selection, however large."""
    all_of_them = whom.order_by(None).subquery("all_of_them")
    return statement(
        select(
            func.count().label("guardian_count"),
            func.count(all_of_them.c.application_id.distinct()).label("application_count"),
        ).select_from(all_of_them),
        into=Selected,
    )


@lru_cache(maxsize=64)
def fix_selection(whom: Whom) -> Statement[tuple[object, ...]]:
    """Makes the chunks of a batch: all of them by one statement, so that they are of one moment."""
    few = whom.limit(literal_column(str(MAX_ROWS))).subquery("few")
    numbered = select(few.c.guardian_id, (func.row_number().over() - literal_column("1")).label("place")).subquery(
        "numbered"
    )
    number = (numbered.c.place // literal_column(str(CHUNK), Integer)).cast(Integer)
    nothing = cast(literal_column("'{}'"), JSONB)
    return statement(
        insert(batch_chunks).from_select(
            ["org_id", "batch_id", "number", "phase", "guardian_ids", "pass_count", "counts", "messages"],
            select(
                _org_id,
                bindparam("batch_id", type_=Uuid),
                number,
                literal_column(str(Phase.SELECTED.value)),
                func.array_agg(numbered.c.guardian_id.op("ORDER BY")(numbered.c.place)),
                literal_column("0"),
                nothing,
                nothing,
            ).group_by(number),
        )
    )


LENGTHEN = statement(select(func.set_config("statement_timeout", "120s", literal_column("true"))))
"""Until the end of the transaction: a million guardians take a while."""
