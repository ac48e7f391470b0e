"""The statements that read the audit with the names of the people in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from chassis.columns import INSTANT
from chassis.db import Statement, statement
from chassis.mapping import Params
from chassis.pagination import NEWEST, Keyset
from identity.accounts.storage import accounts
from identity.shared.audit.domain import Action
from identity.shared.audit.storage import audit


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the audit; who has no login in the organization has no name here."""

    id: UUID
    event_time: datetime
    action: Action
    outcome: str
    address: str
    user_agent: str
    count: int
    subject_id: UUID | None
    subject_name: str | None
    subject_username: str | None
    actor_id: UUID | None
    actor_name: str | None
    actor_username: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which lines; None and empty allow everything. From `start_time` on, and before `end_time`."""

    actor_id: UUID | None
    subject_id: UUID | None
    actions: Sequence[Action]
    outcome: str | None
    start_time: datetime | None
    end_time: datetime | None

    def params(self) -> Params:
        """The parameters of the statements, without the organization and the position."""
        return {
            "actor_id": self.actor_id,
            "subject_id": self.subject_id,
            "actions": list(self.actions) or None,
            "outcome": self.outcome,
            "start_time": self.start_time,
            "end_time": self.end_time,
        }


NEWEST_FIRST: Keyset[AuditEvent, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda event: (event.event_time, event.id)
)

_subject, _actor = accounts.alias("subject"), accounts.alias("actor")
_SHOWN = ("id", "event_time", "action", "outcome", "address", "user_agent", "count", "subject_id", "actor_id")
_position = tuple_(bindparam("time", type_=INSTANT), bindparam("id", type_=Uuid))
_limit = bindparam("limit", type_=BigInteger)


def _unless_null(
    name: str, kind: TypeEngine[Any], condition: Callable[[BindParameter[Any]], ColumnElement[bool]]
) -> ColumnElement[bool]:
    value = bindparam(name, type_=kind)
    return or_(value.is_(None), condition(value))


_wanted = (
    audit.c.org_id == bindparam("org_id"),
    _unless_null("actor_id", Uuid(), lambda value: audit.c.actor_id == value),
    _unless_null("subject_id", Uuid(), lambda value: audit.c.subject_id == value),
    _unless_null("actions", ARRAY(Text), lambda value: audit.c.action == any_(value)),
    _unless_null("outcome", Text(), lambda value: audit.c.outcome == value),
    _unless_null("start_time", INSTANT, lambda value: audit.c.event_time >= value),
    _unless_null("end_time", INSTANT, lambda value: audit.c.event_time < value),
)


def _events() -> Select[tuple[object, ...]]:
    return (
        select(
            *(audit.c[name] for name in _SHOWN),
            _subject.c.display_name.label("subject_name"),
            _subject.c.username.label("subject_username"),
            _actor.c.display_name.label("actor_name"),
            _actor.c.username.label("actor_username"),
        )
        .select_from(
            audit.outerjoin(
                _subject, (_subject.c.org_id == audit.c.org_id) & (_subject.c.id == audit.c.subject_id)
            ).outerjoin(_actor, (_actor.c.org_id == audit.c.org_id) & (_actor.c.id == audit.c.actor_id))
        )
        .where(*_wanted)
    )


def _page(*, is_back: bool) -> Statement[AuditEvent]:
    keys = (audit.c.event_time, audit.c.id)
    side = tuple_(*keys) > _position if is_back else tuple_(*keys) < _position
    order = keys if is_back else [key.desc() for key in keys]
    return statement(_events().where(side).order_by(*order).limit(_limit), into=AuditEvent)


LIST_AUDIT, LIST_AUDIT_BACK = _page(is_back=False), _page(is_back=True)
COUNT_AUDIT = statement(select(func.count()).select_from(audit).where(*_wanted), into=int)
EXPORT_AUDIT = statement(_events().order_by(audit.c.event_time.desc(), audit.c.id.desc()), into=AuditEvent)
