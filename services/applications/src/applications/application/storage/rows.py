"""The domain's records as rows and back; an application is one statement, one row for each guardian."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from applications.application.domain.application import (
    Application,
    Child,
    Guardian,
    Link,
    Organization,
    Profile,
    Unlink,
)
from applications.application.domain.invitation import Invitation
from applications.application.domain.timeline import TimelineEntry
from applications.application.storage.tables import applications, guardians, invitations, timeline
from applications.shared.organizations import organizations
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.readers import reader


def _link(
    account_id: UUID | None, username: str | None, link_time: datetime | None, unlink_time: datetime | None
) -> Link | None:
    if account_id and username and link_time and unlink_time is None:
        return Link(account_id, username, link_time)
    return None


def _unlink(
    account_id: UUID | None, username: str | None, link_time: datetime | None, unlink_time: datetime | None
) -> Unlink | None:
    if account_id and username and link_time and unlink_time:
        return Unlink(Link(account_id, username, link_time), unlink_time)
    return None


def _children(stored: Iterable[Mapping[str, str]]) -> tuple[Child, ...]:
    return tuple(Child(each["given_name"], each["family_name"], _date(each["birth_date"])) for each in stored)


def _date(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


def _alone(guardian: Guardian) -> tuple[Guardian, ...]:
    return (guardian,)


CHILDREN = reader(_children, "children")
ORGANIZATION = mapping(
    organizations,
    Organization,
    named={"id": "org_id"},
    parts={"profile": ""},
    beside=("slug", "last_serial", "send_rate"),
)
PROFILE = reader(Profile, "phone", "email", "hours", "web_page", "color")
INVITATION = mapping(
    invitations,
    Invitation,
    elsewhere=("failure_reason",),
    beside=(
        *("org_id", "application_id", "guardian_id", "token_hash", "code_hash"),
        *("by_family", "fetch_time", "message_version", "message_state", "batch_id", "batch_position"),
    ),
)
_LINK_COLUMNS = ("account_id", "account_username", "link_time", "unlink_time")
GUARDIAN = mapping(
    guardians,
    Guardian,
    parts={"contacts": ""},
    by_hand={"link": reader(_link, *_LINK_COLUMNS), "unlink": reader(_unlink, *_LINK_COLUMNS)},
    elsewhere=("invitation",),
    beside=("org_id", "application_id", "position", "invitation_id", "offered_until", "failure_reason"),
)
APPLICATION = mapping(
    applications,
    Application,
    by_hand={"children": CHILDREN},
    elsewhere=("organization", "guardians"),
    beside=("org_id", "serial"),
)
ENTRY = mapping(timeline, TimelineEntry, beside=("org_id", "application_id"))

_guardian = GUARDIAN.reader(
    "guardian_",
    invitation=INVITATION.reader("invitation_", failure_reason="failure_reason").unless_null("invitation_id"),
)
APPLICATION_ROW = APPLICATION.reader(
    "application_", organization=ORGANIZATION.reader("organization_"), guardians=reader(_alone, _guardian)
)
"""An application with one of its guardians."""


def guardian_columns(guardian: Guardian) -> Params:
    """The guardian as parameters by column."""
    link = guardian.link or (guardian.unlink and guardian.unlink.link)
    invitation = guardian.invitation
    return {
        **GUARDIAN.params(guardian),
        "account_id": link and link.account_id,
        "account_username": link and link.username,
        "link_time": link and link.link_time,
        "unlink_time": guardian.unlink and guardian.unlink.unlink_time,
        "invitation_id": invitation and invitation.id,
        "offered_until": invitation and invitation.offered_until,
        "failure_reason": invitation.failure_reason if invitation else "",
    }


def application_of(rows: Sequence[Application]) -> Application:
    """The application whose guardians these are, in their order."""
    return replace(rows[0], guardians=tuple(row.guardians[0] for row in rows)) if len(rows) > 1 else rows[0]


def applications_of(rows: Iterable[Application]) -> list[Application]:
    """The applications whose guardians these are, in the order of the rows; those of one stand together."""
    return [application_of(list(family)) for _, family in groupby(rows, key=lambda row: row.id)]


def guardian_rows(answers: ColumnElement[str]) -> Select[tuple[object, ...]]:
    """The rows of applications, not yet bound to a tenant; `answers` is what stands for them."""
    return (
        select(
            *ORGANIZATION.columns("organization_"),
            *APPLICATION.columns("application_", answers=answers),
            *GUARDIAN.columns("guardian_"),
            guardians.c.failure_reason,
            *INVITATION.columns("invitation_"),
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
    into=APPLICATION_ROW,
)
