"""Anchor of P-11: files through a bare grpc.aio server, with a SHA-256 on the way and the same store."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import obstore
from google.api.httpbody_pb2 import HttpBody
from obstore.store import LocalStore
from portico.casemanager.v1.paperwork_pb2 import DownloadPaperworkRequest, UploadPaperworkRequest
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork

from tests.load.anchors.rpc import secure_port
from tests.load.workers import work

SERVICE = "portico.casemanager.v1.PaperworkService"
CHUNK = 64 * 1024
_BUFFER = 4 * 1024 * 1024


@asynccontextmanager
async def begin(*, tls: Mapping[str, str], folder: str) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    store = LocalStore(Path(folder), mkdir=True)

    async def upload(requests: AsyncIterator[UploadPaperworkRequest], context: object) -> Paperwork:
        digest, size, key = hashlib.sha256(), 0, ""
        async with obstore.open_writer_async(store, "one", buffer_size=_BUFFER) as writer:
            async for request in requests:
                key = key or request.booking_id
                digest.update(request.file.data)
                size += len(request.file.data)
                await writer.write(request.file.data)
        return Paperwork(id=key, size_bytes=size, sha256=digest.hexdigest())

    async def download(request: DownloadPaperworkRequest, context: object) -> AsyncIterator[HttpBody]:
        found = await obstore.get_async(store, "one")
        async for part in found.stream(min_chunk_size=CHUNK):
            for begin in range(0, len(part), CHUNK):
                yield HttpBody(content_type="application/octet-stream", data=bytes(part[begin : begin + CHUNK]))

    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "UploadPaperwork": grpc.stream_unary_rpc_method_handler(
            upload,
            request_deserializer=UploadPaperworkRequest.FromString,
            response_serializer=Paperwork.SerializeToString,
        ),
        "DownloadPaperwork": grpc.unary_stream_rpc_method_handler(
            download,
            request_deserializer=DownloadPaperworkRequest.FromString,
            response_serializer=HttpBody.SerializeToString,
        ),
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    address = secure_port(server, tls)
    await server.start()
    yield address, None
    await server.stop(None)


if __name__ == "__main__":
    work(begin)
