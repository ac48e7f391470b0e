"""load → decide → save: races, and what one statement writes."""

import asyncio
from dataclasses import replace

import pytest
from google.protobuf.wrappers_pb2 import Int64Value
from opentelemetry.sdk.trace import TracerProvider
from psycopg.errors import UniqueViolation
from sqlalchemy import ARRAY, Column, MetaData, Table, Text, Uuid, bindparam, insert, update

from chassis.aggregate import Source, retried
from chassis.errors import Aborted
from chassis.ids import new_id
from chassis.saves import insert_each, rows_of, save, write
from chassis.tenancy import TenantNotBound
from services.chassis.examples.ledger.domain import Ledger, NotEnough
from services.chassis.examples.ledger.storage import BOOK, entries, ledgers
from services.chassis.tests.ledgers import (
    EVENTS,
    KEPT,
    WITHOUT_ID,
    Book,
    Event,
    a_call,
    book_amount,
    entry_count,
    entry_params,
    event_of,
    ledgers_in,
    new_ledger,
    open_ledger,
)


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


ONLY_MORE = save(
    update(ledgers)
    .where(
        ledgers.c.org_id == bindparam("org_id"),
        ledgers.c.id == bindparam("ledger_id"),
        ledgers.c.version == bindparam("loaded_version"),
        ledgers.c.balance < bindparam("new_balance"),
    )
    .values(balance=bindparam("new_balance"))
    .returning(ledgers.c.id),
    insert_each(entries, "id", "ledger_id", "amount", "details"),
)


async def test_a_decision_says_by_which_save_it_is_written(book):
    """OP-05: where decisions write in different ways, each is written by its own save, and by that alone."""
    asked = []

    def save_of(booked):
        asked.append(booked.amount)
        return BOOK if booked.amount > 0 else ONLY_MORE

    books = replace(ledgers_in(book.database, lambda *_: []), save=save_of)
    source = Source(a_call(), book.org_id, book.load)
    assert 15 == (await books.change(source, book_amount, 5)).value
    with pytest.raises(Aborted):
        await books.change(replace(source, call=a_call()), book_amount, -5)
    assert [5, -5, -5, -5] == asked
    assert 15 == (await book.load()).balance


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


def test_a_save_is_checked_like_any_statement():
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
