"""casemanager as it is; without a database, with a constant in place of the company."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from nacl.public import PrivateKey
from portico.casemanager.v1.companies_pb2 import GetCompanyRequest
from portico.casemanager.v1.resources_pb2 import Company
from portico.identity.v1.stub import IdentityStub

from casemanager.companies.servicer import CompaniesServicer
from casemanager.shared.deps import Deps
from chassis.blobs import Blobs, BlobUrl
from chassis.call import Call
from chassis.clients import open_channel
from chassis.clock import utc_now
from chassis.db import Database, DatabaseOptions
from chassis.ids import new_id
from chassis.interceptor import Context
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash, Sealer
from tests.load.anchors.rpc import ANSWER
from tests.load.ours.serving import KEY, serving
from tests.load.workers import work


class Constant(CompaniesServicer):
    """Knows one company."""

    async def GetCompany(self, request: GetCompanyRequest, context: Context) -> Company:
        return ANSWER


async def _nobodys(call: Call) -> UUID | None:
    return None


async def _no_people(*ids: UUID) -> None:
    pass


@asynccontextmanager
async def begin(
    *, tls: Mapping[str, str], jwk: Mapping[str, str], database_url: str | None
) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    database = Database(database_url or "", application="casemanager", options=DatabaseOptions(max_connections=10))
    deps = Deps(
        database=database,
        clock=utc_now,
        ids=new_id,
        hashes=KeyedHash(KEY),
        sealer=Sealer(bytes(PrivateKey.generate().public_key)),
        public_url="https://portico.example",
        pager=Pager(PageTokens(KEY)),
        identity=IdentityStub(open_channel("127.0.0.1:1", server="identity", credentials=None)),
        blobs=Blobs(BlobUrl.parse(Path(tempfile.gettempdir(), "portico-load-blobs").as_uri())),
        has_scanner=False,
    )
    make = CompaniesServicer if database_url else Constant
    servicer = make(deps, own_company=_nobodys, check_member=_no_people, renamed=_no_people)
    if database_url:
        await database.open()
    async with serving("casemanager", tls, jwk, servicer) as address:
        yield address, None
    await database.close()


if __name__ == "__main__":
    work(begin)
