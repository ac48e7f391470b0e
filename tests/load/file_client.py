"""Sends and fetches files by bare grpc.aio, with messages that were written beforehand."""

import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1.paperwork_pb2 import DownloadPaperworkRequest, UploadPaperworkRequest
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork

from chassis.clients import channel_credentials
from tests.load.anchors.files import CHUNK, SERVICE
from tests.load.workers import work

_MEGABYTE = 1024 * 1024
_PDF = b"%PDF-1.7\n"
_CHUNK = UploadPaperworkRequest(file=HttpBody(data=b"%" * (CHUNK - 1) + b"\n")).SerializeToString()


@asynccontextmanager
async def begin() -> AsyncIterator[tuple[object, Any]]:
    """Needs nothing before its first run."""
    yield {}, answer


async def answer(
    *, address: str, tls: dict[str, str], token: str, booking_id: str = "", megabytes: int = 0, file_id: str = ""
) -> object:
    """Sends a file of so many megabytes, or fetches one: its id, seconds, and CPU seconds of this process."""
    options = [("grpc.ssl_target_name_override", tls["server"])]
    credentials = channel_credentials(**{name: Path(tls[name]) for name in ("ca", "cert", "key")})
    metadata = (("authorization", f"Bearer {token}"),)
    async with grpc.aio.secure_channel(address, credentials, options=options) as channel:
        await channel.channel_ready()
        used, started = _cpu(), time.perf_counter()
        if file_id:
            fetch: Any = channel.unary_stream(f"/{SERVICE}/DownloadPaperwork")
            request = DownloadPaperworkRequest(paperwork_id=file_id).SerializeToString()
            size = sum([len(message) async for message in fetch(request, metadata=metadata)])
        else:
            send: Any = channel.stream_unary(f"/{SERVICE}/UploadPaperwork")
            file = Paperwork.FromString(await send(_messages(booking_id, megabytes), metadata=metadata))
            file_id, size = file.id, file.size_bytes
        return {"id": file_id, "size": size, "seconds": time.perf_counter() - started, "cpu": _cpu() - used}


async def _messages(booking_id: str, megabytes: int) -> AsyncIterator[bytes]:
    """A document that is as long, but for its first line."""
    first = UploadPaperworkRequest(booking_id=booking_id, file_name="scan.pdf", file=HttpBody(data=_PDF))
    yield first.SerializeToString()
    for _ in range(megabytes * _MEGABYTE // CHUNK - 1):
        yield _CHUNK


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    work(begin)
