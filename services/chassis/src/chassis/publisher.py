"""Outbox rows on their way to NATS: the headers, and two ways to publish many."""

import asyncio
import json
import re
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import PubAck
from nats.js.errors import BadRequestError

from chassis.bus import MAX_EVENT_BYTES, Bus, OwnStream, is_broker_outage, subject_of

_ANSWER_SECONDS = 5.0
"""nats-py's futures have no limit of their own. An atomic batch dies after ten seconds of silence."""
_ATOMIC_FROM = 16
"""Fewer events than this are as fast one by one."""
_PORTION_BYTES = 2 * 1024 * 1024
_SUBJECT = re.compile(r"[a-z0-9_-]+\.[a-z0-9_-]+")


@dataclass(slots=True)  # frozen, it would take five times as long to make
class OutboxRow:
    """A row of `outbox` as the relay reads it; ids are only written out again, so text will do."""

    position: int
    org_id: UUID | str
    id: UUID | str
    subject: str
    type: str
    payload: bytes
    aggregate_id: UUID | str
    version: int
    traceparent: str | None
    event_time: datetime


@dataclass(slots=True)
class Published:
    """What became of some rows: positions that NATS acknowledged, rows that it never will, and why it stopped."""

    positions: list[int] = field(default_factory=list)
    poison: list[tuple[OutboxRow, str]] = field(default_factory=list)
    outage: BaseException | None = None


@dataclass(slots=True)
class _Batch:
    """An atomic batch: the bytes of all messages but the last one, whose headers commit it."""

    others: bytes
    last: OutboxRow
    headers: dict[str, str]


@dataclass(slots=True)
class Chunk:
    """Rows that wait to be published: in portions of one stream each, the bytes of the first one made already."""

    rows: Sequence[OutboxRow]
    portions: list[list[OutboxRow]] = field(default_factory=list)
    first: _Batch | None = None
    poison: list[tuple[OutboxRow, str]] = field(default_factory=list)


