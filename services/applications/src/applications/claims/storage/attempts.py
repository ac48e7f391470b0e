"""Typed codes, and how many unknown ones an address has sent within the last hour."""

from sqlalchemy import ARRAY, Column, Index, LargeBinary, Table, Uuid, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from applications.application.domain.invitation import MAX_UNKNOWN_CODES
from applications.shared.metadata import metadata
from chassis.columns import INSTANT, instant
from chassis.db import statement

code_attempts = Table(
    "code_attempts",
    metadata,
    Column("org_id", Uuid, primary_key=True, comment="The families' realm: an unknown code names no organization"),
    Column("address_hash", LargeBinary, primary_key=True),
    Column("times", ARRAY(INSTANT), nullable=False, comment="Of the unknown codes within the last hour"),
    instant("last_time"),
)
Index("code_attempts_last_idx", code_attempts.c.last_time)

RECENT_ATTEMPTS = statement(
    select(code_attempts.c.times).where(
        code_attempts.c.org_id == bindparam("org_id"), code_attempts.c.address_hash == bindparam("address_hash")
    ),
    into=list,
)
"""The times of the last unknown codes from an address, oldest first."""

_since, _now = bindparam("since", type_=INSTANT), bindparam("now", type_=INSTANT)
_unknown = bindparam("unknown", type_=ARRAY(INSTANT))
_time = func.unnest(code_attempts.c.times).column_valued("time")
_recent = func.array(select(_time).where(_time > _since).scalar_subquery(), type_=ARRAY(INSTANT))
_counted = (
    insert(code_attempts)
    .values(org_id=bindparam("org_id"), address_hash=bindparam("address_hash"), times=_unknown, last_time=_now)
    .on_conflict_do_update(
        index_elements=["org_id", "address_hash"],
        set_={"times": func.array_cat(_recent, _unknown), "last_time": _now},
        where=func.cardinality(_recent) < MAX_UNKNOWN_CODES,
    )
    .returning(code_attempts.c.org_id)
    .cte("counted")
)
_key = (code_attempts.c.org_id, code_attempts.c.address_hash)
_old = select(*_key).where(
    code_attempts.c.org_id == bindparam("org_id"),
    code_attempts.c.address_hash != bindparam("address_hash"),
    code_attempts.c.last_time <= _since,
)
# What is locked is just coming back: to wait for one another would be a deadlock.
_forgotten = delete(code_attempts).where(
    code_attempts.c.org_id == bindparam("org_id"), tuple_(*_key).in_(_old.with_for_update(skip_locked=True))
)
COUNT_ATTEMPT = statement(select(func.count()).select_from(_counted).add_cte(_forgotten.cte("forgotten")), into=int)
"""Lets an address have its answer: 1, or 0 when it has used up its tries; `unknown` holds the time of an unknown code.

A known code counts for nothing, and takes its turn all the same: of many that come at once each sees those before it.
Forgets the addresses of an hour ago, too.
"""
