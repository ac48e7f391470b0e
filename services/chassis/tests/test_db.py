"""The database under load, with quarrels and without a server."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from select import select as readable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Float, bindparam, func, insert, select

from chassis.db import Database, DatabaseOptions, OnConnection, statement
from chassis.errors import Aborted, Exhausted, Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from services.chassis.examples.ledger.domain import Ledger, LedgerState
from services.chassis.examples.ledger.storage import ADD_TO_BALANCE, LEDGER, ledgers

SLEEP = statement(select(func.pg_sleep(bindparam("seconds", type_=Float()))))
INSERT = statement(insert(ledgers))


def ledger_row(org_id: UUID, **changes: object) -> dict[str, Any]:
    row = {
        "org_id": org_id,
        "id": new_id(),
        "name": "cash",
        "state": LedgerState.OPEN,
        "balance": 10,
        "version": 1,
        "labels": {"colour": "red"},
        "open_time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    return row | changes


@pytest.fixture
def url(database: Database) -> str:
    return database.url


async def opened(url: str, **limits: Any) -> Database:
    database = Database(url, application="test", options=DatabaseOptions(**limits))
    await database.open()
    return database


async def test_a_row_comes_back_as_it_went_in(database, org_id):
    """OP-11: uuid, enumeration, JSON and instant survive the way through the database."""
    row = ledger_row(org_id)
    assert 1 == await database.run(INSERT, **row)
    assert Ledger(**row) == await database.first(LEDGER, org_id=org_id, ledger_id=row["id"])
    assert [Ledger(**row)] == await database.all(LEDGER, org_id=org_id, ledger_id=row["id"])


async def test_another_tenant_finds_nothing(database, org_id):
    """OP-11: the same id under another organization is another row."""
    row = ledger_row(org_id)
    await database.run(INSERT, **row)
    assert None is await database.first(LEDGER, org_id=new_id(), ledger_id=row["id"])


async def test_a_transaction_holds_or_falls_as_one(database, org_id):
    """OP-11: an error inside undoes what was done before it."""
    row = ledger_row(org_id)

    async def fail() -> None:
        async with database.transaction() as tx:
            await tx.run(INSERT, **row)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert None is await database.first(LEDGER, org_id=org_id, ledger_id=row["id"])


async def test_a_violated_constraint_names_itself(database, org_id):
    """OP-11: the error carries the constraint, and the connection goes on working."""
    await database.run(INSERT, **ledger_row(org_id))
    with pytest.raises(psycopg.errors.UniqueViolation) as violated:
        await database.run(INSERT, **ledger_row(org_id))
    assert "ledgers_org_id_name_key" == violated.value.diag.constraint_name
    assert await database.answers()


async def test_a_busy_pool_refuses_after_a_moment_and_recovers(url):
    """OP-06: pool exhausted: RESOURCE_EXHAUSTED with a time to come back, and no lasting harm."""
    database = await opened(url, max_connections=1, wait=0.1)
    busy = asyncio.create_task(database.run(SLEEP, seconds=1.0))
    await eventually(lambda: database.lent == 1)
    with pytest.raises(Exhausted) as refused:
        await database.run(SLEEP, seconds=0.0)
    assert refused.value.retry_after is not None
    await busy
    assert 1 == await database.run(SLEEP, seconds=0.0)
    await database.close()


async def test_the_queue_for_a_connection_is_bounded(url):
    """OP-06: beyond the queue a call is refused at once."""
    database = await opened(url, max_connections=1, max_waiting=1, wait=5)
    assert await database.answers()
    calls = [asyncio.create_task(database.run(SLEEP, seconds=0.2)) for _ in range(10)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert {1, Exhausted} == {answer if isinstance(answer, int) else type(answer) for answer in answers}
    await database.close()


async def test_a_statement_that_takes_too_long_is_given_up(url):
    """OP-06: statement timeout: UNAVAILABLE, and the pool is whole."""
    database = await opened(url, max_connections=1, statement_timeout=0.1)
    with pytest.raises(Unavailable):
        await database.run(SLEEP, seconds=5.0)
    assert await database.answers()
    await database.close()


async def test_a_transaction_that_idles_is_ended(url, org_id):
    """OP-06: nobody stays idle in a transaction."""
    database = await opened(url, statement_timeout=0.1)

    async def idle() -> None:
        async with database.transaction() as tx:
            assert isinstance(tx, OnConnection)
            await tx.run(INSERT, **ledger_row(org_id))
            await eventually(lambda: _is_readable(tx._connection.fileno()))
            await tx.run(INSERT, **ledger_row(org_id, name="other"))

    with pytest.raises(Unavailable):
        await idle()
    assert await database.answers()
    await database.close()


def _is_readable(descriptor: int) -> bool:
    return bool(readable([descriptor], [], [], 0)[0])


async def test_a_database_that_is_away_is_unavailable():
    """OP-06: a pool that cannot connect says UNAVAILABLE, not that it is busy."""
    database = await opened("postgresql://nobody@127.0.0.1:1/nothing", wait=0.1)
    with pytest.raises(Unavailable):
        await database.run(SLEEP, seconds=0.0)
    assert not await database.answers()
    await database.close()


class Cable:
    """Passes bytes on to a server, until it is cut; may be mended."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._to)
        self._writers += [writer, server_writer]

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while piece := await source.read(65536):
                    target.write(piece)
            target.close()

        await asyncio.gather(copy(reader, server_writer), copy(server_reader, writer))


