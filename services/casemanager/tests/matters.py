"""Cases as tests open, change and find them."""

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import case_resources_pb2 as res
from portico.casemanager.v1 import cases_pb2 as pb
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.testing.grpc import Metadata
from services.casemanager.tests.world import World

NOAH: dict[str, Any] = {"given_name": "Noah", "family_name": "Tran"}


def party(role: str = "OTHER", **fields: Any) -> pb.CasePartyPatch:
    """A party as it is written."""
    return pb.CasePartyPatch(role=res.CaseParty.Role.Value(role), **fields)


async def open_case(
    world: World,
    person: CaseManager | None,
    metadata: Metadata | None = None,
    *,
    request_id: str = "",
    validate_only: bool = False,
    **fields: Any,
) -> res.Case:
    """Opens a case about Noah Tran, unless it says otherwise."""
    written = {"subject": NOAH, **({"case_manager_id": person.id} if person else {}), **fields}
    request = pb.CreateCaseRequest(request_id=request_id, validate_only=validate_only, case=pb.CasePatch(**written))
    answer: res.Case = await world.stub.CreateCase(request, metadata=metadata or world.staff)
    return answer


async def get_case(world: World, case: res.Case, metadata: Metadata | None = None) -> res.Case:
    """The case as somebody sees it now."""
    answer: res.Case = await world.stub.GetCase(pb.GetCaseRequest(case_id=case.id), metadata=metadata or world.staff)
    return answer


async def update_case(
    world: World,
    case: res.Case,
    *paths: str,
    metadata: Metadata | None = None,
    request_id: str = "",
    validate_only: bool = False,
    **fields: Any,
) -> res.Case:
    """Writes of a case what is given, or the fields with these names."""
    request = pb.UpdateCaseRequest(
        case_id=case.id,
        case=pb.CasePatch(**fields),
        update_mask=FieldMask(paths=paths),
        request_id=request_id,
        validate_only=validate_only,
    )
    answer: res.Case = await world.stub.UpdateCase(request, metadata=metadata or world.staff)
    return answer


async def close_case(
    world: World, case: res.Case, metadata: Metadata | None = None, *, request_id: str = ""
) -> res.Case:
    """Closes it."""
    request = pb.CloseCaseRequest(case_id=case.id, request_id=request_id)
    answer: res.Case = await world.stub.CloseCase(request, metadata=metadata or world.staff)
    return answer


async def reopen_case(world: World, case: res.Case, metadata: Metadata | None = None) -> res.Case:
    """Opens it again."""
    request = pb.ReopenCaseRequest(case_id=case.id)
    answer: res.Case = await world.stub.ReopenCase(request, metadata=metadata or world.staff)
    return answer


async def list_cases(world: World, metadata: Metadata | None = None, **wanted: Any) -> pb.ListCasesResponse:
    """A page of what somebody finds."""
    answer: pb.ListCasesResponse = await world.stub.ListCases(
        pb.ListCasesRequest(**wanted), metadata=metadata or world.staff
    )
    return answer


async def found(world: World, metadata: Metadata | None = None, **wanted: Any) -> list[str]:
    """The ids of what somebody finds, on one page."""
    return [case.id for case in (await list_cases(world, metadata, page_size=200, **wanted)).cases]
