"""load → decide → save: races, repetitions, and what one statement writes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.wrappers_pb2 import Int64Value
from opentelemetry.sdk.trace import TracerProvider
from psycopg.errors import UniqueViolation
from sqlalchemy import ARRAY, Column, MetaData, Table, Text, Uuid, bindparam, func, insert, select, update

from chassis.aggregate import Act, Aggregate, RequestIdReused, Source, retried
from chassis.call import Call, Caller, RequestKey
from chassis.db import Database, Executor, statement
from chassis.errors import Aborted
from chassis.ids import new_id
from chassis.outbox import OutboxEvent
from chassis.saves import insert_each, rows_of, save, write
from chassis.tables import outbox, requests
from chassis.tenancy import TenantNotBound
from services.chassis.examples.ledger.domain import Ledger, LedgerState, NotEnough
from services.chassis.examples.ledger.storage import (
    BOOK,
    ENTRY_COUNT,
    LEDGER,
    OPEN_LEDGER,
    entries,
    ledgers,
)

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


@pytest.fixture
async def book(database, org_id) -> Book:
    ledger = new_ledger(org_id)
    await open_ledger(database, a_call(method="/ledger/Open"), ledger)
    return Book(database, org_id, ledger.id)


async def entry_count(book: Book) -> int | None:
    return await book.database.first(ENTRY_COUNT, org_id=book.org_id, ledger_id=book.ledger_id)


async def test_one_statement_writes_all(book):
    """OP-05: the row, what follows from it, the kept request and the event are there together."""
    assert 15 == await book(a_call(), 5)
    assert 15 == (await book.load()).balance
    assert 1 == await entry_count(book)
    assert 2 == await book.database.first(KEPT, org_id=book.org_id)
    opened, booked = await book.database.all(EVENTS, org_id=book.org_id)
    assert "ledger.opened" == opened.subject
    assert Event("ledger.booked", "google.protobuf.Int64Value", booked.payload, 2, None) == booked
    assert Int64Value(value=15) == Int64Value.FromString(booked.payload)


async def test_many_events_keep_their_order(book):
    """OP-05: one save may carry many events, or none."""
    many = [replace(event_of(await book.load()), version=version) for version in range(100)]
    await book(a_call(), 1, events=many)
    await book(a_call(), 1, events=[])
    _, *written = await book.database.all(EVENTS, org_id=book.org_id)
    assert list(range(100)) == [event.version for event in written]


async def test_the_event_carries_the_trace_that_it_was_made_in(book):
    """OP-04: the trace goes on from the outbox."""
    with TracerProvider().get_tracer("test").start_as_current_span("call") as span:
        await book(a_call(), 1)
    booked = (await book.database.all(EVENTS, org_id=book.org_id))[-1]
    made_in = span.get_span_context()
    assert ["00", f"{made_in.trace_id:032x}", f"{made_in.span_id:016x}"] == booked.traceparent.split("-")[:3]


async def test_a_repeated_call_gets_the_first_answer(book):
    """OP-05: the same request id and body: the kept reply, also when it would be refused by now."""
    call = a_call()
    assert 0 == await book(call, -10)
    assert 0 == await book(call, -10)
    assert 1 == await entry_count(book)


async def test_a_repeated_call_that_would_succeed_again_does_not(book):
    """OP-05: the same request id has one effect though the state would allow two."""
    call = a_call()
    assert [11, 11] == [await book(call, 1), await book(call, 1)]
    assert 11 == (await book.load()).balance


async def test_a_request_id_with_another_body_is_refused(book):
    """OP-05: the same request id with another body is somebody's mistake."""
    request_id = new_id()
    await book(a_call(request_id=request_id), 1)
    with pytest.raises(RequestIdReused) as refused:
        await book(a_call(request_id=request_id, body_hash=b"other"), 2)
    assert "REQUEST_ID_REUSED" == refused.value.reason
    assert 11 == (await book.load()).balance


async def test_the_same_request_id_is_another_one_for_another_method(book):
    """OP-05: callers, methods and organizations do not share request ids."""
    request_id = new_id()
    assert 11 == await book(a_call(request_id=request_id), 1)
    assert 12 == await book(a_call(request_id=request_id, method="/ledger/Other"), 1)
    assert 13 == await book(a_call(request_id=request_id, caller="somebody else"), 1)


async def test_fifty_calls_with_one_request_id_execute_once(book):
    """OP-05: 50 parallel calls with one request id have one effect, one event and one answer."""
    call = a_call()
    assert {11} == set(await asyncio.gather(*(book(call, 1) for _ in range(50))))
    assert 1 == await entry_count(book)
    assert 2 == len(await book.database.all(EVENTS, org_id=book.org_id))


async def test_fifty_creations_with_one_request_id_execute_once(database, org_id):
    """OP-05: 50 parallel creations with one request id make one record."""
    call = a_call(method="/ledger/Open")
    ledgers_to_be = [new_ledger(org_id, name=f"number {number}") for number in range(50)]
    answers = await asyncio.gather(*(open_ledger(database, call, ledger) for ledger in ledgers_to_be))
    assert {10} == set(answers)
    assert 1 == len(await database.all(EVENTS, org_id=org_id))


async def test_a_taken_name_is_the_callers_to_explain(database, org_id):
    """OP-05: a violated constraint of the service's own arrives as it is."""
    await open_ledger(database, a_call(), new_ledger(org_id))
    with pytest.raises(UniqueViolation) as violated:
        await open_ledger(database, a_call(), new_ledger(org_id))
    assert "ledgers_org_id_name_key" == violated.value.diag.constraint_name