async def test_a_database_that_goes_and_comes_back(url):
    """OP-06: each service survives the loss of Postgres, and works again a moment after its return."""
    parts = conninfo_to_dict(url)
    cable = Cable(str(parts["host"]), int(str(parts["port"])))
    await cable.mend()
    database = await opened(make_conninfo(url, port=cable.port), wait=0.3)
    assert await database.answers()
    await cable.cut()
    for _ in range(5):
        assert not await database.answers()
    await cable.mend()
    await eventually(database.answers, timeout=2)
    await database.close()
    await cable.cut()


async def test_lost_connections_are_replaced(url, postgres_url):
    """OP-06: after the server cut every connection, at most one call fails."""
    database = await opened(url, min_connections=4, max_connections=4)
    await asyncio.gather(*(database.run(SLEEP, seconds=0.05) for _ in range(4)))
    async with await psycopg.AsyncConnection.connect(postgres_url) as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name = 'test'",
            [conninfo_to_dict(url)["dbname"]],
        )
    with pytest.raises(Unavailable):
        await database.run(SLEEP, seconds=0.0)
    await eventually(lambda: not database.is_checking)
    assert [1] * 8 == await asyncio.gather(*(database.run(SLEEP, seconds=0.0) for _ in range(8)))
    await database.close()


async def test_two_that_block_each_other_end_in_aborted(database, org_id):
    """OP-06: of two transactions in a deadlock one wins and the other is ABORTED."""
    rows = [ledger_row(org_id, name=name) for name in ("one", "two")]
    for row in rows:
        await database.run(INSERT, **row)
    meeting = asyncio.Barrier(2)

    async def change(first: object, second: object) -> None:
        async with database.transaction() as tx:
            await tx.run(ADD_TO_BALANCE, org_id=org_id, ledger_id=first, amount=1)
            await meeting.wait()
            await tx.run(ADD_TO_BALANCE, org_id=org_id, ledger_id=second, amount=1)

    one, two = (row["id"] for row in rows)
    outcomes = await asyncio.gather(change(one, two), change(two, one), return_exceptions=True)
    assert {type(None), Aborted} == {type(outcome) for outcome in outcomes}


@pytest.mark.parametrize("seed", range(3))
async def test_a_storm_of_cancellations_leaves_a_full_pool(url, seed):
    """OP-06: many wait for few connections, and most give up, often twice: waiting, at work, or while giving back."""
    database, chance = await opened(url, max_connections=3), Random(seed)
    for _ in range(60):
        calls = [asyncio.create_task(database.run(SLEEP, seconds=chance.choice([0, 0.0005]))) for _ in range(40)]
        for _ in range(60):
            await asyncio.sleep(0)
            for call in chance.sample(calls, 6):
                call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert 0 == database.lent
        await eventually(lambda: three_at_once(database))
    await database.close()


async def three_at_once(database: Database) -> bool:
    """Whether three have a connection each; not yet while PostgreSQL is slow to give one for a cancelled one."""
    meeting = asyncio.Barrier(3)

    async def meet() -> None:
        async with database.transaction() as tx, asyncio.timeout(3):
            await tx.run(SLEEP, seconds=0)
            await meeting.wait()

    met = await asyncio.gather(*(meet() for _ in range(3)), return_exceptions=True)
    for outcome in met:
        if outcome is not None and not isinstance(outcome, Unavailable | TimeoutError | asyncio.BrokenBarrierError):
            raise outcome
    return [None, None, None] == met


async def test_cancelled_calls_leave_a_full_pool(url):
    """OP-06: clients that give up at any moment leave no connection behind."""
    database = await opened(url, max_connections=3)
    for moment in range(60):
        call = asyncio.create_task(database.run(SLEEP, seconds=0.02))
        for _ in range(moment % 12):
            await asyncio.sleep(0)  # one more step of the loop
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert 0 == database.lent
    await eventually(lambda: three_at_once(database))
    await database.close()
