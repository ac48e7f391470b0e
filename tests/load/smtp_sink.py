"""An SMTP server that takes everything, and remembers when it took it and for whom: a worker that is not in the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from tests.load.http2 import now
from tests.load.workers import work

_END = b"\r\n.\r\n"
_ANSWERS = {b"EHLO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: list[tuple[float, str]]) -> None:
        self._taken = taken
        self._buffer = b""
        self._recipient = ""
        self._is_in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Commands, and messages up to their dot."""
        self._buffer += data
        while True:
            end = _END if self._is_in_message else b"\r\n"
            what, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            if self._is_in_message:
                self._take()
            else:
                self._obey(what)

    def _take(self) -> None:
        self._is_in_message = False
        self._taken.append((now(), self._recipient))
        self._transport.write(b"250 taken\r\n")

    def _obey(self, command: bytes) -> None:
        verb = command[:4].upper()
        if verb == b"RCPT":
            self._recipient = command.partition(b"<")[2].partition(b">")[0].decode("ascii")
        self._is_in_message = verb == b"DATA"
        self._transport.write(_ANSWERS.get(verb, b"250 ok\r\n"))


@asynccontextmanager
async def begin() -> AsyncIterator[tuple[object, Any]]:
    """Says its port. A question says how many messages must have come; the answer, when each did, and for whom.

    Without a count the answer is how many have come so far.
    """
    taken: list[tuple[float, str]] = []
    server = await asyncio.get_running_loop().create_server(lambda: Sink(taken), "127.0.0.1", 0)

    async def answer(*, count: int | None = None, seconds: float = 0.0) -> object:
        if count is None:
            return len(taken)
        deadline = now() + seconds
        while len(taken) < count:
            if now() > deadline:
                raise TimeoutError(f"{len(taken)} of {count} messages came.")
            await asyncio.sleep(0.01)
        all_of_them = taken[:]
        taken.clear()
        return all_of_them

    yield server.sockets[0].getsockname()[1], answer
    server.close()


if __name__ == "__main__":
    work(begin)
