"""What a service is built from: `build(context)` in each `app.py` reads like a list of its parts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from types import MappingProxyType
from typing import Generic, TypeVar

import grpc
from nacl.signing import VerifyKey
from portico.identity.v1.sessions_pb2 import GetJsonWebKeySetRequest
from portico.identity.v1.sessions_pb2_grpc import SessionsServiceStub
from sqlalchemy import literal, select

from chassis import base64url, clients, telemetry
from chassis.bus import STREAM_AGE, Bus, OwnStream
from chassis.clock import Clock, utc_now
from chassis.consumer import Consumers
from chassis.db import Database, DatabaseOptions, statement
from chassis.dead_letters import keep_counting
from chassis.errors import Exhausted, ServiceError
from chassis.ids import Ids, new_id
from chassis.interceptor import Interceptor, Limits, peer_name
from chassis.janitor import Janitor
from chassis.relay import Relay
from chassis.revocations import Revocations, follow
from chassis.secrets import KeyedHash
from chassis.server import Server
from chassis.settings import Settings
from chassis.status import Errors
from chassis.tokens import TokenVerifier

S = TypeVar("S", bound=Settings)
Stub = TypeVar("Stub")
Probe = Callable[[], Awaitable[bool]]
Background = Callable[[], Awaitable[None]]

_KEYS_REFRESH_SECONDS = 60.0
_KEYS_RETRY_SECONDS = 0.2
_NOTHING = statement(select(literal(1)))
_log = telemetry.logger(__name__)


class ServiceContext(Generic[S]):
    """Hands out the parts that a service is put together from; `exit_stack` takes them down in the other order.

    Nothing here waits for another component: a service starts in any order, and says when it is ready.
    """

    def __init__(self, name: str, settings: S, exit_stack: AsyncExitStack) -> None:
        self.name = name
        self.settings = settings
        self.clock: Clock = utc_now
        self.ids: Ids = new_id
        self.hashes = KeyedHash(settings.hash_key.reveal())
        self.backgrounds: dict[str, Background] = {}
        self.probes: dict[str, Probe] = {}
        self.streams: list[OwnStream] = []
        self._servicers: list[object] = []
        self._exit_stack = exit_stack
        self._database: Database | None = None
        self._bus: Bus | None = None
        self._consumers: Consumers | None = None
        self._channel_credentials = clients.channel_credentials(
            ca=settings.tls_ca, cert=settings.tls_cert, key=settings.tls_key
        )

    async def database(self) -> Database:
        """The service's database."""
        if self._database is None:
            options = DatabaseOptions(max_connections=self.settings.database_pool_size)
            database = Database(self.settings.database_url.reveal(), application=self.name, options=options)
            await database.open()
            self._exit_stack.push_async_callback(database.close)
            self.readiness("database", _answers(database))
            self._database = database
        return self._database

    async def bus(self) -> Bus:
        """The service's connection to NATS."""
        if self._bus is None:
            bus = Bus(self.settings.nats_url.reveal(), service=self.name, ca=self.settings.tls_ca)
            await bus.open()
            self._exit_stack.push_async_callback(bus.close)
            self._bus = bus
        return self._bus

    def publishes(self, stream: str, *, aggregates: Sequence[str], keeps: timedelta | None = None) -> None:
        """Owns a stream: the events of these aggregates, kept for three days unless said otherwise."""
        self.streams.append(
            OwnStream(name=stream, service=self.name, aggregates=tuple(aggregates), max_age=keeps or STREAM_AGE)
        )

    def serve(self, *servicers: object) -> None:
        """Serves these, each for the generated classes that it derives from."""
        self._servicers += servicers

    def on_shutdown(self, close: Callable[[], Awaitable[None]]) -> None:
        """Does this at the end of the process, before what was put together earlier is taken down."""
        self._exit_stack.push_async_callback(close)

    def client(
        self,
        stub: Callable[[grpc.aio.Channel], Stub],
        address: str,
        *,
        server: str,
        errors: Errors = MappingProxyType({}),
    ) -> Stub:
        """A stub of another service over a channel that lives as long as the process.

        `errors` are the classes in which its refusals arrive.
        """
        channel = clients.open_channel(
            address, server=server, credentials=self._channel_credentials, errors=errors, stub=stub
        )
        self._exit_stack.push_async_callback(channel.close, 1.0)
        return stub(channel)

    async def consumes(self) -> Consumers:
        """What the service reads of the others' streams, by its own durable."""
        if self._consumers is None:
            self._consumers = Consumers(await self.database(), await self.bus())
            self.background("consumers", self._consumers.run)
        return self._consumers

    def background(self, name: str, run: Background) -> None:
        """Work that goes on beside the calls; begun again a moment after it fails, cancelled at the end."""
        self.backgrounds[name] = run

    def readiness(self, name: str, probe: Probe) -> None:
        """A question that must be answered with yes before the service takes calls."""
        self.probes[name] = probe

    async def build_server(self) -> Server:
        """The server with every servicer behind the interceptor, and what each process needs besides."""
        revocations = Revocations(self.clock)
        caught_up = asyncio.Event()
        verifier = TokenVerifier(
            issuer=self.settings.access_token_issuer,
            fetch_keys=self._fetch_keys(),
            revocations=revocations,
            clock=self.clock,
        )
        database, bus = await self.database(), await self.bus()
        self.background("revocations", lambda: follow(bus, revocations, caught_up))
        self.background("keys", lambda: _keep_keys(verifier))
        self.readiness("revocations", _is_set(caught_up))
        self.readiness("keys", _has_keys(verifier))
        self.background("relay", Relay(database, bus, self.streams, clock=self.clock).run)
        self.background("janitor", Janitor(database, clock=self.clock).run)
        self.background("dead-letters", lambda: keep_counting(database))
        interceptor = Interceptor(
            service=self.name,
            peer=peer_name,
            verifier=verifier,
            hashes=self.hashes,
            limits=Limits(
                concurrent_calls=self.settings.max_concurrent_calls,
                default_deadline=self.settings.default_deadline,
                anonymous_bound_factor=self.settings.anonymous_bound_factor,
            ),
        )
        server = Server(interceptor)
        for servicer in self._servicers:
            server.add(servicer)
        return server

    def _fetch_keys(self) -> Callable[[], Awaitable[Mapping[str, VerifyKey]]]:
        identity = self.client(SessionsServiceStub, self.settings.identity_address, server="identity")

        async def fetch() -> Mapping[str, VerifyKey]:
            answer = await identity.GetJsonWebKeySet(GetJsonWebKeySetRequest())
            return {key.kid: VerifyKey(base64url.decoded(key.x)) for key in answer.keys if key.crv == "Ed25519"}

        return fetch


Build = Callable[[ServiceContext[S]], Awaitable[None]]
"""Puts a service together from the parts of its context."""


def _is_set(event: asyncio.Event) -> Probe:
    async def probe() -> bool:
        return event.is_set()

    return probe


def _has_keys(verifier: TokenVerifier) -> Probe:
    async def probe() -> bool:
        return verifier.has_keys

    return probe


def _answers(database: Database) -> Probe:
    async def probe() -> bool:
        try:
            return await database.first(_NOTHING) is not None
        except Exhausted:
            return True  # busy and not away: calls are refused one by one, with a time to come back

    return probe


async def _keep_keys(verifier: TokenVerifier) -> None:
    """Fetches the keys until there are some, and again from time to time, so that a withdrawn one is forgotten."""
    while True:
        try:
            await verifier.reload()
        except ServiceError as error:
            _log.info("keys.unknown", reason=error.reason)
        await asyncio.sleep(_KEYS_REFRESH_SECONDS if verifier.has_keys else _KEYS_RETRY_SECONDS)
