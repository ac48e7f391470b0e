"""The ledger's streams on a real server, and how to see that nothing of one is left."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.clients import open_channel
from chassis.db import Database
from chassis.interceptor import Limits
from chassis.server import Server
from chassis.testing.eventually import eventually
from chassis.testing.grpc import TestPeople, standing
from services.chassis.examples.ledger.contract import EntriesServiceStub
from services.chassis.examples.ledger.contract import ledger_pb2 as pb
from services.chassis.examples.ledger.servicer import Entries


@dataclass(frozen=True)
class Streaming:
    """A server with the ledger's streams, and a client of it."""

    server: Server
    channel: Any
    stub: Any
    database: Database

    @property
    def running(self) -> int:
        return len(self.server.streams)

    async def is_over(self) -> None:
        """Returns when no stream runs and no long read holds a connection."""
        await eventually(lambda: not self.running and not self.database.long_reads)


@asynccontextmanager
async def streaming(database: Database, people: TestPeople) -> AsyncIterator[Streaming]:
    limits = Limits(margin=0.2)  # what the service says of a deadline arrives before it, from a busy machine too
    async with standing(Entries(database), people=people, service="ledger", limits=limits) as (server, address):
        channel = open_channel(address, server="", credentials=None, stub=EntriesServiceStub)
        yield Streaming(server, channel, EntriesServiceStub(channel), database)
        await channel.close()


def imports(ledger_id: UUID, amounts: Iterable[int], request_id: str = "") -> list[Any]:
    """The messages of an import; the first one says which ledger, and which request it is."""
    sent = [pb.ImportEntriesRequest(amount=amount) for amount in amounts]
    sent[0].ledger_id, sent[0].request_id = str(ledger_id), request_id
    return sent


async def each(messages: Iterable[Any]) -> AsyncIterator[Any]:
    for message in messages:
        yield message


async def fill(database: Database, org_id: UUID, ledger_id: UUID, *, count: int, length: int = 10) -> None:
    """Write so many entries, each with a text of this length."""
    connection = await database.connect()
    try:
        await connection.execute("set statement_timeout = 0")
        await connection.execute(
            "insert into entries (org_id, id, ledger_id, amount, details)"
            " select %s, gen_random_uuid(), %s, 1, jsonb_build_object('text', repeat('x', %s))"
            " from generate_series(1, %s)",
            (org_id, ledger_id, length, count),
        )
    finally:
        await connection.close()
