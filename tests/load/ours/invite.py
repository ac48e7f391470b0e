"""applications as it is, without relay and consumers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub

from applications.app import servicers
from applications.shared.deps import Deps
from chassis.clock import utc_now
from chassis.db import Database, DatabaseOptions
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash, Sealer
from tests.load.ours.serving import KEY, serving
from tests.load.workers import work

SEALING_KEY = b"\x09" + b"\0" * 31  # the base point of Curve25519: seals like any other public key


def deps_on(database: Database) -> Deps:
    """What the use cases are handed; the neighbours are not asked by those that invite."""
    nobody = grpc.aio.insecure_channel("127.0.0.1:1")
    return Deps(
        database=database,
        clock=utc_now,
        ids=new_id,
        hashes=KeyedHash(KEY),
        sealer=Sealer(SEALING_KEY),
        public_url="https://portico.example",
        pager=Pager(PageTokens(KEY)),
        identity=IdentityStub(nobody),
        notifications=NotificationsStub(nobody),
    )


@asynccontextmanager
async def begin(
    *, tls: Mapping[str, str], jwk: Mapping[str, str], database_url: str
) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    database = Database(database_url, application="applications", options=DatabaseOptions(max_connections=10))
    await database.open()
    served = servicers(deps_on(database), lambda: None)
    async with serving("applications", tls, jwk, *served) as address:
        yield address, None
    await database.close()


if __name__ == "__main__":
    work(begin)
