"""What can happen to an application and its guardians, in the words of the domain."""

from dataclasses import dataclass
from uuid import UUID

from applications.application.domain.application import Link
from applications.application.domain.invitation import Invitation, Keys


@dataclass(frozen=True, slots=True)
class Submitted:
    """An application came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A guardian was invited. `supersedes` is the earlier invitation, whose unsent message is worth nothing any more.

    `by_family`: the family asked for it itself, in place of one that ran out.
    """

    guardian_id: UUID
    invitation: Invitation
    keys: Keys
    supersedes: UUID | None
    by_family: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A person acted on the invitation for the first time."""

    guardian_id: UUID
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Revoked:
    """A live invitation was withdrawn."""

    guardian_id: UUID
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Linked:
    """An account accepted the invitation."""

    guardian_id: UUID
    invitation: Invitation
    link: Link


@dataclass(frozen=True, slots=True)
class Unlinked:
    """The account's access was taken away; the family is to be told unless it is undone in time."""

    guardian_id: UUID
    link: Link


@dataclass(frozen=True, slots=True)
class Relinked:
    """The unlink was undone."""

    guardian_id: UUID
    link: Link


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A guardian has another email or phone."""

    guardian_id: UUID


@dataclass(frozen=True, slots=True)
class PasswordResetSent:
    """identity sent the linked family its reset message."""

    guardian_id: UUID
    link: Link


GuardianEvent = Invited | Opened | Revoked | Linked | Unlinked | Relinked | ContactChanged | PasswordResetSent
Event = Submitted | GuardianEvent
