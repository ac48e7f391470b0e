"""Amounts that are booked in the ledger of the example: load, decide and save put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.wrappers_pb2 import Int64Value
from sqlalchemy import bindparam, func, select

from chassis.aggregate import Act, Aggregate, Source
from chassis.call import Call, Caller, RequestKey
from chassis.db import Database, Executor, statement
from chassis.ids import new_id
from chassis.outbox import OutboxEvent
from chassis.saves import rows_of
from chassis.tables import outbox, requests
from services.chassis.examples.ledger.domain import Ledger, LedgerState, NotEnough
from services.chassis.examples.ledger.storage import BOOK, ENTRY_COUNT, LEDGER, OPEN_LEDGER, entries

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    subject: str
    type: str
    payload: bytes
    version: int
    traceparent: str | None


EVENTS = statement(
    select(outbox.c.subject, outbox.c.type, outbox.c.payload, outbox.c.version, outbox.c.traceparent)
    .where(outbox.c.org_id == bindparam("org_id"))
    .order_by(outbox.c.position),
    into=Event,
)
KEPT = statement(select(func.count()).select_from(requests).where(requests.c.org_id == bindparam("org_id")), into=int)


def a_call(*, method: str = "/ledger/Book", **changes: Any) -> Call:
    usual: dict[str, Any] = {"caller": "somebody", "request_id": new_id(), "body_hash": b"body"}
    return Call(Caller(), method, RequestKey(**usual | changes))


WITHOUT_ID = Call(Caller(), "/ledger/Book")


def event_of(ledger: Ledger, *, subject: str = "ledger.booked") -> OutboxEvent:
    return OutboxEvent(
        id=new_id(),
        org_id=ledger.org_id,
        subject=subject,
        message=Int64Value(value=ledger.balance),
        aggregate_id=ledger.id,
        version=ledger.version,
        event_time=NOW,
    )


@dataclass(frozen=True, slots=True)
class Booked:
    """What a decision comes to: the ledger as it is now, and by how much it changed."""

    ledger: Ledger
    amount: int


def book_amount(ledger: Ledger, amount: int, now: datetime) -> Booked:
    if ledger.balance + amount < 0:
        raise NotEnough()
    return Booked(replace(ledger, balance=ledger.balance + amount, version=ledger.version + 1), amount)


def entry_params(*written: Booked) -> dict[str, object]:
    rows = [{"id": new_id(), "ledger_id": b.ledger.id, "amount": b.amount, "details": {"by": "test"}} for b in written]
    return rows_of(entries, rows, "id", "ledger_id", "amount", "details")


def ledgers_in(
    database: Executor, events: Callable[[Booked, Act], Sequence[OutboxEvent]]
) -> Aggregate[Booked, Int64Value]:
    return Aggregate(
        database=database,
        clock=lambda: NOW,
        save=BOOK,
        params=lambda booked, _: {
            "ledger_id": booked.ledger.id,
            "loaded_version": booked.ledger.version - 1,
            "new_balance": booked.ledger.balance,
            **entry_params(booked),
        },
        events=events,
        answer=lambda booked, _: Int64Value(value=booked.ledger.balance),
        reply=Int64Value,
    )


@dataclass(frozen=True, slots=True)
class Book:
    """The verb of these tests: change a ledger's balance."""

    database: Executor
    org_id: UUID
    ledger_id: UUID

    async def load(self) -> Ledger:
        ledger = await self.database.first(LEDGER, org_id=self.org_id, ledger_id=self.ledger_id)
        assert ledger is not None
        return ledger

    async def __call__(self, call: Call, amount: int, *, events: Sequence[OutboxEvent] | None = None) -> int:
        ledgers_ = ledgers_in(self.database, lambda booked, _: [event_of(booked.ledger)] if events is None else events)
        answer = await ledgers_.change(Source(call, self.org_id, self.load), book_amount, amount)
        return answer.value


def new_ledger(org_id: UUID, *, name: str = "cash") -> Ledger:
    return Ledger(
        org_id=org_id, id=new_id(), name=name, state=LedgerState.OPEN, balance=10, version=1, labels={}, open_time=NOW
    )


async def open_ledger(database: Database, call: Call, ledger: Ledger) -> int:
    opening: Aggregate[Ledger, Int64Value] = Aggregate(
        database=database,
        clock=lambda: NOW,
        save=OPEN_LEDGER,
        params=lambda ledger, _: {name: getattr(ledger, name) for name in Ledger.__dataclass_fields__},
        events=lambda ledger, _: [event_of(ledger, subject="ledger.opened")],
        answer=lambda ledger, _: Int64Value(value=ledger.balance),
        reply=Int64Value,
    )
    return (await opening.add(call, ledger.org_id, ledger)).value


async def entry_count(book: Book) -> int | None:
    return await book.database.first(ENTRY_COUNT, org_id=book.org_id, ledger_id=book.ledger_id)
