"""pytest-grpc over our own server: its fixtures `grpc_stub` and `grpc_channel`, with the production interceptor inside.

A test module says `grpc_servicers`, which it serves, and `grpc_stub_cls`, as pytest-grpc wants it. Errors arrive
typed, as they would in another service: `with pytest.raises(NotFound) as refused: …`. TLS is left out; the name that
a certificate would carry stands in the metadata `x-test-peer`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import grpc
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.signing import VerifyKey

from chassis.call import Role
from chassis.clients import open_channel
from chassis.clock import Clock, utc_now
from chassis.ids import new_id
from chassis.interceptor import Context, Interceptor, Limits
from chassis.revocations import Revocations
from chassis.secrets import KeyedHash
from chassis.server import Server
from chassis.tokens import ACCESS_TYPE, AUDIENCE, TokenVerifier

ISSUER = "portico"
KEY_ID = "test"
HASHES = KeyedHash(b"\0" * 32)
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TestPeople:
    """Signs access tokens as identity would, and knows which sessions have ended."""

    __test__ = False

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    clock: Clock = utc_now
    revocations: Revocations = field(default_factory=lambda: Revocations(utc_now))

    def token(self, *, life: timedelta = timedelta(minutes=15), **claims: object) -> str:
        """A signed access token; claims given here replace the usual ones, or leave one out with None."""
        now: datetime = self.clock()
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(new_id()),
            "org": str(new_id()),
            "sid": str(new_id()),
            "role": Role.STAFF.name,
            "iat": now,
            "exp": now + life,
        }
        chosen = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(chosen, self.key, algorithm="EdDSA", headers={"kid": KEY_ID, "typ": ACCESS_TYPE})

    def metadata(
        self,
        role: Role,
        *,
        org_id: UUID,
        account_id: UUID | None = None,
        session_id: UUID | None = None,
        language: str = "en",
    ) -> Metadata:
        """The metadata of a call by a signed-in person, through the gateway."""
        token = self.token(
            role=role.name,
            org=str(org_id),
            sub=str(account_id or new_id()),
            sid=str(session_id or new_id()),
        )
        return (("authorization", f"Bearer {token}"), ("x-test-peer", "gateway"), ("accept-language", language))

    def verifier(self) -> TokenVerifier:
        """A verifier that trusts this key."""

        async def keys() -> dict[str, VerifyKey]:
            return {KEY_ID: VerifyKey(self.key.public_key().public_bytes_raw())}

        return TokenVerifier(issuer=ISSUER, fetch_keys=keys, revocations=self.revocations, clock=self.clock)


def as_service(name: str) -> Metadata:
    """The metadata of a call by another service, or by the gateway for somebody who is not signed in."""
    return (("x-test-peer", name),)


def interceptor_for(people: TestPeople, *, service: str, limits: Limits | None = None) -> Interceptor:
    """The production interceptor, which trusts these people's tokens."""
    return Interceptor(
        service=service,
        peer=_peer_in_metadata,
        verifier=people.verifier(),
        hashes=HASHES,
        limits=limits or Limits(),
    )


@asynccontextmanager
async def serving(
    *servicers: object,
    people: TestPeople,
    service: str = "test",
    limits: Limits | None = None,
    listen: str = "127.0.0.1:0",
) -> AsyncIterator[str]:
    """Serves the servicers behind the production interceptor; yields `host:port`."""
    async with standing(*servicers, people=people, service=service, limits=limits, listen=listen) as (_, address):
        yield address


@asynccontextmanager
async def standing(
    *servicers: object,
    people: TestPeople,
    service: str = "test",
    limits: Limits | None = None,
    listen: str = "127.0.0.1:0",
) -> AsyncIterator[tuple[Server, str]]:
    """The same with the server itself, to look at and to drain."""
    server = Server(interceptor_for(people, service=service, limits=limits))
    for servicer in servicers:
        server.add(servicer)
    port = await server.start(listen, None)
    await server.set_ready(True)
    try:
        yield server, f"127.0.0.1:{port}"
    finally:
        await server.drain(0)


def _peer_in_metadata(context: Context) -> str:
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("x-test-peer", "gateway"))


@pytest.fixture(scope="session")
def people() -> TestPeople:
    """Who signs the tokens of this run."""
    return TestPeople()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grpc_server(grpc_servicers: Sequence[object], people: TestPeople) -> AsyncIterator[str]:
    """The address of a server with the module's servicers."""
    async with serving(*grpc_servicers, people=people) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grpc_channel(grpc_server: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to it whose errors arrive typed."""
    channel = open_channel(grpc_server, server="", credentials=None)
    yield channel
    await channel.close()
