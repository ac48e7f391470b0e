"""Typed codes, and how many that open nothing came from an address and from its neighbourhood within the last hour."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import array, insert

from applications.application.domain.invitation import MAX_ADDRESS_TRIES, MAX_NETWORK_TRIES, MAX_UNKNOWN_CODES
from applications.shared.metadata import metadata
from chassis.columns import INSTANT, instant
from chassis.db import statement
from chassis.readers import reader

code_attempts = Table(
    "code_attempts",
    metadata,
    Column("org_id", Uuid, primary_key=True, comment="The families' realm: an unknown code names no organization"),
    Column("origin_hash", LargeBinary, primary_key=True, comment="Of an address, or of its neighbourhood"),
    Column("times", ARRAY(INSTANT), nullable=False, comment="Of the tries that counted within the last hour"),
    Column("earlier", SmallInteger, nullable=False, comment="How many of them the latest try found"),
    instant("last_time"),
)
Index("code_attempts_last_idx", code_attempts.c.last_time)


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries that counted a new one finds from its address and from its network, and whether it counts itself.

    `oldest_time` is of the try that has to be an hour old before a bound opens again that is reached now.
    """

    address: int
    network: int
    is_counted: bool
    oldest_time: datetime | None


_org_id, _now = bindparam("org_id", type_=Uuid), bindparam("now", type_=INSTANT)
_since = bindparam("since", type_=INSTANT)
_hashes = [bindparam("address_hash", type_=LargeBinary), bindparam("network_hash", type_=LargeBinary)]
_counts_from = bindparam("counts_from", type_=Integer)
_time = func.unnest(code_attempts.c.times).column_valued("time")
_recent = func.array(select(_time).where(_time > _since).scalar_subquery(), type_=ARRAY(INSTANT))
_found = func.cardinality(_recent)
_none, _this = literal([], ARRAY(INSTANT)), array([_now])
_key = (code_attempts.c.org_id, code_attempts.c.origin_hash)
_columns = ("org_id", "origin_hash", "times", "earlier", "last_time")

_from_address = insert(code_attempts).from_select(
    _columns, select(_org_id, _hashes[0], case((_counts_from == 0, _this), else_=_none), literal(0), _now)
)
_address = (
    _from_address.on_conflict_do_update(
        index_elements=_key,
        set_={
            "times": case(
                (and_(_found >= _counts_from, _found < MAX_ADDRESS_TRIES), func.array_cat(_recent, _this)),
                else_=_recent,
            ),
            "earlier": _found,
            "last_time": _now,
        },
    )
    .returning(
        code_attempts.c.times,
        code_attempts.c.earlier,
        and_(code_attempts.c.earlier >= _counts_from, code_attempts.c.earlier < MAX_ADDRESS_TRIES).label("is_counted"),
    )
    .cte("address")
)
_from_network = insert(code_attempts).from_select(
    _columns,
    select(_org_id, _hashes[1], case((_address.c.is_counted, _this), else_=_none), literal(0), _now),
)
_network = (
    _from_network.on_conflict_do_update(
        index_elements=_key,
        set_={
            "times": case(
                (_found < MAX_NETWORK_TRIES, func.array_cat(_recent, _from_network.excluded.times)), else_=_recent
            ),
            "earlier": _found,
            "last_time": _now,
        },
    )
    .returning(code_attempts.c.times, code_attempts.c.earlier)
    .cte("network")
)


def _newest(times: ColumnElement[object], number: int) -> ColumnElement[object]:
    """The so-many newest of the instants; null when there are fewer."""
    return times[func.cardinality(times) - (number - 1)]


_old = select(*_key).where(
    code_attempts.c.org_id == _org_id, code_attempts.c.origin_hash.not_in(_hashes), code_attempts.c.last_time <= _since
)
# What is locked is just coming back: to wait for one another would be a deadlock.
_forgotten = delete(code_attempts).where(
    code_attempts.c.org_id == _org_id, tuple_(*_key).in_(_old.with_for_update(skip_locked=True))
)
COUNT_TRY = statement(
    select(
        _address.c.earlier.label("address"),
        _network.c.earlier.label("network"),
        _address.c.is_counted,
        func.coalesce(
            func.greatest(_newest(_address.c.times, MAX_ADDRESS_TRIES), _newest(_network.c.times, MAX_NETWORK_TRIES)),
            _newest(_address.c.times, MAX_UNKNOWN_CODES),
        ).label("oldest_time"),
    )
    .select_from(_address.join(_network, true()))
    .add_cte(_forgotten.cte("forgotten")),
    into=reader(Tries),
)
"""Counts a try, when its address has `counts_from` that counted already, and says what it found.

What counts for nothing takes its turn all the same: of many that come at once each sees those before it. The address
comes before its network in every statement, so that no two wait for each other. Forgets what an hour ago was the
latest, too.
"""
