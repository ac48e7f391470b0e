"""Every RPC × everybody: what the protos say of access is what happens, and no tenant sees or touches another's."""

import asyncio
from contextlib import nullcontext

import protovalidate
import pytest

from chassis.call import Role
from tests.e2e.doors import PEERS, PUBLIC, RPCS, empty, open_doors
from tests.e2e.filling import KEYS, filled, is_id, named_by
from tests.e2e.signing import signer_of
from tests.e2e.tenants import tenant_of

PERSONS = (None, *Role)
INTERNAL = {name: rpc for name, rpc in RPCS.items() if name not in PUBLIC}
VALIDATOR = protovalidate.Validator()
DENIED = {"UNAUTHENTICATED", "PERMISSION_DENIED"}
FAULTS = {"INTERNAL", "UNKNOWN"}
FILTERS = (
    *("reference", "assignee_id", "subject_id"),
    *("CheckFamilyKnowledgeRequest.account_id", "NoteFamilyContactRequest.account_id"),
    "ProvisionAccountRequest.person_id",
    *(f"ListCaseManagersRequest.{name}_id" for name in ("company", "business_unit", "responsible_staff")),
    *(f"ListTasksRequest.{name}_id" for name in ("case_manager", "booking", "case", "business_unit")),
    *(f"ListCasesRequest.{name}_id" for name in ("company", "business_unit", "case_manager")),
    "ListReportsRequest.case_id",
    *(
        f"{request}.{name}_id"
        for request in ("ListBookingsRequest", "ExportBookingsRequest")
        for name in ("case", "company", "business_unit", "case_manager", "specialist", "place")
    ),
    *("ListAvailabilitiesRequest.specialist_id", "ListSpecialistsRequest.place_id", "exclude_booking_id"),
)
"""Ids that say which of a list are wanted, of whom nothing is told, or for whom something is made: who has none of them
gets an empty answer."""
AT_ONCE = 100
"""A service turns calls away when it has 200 at once."""
SPEAKING_FOR = ("org_id", "actor_id", "actor_org_id")


@pytest.fixture(scope="module")
async def doors(stack):
    async with open_doors(stack) as doors:
        yield doors


@pytest.fixture(scope="module")
def signer(stack, agency):
    return signer_of(stack, agency.admin.access_token)


@pytest.fixture(scope="module")
async def ours(stack, new_agency, anybody):
    return await tenant_of(stack, new_agency(), anybody, names=("Ottoline", "Fairweather"))


@pytest.fixture(scope="module")
async def theirs(stack, new_agency, anybody):
    return await tenant_of(stack, new_agency(), anybody, names=("Zebediah", "Quackenbush"))


def speaking_for(tenant):
    """The fields in which a service says for whom it speaks, and who asked."""
    staff = tenant.accounts[Role.STAFF_ADMIN]
    return dict(zip(SPEAKING_FOR, (tenant.org_id, staff, tenant.org_id), strict=True))


def refusal(rpc, role, peer="gateway"):
    """The code with which the contract refuses, or None where it admits."""
    if rpc.access.anonymous:
        return None
    if rpc.access.services:
        return None if peer in rpc.access.services else "PERMISSION_DENIED"
    if role is None:
        return "UNAUTHENTICATED"
    return None if role in rpc.access.roles else "PERMISSION_DENIED"


def agrees(rpc, expected, answer):
    """Refused as expected; or admitted, and denied at most for a reason of the RPC's own, like a wrong password."""
    reasons = {name.rpartition(".")[2] for name in rpc.reasons}
    if expected is None:
        return answer.code not in FAULTS and (answer.code not in DENIED or answer.reason in reasons)
    return expected == answer.code and answer.reason not in reasons


def told_of(tenant, answers):
    """Every word of the organization that an answer carries."""
    return [(rpc.name, mark) for rpc, _, answer in answers for mark in tenant.marks if mark.encode() in answer.told]


def names_one_object(rpc):
    """Whether the request is about one object, so that it must be there, and does not only filter a list."""
    ids = [field for field in rpc.request.fields if is_id(field) and field.name not in (*SPEAKING_FOR, *KEYS)]
    names = ((field.name, f"{rpc.request.name}.{field.name}") for field in ids if not field.is_repeated)
    return any(not {*both} & {*FILTERS} for both in names)


def is_delete(rpc):
    return rpc.name.startswith("Delete")


def accepts(rpc):
    return rpc.name.startswith("Accept")


def brings_back(rpc):
    return rpc.name.startswith("Activate")


def in_turn(rpcs):
    """What reads, what acts on one object, what removes one, and the rest: none takes away what another is about.

    Offers are accepted before others can withdraw them, or what proves whose they are. What was taken out of service is
    brought back: the other tests need it.
    """
    acts = [rpc for rpc in rpcs if not rpc.only_reads and names_one_object(rpc)]
    yield [rpc for rpc in rpcs if rpc.only_reads]
    yield [rpc for rpc in acts if accepts(rpc)]
    yield [rpc for rpc in acts if not (accepts(rpc) or is_delete(rpc) or brings_back(rpc))]
    # Nobody comes back to a company that is not back.
    for waits in (False, True):
        yield [
            rpc
            for rpc in acts
            if brings_back(rpc) and waits is any("COMPANY_INACTIVE" in reason for reason in rpc.reasons)
        ]
    # Of a thing inside another one first.
    for depth in sorted({rpc.routes[0].path.count("/") for rpc in acts if is_delete(rpc)}, reverse=True):
        yield [rpc for rpc in acts if is_delete(rpc) and depth == rpc.routes[0].path.count("/")]
    yield [rpc for rpc in rpcs if not rpc.only_reads and not names_one_object(rpc)]


