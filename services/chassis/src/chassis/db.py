"""The database of a service: psycopg's own pool in autocommit, statements prepared once per connection."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn, Protocol, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncCursor, AsyncRawCursor, AsyncRawServerCursor
from psycopg.conninfo import make_conninfo
from psycopg.errors import DeadlockDetected, IdleInTransactionSessionTimeout, SerializationFailure
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests
from sqlalchemy import select

from chassis import telemetry
from chassis.deadline import deadline
from chassis.errors import Aborted, DeadlineExceeded, Exhausted, ServiceError, Unavailable
from chassis.statements import CrossTenant, Statement, cross_tenant_statements, statement
from chassis.tasks import cancel, to_its_end

__all__ = [
    "CrossTenant",
    "Database",
    "DatabaseOptions",
    "Executor",
    "OnConnection",
    "Statement",
    "cross_tenant_statements",
    "statement",
]

T = TypeVar("T")
R = TypeVar("R")
Connection = AsyncConnection[tuple[object, ...]]
_Cursor = AsyncRawCursor[T]

_ONE = statement(select(1), into=int)
_TRIES = 3
"""How often a statement runs that lost against another one (serialization failure, deadlock)."""
_RETRY_AFTER = timedelta(seconds=1)
_LONG_READS = 2
_FETCHED = 500
_LONG_READ_SECONDS = 600.0  # for a reader that is slower than a statement of a call may be
_LONG_READ = """set transaction isolation level repeatable read read only;
set local statement_timeout = '10min'; set local idle_in_transaction_session_timeout = '10min'"""
_log = telemetry.logger(__name__)


class Executor(Protocol):
    """What runs a statement: the database (each in a transaction of its own), or one open transaction."""

    async def first(self, stmt: Statement[T], /, **params: object) -> T | None:
        """The first row, or None."""
        ...

    async def all(self, stmt: Statement[T], /, **params: object) -> list[T]:
        """Every row."""
        ...

    async def run(self, stmt: Statement[T], /, **params: object) -> int:
        """How many rows were written (or read)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """Limits of the pool and of a statement, in seconds where not a count."""

    min_connections: int = 1
    max_connections: int = 8
    wait: float = 2.0
    """How long a call waits for a free connection, before it is refused."""
    max_waiting: int = 200
    statement_timeout: float = 5.0


