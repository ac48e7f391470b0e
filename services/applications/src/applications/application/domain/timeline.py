"""What happened to an application, line by line: AP-17. That an invitation ran out is no line: the clock says it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from applications.application.domain.events import (
    ContactChanged,
    Event,
    Invited,
    Linked,
    Opened,
    PasswordResetSent,
    Relinked,
    Revoked,
    Submitted,
    Unlinked,
)
from applications.application.domain.invitation import Method


class Kind(IntEnum):
    """What a line tells; the numbers are the contract's."""

    SUBMITTED = 1
    INVITED = 2
    MESSAGE_QUEUED = 3
    MESSAGE_SENT = 4
    MESSAGE_DELIVERED = 5
    MESSAGE_FAILED = 6
    LINK_FETCHED = 7
    OPENED = 8
    ACCEPTED = 9
    EXPIRED = 10
    REVOKED = 11
    UNLINKED = 12
    UNLINK_UNDONE = 13
    CONTACT_CHANGED = 14
    PASSWORD_RESET_SENT = 15
    RESENT = 16
    CODE_BLOCKED = 17
    ACTIVATED = 18
    UPDATE_REQUESTED = 19
    REVIEW_STARTED = 20
    ENROLLED = 21
    CLOSED = 22
    ASSIGNED = 23
    UNASSIGNED = 24


FAMILY_KINDS = frozenset(
    {
        Kind.SUBMITTED,
        Kind.INVITED,
        Kind.RESENT,
        Kind.ACCEPTED,
        Kind.CONTACT_CHANGED,
        Kind.PASSWORD_RESET_SENT,
        Kind.ACTIVATED,
        Kind.UPDATE_REQUESTED,
        Kind.REVIEW_STARTED,
        Kind.ENROLLED,
        Kind.CLOSED,
    }
)
"""What a family may know of its own guardian's history: no deliveries, no scanners, nothing about other accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line; `detail` is a masked contact, words of a provider or of staff, a name of the staff, or empty.

    `invitation_id` binds the lines about one invitation and its message.
    """

    id: UUID
    event_time: datetime
    kind: Kind
    guardian_id: UUID | None
    actor_id: UUID | None = None
    method: Method | None = None
    detail: str = ""
    invitation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TimelineRecorder:
    """Writes lines about what one person (None: nobody) did at one moment; `mask` hides a contact from strangers."""

    ids: Callable[[], UUID]
    mask: Callable[[str], str]
    actor_id: UUID | None
    now: datetime

    def line(self, kind: Kind, detail: str = "") -> TimelineEntry:
        """A line about the application."""
        return TimelineEntry(
            id=self.ids(), event_time=self.now, kind=kind, guardian_id=None, actor_id=self.actor_id, detail=detail
        )

    def entries(self, events: Sequence[Event]) -> tuple[TimelineEntry, ...]:
        """A line for each event, in their order."""
        return tuple(map(self._entry, events))

    def _entry(self, event: Event) -> TimelineEntry:
        kind, guardian_id, method, contact = _told(event)
        about = event.invitation.id if isinstance(event, Invited | Opened | Revoked | Linked) else None
        return TimelineEntry(
            id=self.ids(),
            event_time=self.now,
            kind=kind,
            guardian_id=guardian_id,
            actor_id=self.actor_id,
            method=method,
            detail=self.mask(contact) if contact else "",
            invitation_id=about,
        )


def _told(event: Event) -> tuple[Kind, UUID | None, Method | None, str]:
    match event:
        case Submitted():
            return Kind.SUBMITTED, None, None, ""
        case Invited(invitation=invitation):
            kind = Kind.RESENT if event.by_family else Kind.INVITED
            return kind, event.guardian_id, invitation.method, invitation.contact
        case Opened():
            return Kind.OPENED, event.guardian_id, None, ""
        case Revoked(invitation=invitation):
            return Kind.REVOKED, event.guardian_id, invitation.method, invitation.contact
        case Linked():
            return Kind.ACCEPTED, event.guardian_id, None, event.link.username
        case Unlinked():
            return Kind.UNLINKED, event.guardian_id, None, event.link.username
        case Relinked():
            return Kind.UNLINK_UNDONE, event.guardian_id, None, event.link.username
        case ContactChanged():
            return Kind.CONTACT_CHANGED, event.guardian_id, None, ""
        case PasswordResetSent():
            return Kind.PASSWORD_RESET_SENT, event.guardian_id, None, event.link.username
