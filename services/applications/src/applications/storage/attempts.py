"""Unknown codes, counted against the address that they come from."""

from sqlalchemy import ARRAY, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import array, insert

from applications.domain.invitation import MOST_UNKNOWN_CODES
from applications.storage.tables import INSTANT, code_attempts
from chassis.db import statement

RECENT_ATTEMPTS = statement(
    select(code_attempts.c.times).where(
        code_attempts.c.org_id == bindparam("org_id"), code_attempts.c.address_hash == bindparam("address_hash")
    ),
    into=list,
)
"""The times of the last unknown codes from an address, oldest first."""

_since, _now = bindparam("since", type_=INSTANT), bindparam("now", type_=INSTANT)
_time = func.unnest(code_attempts.c.times).column_valued("time")
_recent = func.array(select(_time).where(_time > _since).scalar_subquery(), type_=ARRAY(INSTANT))
_counted = (
    insert(code_attempts)
    .values(org_id=bindparam("org_id"), address_hash=bindparam("address_hash"), times=array([_now]), last_time=_now)
    .on_conflict_do_update(
        index_elements=["org_id", "address_hash"],
        set_={"times": func.array_append(_recent, _now), "last_time": _now},
        where=func.cardinality(_recent) < MOST_UNKNOWN_CODES,
    )
    .returning(code_attempts.c.org_id)
    .cte("counted")
)
_forgotten = (
    delete(code_attempts)
    .where(
        code_attempts.c.org_id == bindparam("org_id"),
        code_attempts.c.address_hash != bindparam("address_hash"),
        code_attempts.c.last_time <= _since,
    )
    .cte("forgotten")
)
COUNT_ATTEMPT = statement(select(func.count()).select_from(_counted).add_cte(_forgotten), into=int)
"""Counts an unknown code: 1, or 0 when the address has used up its tries. Forgets the addresses of an hour ago, too."""