async def test_who_gets_what_at_the_gateway(doors, signer, ours, theirs):
    """GW-01: each public RPC admits nobody, or the roles that its proto names, and refuses all others."""
    tokens = {role: ours.token(signer, role) if role else "" for role in PERSONS}
    ids, turn = {**ours.ids, **speaking_for(ours)}, asyncio.Lock()

    requests = {rpc: filled(rpc, ids) for rpc in PUBLIC.values()}
    assert [] == [request for request in requests.values() if VALIDATOR.collect_violations(request)]

    async def case(rpc, role):
        request = empty(rpc) if refusal(rpc, role) else requests[rpc]
        async with turn if rpc.gives_file else nullcontext():
            return rpc, role, await doors.through_gateway(rpc, request, tokens[role])

    answers = []
    for together in in_turn(PUBLIC.values()):
        answers += await asyncio.gather(*(case(rpc, role) for rpc in together for role in PERSONS))
    assert [] == [
        (rpc.name, role, answer) for rpc, role, answer in answers if not agrees(rpc, refusal(rpc, role), answer)
    ]
    found = {rpc.name for rpc, role, answer in answers if not refusal(rpc, role) and answer.code != "NOT_FOUND"}
    assert set() == {rpc.name for rpc in PUBLIC.values() if names_one_object(rpc)} - found
    assert [] == told_of(theirs, answers)


async def test_no_internal_rpc_at_the_gateway(doors, signer):
    """GW-01: no internal RPC is reachable from the gateway, whoever asks."""
    tokens = ["", *(signer.token(role) for role in Role)]
    calls = (doors.through_gateway(rpc, empty(rpc), token) for rpc in INTERNAL.values() for token in tokens)
    assert {"UNIMPLEMENTED"} == {answer.code for answer in await asyncio.gather(*calls)}


async def test_who_gets_what_at_a_service(doors, signer):
    """GW-01: a service decides for itself: past the gateway, with any neighbour's certificate, the same rules hold."""
    tokens = {role: signer.token(role) if role else "" for role in PERSONS}

    async def case(rpc, peer, role):
        return rpc, peer, role, await doors.as_peer(peer, rpc, empty(rpc), tokens[role])

    cases = [(rpc, peer, role) for rpc in RPCS.values() for peer in PEERS for role in PERSONS]
    assert [] == [
        (rpc.name, peer, role, answer)
        for rpc, peer, role, answer in await asyncio.gather(*(case(*one) for one in cases))
        if not agrees(rpc, refusal(rpc, role, peer), answer)
    ]


def foreign_requests(rpc, ours, theirs):
    """With every id of the other organization, and with each of them alone among our own."""
    # A family belongs to every organization that knows it; an administrator is nobody's family.
    foreign = {**theirs.ids, "account_id": theirs.accounts[Role.STAFF_ADMIN]}
    named = set(named_by(rpc)) - set(SPEAKING_FOR)
    for chosen in {frozenset(named), *(frozenset({name}) for name in named)} - {frozenset()}:
        ids = {**ours.ids, **{name: foreign[name] for name in chosen}, **speaking_for(ours)}
        request = filled(rpc, ids, naming=chosen)
        assert any(foreign[name].encode() in request.SerializeToString() for name in chosen), (rpc.name, chosen)
        yield request


def is_staffs_own(request):
    """Whether it chooses a time of staff's own, which others may not, whatever it names."""
    return "when" in request.DESCRIPTOR.oneofs_by_name and request.WhichOneof("when") == "time"


def as_if_nothing_were_there(rpc, caller, request, answer):
    if is_staffs_own(request) and caller not in (Role.STAFF_ADMIN, Role.STAFF):
        return "PERMISSION_DENIED" == answer.code
    if "exclude_booking_id" in request.DESCRIPTOR.fields_by_name:  # of a booking that others may not move
        return answer.code in {"OK", "NOT_FOUND"}
    if names_one_object(rpc):
        return "NOT_FOUND" == answer.code
    return "OK" == answer.code if rpc.only_reads else answer.code not in DENIED | FAULTS


async def test_another_tenants_objects_do_not_exist(doors, signer, ours, theirs):
    """GW-01, OP-11: an id of another organization is not found by anybody, and nothing there is told or changed."""
    # A service reads two long lists at once, and a person has four streams.
    before, turn = theirs.rows(), asyncio.Lock()
    cases = [
        (rpc, caller, request)
        for rpc in RPCS.values()
        for caller in (*map(Role, rpc.access.roles), *rpc.access.services)
        for request in foreign_requests(rpc, ours, theirs)
        if caller in (*Role, *PEERS)
    ]
    assert [] == [request for _, _, request in cases if VALIDATOR.collect_violations(request)]

    turns = asyncio.Semaphore(AT_ONCE)

    async def case(rpc, caller, request):
        async with turn if rpc.gives_file or rpc.takes_stream else turns:
            if isinstance(caller, Role):
                return rpc, caller, await doors.through_gateway(rpc, request, ours.token(signer, caller))
            return rpc, caller, await doors.as_peer(caller, rpc, request)

    answers = await asyncio.gather(*(case(*one) for one in cases))
    assert [] == [
        (rpc.name, caller, answer)
        for (_, _, request), (rpc, caller, answer) in zip(cases, answers, strict=True)
        if not as_if_nothing_were_there(rpc, caller, request, answer)
    ]
    assert [] == told_of(theirs, answers)
    assert before == theirs.rows()
