"""The failures of the last minutes, and the locks that came of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    Column,
    ColumnElement,
    Delete,
    FromClause,
    Index,
    LargeBinary,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import array, insert

from chassis.columns import INSTANT, instant
from chassis.db import statement
from identity.lockout.domain import MAX_FAILURES, MAX_FAILURES_OF_STRANGERS, STRANGERS, Locked
from identity.shared.tables import metadata

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("subject_id", Uuid, primary_key=True, comment="The account; of an unknown username its keyed hash"),
    Column("source", LargeBinary, primary_key=True, comment="Empty: all new devices together"),
    Column("times", ARRAY(INSTANT), nullable=False, comment="Of the failures since the last lock"),
    instant("lock_time", nullable=True),
    instant("last_time"),
)
Index("sign_in_failures_last_idx", sign_in_failures.c.last_time)

_failures = sign_in_failures.c
_since, _now = bindparam("lock_since", type_=INSTANT), bindparam("now", type_=INSTANT)
_org_id, _subject_id = bindparam("org_id", type_=Uuid), bindparam("subject_id", type_=Uuid)


def _counted(source: ColumnElement[bytes], after: CTE | None, limit: int) -> CTE:
    """Counts a failure of the source unless it is locked, and locks it with the last one."""
    time = func.unnest(_failures.times).column_valued("time")
    recent = func.array(select(time).where(time > _since).scalar_subquery(), type_=ARRAY(INSTANT))
    failure = select(_org_id, _subject_id, source, array([_now]), _now)
    if after is not None:
        failure = failure.select_from(after).where(bindparam("is_stranger", type_=Boolean))
    return (
        insert(sign_in_failures)
        .from_select(["org_id", "subject_id", "source", "times", "last_time"], failure)
        .on_conflict_do_update(
            index_elements=["org_id", "subject_id", "source"],
            set_={
                "times": func.array_append(recent, _now),
                "last_time": _now,
                "lock_time": case((func.cardinality(recent) >= limit - 1, _now)),
            },
            where=_failures.lock_time.is_(None) | (_failures.lock_time <= _since),
        )
        .returning((_failures.lock_time == _now).label("is_locked"))
        .cte(f"of_{limit}")
    )


_of_source = _counted(bindparam("source", type_=LargeBinary), None, MAX_FAILURES)
# Who is locked out already counts against nobody, or one network could lock the account for all others.
_of_strangers = _counted(literal(STRANGERS, LargeBinary), _of_source, MAX_FAILURES_OF_STRANGERS)
_key = (_failures.org_id, _failures.subject_id, _failures.source)
_old = (
    select(*_key)
    .where(_failures.org_id == _org_id, _failures.subject_id != _subject_id, _failures.last_time <= _since)
    .limit(100)
    # What is locked is just coming back: to wait for one another would be a deadlock.
    .with_for_update(skip_locked=True)
)
_forgotten = delete(sign_in_failures).where(_failures.org_id == _org_id, tuple_(*_key).in_(_old)).cte("forgotten")
COUNT_FAILURE = statement(
    select(
        func.coalesce(select(_of_source.c.is_locked).scalar_subquery(), False).label("source"),
        func.coalesce(select(_of_strangers.c.is_locked).scalar_subquery(), False).label("account"),
    ).add_cte(_forgotten),
    into=Locked,
)
"""Counts a wrong password, and says what it has locked; forgets those of other accounts that count no more, too."""

_locking = (
    _failures.source == any_(bindparam("locks", type_=ARRAY(LargeBinary))),
    _failures.lock_time > _since,
)
FIND_LOCK = statement(
    select(func.max(_failures.lock_time)).where(
        _failures.org_id == _org_id, _failures.subject_id == _subject_id, *_locking
    ),
    into=datetime,
)


def locked_sources(account: FromClause) -> ColumnElement[Sequence[bytes]]:
    """Which sources are locked out of the account of a row; takes the parameter `lock_since`."""
    return func.array(
        select(_failures.source).where(*_live_locks(account)).scalar_subquery(),
        type_=ARRAY(LargeBinary),
    ).label("locked_sources")


def lock_time_of(account: FromClause) -> ColumnElement[datetime]:
    """When the account of a row was locked for new devices, null: it is not; takes `lock_since`."""
    return (
        select(_failures.lock_time)
        .where(*_live_locks(account), _failures.source == literal(STRANGERS, LargeBinary))
        .scalar_subquery()
    )


def locked_accounts(org_id: ColumnElement[UUID]) -> Select[tuple[UUID]]:
    """The accounts of an organization that are locked for new devices; takes `lock_since`."""
    return select(_failures.subject_id).where(
        _failures.org_id == org_id, _failures.source == literal(STRANGERS, LargeBinary), _failures.lock_time > _since
    )


def has_locks(account: FromClause) -> ColumnElement[bool]:
    """Whether anybody is locked out of the account of a row; takes `lock_since`."""
    return exists().where(*_live_locks(account))


def _live_locks(account: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        _failures.org_id == account.c.org_id,
        _failures.subject_id == account.c.id,
        _failures.lock_time > _since,
    )


def is_locked_out(account: FromClause) -> ColumnElement[bool]:
    """Whether one of the sources `locks` is locked out of the account of a row; takes `lock_since`, too."""
    return exists().where(_failures.org_id == account.c.org_id, _failures.subject_id == account.c.id, *_locking)


def forgive(target: CTE) -> Delete:
    """The write that forgets the failures of the account `forgiven_id` from the sources `forgiven`, null: from all."""
    sources = bindparam("forgiven", type_=ARRAY(LargeBinary))
    return delete(sign_in_failures).where(
        _failures.org_id == _org_id,
        _failures.subject_id == bindparam("forgiven_id", type_=Uuid),
        sources.is_(None) | (_failures.source == any_(sources)),
        exists().select_from(target),
    )
