"""applications as it is, without relay and consumers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc
from portico.identity.v1.stub import IdentityStub

from applications.messages import Messages
from applications.servicers.applications import servicers
from applications.usecases.ports import Ports
from chassis.clock import utc_now
from chassis.db import Database, DatabaseOptions
from chassis.ids import new_id
from chassis.paging import PageTokens
from chassis.secrets import KeyedHash, Sealer
from tests.load.ours.serving import KEY, serving
from tests.load.workers import work

SEALING_KEY = b"\x09" + b"\0" * 31  # the base point of Curve25519: seals like any other public key


def ports_on(database: Database) -> Ports:
    """What the use cases are handed; identity is not asked by those that invite."""
    return Ports(
        database=database,
        clock=utc_now,
        ids=new_id,
        hashes=KeyedHash(KEY),
        messages=Messages(sealer=Sealer(SEALING_KEY), public_url="https://portico.example", ids=new_id),
        identity=IdentityStub(grpc.aio.insecure_channel("127.0.0.1:1")),
    )


@asynccontextmanager
async def begin(
    *, tls: Mapping[str, str], jwk: Mapping[str, str], database_url: str
) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    database = Database(database_url, application="applications", options=DatabaseOptions(max_connections=10))
    await database.open()
    served = servicers(ports_on(database), PageTokens(KEY))
    async with serving("applications", tls, jwk, *served) as address:
        yield address, None
    await database.close()


if __name__ == "__main__":
    work(begin)
