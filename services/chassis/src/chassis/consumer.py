"""Events that a service reads: which handlers it has, and what happens to one event.

The inbox is the truth, an acknowledgement only a hint: the inbox row and the handler's effect are one transaction, so
an event has one effect however often it is delivered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from google.protobuf.message import DecodeError, Message
from opentelemetry.trace import SpanKind
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from chassis import telemetry
from chassis.bus import Bus, is_broker_outage
from chassis.db import Database, Executor, statement
from chassis.dead_letters import DeadLetter, back_to_outbox, find_dead_letter, remove, store_dead_letter
from chassis.envelope import Envelope, Incoming
from chassis.errors import DeadlineExceeded, Exhausted, InvalidArgument, NotFound, Unavailable
from chassis.outbox import OutboxEvent
from chassis.stream_reader import StreamReader
from chassis.tables import aggregate_versions, inbox

E = TypeVar("E", bound=Message)
Handler = Callable[[E, Incoming, Executor], Awaitable[None]]
Answer = Callable[[E, Incoming, Exception], Sequence[OutboxEvent]]
"""What those who wait for an effect are told when an event is given up; pure, and must not raise."""

_log = telemetry.logger(__name__)
_events = telemetry.METER.create_counter("consumer.events", description="Events by stream, type and what became of it.")

_RECEIVE = statement(
    insert(inbox).values(org_id=bindparam("org_id"), event_id=bindparam("event_id")).on_conflict_do_nothing()
)
_new_version = insert(aggregate_versions).values(
    {column.name: bindparam(column.name, type_=column.type) for column in aggregate_versions.c}
)
_ADVANCE = statement(
    _new_version.on_conflict_do_update(
        index_elements=list(aggregate_versions.primary_key.columns),
        set_={"version": _new_version.excluded.version},
        where=aggregate_versions.c.version < _new_version.excluded.version,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How a failing handler is tried again: how often in all, seconds before the second try, and the pauses' growth."""

    tries: int = 5
    first_pause: float = 0.2
    growth: float = 4.0
    max_pause: float = 15.0

    def pause(self, tries: int) -> float:
        """Seconds to wait after so many failed tries; after none, something else was away."""
        return min(self.first_pause * self.growth ** max(tries - 1, 0), self.max_pause)


@dataclass(frozen=True, slots=True)
class _Subscription:
    message_type: type[Message]
    handler: Handler[Any]
    is_latest: bool
    answer: Answer[Any] | None = None


class DeadLetterNotFound(NotFound):
    """No such dead letter, or no handler for it in this service."""

    reason = "DEAD_LETTER_UNKNOWN"
    message = "No such dead letter, or nobody here handles it."


