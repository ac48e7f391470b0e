"""What the tests of casemanager share."""

import pytest
import pytest_asyncio
from portico.casemanager.v1.stub import CasemanagerStub

from casemanager.app import servicers
from casemanager.shared.deps import Deps
from chassis.clock import utc_now
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def deps(service_database):
    """The world of the use cases, with this worker's database."""
    database = await service_database("casemanager", "casemanager.migrations")
    return Deps(database=database, clock=utc_now, ids=new_id, pager=Pager(PageTokens(b"p" * 32)))


@pytest.fixture(scope="module")
def grpc_servicers(deps):
    return servicers(deps)


@pytest.fixture(scope="module")
def grpc_stub_cls():
    return CasemanagerStub
