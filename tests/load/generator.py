"""The load generator: a worker that calls an RPC as often as it can, or at a fixed rate, and tells what happened."""

import asyncio
import itertools
import resource
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from tests.load.http2 import Connection, now
from tests.load.workers import work

FRESH = b"00000000-0000-4000-8000-000000000000"
"""Where this stands in a message, each call has a UUID that none had before."""
_ANSWER_SECONDS = 20.0
_POLL_SECONDS = 0.005


class Messages:
    """Gives the messages in turn, for ever; no messages are requests without a body."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        self._messages = itertools.cycle(_framed(message) for message in messages)
        self._run = str(uuid4())[:24].encode()
        self.given = 0

    def next(self) -> bytes:
        message = next(self._messages)
        self.given += 1
        return message.replace(FRESH, self._run + b"%012x" % self.given) if FRESH in message else message


def _framed(message: bytes) -> bytes:
    """As gRPC writes a message: not compressed, its length, itself."""
    return b"\0" + len(message).to_bytes(4, "big") + message


class Run:
    """One run: sends, and takes down what becomes of the calls."""

    def __init__(self, messages: Messages | None) -> None:
        self._messages = messages
        self._numbers = itertools.count()
        self.connections: list[Connection] = []
        self.answered: list[tuple[int, float, float]] = []
        self.failure: bytes | None = None
        self._refill: Callable[[Connection], None] = lambda _: None

    def done(self, connection: Connection, number: int, since: float, said: bytes | None) -> None:
        self.answered.append((number, since, now()))
        if said is not None:
            self.failure = self.failure or said
        self._refill(connection)

    def call(self, connection: Connection) -> None:
        connection.send(next(self._numbers), self._messages.next() if self._messages else None)

    async def closed(self, in_flight: int, seconds: float) -> None:
        """Keep as many calls open as are wanted; each answer makes room for the next call."""
        end = now() + seconds

        def refill(connection: Connection) -> None:
            if now() < end:
                self.call(connection)

        self._refill = refill
        for connection in itertools.islice(itertools.cycle(self.connections), in_flight):
            self.call(connection)
        for connection in self.connections:
            connection.flush()
        await asyncio.sleep(seconds)

    async def paced(self, rate: float, seconds: float) -> None:
        """A call at each tick, whether or not the ones before are answered: a slow one hides no other's wait."""
        start, connections = now(), itertools.cycle(self.connections)
        for tick in range(int(rate * seconds)):
            await asyncio.sleep(start + tick / rate - now())
            connection = next(connections)
            self.call(connection)
            connection.flush()

    async def settle(self) -> None:
        """Wait for the answers that are still to come."""
        deadline = now() + _ANSWER_SECONDS
        while any(connection.open_calls for connection in self.connections):
            broken = next((connection.broken for connection in self.connections if connection.broken), None)
            if broken or now() > deadline:
                raise RuntimeError(broken or "Some calls were not answered.")
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def begin() -> AsyncIterator[tuple[object, Any]]:
    """Needs nothing before its first run."""
    yield {}, answer


async def answer(
    *,
    address: str,
    tls: dict[str, str] | None,
    headers: list[list[tuple[str, str]]],
    messages: list[str] | None,
    ok: str,
    seconds: float,
    in_flight: int = 0,
    rate: float = 0.0,
) -> object:
    """One run: a connection for each list of header fields, the messages (hexadecimal) in turn over all of them."""
    used_before = _cpu()
    run = Run(Messages([bytes.fromhex(message) for message in messages]) if messages is not None else None)
    for fields in headers:
        run.connections.append(await _connected(run, address, tls, fields, ok.encode("latin-1")))
    started = now()
    await (run.paced(rate, seconds) if rate else run.closed(in_flight, seconds))
    in_time = len(run.answered)
    took = now() - started
    await run.settle()
    for connection in run.connections:
        connection.close()
    if run.failure is not None:
        raise RuntimeError(f"A call failed: {run.failure!r}")
    ordered = sorted(run.answered) if rate else []
    return {
        "operations": in_time,
        "late": len(run.answered) - in_time,
        "seconds": took,
        "cpu": _cpu() - used_before,
        "latencies": [answered - since for _, since, answered in ordered],
        "answered": [answered for _, _, answered in ordered],
    }


async def _connected(
    run: Run, address: str, tls: dict[str, str] | None, fields: Sequence[tuple[str, str]], ok: bytes
) -> Connection:
    host, _, port = address.rpartition(":")
    connection = Connection(fields, ok=ok, done=lambda *about: run.done(connection, *about))
    context = None
    if tls is not None:
        context = ssl.create_default_context(cafile=tls["ca"])
        context.load_cert_chain(tls["cert"], tls["key"])
        context.set_alpn_protocols(["h2"])
    await asyncio.get_running_loop().create_connection(
        lambda: connection, host, int(port), ssl=context, server_hostname=tls["server"] if tls else None
    )
    async with asyncio.timeout(_ANSWER_SECONDS):
        await connection.ready.wait()
    return connection


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    work(begin)