async def test_calls_that_race_are_decided_anew(book):
    """OP-05: of calls on one record each is decided on the state that the others left."""
    await asyncio.gather(*(book(a_call(), 1) for _ in range(3)))
    assert 13 == (await book.load()).balance


async def test_the_refusal_of_the_domain_reaches_the_caller(book):
    """OP-05: without an earlier answer the decision's error stands."""
    with pytest.raises(NotEnough):
        await book(a_call(), -11)
    with pytest.raises(NotEnough):
        await book(WITHOUT_ID, -11)
    assert 0 == await entry_count(book)


async def test_a_call_without_a_request_id_keeps_nothing(book):
    """OP-05: calls that are safe to repeat by nature leave no kept request."""
    assert [11, 12] == [await book(WITHOUT_ID, 1), await book(WITHOUT_ID, 1)]
    assert 1 == await book.database.first(KEPT, org_id=book.org_id)


async def test_who_is_always_too_late_is_told_so(book):
    """OP-05: a save that hits no row three times ends in ABORTED, and nothing is written."""
    loads = 0

    async def stale() -> Ledger:
        nonlocal loads
        loads += 1
        return replace(await Book.load(book), version=7)

    too_late = ledgers_in(book.database, lambda booked, _: [event_of(booked.ledger)])
    with pytest.raises(Aborted):
        await too_late.change(Source(a_call(), book.org_id, stale), book_amount, 1)
    assert (3, 0) == (loads, await entry_count(book))
    assert 1 == len(await book.database.all(EVENTS, org_id=book.org_id))
    assert 1 == await book.database.first(KEPT, org_id=book.org_id)


async def test_an_event_of_another_organization_is_refused(book):
    """OP-11: a save cannot speak for another tenant."""
    with pytest.raises(ValueError, match="organization"):
        await book(a_call(), 1, events=[replace(event_of(await book.load()), org_id=new_id())])


async def test_a_save_within_a_transaction(book, database):
    """OP-05: a consumer's handler may save on its transaction; the relay hears of it at the commit."""
    async with database.transaction() as tx:
        database.outbox_filled.clear()
        await Book(tx, book.org_id, book.ledger_id)(WITHOUT_ID, 1)
        assert not database.outbox_filled.is_set()
    assert database.outbox_filled.is_set()
    assert 11 == (await book.load()).balance


async def test_a_save_without_events_wakes_nobody(book, database):
    """OP-05: the relay is told of commits that have something for it, and of no others."""
    database.outbox_filled.clear()
    await book(WITHOUT_ID, 1, events=[])
    assert not database.outbox_filled.is_set()
    await book(WITHOUT_ID, 1)
    assert database.outbox_filled.is_set()


def test_a_target_must_say_what_it_hit():
    """OP-05: without RETURNING nobody would know whether the target hit a row."""
    with pytest.raises(TypeError, match="returning"):
        save(insert(ledgers))


def test_a_write_that_ignores_the_target_is_refused():
    """OP-05: what does not depend on the target would happen without it."""
    with pytest.raises(TypeError, match="no row"):
        save(
            insert(ledgers).returning(ledgers.c.id),
            lambda _: update(entries).where(entries.c.org_id == bindparam("org_id")).values(amount=0),
        )


def test_a_save_is_guarded_like_any_statement():
    """OP-11: a target without its tenant is refused when it is made."""
    with pytest.raises(TenantNotBound):
        save(update(ledgers).where(ledgers.c.id == bindparam("ledger_id")).values(balance=0).returning(ledgers.c.id))


def test_an_array_column_cannot_be_inserted_each():
    """OP-05: unnest would flatten it."""
    tagged = Table("tagged", MetaData(), Column("org_id", Uuid), Column("tags", ARRAY(Text)))
    with pytest.raises(TypeError, match="JSONB"):
        insert_each(tagged, "tags")


def test_rows_have_all_columns_unless_some_are_named():
    """OP-05: the tenant is the save's, once for all rows; a column that a row lacks is refused."""
    whole = save(insert(ledgers).returning(ledgers.c.id), insert_each(entries))
    assert {"entries_id", "entries_ledger_id", "entries_amount", "entries_details"} == {
        name for name in whole.names if name.startswith("entries_")
    }
    row = {"org_id": new_id(), "id": new_id(), "ledger_id": new_id(), "amount": 1, "details": {}}
    assert rows_of(entries, [row]) == rows_of(entries, [row], "id", "ledger_id", "amount", "details")
    with pytest.raises(KeyError, match="amount"):
        rows_of(entries, [{name: value for name, value in row.items() if name != "amount"}])


async def test_a_save_without_an_answer_to_keep(book):
    """OP-05: what nobody repeats is written by its parameters alone, and tried again when the race was lost."""
    versions = iter([7, 1])

    async def attempt() -> int | None:
        params = {"ledger_id": book.ledger_id, "loaded_version": next(versions), "new_balance": 3, **entry_params()}
        return await write(book.database, BOOK, org_id=book.org_id, params=params) or None

    assert 1 == await retried(attempt)
    assert (3, 0) == ((await book.load()).balance, await entry_count(book))
    assert 1 == await book.database.first(KEPT, org_id=book.org_id)


async def test_an_attempt_that_always_loses_is_given_up():
    """OP-05: who loses the race three times is told so."""

    async def attempt() -> None:
        tries.append("lost")

    tries: list[str] = []
    with pytest.raises(Aborted):
        await retried(attempt)
    assert 3 == len(tries)
