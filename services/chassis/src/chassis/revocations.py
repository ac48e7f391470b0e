"""Sessions that have ended: fed by NATS to every process, so that a revocation bites within a second.

The stream keeps as long as an access token lives; a process reads all of it before it is ready. While NATS is away,
tokens hold until they expire, and the log says so.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn
from uuid import UUID

import nats.errors
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from portico.identity.v1.events_pb2 import RevocationEvent

from chassis import telemetry
from chassis.bus import Bus
from chassis.clock import Clock

ACCESS_TOKEN_LIFE = 15 * 60.0
"""Seconds that an access token lives, and a revocation has to be remembered."""

STREAM = "REVOCATIONS"
SUBJECT = "portico.*.identity.revocation.*"
_POLL_SECONDS = 5.0
_CATCHING_UP = 0.02
_RETRY_SECONDS = 0.5
_log = telemetry.logger(__name__)
_unknown = telemetry.METER.create_gauge(
    "revocations.unknown", description="1 while the ended sessions cannot be read, and tokens hold until they expire."
)


class Revocations:
    """The ended sessions of the last quarter of an hour; memory is bounded by their rate."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: OrderedDict[UUID, float] = OrderedDict()
        self._watchers: dict[UUID, list[Callable[[], None]]] = {}

    def __contains__(self, session_id: UUID) -> bool:
        return session_id in self._until

    def __len__(self) -> int:
        return len(self._until)

    def add(self, session_ids: Iterable[UUID]) -> None:
        """Notes that these sessions have ended, and forgets those whose tokens have all expired."""
        now = self._clock().timestamp()
        for session_id in session_ids:
            self._until[session_id] = now + ACCESS_TOKEN_LIFE
            self._until.move_to_end(session_id)
            for ended in self._watchers.get(session_id, ()):
                ended()
        while self._until:
            oldest, until = next(iter(self._until.items()))
            if until > now:
                break
            del self._until[oldest]

    @contextmanager
    def watched(self, session_id: UUID, ended: Callable[[], None]) -> Iterator[None]:
        """Calls `ended` when the session ends while the block runs."""
        watchers = self._watchers.setdefault(session_id, [])
        watchers.append(ended)
        try:
            yield
        finally:
            watchers.remove(ended)
            if not watchers:
                del self._watchers[session_id]


async def follow(bus: Bus, revocations: Revocations, caught_up: asyncio.Event) -> NoReturn:
    """Reads the revocation stream from its beginning, and then as it grows; sets `caught_up` when all of it was read.

    Whatever happens to NATS, it begins anew from the beginning: to note a revocation twice does no harm.
    """
    while True:
        try:
            jetstream = await bus.jetstream()
            subscription = await jetstream.subscribe(
                SUBJECT, stream=STREAM, ordered_consumer=True, cb=_note(revocations)
            )
            try:
                while True:
                    consumer = await subscription.consumer_info()
                    _unknown.set(0)
                    if not consumer.num_pending and not subscription.pending_msgs:
                        caught_up.set()
                    await asyncio.sleep(_POLL_SECONDS if caught_up.is_set() else _CATCHING_UP)
            finally:
                await subscription.unsubscribe()
        except (nats.errors.Error, OSError, TimeoutError) as error:
            _unknown.set(1)
            _log.warning("revocations.unknown", error=type(error).__name__, tokens="hold until they expire")
            await asyncio.sleep(_RETRY_SECONDS)


def _note(revocations: Revocations) -> Callable[[Msg], Awaitable[None]]:
    async def note(message: Msg) -> None:
        try:
            event = RevocationEvent.FromString(message.data)
            revocations.add([UUID(session_id) for session_id in event.session_ids])
        except (DecodeError, ValueError):
            _log.error("revocation.unreadable", subject=message.subject)

    return note
