"""Who may call, and what a servicer learns of the caller, on a real server."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from grpc_health.v1.health_pb2_grpc import HealthServicer
from portico.casemanager.v1 import companies_pb2
from portico.casemanager.v1.stub import CasemanagerStub

from chassis.access import ContractBroken
from chassis.call import Role
from chassis.errors import Denied, Unauthenticated
from chassis.testing.grpc import TestPeople, as_service, serving
from services.chassis.tests.companies import create


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


async def test_a_service_without_access_rule_does_not_start(people):
    """An RPC whose contract does not say who may call it stops the service at start."""
    with pytest.raises(ContractBroken):
        async with serving(HealthServicer(), people=people):
            pass
