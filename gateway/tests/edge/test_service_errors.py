"""An error of a service, and a service that is late, as REST and gRPC see them."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import httpx
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from msgspec.structs import replace
from portico.identity.v1 import accounts_pb2, resets_pb2
from portico.identity.v1.stub import IdentityStub

from gateway.config import EnvoySettings
from gateway.errors import HTTP_STATUS

from .neighbours import AnotherEdge, Context, Neighbour


def refusing(code: int, *details: Message) -> Callable[[Message, Context], Awaitable[Message]]:
    """An answer that is this error."""

    async def answer(_: Message, context: Context) -> Message:
        packed = [AnyMessage() for _ in details]
        for detail, target in zip(details, packed, strict=True):
            target.Pack(detail)
        status = Status(code=code, message="No.", details=packed)
        await context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError("abort raises")

    return answer


async def dawdling(_: Message, context: Context) -> Message:
    """An answer that never comes in time."""
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def test_a_service_that_takes_too_long_gives_504(
    another_edge: AnotherEdge, settings: EnvoySettings, identity: Neighbour
) -> None:
    """GW-03: after the time limit REST gets 504 and gRPC DEADLINE_EXCEEDED, also where the client would wait longer."""
    identity.answers["GetMyAccount"] = dawdling
    async with (
        another_edge(replace(settings, timeout=0.3)) as (client, _),
        grpc.aio.insecure_channel(client.base_url.netloc.decode()) as channel,
    ):
        answer = await client.get("/v1/me")
        code = await IdentityStub(channel).GetMyAccount(accounts_pb2.GetMyAccountRequest(), timeout=20).code()

    assert (504, 4) == (answer.status_code, answer.json()["code"])
    assert grpc.StatusCode.DEADLINE_EXCEEDED == code


async def test_a_service_knows_how_long_it_has(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """GW-03: the time limit travels to the service as the call's deadline, and clients cannot stretch it."""
    remaining: list[float] = []

    async def answer(_: Message, context: Context) -> Message:
        remaining.append(context.time_remaining() or 0)
        return resets_pb2.ForgotPasswordResponse()

    identity.answers["ForgotPassword"] = answer
    for headers in ({}, {"grpc-timeout": "100S"}, {"x-envoy-upstream-rq-timeout-ms": "1"}):
        assert 200 == (await rest.post("/v1/auth/password:forgot", headers=headers)).status_code

    assert [True] * 3 == [5 < seconds <= 10 for seconds in remaining]


@pytest.mark.parametrize(("name", "status"), HTTP_STATUS.items())
async def test_an_error_of_a_service_arrives_whole(
    name: str, status: int, rest: httpx.AsyncClient, channel: grpc.aio.Channel, identity: Neighbour
) -> None:
    """GW-04: code, message and details of a service's error reach REST, under the documented status, and gRPC."""
    code = grpc.StatusCode[name]
    violation = error_details_pb2.BadRequest.FieldViolation(
        field="email", description="not one", reason="EMAIL_INVALID"
    )
    info = error_details_pb2.ErrorInfo(reason="WHY", domain="identity", metadata={"number": "A-1"})
    error = refusing(code.value[0], info, error_details_pb2.BadRequest(field_violations=[violation]))
    identity.answers["GetMyAccount"] = error

    answer = await rest.get("/v1/me")
    call = IdentityStub(channel).GetMyAccount(accounts_pb2.GetMyAccountRequest())

    assert status == answer.status_code
    body = answer.json()
    assert (code.value[0], "No.") == (body["code"], body["message"])
    reason, bad_request = body["details"]
    assert ("WHY", "identity", {"number": "A-1"}) == (reason["reason"], reason["domain"], reason["metadata"])
    assert [("email", "EMAIL_INVALID")] == [(v["field"], v["reason"]) for v in bad_request["fieldViolations"]]
    assert (code, "No.") == (await call.code(), await call.details())
    assert "grpc-status-details-bin" in dict(await call.trailing_metadata())


@pytest.mark.parametrize(("milliseconds", "seconds"), [(0, "1"), (2500, "3"), (60_000, "60")])
@pytest.mark.parametrize("code", [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE])
async def test_retry_info_is_retry_after(
    milliseconds: int, seconds: str, code: grpc.StatusCode, rest: httpx.AsyncClient, identity: Neighbour
) -> None:
    """GW-03: refusals that pass say in `Retry-After` what `RetryInfo` says, rounded up, and at least one second."""
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromMilliseconds(milliseconds)
    identity.answers["GetMyAccount"] = refusing(code.value[0], retry) if milliseconds else refusing(code.value[0])

    assert seconds == (await rest.get("/v1/me")).headers["retry-after"]


async def test_a_call_that_ended_with_its_service_may_be_repeated(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """GW-03, OP-05: gRPC says CANCELLED of a call that waited in a server that ends; to a client it is UNAVAILABLE."""
    identity.answers["GetMyAccount"] = refusing(code_pb2.CANCELLED)

    answer = await rest.get("/v1/me")

    assert (503, "1") == (answer.status_code, answer.headers["retry-after"])
    assert (code_pb2.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE") == (
        answer.json()["code"],
        answer.json()["details"][0]["reason"],
    )
