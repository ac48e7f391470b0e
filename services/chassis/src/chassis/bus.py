"""The connection of a process to NATS: made in the background, kept for ever, and the streams that a service owns."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from chassis import telemetry
from chassis.tasks import cancel

STREAM_AGE = timedelta(hours=72)
"""How long a stream keeps an event, and the outbox a published row."""
MAX_EVENT_BYTES = 256 * 1024
"""Bytes of an event's message; a larger one is never published, and never handled."""
_RETRY_SECONDS = 0.25
_ANSWER_SECONDS = 5.0

_log = telemetry.logger(__name__)
_errors = telemetry.METER.create_counter("nats.errors", description="Errors of the connection to NATS, also denials.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStream:
    """A stream that this service publishes to: the events of these aggregates, of every organization."""

    name: str
    service: str
    aggregates: tuple[str, ...]
    max_age: timedelta = STREAM_AGE

    @property
    def subjects(self) -> list[str]:
        """`portico.*.<service>.<aggregate>.*` for each aggregate."""
        return [f"portico.*.{self.service}.{aggregate}.*" for aggregate in self.aggregates]


def subject_of(org_id: UUID | str, service: str, tail: str) -> str:
    """Where an event goes: `portico.<org>.<service>.<aggregate>.<event>`."""
    return f"portico.{org_id}.{service}.{tail}"


class Bus:
    """One connection to NATS with TLS; `open` returns at once, also when NATS is away."""

    def __init__(self, url: str, *, service: str, ca: Path | None = None, replicas: int = 1) -> None:
        """`url` carries user and password; `ca` (PEM) is needed for `tls://`; `replicas` is the cluster's."""
        self.service = service
        self.times_connected = 0
        """Grows at each reconnect, after which NATS may be another one."""
        self._url = url
        self._tls = ssl.create_default_context(cafile=ca) if url.startswith("tls://") else None
        self._replicas = replicas
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last_error = ""

    async def open(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._keep_connected(), name="nats")

    async def close(self) -> None:
        """End the connection; what was published and not yet acknowledged may be lost."""
        if self._task is not None:
            await cancel(self._task)

    async def answers(self) -> bool:
        """Whether NATS can be reached right now."""
        return self._client is not None and self._client.is_connected

    async def client(self) -> Client:
        """The client, as soon as NATS can be reached; TimeoutError after a few seconds."""
        async with asyncio.timeout(_ANSWER_SECONDS):
            while self._client is None or not self._client.is_connected:
                # The client knows of a loss a moment before it says so; to wait for what is set would never yield.
                self._connected.clear()
                await self._connected.wait()
        return self._client

    async def jetstream(self) -> JetStreamContext:
        """The client's JetStream, as soon as NATS can be reached; TimeoutError after a few seconds."""
        return (await self.client()).jetstream(timeout=_ANSWER_SECONDS)

    async def ensure_streams(self, streams: Sequence[OwnStream]) -> list[OwnStream]:
        """Create the streams, or bring them to their present form; returns those that never held anything.

        Raises nats.errors.Error when NATS is away.
        """
        jetstream = await self.jetstream()
        untouched = []
        for stream in streams:
            config = StreamConfig(
                name=stream.name,
                subjects=stream.subjects,
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.FILE,
                max_age=stream.max_age.total_seconds(),
                num_replicas=self._replicas,
                allow_atomic=True,
            )
            try:
                found = await jetstream.add_stream(config)
            except BadRequestError:  # it is there, in another form
                found = await jetstream.update_stream(config)
            if found.state.last_seq == 0:
                untouched.append(stream)
        return untouched

    async def _keep_connected(self) -> None:
        # The client reconnects by itself, but some errors of the protocol close it for good.
        while True:
            client = Client()
            self._closed.clear()
            try:
                await client.connect(
                    self._url,
                    name=self.service,
                    tls=self._tls,
                    inbox_prefix=f"_INBOX_{self.service}",
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=_RETRY_SECONDS,  # type: ignore[arg-type] # annotated more narrowly than used
                    error_cb=self._on_error,
                    disconnected_cb=self._on_disconnect,
                    reconnected_cb=self._on_connect,
                    closed_cb=self._on_close,
                )
                self._client = client
                await self._on_connect()
                await self._closed.wait()
            finally:
                await client.close()

    async def _on_error(self, error: Exception) -> None:
        # A denied publish shows itself only here; to the publisher it is a timeout.
        _errors.add(1, {"error": type(error).__name__})
        words = f"{type(error).__name__}: {error}"
        if words != self._last_error:
            self._last_error = words
            _log.warning("nats.error", error=words)

    async def _on_connect(self) -> None:
        self._last_error = ""
        self.times_connected += 1
        self._connected.set()
        _log.info("nats.connected")

    async def _on_disconnect(self) -> None:
        self._connected.clear()
        _log.warning("nats.disconnected")

    async def _on_close(self) -> None:
        self._closed.set()


def is_broker_outage(error: BaseException) -> bool:
    """Whether an error says that NATS is away or overloaded, and not that a message is bad."""
    return isinstance(error, nats.errors.Error | ConnectionError | TimeoutError) and not isinstance(
        error, BadRequestError | nats.errors.MaxPayloadError | nats.errors.BadSubjectError
    )
