"""Forms with files, as they come: fields first, then one file after the other, and never a whole one in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from chassis.errors import DeadlineExceeded, InvalidArgument
from portal.core.forms import MAX_BYTES, MAX_FIELDS, Form, FormTooLarge, read_form

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_UPLOAD_BYTES = 1025 * 1024 * 1024
"""Bytes of a form with files: as many as a booking may have, and the fields (`gateway.envoy` refuses a longer one)."""
MAX_SECONDS = 1800.0
"""For all files of a form; each of them has its stream's seconds at the service."""
DISCARD_SECONDS = 10.0
"""For how long the rest of a refused form is read, so that its sender reads the answer."""
_MAX_NAME = 1000
_ESCAPED = (("%22", '"'), ("%0D", ""), ("%0A", ""))
"""How browsers write what cannot stand in a header (HTML, multipart/form-data encoding)."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The beginning of a part; `file_name` is None for a field."""

    name: str
    file_name: str | None


class SentForm:
    """A posted form with files; nothing of it is read before it is asked for.

    `async for` gives its files, each as soon as the one before is read or passed over. `stays` sees to it that whoever
    sends for long is still signed in: before each file, and before a page is shown after them.
    """

    def __init__(self, request: Request, *, max_bytes: int, stays: Callable[[], Awaitable[None]] | None = None) -> None:
        self._request = request
        self._stays = stays
        self._left = max_bytes
        self._end = asyncio.get_running_loop().time() + MAX_SECONDS
        self._events: deque[_Head | bytes | None] = deque()
        self._is_read = self._is_whole = False
        self._file: _Head | None = None
        self._head: dict[bytes, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._parser: MultipartParser | None = None

    async def fields(self) -> Form:
        """What stands before the first file; FormTooLarge, InvalidArgument for what is no such form."""
        kind, options = parse_options_header(self._request.headers.get("content-type", ""))
        if kind != b"multipart/form-data":
            self._is_read = self._is_whole = True
            return await read_form(self._request)
        self._parser = self._parsed(options.get(b"boundary", b""))
        values: dict[str, str] = {}
        read = 0
        while (head := await self._next_head()) is not None:
            if head.file_name is not None:
                self._file = head
                break
            value = b""
            while (data := await self._data()) is not None:
                value += data
                read += len(data)
                if read > MAX_BYTES:
                    raise FormTooLarge
            text = value.decode("utf-8", errors="replace")
            values[head.name] = f"{values[head.name]}\n{text}" if head.name in values else text
            if len(values) > MAX_FIELDS:
                raise FormTooLarge
        return Form(values)

    def __aiter__(self) -> SentForm:
        return self

    async def __anext__(self) -> SentFile:
        while True:
            head, self._file = self._file, None
            head = head or await self._next_head()
            if head is None:
                raise StopAsyncIteration
            if head.file_name:  # empty where nobody chose a file
                await self.stay()
                return SentFile(self, head.file_name)

    async def stay(self) -> None:
        """Unauthenticated for who is signed out meanwhile; an old token is exchanged."""
        if self._stays is not None:
            await self._stays()

    async def discard(self) -> None:
        """Reads the rest for a while, and keeps nothing: who answers before that may not be heard."""
        with suppress(TimeoutError, ClientDisconnect):
            async with asyncio.timeout(DISCARD_SECONDS):
                while not self._is_read:
                    await self._piece()

    async def _next_head(self) -> _Head | None:
        """The beginning of the next part; what is left of the one before is passed over."""
        while True:
            while self._events:
                if isinstance(event := self._events.popleft(), _Head):
                    return event
            if not await self._more():
                return None

    async def _data(self) -> bytes | None:
        """A piece of the part that is read; None at its end."""
        while not self._events:
            if not await self._more():
                return None
        event = self._events.popleft()
        if isinstance(event, _Head):
            raise TypeError("a part has no end")
        return event

    async def _more(self) -> bool:
        """Reads on; False at the end of the form."""
        if self._parser is None or self._is_whole:
            return False
        if self._is_read:  # it was cut
            raise InvalidArgument
        try:
            self._parser.write(await self._receive())
        except FormParserError:
            raise InvalidArgument from None
        return True

    async def _receive(self) -> bytes:
        try:
            async with asyncio.timeout(self._end - asyncio.get_running_loop().time()):
                body = await self._piece()
        except TimeoutError:
            raise DeadlineExceeded from None
        self._left -= len(body)
        if self._left < 0:
            raise FormTooLarge
        return body

    async def _piece(self) -> bytes:
        # Not `Request.stream`: who is cancelled in it could not read on.
        message = await self._request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._is_read = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    def _parsed(self, boundary: bytes) -> MultipartParser:
        field, value = self._header
        events = self._events

        def begin() -> None:
            self._head = {}

        def header_end() -> None:
            self._head[bytes(field).lower()] = bytes(value)
            field.clear()
            value.clear()

        def whole() -> None:
            self._is_whole = True

        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": begin,
                    "on_header_field": lambda data, start, end: field.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: value.extend(data[start:end]),
                    "on_header_end": header_end,
                    "on_headers_finished": lambda: events.append(_head_of(self._head)),
                    "on_part_data": lambda data, start, end: events.append(data[start:end]),
                    "on_part_end": lambda: events.append(None),
                    "on_end": whole,
                },
            )
        except FormParserError:
            raise InvalidArgument from None


class SentFile:
    """A file of a form, to be read in pieces; `name` is what its sender calls it."""

    def __init__(self, form: SentForm, name: str) -> None:
        self.name = name
        self._form = form
        self._buffer = bytearray()
        self._is_read = False

    async def read(self, size: int) -> bytes:
        """So many bytes, fewer at its end, none behind it; ClientDisconnect when its sender has left."""
        while len(self._buffer) < size and not self._is_read:
            data = await self._form._data()  # noqa: SLF001 the two are one: a form knows where its file ends
            self._is_read = data is None
            self._buffer += data or b""
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        return piece


def _head_of(headers: dict[bytes, bytes]) -> _Head:
    _, options = parse_options_header(headers.get(b"content-disposition", b""))
    name = options.get(b"name", b"").decode("utf-8", errors="replace")
    if b"filename" not in options:
        return _Head(name, None)
    file_name = options[b"filename"].decode("utf-8", errors="replace")
    for written, meant in _ESCAPED:
        file_name = file_name.replace(written, meant)
    return _Head(name, file_name[-_MAX_NAME:])
