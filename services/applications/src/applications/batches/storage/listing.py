"""Rows of a batch as staff look through them: page by page, each found by an index, and all of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    TableValuedAlias,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from applications.application.storage.tables import (
    BY_BYTES,
    DELIVERY,
    applications,
    family_names,
    guardians,
    invitations,
)
from applications.batches.domain.listing import ListedRow
from applications.batches.storage.tables import batch_rows, batches
from chassis.db import Statement, statement
from chassis.pagination import Keyset

_org_id = bindparam("org_id", type_=Uuid)
_batch_id = bindparam("batch_id", type_=Uuid)
_after = bindparam("after", type_=Integer)
_limit = bindparam("limit", type_=Integer)
_outcomes = bindparam("outcomes", type_=ARRAY(SmallInteger))
_deliveries = bindparam("deliveries", type_=ARRAY(SmallInteger))
_row = batch_rows.c
_of_batch = (_row.org_id == _org_id, _row.batch_id == _batch_id)
_delivery = literal_column(f"({DELIVERY})", SmallInteger)

HAS_BATCH = statement(select(batches.c.id).where(batches.c.org_id == _org_id, batches.c.id == _batch_id), into=UUID)
ROWS_IN_ORDER: Keyset[ListedRow, tuple[int]] = Keyset(first=(-1,), of=lambda row: (row.position,))

_ONE = literal_column("1", Integer)
# One row each by its key, and the limit says so: else the planner, which cannot know how few rows are asked for, may
# read all guardians of the organization to join them.
_guardian = (
    select(guardians)
    .where(guardians.c.org_id == _org_id, guardians.c.id == _row.guardian_id)
    .limit(_ONE)
    .lateral("guardian")
)
_application = (
    select(applications.c.number)
    .where(applications.c.org_id == _org_id, applications.c.id == _row.application_id)
    .limit(_ONE)
    .lateral("application")
)
_sent = (
    select(invitations.c.contact, _delivery.label("delivery"))
    .where(invitations.c.org_id == _org_id, invitations.c.id == _row.invitation_id)
    .limit(_ONE)
    .lateral("sent")
)
_first = applications.alias("first")
_duplicate_of = (
    select(_first.c.number).where(_first.c.org_id == _org_id, _first.c.id == _row.duplicate_of).scalar_subquery()
)


def _listed() -> Select[tuple[object, ...]]:
    """Rows with all that is shown of them, bound to the tenant and to no batch."""
    who = _guardian.c
    planned = case((_row.method == literal_column("1"), who.email), (_row.method.is_not(None), who.phone))
    # The provider's words stand with the guardian, as long as the invitation is their latest.
    is_told_there = (who.invitation_id == _row.invitation_id) & (_row.reason == literal_column("''"))
    reason = case((is_told_there, who.failure_reason), else_=_row.reason)
    return (
        select(
            *(_row.position, _row.application_id, _row.guardian_id, _row.outcome, _row.method, _row.changed_outcome),
            *(_row.failed_before, _row.suggested_domain),
            *(_application.c.number, who.given_name, who.family_name),
            func.coalesce(_sent.c.contact, planned, literal_column("''")).label("contact"),
            reason.label("reason"),
            func.coalesce(_duplicate_of, literal_column("''")).label("duplicate_of"),
            _sent.c.delivery,
        )
        .select_from(batch_rows)
        .join(_guardian, true())
        .join(_application, true())
        .outerjoin(_sent, true())
        .where(_row.org_id == _org_id)
    )


def _page(positions: Select[tuple[int]]) -> Statement[int]:
    """The first so many of these positions."""
    return statement(positions.order_by(column("position")).limit(_limit), into=int)


def _each(values: BindParameter[Sequence[int]], name: str) -> TableValuedAlias:
    return func.unnest(values).table_valued(column(name, SmallInteger)).render_derived(name=f"asked_{name}")


def _by_outcome() -> Statement[int]:
    """For each outcome its index says the next rows; the first of all those are the page."""
    asked = _each(_outcomes, "outcome")
    some = (
        select(_row.position)
        .where(*_of_batch, _row.outcome == asked.c.outcome, _row.position > _after)
        .order_by(_row.position)
        .limit(_limit)
        .lateral("some")
    )
    return _page(select(some.c.position).select_from(asked.join(some, true())))


def _by_delivery() -> Statement[int]:
    asked = _each(_deliveries, "delivery")
    some = (
        select(invitations.c.batch_position.label("position"))
        .where(
            invitations.c.org_id == _org_id,
            invitations.c.batch_id == _batch_id,
            _delivery == asked.c.delivery,
            invitations.c.batch_position > _after,
        )
        .order_by(invitations.c.batch_position)
        .limit(_limit)
        .lateral("some")
    )
    return _page(select(some.c.position).select_from(asked.join(some, true())))


_their_application = (applications.c.org_id == guardians.c.org_id) & (applications.c.id == guardians.c.application_id)
_numbered = (
    select(guardians.c.id)
    .join(
        applications, (applications.c.org_id == guardians.c.org_id) & (applications.c.id == guardians.c.application_id)
    )
    .where(
        guardians.c.org_id == _org_id,
        applications.c.number >= bindparam("low", type_=Text),
        applications.c.number < bindparam("high", type_=Text),
    )
)


def _named(position: ColumnElement[bool]) -> Select[tuple[UUID]]:
    return select(family_names.c.guardian_id.label("id")).where(
        family_names.c.org_id == _org_id,
        position,
        family_names.c.plain >= bindparam("low", type_=BY_BYTES),
        family_names.c.plain < bindparam("high", type_=BY_BYTES),
    )


_is_first = family_names.c.position == literal_column("0")
_is_other = family_names.c.position > literal_column("0")


def _by_text(*ids: Select[tuple[UUID]]) -> Statement[int]:
    """All whose text begins so are looked up: few, as a rule, where the batch is large."""
    found = union_all(*(each.add_columns(_batch_id.label("batch_id")) for each in ids))
    whom = found.cte("whom").prefix_with("MATERIALIZED")
    return _page(
        select(_row.position)
        .join(whom, (_row.batch_id == whom.c.batch_id) & (_row.guardian_id == whom.c.id))
        .where(
            _row.org_id == _org_id,
            _row.position > _after,
            _row.outcome == any_(_outcomes),
            or_(
                func.cardinality(_deliveries) == literal_column("0"),
                exists().where(
                    invitations.c.org_id == _org_id,
                    invitations.c.id == _row.invitation_id,
                    _delivery == any_(_deliveries),
                ),
            ),
        )
    )


FIND_ROWS_BY_OUTCOME = _by_outcome()
FIND_ROWS_BY_DELIVERY = _by_delivery()
FIND_ROWS_BY_NUMBER = _by_text(_numbered)
FIND_ROWS_BY_NAME = _by_text(_named(_is_first), _named(_is_other))
"""Of a number or a family name whose beginning is the range `low` to `high`.

First guardians and others each have an index of their names.
"""

LIST_ROWS = statement(
    _listed()
    .where(*_of_batch, _row.position == any_(bindparam("positions", type_=ARRAY(Integer))))
    .order_by(_row.position),
    into=ListedRow,
)
"""The rows at these positions. Apart from finding them: together, the planner now and then walks through the whole
batch in its order until it meets them.
"""

COUNT_ROWS = statement(select(func.count()).select_from(batch_rows).where(*_of_batch), into=int)
EXPORT_ROWS = statement(_listed().where(*_of_batch).order_by(_row.position), into=ListedRow)
