"""Statements that store what is asked for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CTE, Update, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import statement
from chassis.saving import save
from notifications.messages.domain import State
from notifications.messages.storage import ORG, messages

_c = messages.c
_GIVEN = (
    "message_id",
    "asker",
    "idempotency_key",
    "body_hash",
    "template",
    "template_version",
    "channel",
    "address",
    "language",
    "values",
    "sealed_values",
    "reference",
    "supersedes",
    "urgency",
    "not_after",
    "state",
    "version",
    "create_time",
    "retry_since",
    "due_at",
    "traceparent",
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """Which message has an idempotency key, and what was asked with it."""

    message_id: UUID
    body_hash: bytes


def _look_at_superseded(stored: CTE) -> Update:
    """What waits for a retry is due now: the sender that claims it finds that it is superseded, and cancels it."""
    return (
        update(messages)
        .where(
            _c.org_id == ORG,
            _c.asker == bindparam("asker"),
            _c.reference == bindparam("supersedes"),
            _c.state == State.TEMPORARY_FAILURE,
            exists().select_from(stored),
        )
        .values(due_at=bindparam("due_at"))
    )


store = save(
    insert(messages)
    .values(org_id=ORG, **{name: bindparam(name, type_=_c[name].type) for name in _GIVEN})
    .on_conflict_do_nothing(index_elements=[_c.org_id, _c.asker, _c.idempotency_key])
    .returning(_c.message_id),
    _look_at_superseded,
)

stored_key = statement(
    select(_c.message_id, _c.body_hash).where(
        _c.org_id == ORG, _c.asker == bindparam("asker"), _c.idempotency_key == bindparam("idempotency_key")
    ),
    into=StoredKey,
)
