"""Events that could not be handled, or not be published: kept with the reason for 30 days, to be redriven."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import CTE, Insert, Integer, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis import telemetry
from chassis.db import Executor, statement
from chassis.envelope import Envelope
from chassis.errors import ServiceError
from chassis.outbox import OutboxEvent, event_params
from chassis.saves import run_save, save
from chassis.tables import dead_letters, inbox, outbox

_MAX_TEXT_LENGTH = 500
_COUNT_SECONDS = 30.0
_STAFF = "Staff of the platform look after the dead letters of all organizations."

_count = telemetry.METER.create_gauge("dead_letters", unit="{event}", description="Events that wait for a redrive.")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row of `dead_letters`; `stream` is None for an event of our own that could not be published."""

    org_id: UUID
    id: UUID
    stream: str | None
    subject: str
    type: str
    payload: bytes
    aggregate_id: UUID
    version: int
    traceparent: str | None
    event_time: datetime
    reason: str
    tries: int
    fail_time: datetime


_NEWEST = statement(
    select(dead_letters).order_by(dead_letters.c.fail_time.desc()).limit(bindparam("limit", type_=Integer())),
    into=DeadLetter,
    cross_tenant=_STAFF,
)
_COUNT = statement(select(func.count()).select_from(dead_letters), into=int, cross_tenant=_STAFF)
_BY_ID = statement(
    select(dead_letters).where(dead_letters.c.id == bindparam("id")), into=DeadLetter, cross_tenant=_STAFF
)
_REMOVE = statement(
    delete(dead_letters).where(dead_letters.c.org_id == bindparam("org_id"), dead_letters.c.id == bindparam("id"))
)


def _note_received(letter: CTE) -> Insert:
    received = select(letter.c.org_id, letter.c.id)
    return upsert(inbox).from_select(["org_id", "event_id"], received).on_conflict_do_nothing()


_new_letter = upsert(dead_letters).values(
    {
        name: bindparam(name, type_=dead_letters.c[name].type)
        for name in DeadLetter.__dataclass_fields__
        if name != "fail_time"
    }
)
_STORE_DEAD_LETTER = save(
    _new_letter.on_conflict_do_update(
        index_elements=[dead_letters.c.org_id, dead_letters.c.id],
        set_={name: _new_letter.excluded[name] for name in ("reason", "tries", "fail_time")},
    ).returning(dead_letters.c.org_id, dead_letters.c.id),
    _note_received,
)
_EVENT = ("org_id", "id", "subject", "type", "payload", "aggregate_id", "version", "traceparent", "event_time")
_gone = (
    delete(dead_letters)
    .where(dead_letters.c.org_id == bindparam("org_id"), dead_letters.c.id == bindparam("id"))
    .returning(*(dead_letters.c[name] for name in _EVENT))
    .cte("gone")
)
_BACK_TO_OUTBOX = statement(insert(outbox).from_select(list(_EVENT), select(*_gone.c)))


async def newest_dead_letters(executor: Executor, *, limit: int = 100) -> list[DeadLetter]:
    """The dead letters of every organization, the newest first."""
    return await executor.all(_NEWEST, limit=limit)


async def keep_counting(executor: Executor) -> NoReturn:
    """Measures how many dead letters there are."""
    while True:
        with suppress(ServiceError):  # the database is away, and others say so
            _count.set(await executor.first(_COUNT) or 0)
        await asyncio.sleep(_COUNT_SECONDS)


async def find_dead_letter(executor: Executor, letter_id: UUID) -> DeadLetter | None:
    """The dead letter with this id (the event's), whatever its organization."""
    return await executor.first(_BY_ID, id=letter_id)


async def remove(executor: Executor, letter: DeadLetter) -> bool:
    """Take the letter away; False when somebody else was faster."""
    return bool(await executor.run(_REMOVE, org_id=letter.org_id, id=letter.id))


async def back_to_outbox(executor: Executor, letter: DeadLetter) -> bool:
    """Let the relay try again; False when somebody else was faster."""
    return bool(await executor.run(_BACK_TO_OUTBOX, org_id=letter.org_id, id=letter.id))


async def store_dead_letter(
    executor: Executor, envelope: Envelope, *, reason: str, tries: int, events: Sequence[OutboxEvent] = ()
) -> None:
    """Keep an event that failed, note in the inbox that it is dealt with, and tell of it, all by one statement."""
    incoming = envelope.incoming
    params = {
        **event_params(incoming.org_id, events),
        "org_id": incoming.org_id,
        "id": incoming.id,
        "stream": envelope.stream,
        "subject": _storable(incoming.subject),
        "type": _storable(envelope.type),
        "payload": envelope.payload,
        "aggregate_id": incoming.aggregate_id,
        "version": incoming.version,
        "traceparent": _storable(envelope.traceparent or "") or None,
        "event_time": incoming.event_time,
        "reason": _storable(reason),
        "tries": tries,
    }
    await run_save(executor, _STORE_DEAD_LETTER, params)


def _storable(text: str) -> str:
    """PostgreSQL keeps any character but NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_MAX_TEXT_LENGTH]
