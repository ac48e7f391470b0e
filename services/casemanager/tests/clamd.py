"""Servers that speak clamd's protocol, well or badly, on a socket of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from casemanager.files.scanner import ScannerUrl

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
VERSION = b"ClamAV 1.4.6/27500/Mon Nov 30 2026"


@asynccontextmanager
async def clamd(serve: Serve, folder: Path) -> AsyncIterator[ScannerUrl]:
    """A server on a socket of the test's own."""
    server = await asyncio.start_unix_server(serve, folder / "clamd.sock")
    async with server:
        yield ScannerUrl.parse(f"unix://{folder}/clamd.sock")


async def pieces_of(reader: asyncio.StreamReader) -> bytes:
    """What follows `INSTREAM`: the whole file."""
    content = b""
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        content += await reader.readexactly(length)
    return content


async def received(reader: asyncio.StreamReader) -> bytes:
    """The file that comes by `INSTREAM`."""
    assert b"zINSTREAM\0" == await reader.readuntil(b"\0")
    return await pieces_of(reader)


def answers(text: bytes) -> Serve:
    """One that takes a file and says this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await received(reader)
        writer.write(text)
        await writer.drain()
        writer.close()

    return serve


def behaves(scan: Serve) -> Serve:
    """One that says its version, and does with a file what `scan` does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readuntil(b"\0") == b"zVERSION\0":
            writer.write(VERSION + b"\0")
        else:
            await scan(reader, writer)
        writer.close()

    return serve
