"""How often codes were tried: on a username, known or not, by one network and by all; and what only families know."""

from sqlalchemy import (
    ARRAY,
    Column,
    Index,
    Integer,
    Interval,
    LargeBinary,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    delete,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.columns import INSTANT, instant
from chassis.db import statement
from identity.shared.tables import metadata

code_tries = Table(
    "code_tries",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("key_hash", LargeBinary, primary_key=True, comment="Of a username, of it and a network, or of an account"),
    Column("count", Integer, nullable=False),
    instant("expire_time"),
    Index("code_tries_expired_idx", "org_id", "expire_time"),
)

_now = bindparam("now", type_=INSTANT)
_end = _now + bindparam("window", type_=Interval)
_is_over = code_tries.c.expire_time <= _now
_counted = (
    insert(code_tries)
    .values(
        org_id=bindparam("org_id"),
        key_hash=bindparam("key_hash"),
        count=1,
        expire_time=_end,
    )
    .on_conflict_do_update(
        index_elements=["org_id", "key_hash"],
        set_={
            "count": case((_is_over, 1), else_=code_tries.c.count + 1),
            "expire_time": case((_is_over, _end), else_=code_tries.c.expire_time),
        },
    )
    .returning(code_tries.c.count)
    .cte("counted")
)
_key = (code_tries.c.org_id, code_tries.c.key_hash)
_old = select(*_key).where(
    code_tries.c.org_id == bindparam("org_id"), code_tries.c.key_hash != bindparam("key_hash"), _is_over
)
# What is locked is just coming back: to wait for one another would be a deadlock.
_forgotten = delete(code_tries).where(
    code_tries.c.org_id == bindparam("org_id"), tuple_(*_key).in_(_old.with_for_update(skip_locked=True))
)
COUNT_CODE_TRY = statement(select(_counted.c.count).add_cte(_forgotten.cte("forgotten")), into=int)
"""Counts a try before the code is looked at, however many come at once: the number that it is within its window.

Forgets the tries that count no more, too.
"""

FORGET_CODE_TRIES = statement(
    delete(code_tries).where(
        code_tries.c.org_id == bindparam("org_id"),
        code_tries.c.key_hash == any_(bindparam("key_hashes", type_=ARRAY(LargeBinary))),
    )
)
"""A right code was no try."""
