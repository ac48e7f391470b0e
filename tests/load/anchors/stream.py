"""Anchor of P-23: the same messages from a bare grpc.aio stream."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc

from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from tests.load.anchors.rpc import secure_port
from tests.load.workers import work

SERVICE = "portico.ledger.v1.EntriesService"
MESSAGES = 10_000
ENTRY = pb.Entry(id="01890a5d-ac96-774b-bcce-b302099a8057", amount=7, details="a stamp for the parcel")


async def entries() -> AsyncIterator[Any]:
    """What both sides answer with."""
    for _ in range(MESSAGES):
        yield ENTRY


@asynccontextmanager
async def begin(*, tls: Mapping[str, str]) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""

    async def export(request: Any, context: object) -> AsyncIterator[Any]:
        async for entry in entries():
            yield entry

    handler = grpc.unary_stream_rpc_method_handler(
        export,
        request_deserializer=pb.ExportEntriesRequest.FromString,
        response_serializer=pb.Entry.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"ExportEntries": handler}),))
    address = secure_port(server, tls)
    await server.start()
    yield address, None
    await server.stop(None)


if __name__ == "__main__":
    work(begin)
