"""Asks a virus scanner that speaks clamd's protocol (`INSTREAM`)."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from casemanager.files.domain.scans import Answer, NoVerdict, ScanVerdict, answer_of

PATIENCE_SECONDS = 60.0
"""How long the scanner may think after the last byte, and take for each piece."""
_CONNECT_SECONDS = 5.0
_MAX_ANSWER_BYTES = 4096


class ScannerUrl(str):
    """Where clamd listens: `tcp://host:port` or `unix:///path`; empty: there is no scanner."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "ScannerUrl":
        """Reads the address; `ValueError` when it is none."""
        parts = urlsplit(text)
        is_tcp = parts.scheme == "tcp" and parts.hostname and parts.port and parts.path in {"", "/"}
        is_socket = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/")
        if text and not (is_tcp or is_socket):
            raise ValueError("not like tcp://host:3310 or unix:///path")
        return cls(text)


class Scanner:
    """One clamd; `max_bytes` is the least of its limits: of a longer file it would say OK without having looked."""

    def __init__(self, url: ScannerUrl, *, max_bytes: int, patience: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._max_bytes = max_bytes
        self._patience = patience

    async def scan(self, chunks: AsyncIterable[bytes], *, size: int) -> Answer:
        """What it says of a file of so many bytes; NoVerdict when it is away, silent, or has failed."""
        if size > self._max_bytes:
            return Answer(ScanVerdict.TOO_LARGE)
        return answer_of(await self._ask(b"zINSTREAM\0", chunks))

    async def version(self) -> str:
        """What it calls itself, with the day of its signatures; NoVerdict when it is away."""
        return await self._ask(b"zVERSION\0", _nothing())

    async def _ask(self, command: bytes, chunks: AsyncIterable[bytes]) -> str:
        try:
            async with self._connection() as (reader, writer):
                # Who refuses a file in the midst of it has answered before it was sent.
                with suppress(ConnectionError):
                    await self._send(writer, command, chunks)
                async with asyncio.timeout(self._patience):
                    answer = await reader.readuntil(b"\0")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NoVerdict(type(error).__name__) from error
        return answer[:-1].decode("utf-8", "replace")

    async def _send(self, writer: asyncio.StreamWriter, command: bytes, chunks: AsyncIterable[bytes]) -> None:
        writer.write(command)
        async for chunk in chunks:
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            async with asyncio.timeout(self._patience):
                await writer.drain()
        if command == b"zINSTREAM\0":
            writer.write(bytes(4))
        async with asyncio.timeout(self._patience):
            await writer.drain()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        parts = urlsplit(self._url)
        async with asyncio.timeout(_CONNECT_SECONDS):
            if parts.scheme == "unix":
                reader, writer = await asyncio.open_unix_connection(parts.path, limit=_MAX_ANSWER_BYTES)
            else:
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_MAX_ANSWER_BYTES)
        try:
            yield reader, writer
        finally:
            writer.close()


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk
