"""NATS from a wheel: TLS, and a user per service with exactly its subjects."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats as nats_client
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, StreamConfig

from local_stack.certificates import Certificate
from local_stack.nats import Nats, start_nats

IDENTITY = StreamConfig(name="IDENTITY", subjects=["portico.*.identity.account.>"])
REVOCATIONS = StreamConfig(name="REVOCATIONS", subjects=["portico.*.identity.revocation.*"])


class Denials:
    """What the server refused: it tells so beside the call, which only times out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.came = asyncio.Event()

    async def hear(self, error: Exception) -> None:
        """Note what was refused."""
        self.texts.append(str(error).lower())
        self.came.set()


@asynccontextmanager
async def connected(
    server: Nats, user: str, authority: Certificate, denials: Denials | None = None
) -> AsyncIterator[Client]:
    """A client of the server, as one of its users."""
    client = await nats_client.connect(
        server.url(user),
        tls=ssl.create_default_context(cafile=str(authority.authority)),
        inbox_prefix=f"_INBOX_{user}".encode(),
        error_cb=(denials or Denials()).hear,
        allow_reconnect=False,
    )
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def identity(nats: Nats, certificates: dict[str, Certificate]) -> AsyncIterator[Client]:
    """Identity's client, and its streams."""
    async with connected(nats, "identity", certificates["nats"]) as client:
        for stream in (IDENTITY, REVOCATIONS):
            await client.jetstream().add_stream(stream)
        yield client


async def test_a_service_publishes_its_own_subjects(identity: Client) -> None:
    """OP-01: a service keeps its own stream and publishes into it over TLS."""
    acknowledged = await identity.jetstream().publish("portico.org.identity.account.activated", b"event")
    assert "IDENTITY" == acknowledged.stream


@pytest.mark.parametrize(
    "subject",
    [
        "portico.org.identity.account.activated",
        "$JS.API.STREAM.CREATE.IDENTITY",
        "$JS.API.STREAM.DELETE.APPLICATIONS",
        "$JS.API.STREAM.PURGE.IDENTITY",
        "$JS.API.CONSUMER.CREATE.IDENTITY.casemanager",
        "$JS.API.CONSUMER.CREATE.IDENTITY",
        "$JS.API.CONSUMER.MSG.NEXT.IDENTITY.casemanager",
        "$JS.ACK.IDENTITY.casemanager.1.2.3.4.5",
        "_INBOX_identity.stolen",
    ],
)
async def test_a_service_publishes_nothing_else(nats: Nats, certificates: dict[str, Certificate], subject: str) -> None:
    """OP-01: applications can neither speak for identity nor touch the streams and consumers of others."""
    denials = Denials()
    async with connected(nats, "applications", certificates["nats"], denials) as applications:
        await applications.publish(subject, b"forged")
        await applications.flush()
        async with asyncio.timeout(5):
            await denials.came.wait()
    assert f'permissions violation for publish to "{subject.lower()}"' in denials.texts[0]


async def test_a_service_hears_only_its_own_inbox(nats: Nats, certificates: dict[str, Certificate]) -> None:
    """OP-01: nobody listens to all events or to the answers that others get."""
    for subject in ("portico.>", "_INBOX_identity.>", ">"):
        denials = Denials()
        async with connected(nats, "applications", certificates["nats"], denials) as applications:
            await applications.subscribe(subject)
            await applications.flush()
            async with asyncio.timeout(5):
                await denials.came.wait()
        assert f'permissions violation for subscription to "{subject.lower()}"' in denials.texts[0]


@pytest.mark.usefixtures("identity")
async def test_a_service_reads_another_stream_by_its_own_durable(
    nats: Nats, certificates: dict[str, Certificate], identity: Client
) -> None:
    """OP-01: a durable named as the service is made, read, inspected and acknowledged."""
    await identity.jetstream().publish("portico.org.identity.account.created", b"read me")
    async with connected(nats, "applications", certificates["nats"]) as applications:
        stream = applications.jetstream()
        durable = ConsumerConfig(durable_name="applications", filter_subject="portico.*.identity.account.created")
        await stream.add_consumer("IDENTITY", durable)
        subscription = await stream.pull_subscribe_bind(durable="applications", stream="IDENTITY")
        [message] = await subscription.fetch(1)
        await message.ack_sync()
        info = await stream.consumer_info("IDENTITY", "applications")
    assert b"read me" == message.data
    assert 0 == info.num_ack_pending


async def test_every_service_reads_the_revocations_for_itself(
    nats: Nats, certificates: dict[str, Certificate], identity: Client
) -> None:
    """ID-06: each process reads the whole stream of revocations by an ordered consumer of its own."""
    await identity.jetstream().publish("portico.org.identity.revocation.session", b"revoked")
    async with connected(nats, "applications", certificates["nats"]) as applications:
        subscription = await applications.jetstream().subscribe(
            "portico.*.identity.revocation.*", stream="REVOCATIONS", ordered_consumer=True
        )
        message = await subscription.next_msg(timeout=5)
        await subscription.unsubscribe()
    assert b"revoked" == message.data


async def test_without_the_authority_nobody_connects(nats: Nats) -> None:
    """OP-01: the server proves itself by the development authority."""
    with pytest.raises(ssl.SSLCertVerificationError):
        await nats_client.connect(
            nats.url("identity"), tls=ssl.create_default_context(), allow_reconnect=False, error_cb=Denials().hear
        )


async def test_a_wrong_password_is_refused(nats: Nats, certificates: dict[str, Certificate]) -> None:
    """OP-01: a user without the right password does not come in."""
    url = nats.url("identity").replace(nats.url("identity").split(":")[2].split("@")[0], "wrong")
    context = ssl.create_default_context(cafile=str(certificates["nats"].authority))
    with pytest.raises(NatsError, match="Authorization Violation"):
        await nats_client.connect(url, tls=context, allow_reconnect=False, error_cb=Denials().hear)


async def test_acknowledged_messages_survive_a_kill(tmp_path: Path) -> None:
    """OP-06: after kill -9 of the broker the next start has every acknowledged message."""
    server = start_nats(tmp_path)
    client = await nats_client.connect(server.url(), allow_reconnect=False)
    await client.jetstream().add_stream(StreamConfig(name="KEPT", subjects=["kept"]))
    await client.jetstream().publish("kept", b"1")
    await client.close()
    server.child.kill()
    server.child.start()
    client = await nats_client.connect(server.url(), allow_reconnect=False)
    assert 1 == (await client.jetstream().stream_info("KEPT")).state.messages
    await client.close()
    server.stop()
