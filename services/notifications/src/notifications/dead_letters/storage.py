"""Statements about what was given up: messages whose retries ran out, and events that could not be handled."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, bindparam, cast, literal, null, select, tuple_, union_all, update

from chassis.columns import INSTANT
from chassis.db import statement
from chassis.pagination import NEWEST, Keyset
from chassis.saves import save
from notifications.messages.domain import DeadLetteredMessage, State
from notifications.messages.storage import ID, IS_SUPERSEDED, NOW, ORG, messages, metadata

_c, _events = messages.c, metadata.tables["dead_letters"].c


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message, or an event, that was given up; `source` is `messages/<id>` or the event's subject."""

    id: UUID
    source: str
    reason: str
    create_time: datetime
    redrive_time: datetime | None


_event_letters = select(
    _events.id,
    _events.subject.label("source"),
    _events.reason,
    _events.fail_time.label("create_time"),
    cast(null(), INSTANT).label("redrive_time"),
).where(_events.org_id == ORG)

LOAD_EVENT = statement(_event_letters.where(_events.id == ID), into=DeadLetter)

_letters = union_all(
    select(
        _c.id,
        (literal("messages/") + cast(_c.id, Text)).label("source"),
        _c.dead_reason.label("reason"),
        _c.dead_time.label("create_time"),
        _c.redrive_time.label("redrive_time"),
    ).where(_c.org_id == ORG, _c.dead_time.is_not(None)),
    _event_letters,
).subquery("letters")

LIST_DEAD_LETTERS = statement(
    select(*_letters.c)
    .where(
        tuple_(_letters.c.create_time, _letters.c.id)
        < tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid()))
    )
    .order_by(_letters.c.create_time.desc(), _letters.c.id.desc())
    .limit(bindparam("limit", type_=Integer)),
    into=DeadLetter,
)
DEAD_LETTERS_BY_AGE: Keyset[DeadLetter, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda letter: (letter.create_time, letter.id)
)

_DEAD_LETTERED = [
    *(_c[name] for name in DeadLetteredMessage.__dataclass_fields__ if name in _c),
    _c["values"].is_not(None).label("has_values"),
    IS_SUPERSEDED,
]

LOAD_DEAD_LETTERED = statement(
    select(*_DEAD_LETTERED).where(_c.org_id == ORG, _c.id == ID, _c.dead_time.is_not(None)), into=DeadLetteredMessage
)

SAVE_REDRIVEN = save(
    update(messages)
    .where(_c.org_id == ORG, _c.id == ID, _c.version == bindparam("loaded_version"))
    .values(
        state=State.QUEUED,
        attempt_count=0,
        retry_since=NOW,
        due_time=NOW,
        redrive_time=NOW,
        version=_c.version + 1,
    )
    .returning(_c.id)
)

LIST_DEAD_LETTERED = statement(
    select(*_DEAD_LETTERED)
    .where(_c.dead_time.is_not(None), _c.redrive_time.is_(None))
    .order_by(_c.dead_time.desc())
    .limit(100),
    into=DeadLetteredMessage,
    cross_tenant="Staff of the platform look after the dead letters of all organizations.",
)
