"""Families that are to be told of an unlink, once it can no longer be undone."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select, update

from applications.application.storage.tables import applications, guardians, unlink_notices
from applications.shared.organizations import organizations
from chassis.db import statement
from chassis.saves import save


@dataclass(frozen=True, slots=True)
class DueNotice:
    """Whom to tell, and what about."""

    org_id: UUID
    organization_name: str
    id: UUID
    username: str
    guardian_id: UUID
    given_name: str
    family_name: str
    language: str
    number: str
    batch_id: UUID | None


DUE_NOTICES = statement(
    select(
        unlink_notices.c.org_id,
        organizations.c.name.label("organization_name"),
        unlink_notices.c.id,
        unlink_notices.c.username,
        unlink_notices.c.batch_id,
        guardians.c.id.label("guardian_id"),
        guardians.c.given_name,
        guardians.c.family_name,
        guardians.c.language,
        applications.c.number,
    )
    .join(organizations, organizations.c.org_id == unlink_notices.c.org_id)
    .join(
        guardians,
        (guardians.c.org_id == unlink_notices.c.org_id) & (guardians.c.id == unlink_notices.c.guardian_id),
    )
    .join(
        applications,
        (applications.c.org_id == guardians.c.org_id) & (applications.c.id == guardians.c.application_id),
    )
    .where(unlink_notices.c.send_time.is_(None), unlink_notices.c.due_time <= bindparam("now"))
    .order_by(unlink_notices.c.due_time)
    .limit(bindparam("limit")),
    into=DueNotice,
    cross_tenant="What is due is due in every organization.",
)

SAVE_NOTICE_SENT = save(
    update(unlink_notices)
    .where(
        unlink_notices.c.org_id == bindparam("org_id"),
        unlink_notices.c.id == bindparam("notice_id"),
        unlink_notices.c.send_time.is_(None),
    )
    .values(send_time=bindparam("now"))
    .returning(unlink_notices.c.id)
)
"""Takes one notice and asks for its message in the same moment; of several processes one hits the row."""
