"""The ledger's stream behind the production interceptor, with constants in place of its rows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from services.chassis.examples.ledger.contract import ledger_pb2_grpc
from tests.load.anchors.stream import entries
from tests.load.ours.serving import serving
from tests.load.workers import work


class Constant(ledger_pb2_grpc.EntriesServiceServicer):  # type: ignore[misc] # its stubs have no types
    """Gives the same entries to everybody."""

    async def ExportEntries(self, request: Any, context: object) -> AsyncIterator[Any]:
        """Ten thousand."""
        async for entry in entries():
            yield entry


@asynccontextmanager
async def begin(*, tls: Mapping[str, str], jwk: Mapping[str, str]) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    async with serving("ledger", tls, jwk, Constant()) as address:
        yield address, None


if __name__ == "__main__":
    work(begin)
