"""How often a network may call what is for anybody, on a real server."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import Default
from portico.identity.v1.resets_pb2 import CheckResetRequest, CheckResetResponse, ForgotPasswordResponse
from portico.identity.v1.resets_pb2 import ForgotPasswordRequest as Forgot
from portico.identity.v1.resets_pb2_grpc import ResetsServiceServicer
from portico.identity.v1.stub import IdentityStub
from portico.options.v1 import options_pb2

from chassis.access import ContractBroken, rules_of
from chassis.clients import open_channel
from chassis.errors import Exhausted
from chassis.interceptor import Limits
from chassis.testing.grpc import Metadata, TestPeople, as_service, serving

FORGOT = Forgot(realm="family", username="maria@example.org")
# What the contract says of it.
BURST, INTERVAL = 20, timedelta(seconds=10)
EMPTY = "google/protobuf/empty.proto"


class Resets(ResetsServiceServicer):
    """Forgets every password."""

    async def ForgotPassword(self, request, context):
        return ForgotPasswordResponse()

    async def CheckReset(self, request, context):
        return CheckResetResponse()

    async def ResetPassword(self, request, context):
        raise NotImplementedError

    ChangePassword = ActivateAccount = ResetPassword


@pytest.fixture(params=[1, 2])
def factor(request: pytest.FixtureRequest) -> int:
    """How many times the contract's bound this server lets pass."""
    return int(request.param)


@pytest.fixture
async def resets(people: TestPeople, factor: int) -> AsyncIterator[IdentityStub]:
    """A stub on a server of its own, with full buckets."""
    async with (
        serving(Resets(), people=people, limits=Limits(anonymous_bound_factor=factor)) as address,
        open_channel(address, server="", credentials=None) as channel,
    ):
        yield IdentityStub(channel)


def from_address(address: str, *, through: str = "gateway") -> Metadata:
    return (*as_service(through), ("x-portico-client-address", address))


async def test_a_network_is_refused_over_its_bound(resets, factor):
    """CASE-S1: over the burst comes OVERLOADED with the time to come back, for that network and that RPC alone."""
    for number in range(BURST * factor):
        metadata = from_address(f"2001:db8:0:1::{number:x}", through="portal" if number % 2 else "gateway")
        await resets.ForgotPassword(FORGOT, metadata=metadata)
    with pytest.raises(Exhausted) as refused:
        await resets.ForgotPassword(FORGOT, metadata=from_address("2001:db8:0:1::ffff"))

    assert "OVERLOADED" == refused.value.reason
    assert refused.value.retry_after
    assert timedelta() < refused.value.retry_after <= INTERVAL / factor
    await resets.ForgotPassword(FORGOT, metadata=from_address("2001:db8:0:2::1"))
    await resets.CheckReset(CheckResetRequest(token="t"), metadata=from_address("2001:db8:0:1::1"))


async def test_services_ask_for_themselves(resets, factor):
    """CASE-S1: who may not state an address cannot use up another's bucket, and a service has none."""
    for _ in range(BURST * factor + 1):
        await resets.ForgotPassword(FORGOT, metadata=from_address("203.0.113.7", through="applications"))
        await resets.ForgotPassword(FORGOT, metadata=as_service("gateway"))
    await resets.ForgotPassword(FORGOT, metadata=from_address("203.0.113.7"))


@pytest.mark.parametrize(
    ("name", "access", "bound"),
    [
        ("Unbound", options_pb2.Access(anonymous=True), options_pb2.Bound()),
        ("Halfway", options_pb2.Access(anonymous=True), options_pb2.Bound(burst=1)),
        ("Signed", options_pb2.Access(services=["gateway"]), options_pb2.Bound(burst=1, per_minute=1)),
    ],
)
def test_an_anonymous_rpc_without_bound_does_not_start(name, access, bound):
    """CASE-S1: a service whose contract lets anybody call as often as they like does not start."""
    file = FileDescriptorProto(name=f"{name}.proto", package="unbound", syntax="proto3", dependency=[EMPTY])
    method = file.service.add(name=name).method.add(
        name="Ask", input_type=".google.protobuf.Empty", output_type=".google.protobuf.Empty"
    )
    method.options.Extensions[options_pb2.access].CopyFrom(access)
    method.options.Extensions[options_pb2.bound].CopyFrom(bound)
    Default().Add(file)

    with pytest.raises(ContractBroken, match="bound"):
        rules_of(f"unbound.{name}")