class Database:
    """Runs statements on a pool of connections; `open` before, `close` after use.

    Raises Unavailable when the database is away or a statement takes too long, Exhausted when the pool stays busy, and
    Aborted when others won three times. Violated constraints arrive as psycopg's own errors.
    """

    def __init__(self, url: str, *, application: str, options: DatabaseOptions | None = None) -> None:
        limits = options or DatabaseOptions()
        milliseconds = int(limits.statement_timeout * 1000)
        self.outbox_filled = asyncio.Event()
        """Set right after a commit that wrote to the outbox; the relay waits for it and clears it."""
        self.url = make_conninfo(
            url,
            application_name=application,
            connect_timeout=2,
            # A host that has vanished is noticed within seconds: otherwise it would take both sides many minutes, while
            # the relay waits for an answer, or another process for the lock of a leader that is gone.
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
            options=f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds}"
            " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
        )
        self._size = limits.max_connections
        self.lent = 0
        """Connections that are in use right now."""
        self.long_reads = 0
        """Reads of any length that are open right now."""
        self._checks: set[asyncio.Task[None]] = set()
        self._pool = AsyncConnectionPool(
            self.url,
            kwargs={"autocommit": True},
            min_size=limits.min_connections,
            max_size=limits.max_connections,
            timeout=limits.wait,
            max_waiting=limits.max_waiting,
            # The pool's own pauses between attempts double without end. It soon gives up instead, and the next
            # statement makes it try again at once.
            reconnect_timeout=limits.wait,
            configure=_remember_statements,
            name=application,
            open=False,
        )

    async def open(self) -> None:
        """Begin to connect; returns at once, also when the database is away."""
        await self._pool.open()

    async def close(self) -> None:
        """Close every connection; statements that still run fail."""
        for check in self._checks:
            check.cancel()
        await self._pool.close()

    @property
    def is_checking(self) -> bool:
        """Whether the idle connections are being looked at, after one was found broken."""
        return bool(self._checks)

    async def answers(self) -> bool:
        """Whether the database can be reached right now."""
        try:
            return await self.first(_ONE) == 1
        except ServiceError:
            return False

    async def connect(self) -> Connection:
        """A connection of the caller's own, outside the pool; for locks that live as long as it does."""
        return await AsyncConnection.connect(self.url, autocommit=True)

    async def first(self, stmt: Statement[T], /, **params: object) -> T | None:
        """The first row, or None."""
        return await self._execute(stmt, params, _first)

    async def all(self, stmt: Statement[T], /, **params: object) -> list[T]:
        """Every row."""
        return await self._execute(stmt, params, _all)

    async def run(self, stmt: Statement[T], /, **params: object) -> int:
        """How many rows were written (or read)."""
        return await self._execute(stmt, params, _count)

    @asynccontextmanager
    async def stream(self, stmt: Statement[T], /, **params: object) -> AsyncIterator[AsyncIterator[T]]:
        """The rows as they are read, 500 at a time, however many they are; of one moment, and for ten minutes at most.

        On a connection of its own, two at once: Exhausted for a third. The next 500 are on their way while some are
        read, and no more.
        """
        if self.long_reads >= _LONG_READS:
            raise Exhausted(retry_after=_RETRY_AFTER)
        self.long_reads += 1
        try:
            with deadline(_LONG_READ_SECONDS):
                async with await self.connect() as connection, connection.transaction():
                    await connection.execute(_LONG_READ)
                    cursor = AsyncRawServerCursor(connection, "rows", row_factory=lambda _: stmt.make_row)
                    try:
                        await cursor.execute(stmt.sql, stmt.values(params), binary=True)
                        async with aclosing(_ahead(cursor)) as rows:
                            yield rows
                    finally:
                        # The server's half ends with the transaction; its own `close` fails where that is cancelled.
                        await AsyncCursor.close(cursor)
        except TimeoutError:
            raise DeadlineExceeded() from None
        except psycopg.OperationalError as error:
            _log.warning("database.unavailable", error=type(error).__name__)
            raise Unavailable() from error
        finally:
            self.long_reads -= 1

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Executor]:
        """Several statements that hold or fall together. No remote call inside, ever."""
        connection = await self._lend()
        transaction = OnConnection(connection)
        try:
            async with connection.transaction():
                yield transaction
        except (psycopg.OperationalError, IdleInTransactionSessionTimeout) as error:
            self._raise(error, connection)
        finally:
            await self._take_back(connection)
        if transaction.filled_outbox:
            self.outbox_filled.set()

    async def _execute(
        self, stmt: Statement[T], params: dict[str, object], read: Callable[[_Cursor[T]], Awaitable[R]]
    ) -> R:
        values = stmt.values(params)
        for _ in range(_TRIES):
            connection = await self._lend()
            try:
                result = await read(await _start(connection, stmt, values))
            except (SerializationFailure, DeadlockDetected):
                continue
            except psycopg.OperationalError as error:
                self._raise(error, connection)
            finally:
                await self._take_back(connection)
            if stmt.fills_outbox(params):
                self.outbox_filled.set()
            return result
        raise Aborted()

    async def _lend(self) -> Connection:
        try:
            connection = await self._pool.getconn()
        except (PoolTimeout, TooManyRequests) as error:
            if self.lent < self._size:
                raise Unavailable() from error  # nobody holds the connections: they cannot be made
            raise Exhausted(retry_after=_RETRY_AFTER) from error
        except psycopg.OperationalError as error:
            raise Unavailable() from error
        self.lent += 1
        return connection

    async def _take_back(self, connection: Connection) -> None:
        self.lent -= 1
        # Cancelled while it waits for the pool's lock, the connection would be nobody's for ever.
        await to_its_end(self._pool.putconn(connection))

    def _raise(self, error: psycopg.Error, connection: Connection) -> NoReturn:
        if isinstance(error, SerializationFailure | DeadlockDetected):
            raise Aborted() from error
        if connection.closed:
            # The others are probably broken, too: let the pool find out now, not one failing call after the other.
            check = asyncio.create_task(self._pool.check())
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)
        _log.warning("database.unavailable", error=type(error).__name__)
        raise Unavailable() from error


class OnConnection:
    """An Executor on one connection, in a transaction or with a lock; psycopg's errors leave it as they are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.filled_outbox = False

    async def first(self, stmt: Statement[T], /, **params: object) -> T | None:
        """The first row, or None."""
        return await _first(await self._start(stmt, params))

    async def all(self, stmt: Statement[T], /, **params: object) -> list[T]:
        """Every row."""
        return await _all(await self._start(stmt, params))

    async def run(self, stmt: Statement[T], /, **params: object) -> int:
        """How many rows were written (or read)."""
        return await _count(await self._start(stmt, params))

    async def _start(self, stmt: Statement[T], params: dict[str, object]) -> _Cursor[T]:
        cursor = await _start(self._connection, stmt, stmt.values(params))
        self.filled_outbox = self.filled_outbox or stmt.fills_outbox(params)
        return cursor


async def _remember_statements(connection: Connection) -> None:
    connection.prepared_max = None  # they are constants of the code; the default forgets all but 100


async def _ahead(cursor: AsyncRawServerCursor[T]) -> AsyncGenerator[T, None]:
    """The rows of a cursor; PostgreSQL finds the next ones while these are read."""
    rows = await cursor.fetchmany(_FETCHED)
    while rows:
        coming = asyncio.create_task(cursor.fetchmany(_FETCHED))
        try:
            await asyncio.sleep(0)  # else they would be asked for after these
            for row in rows:
                yield row
            rows = await coming
        finally:
            await cancel(coming)


async def _start(connection: Connection, stmt: Statement[T], values: list[object]) -> _Cursor[T]:
    cursor = AsyncRawCursor(connection, row_factory=lambda _: stmt.make_row)
    # As text, a row takes twice the time: bytes arrive in hexadecimal, instants and ids have to be parsed.
    await cursor.execute(stmt.sql, values, prepare=True, binary=True)
    return cursor


async def _first(cursor: _Cursor[T]) -> T | None:
    return await cursor.fetchone()


async def _all(cursor: _Cursor[T]) -> list[T]:
    return await cursor.fetchall()


async def _count(cursor: _Cursor[T]) -> int:
    return cursor.rowcount
