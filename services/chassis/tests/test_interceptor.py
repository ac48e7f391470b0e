"""What happens to a call before it reaches a servicer, on a real server."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from grpc_health.v1.health_pb2_grpc import HealthServicer
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1.companies_pb2_grpc import CompaniesInternalServiceServicer, CompaniesServiceServicer
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.stub import CasemanagerStub

from chassis.access import ContractBroken
from chassis.call import Call, Role, current_call
from chassis.clients import open_channel
from chassis.errors import (
    BY_CODE,
    AlreadyExists,
    Conflict,
    DeadlineExceeded,
    Denied,
    Exhausted,
    FieldViolation,
    Internal,
    InvalidArgument,
    ServiceError,
    Unauthenticated,
)
from chassis.interceptor import Limits
from chassis.testing.eventually import eventually
from chassis.testing.grpc import TestPeople, as_service, serving


class NameTaken(AlreadyExists):
    reason = "COMPANY_NAME_TAKEN"
    message = "A company with this name exists."


class Companies(CompaniesServiceServicer, CompaniesInternalServiceServicer):
    """Does what the name of the company says."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.released = asyncio.Event()
        self.left = 0

    async def CreateCompany(self, request, context):
        self.calls.append(current_call())
        match request.name:
            case "taken":
                raise NameTaken(
                    metadata={"name": request.name},
                    retry_after=timedelta(seconds=7),
                    violations=[
                        FieldViolation(field="name", reason="TAKEN", description="taken", localized={"es": "ocupado"})
                    ],
                )
            case "broken":
                raise RuntimeError("the secret recipe")
            case "slow":
                try:
                    await self.released.wait()
                except asyncio.CancelledError:
                    self.left += 1
                    raise
        return Company(name=request.name)

    async def GetCompany(self, request, context):
        return Company(id=request.company_id)

    async def ListCompanies(self, request, context):
        return companies_pb2.ListCompaniesResponse()

    async def GetOrganizationCompany(self, request, context):
        return Company(id=request.company_id)


@pytest.fixture
async def companies():
    return Companies()


@pytest.fixture
async def address(companies, people):
    async with serving(
        companies,
        people=people,
        service="casemanager",
        limits=Limits(concurrent_calls=2, default_deadline=5.0),
    ) as address:
        yield address


@pytest.fixture
async def channel(address):
    channel = open_channel(address, server="", credentials=None)
    yield channel
    await channel.close()


@pytest.fixture
def stub(channel):
    return CasemanagerStub(channel)


@pytest.fixture
def staff(people):
    return people.metadata(Role.STAFF, org_id=uuid4())


def create(name: str, **fields: str) -> companies_pb2.CreateCompanyRequest:
    return companies_pb2.CreateCompanyRequest(name=name, **fields)


async def test_the_servicer_learns_who_calls(stub, companies, people):
    """A servicer sees the person, the address that the gateway states, and the language."""
    org_id, account_id = uuid4(), uuid4()
    metadata = (
        *people.metadata(Role.STAFF, org_id=org_id, account_id=account_id, language="es-MX,en;q=0.5"),
        ("x-portico-client-address", "203.0.113.9"),
        ("x-portico-user-agent", "Browser/1"),
    )
    await stub.CreateCompany(create("Acme"), metadata=metadata)
    [call] = companies.calls
    assert (org_id, account_id, Role.STAFF) == (call.org_id, call.account_id, call.caller.role)
    assert ("203.0.113.9", "Browser/1", "es") == (call.caller.address, call.caller.user_agent, call.caller.language)
    assert call.method == "portico.casemanager.v1.CompaniesService/CreateCompany"


async def test_only_the_front_states_an_address(stub, companies, staff):
    """The client's address is believed from the gateway and the portal, and from nobody else."""
    metadata = tuple(pair for pair in staff if pair[0] != "x-test-peer")
    await stub.CreateCompany(
        create("Acme"), metadata=(*metadata, *as_service("applications"), ("x-portico-client-address", "203.0.113.9"))
    )
    assert companies.calls[0].caller.address == ""


async def test_no_token(stub):
    """A call without credentials is refused with CREDENTIALS_MISSING."""
    with pytest.raises(Unauthenticated) as refused:
        await stub.CreateCompany(create("Acme"))
    assert refused.value.reason == "CREDENTIALS_MISSING"


