"""Reads streams to their end, one after the other, by bare grpc.aio without looking at the messages."""

import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from chassis.clients import channel_credentials
from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from tests.load.anchors.stream import SERVICE
from tests.load.workers import work

_REQUEST = pb.ExportEntriesRequest(ledger_id="01890a5d-ac96-774b-bcce-b302099a8057").SerializeToString()


@asynccontextmanager
async def begin() -> AsyncIterator[tuple[object, Any]]:
    """Needs nothing before its first run."""
    yield {}, answer


async def answer(*, address: str, tls: dict[str, str], token: str, seconds: float) -> object:
    """As many whole streams as begin in that time: messages, seconds, and CPU seconds of the reader."""
    options = [("grpc.ssl_target_name_override", tls["server"])]
    credentials = channel_credentials(**{name: Path(tls[name]) for name in ("ca", "cert", "key")})
    used, messages = _cpu(), 0
    async with grpc.aio.secure_channel(address, credentials, options=options) as channel:
        export: Any = channel.unary_stream(f"/{SERVICE}/ExportEntries")
        await channel.channel_ready()
        started = time.perf_counter()
        while time.perf_counter() < started + seconds:
            async for _ in export(_REQUEST, metadata=(("authorization", f"Bearer {token}"),)):
                messages += 1
        took = time.perf_counter() - started
    return {"operations": messages, "seconds": took, "cpu": _cpu() - used}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    work(begin)
