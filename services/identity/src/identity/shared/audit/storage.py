"""The audit: rows are added beside the change that they tell of, and never touched again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid

from chassis.saves import insert_each, rows_of
from identity.shared.audit.domain import Action
from identity.shared.tables import INSTANT, metadata

audit = Table(
    "audit",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("subject_id", Uuid, comment="The account, or the organization; null: no account has the username"),
    Column("actor_id", Uuid, comment="The account that acted; null: nobody was signed in"),
    Column("actor_org_id", Uuid),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("event_time", INSTANT, nullable=False),
    Column("count", Integer, nullable=False, server_default="1", comment="How often, in that minute"),
    Index("audit_time_idx", "org_id", "event_time", "id"),
    Index("audit_subject_idx", "org_id", "subject_id", "event_time", "id"),
    Index("audit_actor_idx", "org_id", "actor_id", "event_time", "id"),
)

_COLUMNS = (
    *("id", "action", "outcome", "subject_id", "actor_id", "actor_org_id"),
    *("address", "user_agent", "event_time", "count"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which account or organization, from where, and whether it was allowed.

    `count` is more than one where refusals of one network were repeated within the minute that begins at `event_time`.
    """

    id: UUID
    action: Action
    outcome: Literal["SUCCEEDED", "REFUSED"]
    subject_id: UUID | None
    actor_id: UUID | None
    actor_org_id: UUID | None
    address: str
    user_agent: str
    event_time: datetime
    count: int = 1


add_entries = insert_each(audit, *_COLUMNS)
"""The write that adds entries beside a change; `audit_params` gives its parameters."""


def entry_params(entry: AuditEntry) -> dict[str, object]:
    """The entry by column, without the organization."""
    return {name: getattr(entry, name) for name in _COLUMNS}


def audit_params(entries: Iterable[AuditEntry]) -> dict[str, object]:
    """The parameters of `add_entries`."""
    return rows_of(audit, map(entry_params, entries), *_COLUMNS)
