"""Statements that store what is asked for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CTE, Update, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import statement
from chassis.saves import save
from notifications.messages.domain import State
from notifications.messages.storage import ORG, messages

_c = messages.c
_GIVEN = (
    "id",
    "requester",
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
    "due_time",
    "traceparent",
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """Which message has an idempotency key, and what was asked with it."""

    id: UUID
    body_hash: bytes


def _look_at_superseded(stored: CTE) -> Update:
    """What waits for a retry is due now: the sender that claims it finds that it is superseded, and cancels it."""
    return (
        update(messages)
        .where(
            _c.org_id == ORG,
            _c.requester == bindparam("requester"),
            _c.reference == bindparam("supersedes"),
            _c.state == State.TEMPORARY_FAILURE,
            exists().select_from(stored),
        )
        .values(due_time=bindparam("due_time"))
    )


store = save(
    insert(messages)
    .values(org_id=ORG, **{name: bindparam(name, type_=_c[name].type) for name in _GIVEN})
    .on_conflict_do_nothing(index_elements=[_c.org_id, _c.requester, _c.idempotency_key])
    .returning(_c.id),
    _look_at_superseded,
)

stored_key = statement(
    select(_c.id, _c.body_hash).where(
        _c.org_id == ORG, _c.requester == bindparam("requester"), _c.idempotency_key == bindparam("idempotency_key")
    ),
    into=StoredKey,
)
