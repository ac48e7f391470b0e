"""What the tests of casemanager share."""

import pytest
import pytest_asyncio
from portico.casemanager.v1.service_pb2_grpc import CaseManagerServiceStub, add_CaseManagerServiceServicer_to_server

from casemanager.companies.usecases import Ports
from casemanager.servicers import CaseManagerServicer
from chassis.clock import utc_now
from chassis.ids import new_id
from chassis.paging import PageTokens


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ports(service_database):
    """The world of the use cases, with this worker's database."""
    database = await service_database("casemanager", "casemanager.migrations")
    return Ports(database=database, clock=utc_now, ids=new_id, page_tokens=PageTokens(b"p" * 32))


@pytest.fixture(scope="module")
def grpc_add_to_server():
    return add_CaseManagerServiceServicer_to_server


@pytest.fixture(scope="module")
def grpc_servicer(ports):
    return CaseManagerServicer(ports)


@pytest.fixture(scope="module")
def grpc_stub_cls():
    return CaseManagerServiceStub