class Consumers:
    """The handlers of a service by stream and message type; `run` never returns.

    Each event runs in a transaction. Events of one aggregate keep their order within a process, others go on beside
    them. A handler that fails is tried again with growing pauses and then given up: the event becomes a dead letter.
    When the database, NATS or a neighbour is away, the event waits and nothing is counted.
    """

    def __init__(self, database: Database, bus: Bus, *, at_once: int = 4, retries: Retries | None = None) -> None:
        """`at_once` handlers run at the same time, each on a connection of the pool; calls need some as well."""
        self._database = database
        self._bus = bus
        self._slots = asyncio.Semaphore(at_once)
        self._retries = retries or Retries()
        self._streams: dict[str, dict[str, _Subscription]] = {}

    def every(
        self, stream: str, message_type: type[E], handler: Handler[E], *, answer: Answer[E] | None = None
    ) -> None:
        """Each event has its effect once, in whatever order they come (a timeline, a request).

        `answer` gives the events that are stored with the dead letter of one whose handler failed for good.
        """
        self._subscribe(stream, _Subscription(message_type, handler, is_latest=False, answer=answer))

    def latest(self, stream: str, message_type: type[E], handler: Handler[E]) -> None:
        """Only an event that is newer than the last one of its aggregate has an effect (a projection)."""
        self._subscribe(stream, _Subscription(message_type, handler, is_latest=True))

    async def run(self) -> None:
        """Read every stream that has a handler; waits for streams that are not there yet."""
        async with asyncio.TaskGroup() as tasks:
            for stream in self._streams:
                tasks.create_task(StreamReader(self._bus, stream, self.settle).run(), name=f"read {stream}")

    async def settle(self, envelope: Envelope) -> None:
        """See to it that an event needs no further delivery: applied, known already, unknown, or a dead letter."""
        subscription = self._streams[envelope.stream].get(envelope.type)
        if subscription is None and envelope.defect is None:
            self._count(envelope, "unknown")
            return
        tries, failure = 0, None
        while True:
            try:
                async with self._slots:
                    await self._once(envelope, subscription, tries, failure)
                return
            except Exception as error:  # noqa: BLE001 whatever a handler raises is one failed try
                if is_outage(error):
                    self._count(envelope, "outage")
                    _log.warning("consumer.outage", stream=envelope.stream, error=type(error).__name__)
                else:
                    tries += 1
                    self._count(envelope, "failed")
                    _log.warning("consumer.failed", event_id=str(envelope.incoming.id), error=_reason(error))
                    # An event that is wrong in itself does not get better by waiting.
                    if tries == self._retries.tries or isinstance(error, InvalidArgument | DecodeError):
                        envelope, failure = replace(envelope, defect=_reason(error)), error
                        continue
            await asyncio.sleep(self._retries.pause(tries))

    async def redrive(self, letter_id: UUID) -> None:
        """Handle a dead letter once more, or hand it to the relay again; UnknownLetter, or the handler's error."""
        letter = await find_dead_letter(self._database, letter_id)
        if letter is None:
            raise DeadLetterNotFound()
        if letter.stream is None:
            await back_to_outbox(self._database, letter)
            return
        subscription = self._streams.get(letter.stream, {}).get(letter.type)
        if subscription is None:
            raise DeadLetterNotFound()
        async with self._database.transaction() as tx:
            if await remove(tx, letter):
                await _apply(subscription, letter.payload, _incoming_of(letter), tx)

    def _subscribe(self, stream: str, subscription: _Subscription) -> None:
        of_stream = self._streams.setdefault(stream, {})
        name = subscription.message_type.DESCRIPTOR.full_name
        if name in of_stream:
            raise ValueError(f"{name} on {stream} has a handler already: the inbox knows an event only once.")
        of_stream[name] = subscription

    async def _once(
        self, envelope: Envelope, subscription: _Subscription | None, tries: int, failure: Exception | None
    ) -> None:
        if envelope.defect is not None or subscription is None:
            events = _answer(envelope, subscription, failure)
            await store_dead_letter(self._database, envelope, reason=envelope.defect or "", tries=tries, events=events)
            self._count(envelope, "dead_letter")
            _log.error("consumer.dead_letter", event_id=str(envelope.incoming.id), reason=envelope.defect)
            return
        incoming = envelope.incoming
        with telemetry.span(f"{envelope.type} consume", kind=SpanKind.CONSUMER, traceparent=envelope.traceparent):
            async with self._database.transaction() as tx:
                if await tx.run(_RECEIVE, org_id=incoming.org_id, event_id=incoming.id):
                    outcome = await _apply(subscription, envelope.payload, incoming, tx)
                else:
                    outcome = "duplicate"
        self._count(envelope, outcome)

    def _count(self, envelope: Envelope, outcome: str) -> None:
        _events.add(1, {"stream": envelope.stream, "type": envelope.type, "outcome": outcome})


def is_outage(error: BaseException) -> bool:
    """Whether something that a handler needs is away, so that its failing says nothing about the event."""
    away = (psycopg.OperationalError, Unavailable, Exhausted, DeadlineExceeded)
    return isinstance(error, away) or is_broker_outage(error)


async def _apply(subscription: _Subscription, payload: bytes, incoming: Incoming, tx: Executor) -> str:
    """Run the handler unless the event is unknown or older than what was applied; what became of it."""
    event = subscription.message_type.FromString(payload)
    if _is_from_the_future(event):
        return "unknown"
    if subscription.is_latest and not await tx.run(
        _ADVANCE,
        org_id=incoming.org_id,
        type=event.DESCRIPTOR.full_name,
        aggregate_id=incoming.aggregate_id,
        version=incoming.version,
    ):
        return "older"
    await subscription.handler(event, incoming, tx)
    return "applied"


def _answer(envelope: Envelope, subscription: _Subscription | None, failure: Exception | None) -> Sequence[OutboxEvent]:
    """What is told of an event that is given up: nothing when it cannot even be read."""
    if subscription is None or subscription.answer is None or failure is None or isinstance(failure, DecodeError):
        return ()
    return subscription.answer(subscription.message_type.FromString(envelope.payload), envelope.incoming, failure)


def _is_from_the_future(event: Message) -> bool:
    """Whether what happened is a variant that this release does not know: its `oneof` is then not set."""
    # An optional field is a oneof as well, whose name begins with an underscore.
    oneofs = [oneof.name for oneof in event.DESCRIPTOR.oneofs if not oneof.name.startswith("_")]
    return bool(oneofs) and not any(event.WhichOneof(name) for name in oneofs)


def _reason(error: Exception) -> str:
    # The whole text of a database error quotes the row.
    words = error.diag.message_primary if isinstance(error, psycopg.Error) else str(error)
    return f"{type(error).__name__}: {words}"


def _incoming_of(letter: DeadLetter) -> Incoming:
    return Incoming(
        id=letter.id,
        org_id=letter.org_id,
        subject=letter.subject,
        aggregate_id=letter.aggregate_id,
        version=letter.version,
        event_time=letter.event_time,
    )
