"""What happens to a call that is allowed, before it reaches a servicer and after, on a real server."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from chassis.call import Role
from chassis.errors import (
    BY_CODE,
    AlreadyExists,
    Conflict,
    DeadlineExceeded,
    Exhausted,
    FieldViolation,
    Internal,
    InvalidArgument,
    ServiceError,
)
from chassis.testing.eventually import eventually
from services.chassis.tests.companies import create


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


async def test_a_field_that_cannot_be_read_is_named(channel, companies, staff):
    """CASE-M15: text that is not UTF-8 is refused with the name of its field."""
    call = channel.unary_unary("/portico.casemanager.v1.CompaniesService/CreateCompany")
    with pytest.raises(InvalidArgument) as refused:
        await call(b"\x0a\x00\x12\x01\xff", metadata=staff)
    assert ["name"] == [violation.field for violation in refused.value.violations]
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
        await stub.CreateCompany(create("slow"), metadata=staff, timeout=1)
    assert ("DEADLINE_PASSED", "casemanager") == (refused.value.reason, refused.value.domain)


def test_every_base_error_has_its_code():
    """Each base class maps to one gRPC code and back."""
    assert {code.value[0] for code in grpc.StatusCode} >= set(BY_CODE)
    assert all(issubclass(cls, ServiceError) for cls in BY_CODE.values())
    assert Conflict is BY_CODE[9]
