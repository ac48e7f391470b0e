"""An application, its guardians, and what binds a guardian to an account. Enumerations have the contract's numbers."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum
from uuid import UUID

from portico_errors.applications import GuardianNotFound

from applications.application.domain.invitation import Invitation, Method
from chassis.text import full_name


class Status(IntEnum):
    """Where the agency's work on an application stands."""

    ACTIVE = 1
    UPDATE_NEEDED = 2
    UNDER_REVIEW = 3
    ENROLLED = 4
    CLOSED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """What applications keeps of an agency; `invite_days` (1 to 30) is how long its invitations live."""

    id: UUID
    name: str
    country: str
    time_zone: str
    languages: tuple[str, ...]
    invite_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How a guardian is reached: an email address and a phone number in E.164, each empty when unknown."""

    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.email or self.phone)

    def of(self, method: Method) -> str:
        """The contact that a method uses; empty when unknown."""
        return self.email if method is Method.EMAIL else self.phone


@dataclass(frozen=True, slots=True)
class Link:
    """The link between a guardian and a family account; `username` is the account's email or phone."""

    account_id: UUID
    username: str
    link_time: datetime


@dataclass(frozen=True, slots=True)
class Unlink:
    """A link that was taken away, and can be given back for a while."""

    link: Link
    unlink_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """An adult of the family; the aggregate whose `version` every change of contacts, invitation and link checks.

    `family_name` is empty for a person with one name. `invitation` is the latest one, whatever became of it. `link` and
    `unlink` are never both there. `email_failure_time` is when the last invitation to the email did not arrive, None
    while nothing speaks against the address; `phone_failure_time` is the same for the phone.
    """

    id: UUID
    given_name: str
    family_name: str
    contacts: Contacts
    preferred_method: Method
    language: str
    update_time: datetime
    version: int = 1
    email_failure_time: datetime | None = None
    phone_failure_time: datetime | None = None
    invitation: Invitation | None = None
    link: Link | None = None
    unlink: Unlink | None = None

    @property
    def name(self) -> str:
        """As a message addresses them."""
        return full_name(self.given_name, self.family_name)

    @property
    def sort_name(self) -> str:
        """As a list has them in its order, and the search finds them: the family name, or the only name."""
        return self.family_name or self.given_name

    @property
    def preferred_contact(self) -> str:
        """Where a message goes: the preferred contact, else the other one; empty when there is none."""
        return self.contacts.of(self.preferred_method) or self.contacts.email or self.contacts.phone


@dataclass(frozen=True, slots=True)
class Child:
    """A child that the application is for."""

    given_name: str
    family_name: str
    birth_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a family sent in; `answers` is a JSON object as text; `update_request` is empty unless UPDATE_NEEDED.

    `version` and `update_time` are its own; the guardians have theirs.
    """

    organization: Organization
    id: UUID
    number: str
    status: Status
    guardians: tuple[Guardian, ...]
    children: tuple[Child, ...]
    answers: str
    create_time: datetime
    update_time: datetime
    update_request: str = ""
    assignee_id: UUID | None = None
    version: int = 1

    @property
    def latest_update_time(self) -> datetime:
        """When it, or one of its guardians, changed last."""
        return max(self.update_time, *(guardian.update_time for guardian in self.guardians))

    def guardian(self, guardian_id: UUID | None) -> Guardian:
        """The guardian with this id, the first for None; GuardianNotFound when the application has no such one."""
        for guardian in self.guardians:
            if guardian_id in {None, guardian.id}:
                return guardian
        raise GuardianNotFound()

    def with_guardian(self, changed: Guardian) -> "Application":
        """The application with one guardian as they are now."""
        guardians = tuple(changed if guardian.id == changed.id else guardian for guardian in self.guardians)
        return replace(self, guardians=guardians)
