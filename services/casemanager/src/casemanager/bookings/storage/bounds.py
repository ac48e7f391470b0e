"""The bounds that no constraint can hold: how much a case manager asks for, and a company has held (CM-08).

A statement sees what was there when it began. So whoever adds to such a number waits for the one before, and counts in
a statement that begins after that one has ended: a lock of its own kind, taken before any row, so that nobody waits in
a circle. Everything else, a slot that is booked at once among it, waits for nobody here.
"""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, cast, column, exists, func, literal, select

from casemanager.bookings.domain.offers import MAX_HOLDS
from casemanager.bookings.domain.requests import MAX_REQUESTS
from casemanager.bookings.storage.load import count_unanswered, held_of
from chassis.db import Database, Statement, statement
from chassis.saves import Save

T = TypeVar("T")
_SEED = 20
_manager_id = bindparam("booking_case_manager_id", type_=Uuid)
_company_id = bindparam("company_id", type_=Uuid)
_held_ids = bindparam("reservations_specialist_id", type_=ARRAY(Uuid))


def lock(key: ColumnElement[str]) -> ColumnElement[int]:
    """Held until the transaction ends."""
    return func.count(func.pg_advisory_xact_lock(func.hashtextextended(key, _SEED)))


_each = (
    func.unnest(bindparam("specialist_ids", type_=ARRAY(Uuid)))
    .table_valued(column("id", Uuid))
    .render_derived(name="each")
)
LOCK_REQUESTS = statement(select(lock(func.concat("requests of ", cast(_manager_id, Text)))), into=int)
LOCK_HOLDS = statement(
    select(lock(func.concat("holds of ", cast(_each.c.id, Text), " for ", cast(_company_id, Text)))).select_from(_each),
    into=int,
)
"""One after the other, in the order of the parameter: it is sorted."""

MORE_REQUESTS = count_unanswered(_manager_id).scalar_subquery() < literal(MAX_REQUESTS)
"""Whether the case manager of a new booking may ask for one more."""


def more_holds() -> ColumnElement[bool]:
    """Whether the company may have what is offered held besides what is held for its other bookings."""
    new = func.unnest(_held_ids).table_valued(column("specialist_id", Uuid)).render_derived(name="new_hold")
    every = held_of(_held_ids).union_all(select(new.c.specialist_id)).subquery("every_hold")
    too_many = (
        select(literal(1)).select_from(every).group_by(every.c.specialist_id).having(func.count() > literal(MAX_HOLDS))
    )
    return ~exists(too_many)


class InTurn:
    """An Executor that takes the lock of a save before it; other statements run as they are."""

    def __init__(self, database: Database, locks: Mapping[Save, Statement[int]]) -> None:
        self._database, self._locks = database, locks

    async def first(self, stmt: Statement[T], /, **params: object) -> T | None:
        """The first row, or None."""
        turn = self._locks.get(stmt) if isinstance(stmt, Save) else None
        if turn is None:
            return await self._database.first(stmt, **params)
        async with self._database.transaction() as tx:
            await tx.first(turn, **{name: params[name] for name in turn.names if name in params})
            return await tx.first(stmt, **params)

    async def all(self, stmt: Statement[T], /, **params: object) -> list[T]:
        """Every row."""
        return await self._database.all(stmt, **params)

    async def run(self, stmt: Statement[T], /, **params: object) -> int:
        """How many rows were written (or read)."""
        return await self._database.run(stmt, **params)
