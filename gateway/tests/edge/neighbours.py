"""Services played by real gRPC servers, and a real Envoy in front of them."""

import sysconfig
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import grpc
import httpx
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from gateway.config import EnvoySettings
from gateway.envoy import render
from local_stack.certificates import Certificate
from local_stack.processes import Child, Program

Context = grpc.aio.ServicerContext[Message, Message]
Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
AnotherEdge = Callable[[EnvoySettings], AbstractAsyncContextManager[tuple[httpx.AsyncClient, Path]]]
Answer = Callable[[Message, Context], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Received:
    """One call that a neighbour got."""

    rpc: str
    request: Message
    metadata: Mapping[str, str]


@dataclass(slots=True)
class Neighbour:
    """One service, public and internal: every RPC answers with an empty reply unless `answers` has its name."""

    name: str
    address: str
    certificate: Certificate
    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    _server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Serve on the address with mutual TLS; the health service says SERVING."""
        server = grpc.aio.server()
        package = f"portico.{self.name}.v1"
        stub = getattr(import_module(f"{package}.stub"), f"{self.name.title()}Stub")
        for name in (each.__name__.removesuffix("Stub") for each in stub.__bases__):
            service = Default().FindServiceByName(f"{package}.{name}")
            handlers = {method.name: self._handler(method) for method in service.methods}
            server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service.full_name, handlers)])
        health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), server)
        chain = (self.certificate.key.read_bytes(), self.certificate.certificate.read_bytes())
        authority = self.certificate.authority.read_bytes()
        server.add_secure_port(self.address, grpc.ssl_server_credentials([chain], authority, require_client_auth=True))
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """End at once, calls in flight too."""
        if self._server is not None:
            await self._server.stop(grace=None)
            self._server = None

    def forget(self) -> None:
        """Drop the answers and the calls of the last test."""
        self.answers.clear()
        self.received.clear()

    def _handler(self, method: MethodDescriptor) -> "grpc.RpcMethodHandler[Message, Message]":
        reply_class = GetMessageClass(method.output_type)

        async def handle(request: Message, context: Context) -> Message:
            metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
            self.received.append(Received(method.name, request, metadata))
            answer = self.answers.get(method.name)
            return await answer(request, context) if answer else reply_class()

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=reply_class.SerializeToString,
        )


def envoy(settings: EnvoySettings, folder: Path) -> Child:
    """An Envoy from a wheel with these settings, not started yet; configuration and log lie in the folder."""
    configuration = folder / "envoy.yaml"
    configuration.write_text(render(settings), encoding="utf-8")
    command = [str(Path(sysconfig.get_path("scripts"), "envoy")), "--config-path", str(configuration)]
    options = ["--concurrency", "1", "--log-level", "warning", "--disable-hot-restart"]

    def is_ready() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://{settings.admin}/ready", timeout=1) as answer:
            return bool(answer.status == 200)
        return False

    return Child(Program(name="envoy", command=[*command, *options], log=folder / "envoy.log", is_ready=is_ready))
