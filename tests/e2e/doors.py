"""Every RPC through every door: the gateway, and each service's own port with the certificate of any neighbour."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.protobuf import message_factory
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status

from chassis.status import DETAILS
from gateway.contract import Contract, Rpc
from local_stack.certificates import Certificate
from local_stack.stack import Stack
from local_stack.topology import GATEWAY, PORTAL, SERVICES

CONTRACT = Contract.read(Path(__file__).parents[2] / "protos/build/portico.binpb")
RPCS = {rpc.full_name: rpc for service in CONTRACT.services for rpc in service.rpcs}
PUBLIC = {rpc.full_name: rpc for service in CONTRACT.public_services for rpc in service.rpcs}
PEERS = (GATEWAY, PORTAL, *SERVICES)
AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """The code, the reason of a refusal, and all that came with it as bytes."""

    code: str
    reason: str = ""
    told: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Doors:
    """Open channels: the gateway's, and by peer and service the direct ones."""

    gateway: grpc.aio.Channel
    direct: Mapping[tuple[str, str], grpc.aio.Channel]
    waiting: asyncio.Semaphore

    async def through_gateway(self, rpc: Rpc, request: Message | bytes, token: str = "") -> Answer:
        """As a client calls."""
        return await self._call(self.gateway, rpc, request, token)

    async def as_peer(self, peer: str, rpc: Rpc, request: Message | bytes, token: str = "") -> Answer:
        """As `peer`, past the gateway."""
        return await self._call(self.direct[peer, rpc.owner], rpc, request, token)

    async def _call(self, channel: grpc.aio.Channel, rpc: Rpc, request: Message | bytes, token: str) -> Answer:
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{rpc.full_name}")
        async with self.waiting:
            try:
                return Answer("OK", told=await call(raw, metadata=metadata, timeout=20))
            except grpc.aio.AioRpcError as error:
                return _refusal(error)


@asynccontextmanager
async def open_doors(stack: Stack) -> AsyncIterator[Doors]:
    """All of them."""
    around = stack.around
    async with AsyncExitStack() as opened:
        gateway = await opened.enter_async_context(grpc.aio.insecure_channel(stack.gateway.removeprefix("http://")))
        direct = {
            (peer, service): await opened.enter_async_context(
                grpc.aio.secure_channel(
                    around.addresses[service],
                    _credentials(around.certificates[peer]),
                    options=[("grpc.ssl_target_name_override", service)],
                )
            )
            for peer in PEERS
            for service in SERVICES
        }
        yield Doors(gateway, direct, asyncio.Semaphore(AT_ONCE))


def empty(rpc: Rpc) -> Message:
    """Its request without a word."""
    return message_factory.GetMessageClass(rpc.request)()


def _refusal(error: grpc.aio.AioRpcError) -> Answer:
    status, info = Status(), error_details_pb2.ErrorInfo()
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            status.ParseFromString(value)
    for detail in status.details:
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
    return Answer(error.code().name, info.reason, status.SerializeToString() + (error.details() or "").encode())


def _credentials(certificate: Certificate) -> grpc.ChannelCredentials:
    files = (certificate.authority, certificate.key, certificate.certificate)
    return grpc.ssl_channel_credentials(*(file.read_bytes() for file in files))