async def test_wrong_role(stub, people):
    """A known caller of another role is refused with ROLE_NOT_ALLOWED."""
    with pytest.raises(Denied) as refused:
        await stub.CreateCompany(create("Acme"), metadata=people.metadata(Role.FAMILY, org_id=uuid4()))
    assert refused.value.reason == "ROLE_NOT_ALLOWED"


async def test_internal_rpc_is_for_named_services(channel, people):
    """An internal RPC answers the services that its rule names, and no person whatever the role."""
    stub = CasemanagerStub(channel)
    request = companies_pb2.GetOrganizationCompanyRequest(org_id=str(uuid4()), company_id=str(uuid4()))
    answered = await stub.GetOrganizationCompany(request, metadata=as_service("applications"))
    assert request.company_id == answered.id
    for metadata in (as_service("identity"), people.metadata(Role.STAFF_ADMIN, org_id=uuid4())):
        with pytest.raises(Denied):
            await stub.GetOrganizationCompany(request, metadata=metadata)


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "portico-contact-ticket"},
    "another issuer": {"iss": "elsewhere"},
    "no session": {"sid": None},
    "unknown role": {"role": "ROOT"},
    "an end beyond all time": {"exp": 10**400},
}


def forged(people: TestPeople, trick: str) -> str:
    if trick in WRONG_CLAIMS:
        return people.token(**WRONG_CLAIMS[trick])
    good = people.token()
    header, payload, signature = good.split(".")
    match trick:
        case "empty":
            return ""
        case "garbage":
            return "a.b.c"
        case "tampered":
            return f"{header}.{payload}.{signature[:-4]}AAAA"
        case "another key":
            return TestPeople().token()
        case "alg none":
            return jwt.encode(jwt.decode(good, options={"verify_signature": False}), "", algorithm="none")
        case "HS256 with the public key":
            public = people.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            claims = jwt.decode(good, options={"verify_signature": False})
            return jwt.encode(claims, public, algorithm="HS256", headers={"kid": "test"})
        case _:
            # As much as the gateway lets through.
            return good + "A" * 61_000


@pytest.mark.parametrize(
    "trick",
    [
        "empty",
        "garbage",
        "tampered",
        "another key",
        "alg none",
        "HS256 with the public key",
        *WRONG_CLAIMS,
        "huge",
    ],
)
async def test_forged_tokens(stub, people, trick):
    """ID-05: a token that identity did not sign for this use is refused with TOKEN_INVALID."""
    with pytest.raises(Unauthenticated) as refused:
        await stub.CreateCompany(create("Acme"), metadata=(("authorization", f"Bearer {forged(people, trick)}"),))
    assert refused.value.reason == "TOKEN_INVALID"


async def test_expired_token(stub, people):
    """ID-05: a token of the past is refused with TOKEN_EXPIRED."""
    token = people.token(life=timedelta(seconds=-1))
    with pytest.raises(Unauthenticated) as refused:
        await stub.CreateCompany(create("Acme"), metadata=(("authorization", f"Bearer {token}"),))
    assert refused.value.reason == "TOKEN_EXPIRED"


async def test_revoked_session(stub, people):
    """ID-06: a token of a revoked session is refused although it was good, and kept, a moment before."""
    session_id = uuid4()
    metadata = people.metadata(Role.STAFF, org_id=uuid4(), session_id=session_id)
    await stub.CreateCompany(create("Acme"), metadata=metadata)
    people.revocations.add([session_id])
    with pytest.raises(Unauthenticated) as refused:
        await stub.CreateCompany(create("Acme"), metadata=metadata)
    assert refused.value.reason == "SESSION_REVOKED"


async def test_violations_name_the_field(stub, companies, staff):
    """A field that breaks a rule of the contract is named, and the servicer is not reached."""
    with pytest.raises(InvalidArgument) as refused:
        await stub.CreateCompany(create("", request_id="x"), metadata=staff)
    found = {(violation.field, violation.reason) for violation in refused.value.violations}
    assert found == {("name", "STRING_MIN_LEN"), ("request_id", "STRING_UUID")}
    assert companies.calls == []


async def test_malformed_bytes(channel, companies, staff):
    """Bytes that are no message are the caller's fault: INVALID_ARGUMENT, not INTERNAL."""
    call = channel.unary_unary("/portico.casemanager.v1.CompaniesService/CreateCompany")
    with pytest.raises(InvalidArgument) as refused:
        await call(b"\xff\xff\xff", metadata=staff)
    assert refused.value.reason == "INVALID_REQUEST"
    assert companies.calls == []


