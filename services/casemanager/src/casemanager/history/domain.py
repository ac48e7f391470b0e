"""A line of a person's history."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID


class Kind(IntEnum):
    """What happened; the numbers are the contract's."""

    CREATED = 1
    UPDATED = 2
    DEACTIVATED = 3
    ACTIVATED = 4
    LOGIN_ENABLED = 5
    LOGIN_DISABLED = 6
    ACTIVATION_RESENT = 7
    PASSWORD_RESET_SENT = 8
    LOGIN_OFFERED = 9
    OFFER_ACCEPTED = 10
    OFFER_DECLINED = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What happened to a person, when, and who did it; `detail` are changed fields, or a reason."""

    id: UUID
    person_id: UUID
    event_time: datetime
    kind: Kind
    actor_id: UUID | None
    by_person: bool
    detail: str
