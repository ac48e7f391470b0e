"""A connection that keeps many calls open: the least HTTP/2 (RFC 9113) that a load generator needs.

A client in Python costs as much as a server in Python, and would then be what is measured; h2load has no certificate of
its own to show. Here a call costs a fifth of that (65 µs): its header fields are written once for a connection and then
named by their numbers (RFC 7541), and the peer is asked to write its own without such a table: nothing is decoded.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import cast

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 1
END_HEADERS = 4
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_MAX_WINDOW = 2**31 - 1
_FIRST_WINDOW = 65_535
_TABLE_BYTES = 4096
_STATIC_ENTRIES = 61

Headers = Sequence[tuple[str, str]]
Done = Callable[[int, float, bytes | None], None]
"""Called for each answer: the call's number, when it was sent, and what the peer said if it was not success."""


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame with its head."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def _number(value: int, bits: int, pattern: int) -> bytes:
    limit = (1 << bits) - 1
    if value < limit:
        return bytes((pattern | value,))
    coded, value = [pattern | limit], value - limit
    while value >= 128:
        coded.append(value % 128 + 128)
        value //= 128
    return bytes((*coded, value))


def written_out(headers: Headers) -> bytes:
    """The fields in full, each of them to be remembered by the peer."""
    if sum(len(name) + len(value) + 32 for name, value in headers) > _TABLE_BYTES:
        raise ValueError("The header fields do not fit into the peer's table.")
    fields = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
    return b"".join(
        b"\x40" + _number(len(name), 7, 0) + name + _number(len(value), 7, 0) + value for name, value in fields
    )


def by_number(headers: Headers) -> bytes:
    """The same fields once the peer has them: the last one written has the lowest number."""
    newest = _STATIC_ENTRIES + 1
    return b"".join(_number(newest + place, 7, 0x80) for place in reversed(range(len(headers))))


class Connection(asyncio.Protocol):
    """Sends calls with the same header fields; `ok` stands in the fields of a successful answer."""

    def __init__(self, headers: Headers, *, ok: bytes, done: Done) -> None:
        self.ready = asyncio.Event()
        self.open_calls = 0
        self._ok = ok
        self._done = done
        self._fields, self._known_fields = written_out(headers), by_number(headers)
        self._stream = -1
        self._calls: dict[int, tuple[int, float]] = {}
        self._verdicts: dict[int, bytes | None] = {}
        self._window = _FIRST_WINDOW
        self._waiting: list[bytes] = []
        self._rest = b""
        self.broken: str | None = None

    def send(self, number: int, body: bytes | None) -> None:
        """A call; `flush` writes it."""
        self._stream += 2
        flags = END_HEADERS if body is not None else END_HEADERS | END_STREAM
        self._calls[self._stream] = number, now()
        self.open_calls += 1
        self._waiting.append(frame(HEADERS, flags, self._stream, self._fields))
        self._fields = self._known_fields
        if body is not None:
            self._window -= len(body)
            self._waiting.append(frame(DATA, END_STREAM, self._stream, body))

    def flush(self) -> None:
        """Write what waits, unless the peer wants no more for the moment."""
        if self._waiting and self._window >= 0:
            self._transport.write(b"".join(self._waiting))
            self._waiting.clear()

    def close(self) -> None:
        """End it."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say that no table is kept for the answers, and that they may be long."""
        self._transport = cast("asyncio.WriteTransport", transport)
        no_table, no_push, window = (1, 0), (2, 0), (4, _MAX_WINDOW)
        settings = b"".join(
            key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in (no_table, no_push, window)
        )
        more = (_MAX_WINDOW - _FIRST_WINDOW).to_bytes(4, "big")
        self._transport.write(_PREFACE + frame(SETTINGS, 0, 0, settings) + frame(WINDOW_UPDATE, 0, 0, more))

    def connection_lost(self, error: Exception | None) -> None:
        """Whatever still waits for an answer waits in vain."""
        self.broken = self.broken or f"the connection was lost: {error}"
        self.ready.set()

    def data_received(self, data: bytes) -> None:
        """Frames, whole or in pieces."""
        buffer = self._rest + data if self._rest else data
        at, end = 0, len(buffer)
        while end - at >= 9:
            after = at + 9 + int.from_bytes(buffer[at : at + 3], "big")
            if after > end:
                break
            stream = int.from_bytes(buffer[at + 5 : at + 9], "big")
            self._take(buffer[at + 3], buffer[at + 4], stream, buffer[at + 9 : after])
            at = after
        self._rest = buffer[at:]
        self.flush()

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == HEADERS:
            self._verdicts[stream] = None if self._ok in payload else payload
        if kind in (HEADERS, DATA):
            if flags & END_STREAM:
                self._finish(stream)
        elif kind == SETTINGS and not flags & ACK:
            self._waiting.insert(0, frame(SETTINGS, ACK, 0, b""))
            self.ready.set()
        elif kind == PING and not flags & ACK:
            self._waiting.insert(0, frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE and stream == 0:
            self._window += int.from_bytes(payload, "big")
        elif kind == RESET:
            self._verdicts[stream] = b"reset " + payload
            self._finish(stream)
        elif kind == GOAWAY:
            self.broken = f"the peer said farewell: {payload[8:]!r}"

    def _finish(self, stream: int) -> None:
        number, since = self._calls.pop(stream)
        self.open_calls -= 1
        self._done(number, since, self._verdicts.pop(stream))


def now() -> float:
    """Seconds on a clock that all processes of the machine share."""
    return time.monotonic()
