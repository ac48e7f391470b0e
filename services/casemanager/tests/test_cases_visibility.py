"""Who sees and changes a case: its row of CM-15's table, cell by cell."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from portico.casemanager.v1 import case_resources_pb2 as res
from portico.casemanager.v1 import cases_pb2 as pb

from chassis.call import Role
from chassis.errors import Denied, NotFound, ServiceError, Unauthenticated
from chassis.testing.grpc import Metadata
from services.casemanager.tests.matters import NOAH, found, get_case, open_case, update_case
from services.casemanager.tests.world import World

OWN, READS = "own", "reads"
SEES: dict[str, object] = {
    "own": OWN,
    "same unit": READS,
    "other unit": NotFound,
    "no unit": NotFound,
    "other company": NotFound,
    "inactive": NotFound,
    "disabled": NotFound,
    "no profile": NotFound,
    "specialist": Denied,
    "family": Denied,
    "staff": OWN,
    "administrator": OWN,
    "other organization's staff": NotFound,
    "own, of another organization": NotFound,
    "nobody": Unauthenticated,
}
CHANGES = {**{viewer: NotFound if cell is READS else cell for viewer, cell in SEES.items()}}
LISTS = {viewer: cell if cell in {Denied, Unauthenticated} else cell in {OWN, READS} for viewer, cell in SEES.items()}


@dataclass(frozen=True)
class Office:
    """Ana's case, and everybody who might look."""

    world: World
    case: res.Case
    viewers: dict[str, Metadata]

    async def cells(self, rpc: str, request: Any) -> dict[str, object]:
        """What each viewer gets: the answer, or the class of the refusal."""
        cells: dict[str, object] = {}
        for viewer, metadata in self.viewers.items():
            try:
                cells[viewer] = await getattr(self.world.stub, rpc)(request, metadata=metadata)
            except ServiceError as refused:
                cells[viewer] = next(each for each in (NotFound, Denied, Unauthenticated) if isinstance(refused, each))
        return cells


@pytest.fixture
async def office(world: World, people) -> Office:
    company = await world.company("Northwind")
    sydney, perth = [await world.unit(company, name) for name in ("Sydney", "Perth")]
    in_sydney = {"company_id": company.id, "business_unit_id": sydney.id}
    ana, colleague, inactive, disabled = [await world.active(**in_sydney) for _ in range(4)]
    await world.deactivate(inactive)
    await world.disable(disabled)
    viewers = {
        "own": world.as_person(ana),
        "same unit": world.as_person(colleague),
        "other unit": world.as_person(await world.active(company_id=company.id, business_unit_id=perth.id)),
        "no unit": world.as_person(await world.active(company_id=company.id)),
        "other company": world.as_person(await world.active()),
        "inactive": world.as_person(inactive),
        "disabled": world.as_person(disabled),
        "no profile": world.as_role(Role.CASE_MANAGER),
        "specialist": world.as_role(Role.SPECIALIST),
        "family": world.as_role(Role.FAMILY),
        "staff": world.staff,
        "administrator": world.as_role(Role.STAFF_ADMIN),
        "other organization's staff": people.metadata(Role.STAFF, org_id=uuid4()),
        "own, of another organization": people.metadata(
            Role.CASE_MANAGER, org_id=uuid4(), account_id=UUID(ana.login.account_id)
        ),
        "nobody": (("x-test-peer", "gateway"),),
    }
    return Office(world, await open_case(world, ana, note="Prefers mornings"), viewers)


async def test_who_sees_a_case(office: Office) -> None:
    """CM-15: its case manager and staff see and change it, the unit reads it, for others it does not exist."""
    reads = res.Case()
    reads.CopyFrom(office.case)
    del reads.allowed_actions[:]
    cells = await office.cells("GetCase", pb.GetCaseRequest(case_id=office.case.id))
    # A specialist reads the cases of their appointments: `test_bookings_visibility` has them.
    sees = {**SEES, "specialist": NotFound}
    shown = {viewer: {OWN: office.case, READS: reads}.get(str(cell), cell) for viewer, cell in sees.items()}
    assert shown == cells


@pytest.mark.parametrize(
    ("rpc", "request_type"),
    [
        ("UpdateCase", pb.UpdateCaseRequest),
        ("CloseCase", pb.CloseCaseRequest),
        ("ReopenCase", pb.ReopenCaseRequest),
    ],
)
async def test_who_changes_a_case(office: Office, rpc: str, request_type: Any) -> None:
    """CM-15: its case manager and staff change it; whoever only reads it does not find it there."""
    written = {"case": pb.CasePatch(needs="A ramp")} if rpc == "UpdateCase" else {}
    cells: dict[str, object] = {}
    for viewer, metadata in office.viewers.items():
        one = Office(office.world, office.case, {viewer: metadata})
        cells |= await one.cells(rpc, request_type(case_id=office.case.id, **written))
        await office.world.stub.ReopenCase(pb.ReopenCaseRequest(case_id=office.case.id), metadata=office.world.staff)
    assert CHANGES == {viewer: OWN if isinstance(cell, res.Case) else cell for viewer, cell in cells.items()}


