"""An application with its organization, guardians and their latest invitations: one statement, one row a guardian."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from applications.application.domain.application import (
    Application,
    Child,
    Contacts,
    Guardian,
    Link,
    Organization,
    Status,
    Unlink,
)
from applications.application.domain.invitation import Invitation, InvitationOutcome, Method
from applications.application.storage.tables import applications, guardians, invitations
from applications.shared.organizations import organizations
from chassis.db import statement


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation as its columns, all None where there is none."""

    invitation_id: UUID | None
    method: Method | None
    contact: str | None
    invite_time: datetime | None
    expire_time: datetime | None
    outcome: InvitationOutcome | None
    end_time: datetime | None
    open_time: datetime | None
    mismatches: int | None

    def invitation(self, failure_reason: str) -> Invitation | None:
        """The invitation as the domain knows it."""
        if not (self.invitation_id and self.method and self.contact and self.invite_time and self.expire_time):
            return None
        return Invitation(
            id=self.invitation_id,
            method=self.method,
            contact=self.contact,
            create_time=self.invite_time,
            expire_time=self.expire_time,
            outcome=self.outcome,
            end_time=self.end_time,
            open_time=self.open_time,
            mismatches=self.mismatches or 0,
            failure_reason=failure_reason,
        )


@dataclass(frozen=True, slots=True)
class GuardianRow(InvitationRow):
    """One guardian of an application, with everything around them."""

    org_id: UUID
    organization_name: str
    country: str
    time_zone: str
    languages: tuple[str, ...]
    invite_days: int
    application_id: UUID
    number: str
    status: Status
    children: list[dict[str, str]]
    answers: str
    create_time: datetime
    application_version: int
    guardian_id: UUID
    given_name: str
    family_name: str
    email: str
    phone: str
    preferred_method: Method
    language: str
    account_id: UUID | None
    account_username: str | None
    link_time: datetime | None
    unlink_time: datetime | None
    failure_reason: str
    update_time: datetime
    guardian_version: int

    def guardian(self) -> Guardian:
        """The guardian as the domain knows them."""
        bond = None
        if self.account_id and self.account_username and self.link_time:
            bond = Link(self.account_id, self.account_username, self.link_time)
        return Guardian(
            id=self.guardian_id,
            given_name=self.given_name,
            family_name=self.family_name,
            contacts=Contacts(email=self.email, phone=self.phone),
            preferred_method=self.preferred_method,
            language=self.language,
            update_time=self.update_time,
            version=self.guardian_version,
            invitation=self.invitation(self.failure_reason),
            link=bond if self.unlink_time is None else None,
            unlink=Unlink(bond, self.unlink_time) if bond and self.unlink_time else None,
        )


def application_of(rows: Sequence[GuardianRow]) -> Application:
    """The application whose guardians these are, in their order."""
    first = rows[0]
    return Application(
        organization=Organization(
            id=first.org_id,
            name=first.organization_name,
            country=first.country,
            time_zone=first.time_zone,
            languages=first.languages,
            invite_days=first.invite_days,
        ),
        id=first.application_id,
        number=first.number,
        status=first.status,
        guardians=tuple(row.guardian() for row in rows),
        children=tuple(
            Child(child["given_name"], child["family_name"], _date(child["birth_date"])) for child in first.children
        ),
        answers=first.answers,
        create_time=first.create_time,
        version=first.application_version,
    )


def applications_of(rows: Iterable[GuardianRow]) -> list[Application]:
    """The applications whose guardians these are, in the order of the rows."""
    families: dict[UUID, list[GuardianRow]] = {}
    for row in rows:
        families.setdefault(row.application_id, []).append(row)
    return [application_of(family) for family in families.values()]


def _date(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


INVITATION_COLUMNS = (
    invitations.c.id.label("invitation_id"),
    invitations.c.method,
    invitations.c.contact,
    invitations.c.create_time.label("invite_time"),
    invitations.c.expire_time,
    invitations.c.outcome,
    invitations.c.end_time,
    invitations.c.open_time,
    invitations.c.mismatches,
)
_GUARDIAN_COLUMNS = (
    guardians.c.id.label("guardian_id"),
    guardians.c.given_name,
    guardians.c.family_name,
    guardians.c.email,
    guardians.c.phone,
    guardians.c.preferred_method,
    guardians.c.language,
    guardians.c.account_id,
    guardians.c.account_username,
    guardians.c.link_time,
    guardians.c.unlink_time,
    guardians.c.failure_reason,
    guardians.c.update_time,
    guardians.c.version.label("guardian_version"),
)


def guardian_rows(answers: ColumnElement[str]) -> Select[tuple[object, ...]]:
    """The rows of applications, not yet bound to a tenant; `answers` is what stands for them."""
    return (
        select(
            *INVITATION_COLUMNS,
            organizations.c.org_id,
            organizations.c.name.label("organization_name"),
            organizations.c.country,
            organizations.c.time_zone,
            organizations.c.languages,
            organizations.c.invite_days,
            applications.c.id.label("application_id"),
            applications.c.number,
            applications.c.status,
            applications.c.children,
            answers.label("answers"),
            applications.c.create_time,
            applications.c.version.label("application_version"),
            *_GUARDIAN_COLUMNS,
        )
        .select_from(applications)
        .join(organizations, organizations.c.org_id == applications.c.org_id)
        .join(
            guardians,
            (guardians.c.org_id == applications.c.org_id) & (guardians.c.application_id == applications.c.id),
        )
        .outerjoin(
            invitations,
            (invitations.c.org_id == guardians.c.org_id) & (invitations.c.id == guardians.c.invitation_id),
        )
    )


LOAD_APPLICATION = statement(
    guardian_rows(applications.c.answers)
    .where(applications.c.org_id == bindparam("org_id"), applications.c.id == bindparam("application_id"))
    .order_by(guardians.c.position),
    into=GuardianRow,
)
