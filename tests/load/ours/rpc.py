"""casemanager as it is; without a database, with a constant in place of the company."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from portico.casemanager.v1.companies_pb2 import GetCompanyRequest
from portico.casemanager.v1.resources_pb2 import Company

from casemanager.companies.aggregate import companies
from casemanager.companies.servicer import CompaniesServicer
from casemanager.shared.deps import Deps
from chassis.clock import utc_now
from chassis.db import Database, DatabaseOptions
from chassis.ids import new_id
from chassis.interceptor import Context
from chassis.pagination import Pager, PageTokens
from tests.load.anchors.rpc import ANSWER
from tests.load.ours.serving import KEY, serving
from tests.load.workers import work


class Constant(CompaniesServicer):
    """Knows one company."""

    async def GetCompany(self, request: GetCompanyRequest, context: Context) -> Company:
        return ANSWER


@asynccontextmanager
async def begin(
    *, tls: Mapping[str, str], jwk: Mapping[str, str], database_url: str | None
) -> AsyncIterator[tuple[object, Any]]:
    """Says its address; asked nothing."""
    database = Database(database_url or "", application="casemanager", options=DatabaseOptions(max_connections=10))
    deps = Deps(database=database, clock=utc_now, ids=new_id, pager=Pager(PageTokens(KEY)))
    servicer = CompaniesServicer(deps, companies(deps)) if database_url else Constant(deps, companies(deps))
    if database_url:
        await database.open()
    async with serving("casemanager", tls, jwk, servicer) as address:
        yield address, None
    await database.close()


if __name__ == "__main__":
    work(begin)
