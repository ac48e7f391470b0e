"""Reads an export to its end, by bare grpc.aio without looking at its bytes."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from chassis.clients import channel_credentials
from tests.load.workers import work

_METHOD = "/portico.casemanager.v1.BookingExportsService/ExportBookings"


@asynccontextmanager
async def begin() -> AsyncIterator[tuple[object, Any]]:
    """Needs nothing before its first run."""
    yield {}, answer


async def answer(*, address: str, tls: dict[str, str], token: str, request: str) -> object:
    """The bytes of the stream, and the seconds that it took."""
    options = [("grpc.ssl_target_name_override", tls["server"])]
    credentials = channel_credentials(**{name: Path(tls[name]) for name in ("ca", "cert", "key")})
    async with grpc.aio.secure_channel(address, credentials, options=options) as channel:
        export: Any = channel.unary_stream(_METHOD)
        await channel.channel_ready()
        started, read = time.perf_counter(), 0
        async for message in export(bytes.fromhex(request), metadata=(("authorization", f"Bearer {token}"),)):
            read += len(message)
        return {"bytes": read, "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    work(begin)