async def test_oversize_message(stub, staff):
    """A message over 4 MiB is refused before it is read."""
    with pytest.raises(Exhausted):
        await stub.CreateCompany(create("x" * (4 * 1024 * 1024 + 1)), metadata=staff)


async def test_typed_error_arrives_typed(stub, staff):
    """A domain error crosses the wire with reason, domain, metadata, retry time and words in the caller's language."""
    metadata = (*(pair for pair in staff if pair[0] != "accept-language"), ("accept-language", "es"))
    with pytest.raises(AlreadyExists) as refused:
        await stub.CreateCompany(create("taken"), metadata=metadata)
    error = refused.value
    assert ("COMPANY_NAME_TAKEN", "casemanager") == (error.reason, error.domain)
    assert ("A company with this name exists.", {"name": "taken"}) == (error.message, error.metadata)
    assert timedelta(seconds=7) == error.retry_after
    assert error.violations == (
        FieldViolation(field="name", reason="TAKEN", description="taken", localized={"es": "ocupado"}),
    )


async def test_fault_of_ours_says_nothing(stub, staff):
    """An unexpected exception becomes INTERNAL without its text."""
    with pytest.raises(Internal) as refused:
        await stub.CreateCompany(create("broken"), metadata=staff)
    assert refused.value.reason == "INTERNAL_ERROR"
    assert "recipe" not in str(refused.value)


async def test_request_key(stub, companies, people):
    """The same body gives the same request key, another body another hash, another person another caller."""
    org_id, request_id = uuid4(), str(uuid4())
    ana = people.metadata(Role.STAFF, org_id=org_id, account_id=uuid4())
    ben = people.metadata(Role.STAFF, org_id=org_id, account_id=uuid4())
    for name, metadata in (("a", ana), ("a", ana), ("b", ana), ("a", ben)):
        await stub.CreateCompany(create(name, request_id=request_id), metadata=metadata)
    first, poll_seconds, other_body, other_person = (call.request for call in companies.calls)
    assert first == poll_seconds
    assert (first.caller, first.request_id) == (other_body.caller, other_body.request_id)
    assert first.body_hash != other_body.body_hash
    assert first.caller != other_person.caller


async def test_admission(stub, companies, staff):
    """OP-05: calls over the limit are refused at once with a time to come back, and the limit frees itself."""
    slow = [asyncio.ensure_future(stub.CreateCompany(create("slow"), metadata=staff)) for _ in range(2)]
    await eventually(lambda: len(companies.calls) == 2)
    with pytest.raises(Exhausted) as refused:
        await stub.CreateCompany(create("Acme"), metadata=staff)
    assert timedelta(seconds=1) == refused.value.retry_after
    companies.released.set()
    await asyncio.gather(*slow)
    await stub.CreateCompany(create("Acme"), metadata=staff)


async def test_a_client_that_leaves_is_let_go(stub, companies, staff):
    """OP-05: calls that their clients cancel make room for others long before their time is over."""
    left = [stub.CreateCompany(create("slow"), metadata=staff) for _ in range(2)]
    await eventually(lambda: len(companies.calls) == 2)
    for call in left:
        call.cancel()
    await eventually(lambda: companies.left == 2)
    await stub.CreateCompany(create("Acme"), metadata=staff)


async def test_deadline_is_told_in_time(stub, staff):
    """A caller's deadline passes with a typed answer, which comes from the service and not from the caller's clock."""
    with pytest.raises(DeadlineExceeded) as refused:
        await stub.CreateCompany(create("slow"), metadata=staff, timeout=0.5)
    assert ("DEADLINE_PASSED", "casemanager") == (refused.value.reason, refused.value.domain)


async def test_a_service_without_access_rule_does_not_start(people):
    """An RPC whose contract does not say who may call it stops the service at start."""
    with pytest.raises(ContractBroken):
        async with serving(HealthServicer(), people=people):
            pass


def test_every_base_error_has_its_code():
    """Each base class maps to one gRPC code and back."""
    assert {code.value[0] for code in grpc.StatusCode} >= set(BY_CODE)
    assert all(issubclass(cls, ServiceError) for cls in BY_CODE.values())
    assert Conflict is BY_CODE[9]