async def test_who_lists_a_case(office: Office) -> None:
    """CM-15: a list holds what its caller sees; by name, too."""
    for query in ("", "tran", "C-000001"):
        cells = await office.cells("ListCases", pb.ListCasesRequest(query=query))
        seen = {
            viewer: [case.id for case in cell.cases] == [office.case.id]
            if isinstance(cell, pb.ListCasesResponse)
            else cell
            for viewer, cell in cells.items()
        }
        assert LISTS == seen


async def test_what_is_mine(office: Office) -> None:
    """CM-15: MINE is the caller's own, UNIT is everybody's of the unit; for staff both are all."""
    world, mine, unit = office.world, pb.ListCasesRequest.MINE, pb.ListCasesRequest.UNIT
    own, colleague, alone = (office.viewers[name] for name in ("own", "same unit", "no unit"))
    other = await open_case(world, None, colleague)
    both = [other.id, office.case.id]
    expected = [
        (own, mine, [office.case.id]),
        (own, unit, both),
        (colleague, mine, [other.id]),
        (world.staff, mine, both),
        (world.staff, unit, both),
        (alone, unit, []),
    ]
    assert [ids for *_, ids in expected] == [
        await found(world, metadata, scope=scope) for metadata, scope, _ in expected
    ]


async def test_a_page_is_of_its_caller(office: Office) -> None:
    """CM-15: a token of a colleague's list, or of the unit before the present one, is refused."""
    world, own, colleague = office.world, office.viewers["own"], office.viewers["same unit"]
    await open_case(world, None, own)
    request = pb.ListCasesRequest(page_size=1)
    token = (await world.stub.ListCases(request, metadata=own)).next_page_token
    assert token
    for metadata in (colleague, world.staff):
        with pytest.raises(ServiceError) as refused:
            await world.stub.ListCases(pb.ListCasesRequest(page_size=1, page_token=token), metadata=metadata)
        assert "PAGE_TOKEN_INVALID" == refused.value.reason


async def test_whose_unit_reads_a_case(office: Office) -> None:
    """CM-15: the unit that the case manager belongs to now reads the case, from the next call on."""
    world, colleague = office.world, office.viewers["same unit"]
    assert office.case.id == (await get_case(world, office.case, colleague)).id
    ana = await world.case_manager(office.case.company_id)
    await update_case(world, office.case, case_manager_id=ana.id)
    for viewer in ("own", "same unit"):
        with pytest.raises(NotFound) as refused:
            await get_case(world, office.case, office.viewers[viewer])
        assert "CASE_NOT_FOUND" == refused.value.reason


async def test_a_case_manager_opens_their_own(office: Office) -> None:
    """CM-07: a case that a case manager opens is theirs; nobody else can be put on it, not even of their unit."""
    world, own, colleague = office.world, office.viewers["own"], office.viewers["same unit"]
    case = await open_case(world, None, own)
    assert office.case.case_manager_id == case.case_manager_id
    theirs = await open_case(world, None, colleague)
    for call in (
        open_case(world, None, own, case_manager_id=theirs.case_manager_id),
        update_case(world, case, metadata=own, case_manager_id=theirs.case_manager_id),
    ):
        with pytest.raises(NotFound) as refused:
            await call
        assert "CASE_MANAGER_NOT_FOUND" == refused.value.reason
    assert "A ramp" == (await update_case(world, case, metadata=own, needs="A ramp")).needs


@pytest.mark.parametrize("viewer", ["inactive", "disabled", "no profile"])
async def test_whoever_is_out_of_service_opens_none(office: Office, viewer: str) -> None:
    """CM-02, CM-15: nobody without a login in service opens a case, for themselves or another."""
    for person_id in ("", office.case.case_manager_id):
        with pytest.raises(NotFound) as refused:
            await open_case(office.world, None, office.viewers[viewer], case_manager_id=person_id)
        assert "CASE_MANAGER_NOT_FOUND" == refused.value.reason


async def test_what_may_be_the_same_is_told_to_who_sees_it(office: Office) -> None:
    """CM-15: a case that the caller does not see is not named to them, even if it is the same."""
    world = office.world
    told = {
        viewer: len(
            (await open_case(world, None, office.viewers[viewer], subject=NOAH, validate_only=True)).possible_duplicates
        )
        for viewer in ("own", "same unit", "other unit", "no unit", "other company")
    }
    assert {"own": 1, "same unit": 1, "other unit": 0, "no unit": 0, "other company": 0} == told