class Publisher:
    """Publishes outbox rows on the streams of a service; the id of an event makes a repetition harmless."""

    def __init__(self, bus: Bus, streams: Sequence[OwnStream]) -> None:
        self._bus = bus
        self._streams = {aggregate: stream.name for stream in streams for aggregate in stream.aggregates}
        self._jetstream: JetStreamContext | None = None
        self._client: Client | None = None

    async def publish(self, rows: Sequence[OutboxRow]) -> Published:
        """Publish rows in their order; returns after the last acknowledgement or at the first sign of an outage."""
        return await self.send(self.prepare(rows))

    def prepare(self, rows: Sequence[OutboxRow]) -> Chunk:
        """Do what needs no NATS, while it is busy with the rows before."""
        chunk = Chunk(rows)
        sound: dict[str, list[OutboxRow]] = {}
        for row in rows:
            defect = self._defect(row)
            if defect:
                chunk.poison.append((row, defect))
            else:
                sound.setdefault(self._streams[_aggregate(row)], []).append(row)
        chunk.portions = [portion for of_one_stream in sound.values() for portion in _portions(of_one_stream)]
        # Mostly there is no other. The bytes of all would be the large events' memory once more.
        chunk.first = self._batch(chunk.portions[0]) if chunk.portions else None
        return chunk

    async def send(self, chunk: Chunk) -> Published:
        """Publish prepared rows, as `publish` does."""
        published = Published(poison=chunk.poison)
        batch = chunk.first
        try:
            client = await self._bus.client()
            for number, portion in enumerate(chunk.portions):
                if number > 0:
                    batch = self._batch(portion)
                if batch is None or not await self._all_at_once(client, batch):
                    await self._one_by_one(client, portion, published)
                else:
                    published.positions += [row.position for row in portion]
        except Exception as error:
            if not is_broker_outage(error):
                raise
            published.outage = error
        return published

    def _defect(self, row: OutboxRow) -> str | None:
        """Why NATS would never take this row; None when it is sound."""
        if not _SUBJECT.fullmatch(row.subject) or _aggregate(row) not in self._streams:
            return f"No stream of ours takes the subject {row.subject!r}."
        if not (row.type + (row.traceparent or "")).isprintable():
            return "A header holds a character that none may hold."
        if len(row.payload) > MAX_EVENT_BYTES:
            return f"{len(row.payload)} bytes are more than {MAX_EVENT_BYTES}."
        return None

    def _batch(self, rows: list[OutboxRow]) -> _Batch | None:
        """The rows as an atomic batch; None when they are too few for one."""
        if len(rows) < _ATOMIC_FROM:
            return None
        batch = uuid4().hex
        # nats-py takes 17 µs for a message with these headers; made here, a message takes 3 µs.
        parts: list[bytes] = []
        for number, row in enumerate(rows[:-1], start=1):
            headers = (
                f"NATS/1.0\r\n{self._headers(row)}Nats-Batch-Id: {batch}\r\nNats-Batch-Sequence: {number}\r\n\r\n"
            ).encode()
            sizes = f"{len(headers)} {len(headers) + len(row.payload)}"
            parts += (f"HPUB {self._subject(row)} {sizes}\r\n".encode(), headers, row.payload, b"\r\n")
        commit = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(rows)), "Nats-Batch-Commit": "1"}
        return _Batch(b"".join(parts), rows[-1], self._header_fields(rows[-1]) | commit)

    async def _all_at_once(self, client: Client, batch: _Batch) -> bool:
        """An atomic batch, written to the disk once; False when NATS refuses it (one of the ids is known already)."""
        await client._send_command(batch.others)  # noqa: SLF001 the public ways take one message at a time
        last = batch.last
        answer = await client.request(self._subject(last), last.payload, headers=batch.headers, timeout=_ANSWER_SECONDS)
        return "error" not in json.loads(answer.data)  # it is not raised

    async def _one_by_one(self, client: Client, rows: Sequence[OutboxRow], published: Published) -> None:
        if client is not self._client:
            self._client, self._jetstream = client, client.jetstream()
        jetstream = self._jetstream or client.jetstream()
        futures: list[Awaitable[PubAck]] = []
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                for row in rows:
                    futures.append(  # noqa: PERF401 those made before an error have to be forgotten
                        await jetstream.publish_async(self._subject(row), row.payload, headers=self._header_fields(row))
                    )
                for row, future in zip(rows, futures, strict=True):
                    try:
                        await future
                    except BadRequestError as error:
                        published.poison.append((row, f"NATS refuses it: {error.description}"))
                    else:
                        published.positions.append(row.position)
        finally:
            for future in futures:
                _forget(future)

    def _subject(self, row: OutboxRow) -> str:
        return subject_of(row.org_id, self._bus.service, row.subject)

    def _headers(self, row: OutboxRow) -> str:
        """The headers of an event as the lines of the protocol."""
        trace = f"traceparent: {row.traceparent}\r\n" if row.traceparent else ""
        return (
            f"Nats-Msg-Id: {row.id}\r\nce-specversion: 1.0\r\nce-id: {row.id}\r\nce-type: {row.type}\r\n"
            f"ce-source: {self._bus.service}\r\nce-time: {row.event_time.isoformat()}\r\n"
            f"portico-aggregate: {row.aggregate_id}\r\nportico-version: {row.version}\r\n{trace}"
        )

    def _header_fields(self, row: OutboxRow) -> dict[str, str]:
        """The same for nats-py."""
        lines = self._headers(row).removesuffix("\r\n").split("\r\n")
        return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def _aggregate(row: OutboxRow) -> str:
    return row.subject.partition(".")[0]


def _portions(rows: Sequence[OutboxRow]) -> Iterator[list[OutboxRow]]:
    """The rows in pieces of a few megabytes, so that large events do not pile up in memory."""
    portion: list[OutboxRow] = []
    size = 0
    for row in rows:
        if portion and size + len(row.payload) > _PORTION_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += len(row.payload)
    yield portion


def _forget(future: Awaitable[PubAck]) -> None:
    """Give up waiting, and do not let an error that nobody awaits be complained about."""
    if isinstance(future, asyncio.Future):
        future.cancel()
        if not future.cancelled():
            future.exception()
