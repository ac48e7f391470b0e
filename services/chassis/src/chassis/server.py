"""The gRPC server of a process: the interceptor around every servicer, health, reflection, mutual TLS, drain."""

from __future__ import annotations  # grpc.RpcMethodHandler is generic only in the stubs

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from grpc_reflection.v1alpha import reflection

from chassis.interceptor import Interceptor
from chassis.streams import MAX_STREAM_SECONDS, Streams

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Bytes of one message; larger ones are refused with RESOURCE_EXHAUSTED before they are read."""

MAX_METADATA_BYTES = 80 * 1024
"""Bytes of a call's metadata; gRPC itself refuses more with RESOURCE_EXHAUSTED, without a reason and a request id.

Above the 60 KiB that Envoy lets through, which count 32 more for each header here, so that our clients never see that.
"""

OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # So much of a stream waits to be read; the probe would let in more the slower we read, dozens of megabytes a file.
    ("grpc.http2.lookahead_bytes", 256 * 1024),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    # Clients find out about new replicas, and none keeps one for ever.
    ("grpc.max_connection_age_ms", 10 * 60 * 1000),
    # A stream that begins at its last moment lasts as long as any other; without one the connection ends at once.
    ("grpc.max_connection_age_grace_ms", (MAX_STREAM_SECONDS + 60) * 1000),
    # A client that has vanished without a word: its streams are ended.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)


class _Recorder:
    """Stands in for the server while generated code registers handlers, to wrap them first."""

    def __init__(self) -> None:
        self.handlers: dict[str, Mapping[str, grpc.RpcMethodHandler[Any, Any]]] = {}

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """The same handlers once more; the registered ones are enough."""

    def add_registered_method_handlers(
        self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        self.handlers[service] = handlers


class Server:
    """A gRPC server whose every RPC passes the interceptor; not ready until `set_ready`."""

    def __init__(self, interceptor: Interceptor) -> None:
        self._interceptor = interceptor
        self._server = grpc.aio.server(options=OPTIONS)
        self._health = HealthServicer()
        self._services: list[str] = []
        add_HealthServicer_to_server(self._health, self._server)

    @property
    def streams(self) -> Streams:
        """Those that are being served."""
        return self._interceptor.streams

    def add(self, servicer: object) -> None:
        """Registers a servicer for each generated class that it derives from.

        TypeError when there is none; `ContractBroken` when an RPC has no access rule.
        """
        recorder = _Recorder()
        for register in registrations(servicer):
            register(servicer, recorder)
        for service, handlers in recorder.handlers.items():
            wrapped = self._interceptor.wrap(service, handlers)
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, wrapped),))
            self._services.append(service)

    async def start(self, listen: str, credentials: grpc.ServerCredentials | None) -> int:
        """Listens, and returns the port; without credentials in plain text, for tests on loopback."""
        reflection.enable_server_reflection((*self._services, reflection.SERVICE_NAME), self._server)
        await self.set_ready(False)
        if credentials is None:
            port = self._server.add_insecure_port(listen)
        else:
            port = self._server.add_secure_port(listen, credentials)
        await self._server.start()
        return port

    async def set_ready(self, ready: bool) -> None:
        """Answers health checks, of the process and of each service, from now on."""
        status = health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        for service in ("", *self._services):
            await self._health.set(service, status)

    async def until_nobody_comes(self, quiet: float, at_most: float) -> None:
        """Returns when no call has come for `quiet` seconds, and after `at_most` seconds whoever still comes."""
        loop = asyncio.get_running_loop()
        end, arrived = loop.time() + at_most, -1
        while arrived != self._interceptor.arrived and loop.time() < end:
            arrived = self._interceptor.arrived
            await asyncio.sleep(quiet)

    async def drain(self, grace: float) -> None:
        """Says NOT_SERVING, takes no new call, ends the streams, and lets the calls finish within `grace` seconds."""
        await self._health.enter_graceful_shutdown()
        self._interceptor.streams.end_all()
        await self._server.stop(grace)


def registrations(servicer: object) -> Sequence[Callable[[object, Any], None]]:
    """The generated `add_…Servicer_to_server` that stand beside the classes that the servicer derives from."""
    modules = [(cls.__name__, sys.modules[cls.__module__]) for cls in type(servicer).__mro__]
    for _, module in modules:
        if module.__name__.endswith("_pb2_grpc"):
            # It imports the messages that its service uses, not the service's own file, whose rules we read.
            import_module(module.__name__.removesuffix("_grpc"))
    found = [getattr(module, f"add_{name}_to_server", None) for name, module in modules]
    registrations = [register for register in found if register is not None]
    if not registrations:
        raise TypeError(f"{type(servicer).__name__} derives from no generated servicer.")
    return registrations


def server_credentials(*, ca: Path, cert: Path, key: Path) -> grpc.ServerCredentials:
    """Mutual TLS from PEM files: a peer without a certificate of our authority is not even heard."""
    return grpc.ssl_server_credentials(
        [(key.read_bytes(), cert.read_bytes())], root_certificates=ca.read_bytes(), require_client_auth=True
    )
