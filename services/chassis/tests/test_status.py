"""Errors on the wire."""

from uuid import uuid4

import grpc
import pytest
from portico.casemanager.v1.companies_pb2 import GetOrganizationCompanyRequest
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer
from portico.casemanager.v1.stub import CasemanagerStub

from chassis.clients import open_channel
from chassis.errors import FieldViolation, InvalidArgument, Unavailable
from chassis.status import MAX_VIOLATIONS, from_rpc_error
from chassis.testing.grpc import as_service, serving

VIOLATIONS = [
    FieldViolation(
        field=f"children[{row}].birth_date",
        reason="DATE_INVALID",
        description="Enter a day that exists, like 2023-05-14.",
        localized={"es": "Escriba un día que exista, como 2023-05-14."},
    )
    for row in range(200)
]


class Strict(CompaniesInternalServiceServicer):
    """Finds fault with everything."""

    async def GetOrganizationCompany(self, request, context):
        raise InvalidArgument("Nothing is right.", violations=VIOLATIONS)


async def test_an_error_with_many_violations_arrives(people) -> None:
    """GW-04: of 200 wrong fields the first 32 are told, and the error stays the one that the service raised."""
    request = GetOrganizationCompanyRequest(org_id=str(uuid4()), company_id=str(uuid4()))
    metadata = (*as_service("applications"), ("accept-language", "es"))
    async with (
        serving(Strict(), people=people) as address,
        open_channel(address, server="", credentials=None) as channel,
    ):
        with pytest.raises(InvalidArgument) as refused:
            await CasemanagerStub(channel).GetOrganizationCompany(request, metadata=metadata)
    assert ("INVALID_REQUEST", "Nothing is right.") == (refused.value.reason, refused.value.message)
    assert tuple(VIOLATIONS[:MAX_VIOLATIONS]) == refused.value.violations


def test_a_call_that_ended_with_its_server_may_be_repeated() -> None:
    """OP-06: what gRPC calls CANCELLED, when a server ends under a call, is UNAVAILABLE to the service that called."""
    nothing = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.CANCELLED, nothing, nothing, "Cancelling all calls")
    assert isinstance(from_rpc_error(error, {}), Unavailable)
