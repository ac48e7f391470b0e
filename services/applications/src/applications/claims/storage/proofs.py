"""What a token or a code opens, and what is noted when somebody shows one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    SmallInteger,
    Update,
    Uuid,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)

from applications.application.domain.application import Profile
from applications.application.domain.invitation import MAX_MISMATCHES, Invitation
from applications.application.domain.timeline import Kind
from applications.application.storage.rows import INVITATION, PROFILE
from applications.application.storage.tables import applications, guardians, invitations, timeline
from applications.shared.organizations import organizations
from chassis.columns import INSTANT
from chassis.db import Statement, statement
from chassis.readers import reader
from chassis.text import full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInvitation:
    """An invitation that somebody shows, and what it is about."""

    invitation: Invitation
    org_id: UUID
    organization_name: str
    time_zone: str
    application_id: UUID
    number: str
    guardian_id: UUID
    guardian_name: str
    language: str
    profile: Profile
    is_fetched: bool


def _is_there(instant: datetime | None) -> bool:
    return instant is not None


SHOWN = reader(
    ShownInvitation,
    invitation=INVITATION.reader("invitation_"),  # what became of its message is not known here
    guardian_name=reader(full_name, "given_name", "family_name"),
    profile=PROFILE,
    is_fetched=reader(_is_there, "fetch_time"),
)


def shown_rows(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Invitations with what they are about, not yet bound to a tenant."""
    return (
        select(
            *INVITATION.columns("invitation_"),
            organizations.c.org_id,
            organizations.c.name.label("organization_name"),
            organizations.c.time_zone,
            *(organizations.c[name] for name in PROFILE.labels),
            applications.c.id.label("application_id"),
            applications.c.number,
            guardians.c.id.label("guardian_id"),
            guardians.c.given_name,
            guardians.c.family_name,
            guardians.c.language,
            invitations.c.fetch_time,
        )
        .select_from(invitations)
        .join(guardians, (guardians.c.org_id == invitations.c.org_id) & (guardians.c.id == invitations.c.guardian_id))
        .join(
            applications,
            (applications.c.org_id == invitations.c.org_id) & (applications.c.id == invitations.c.application_id),
        )
        .join(organizations, organizations.c.org_id == invitations.c.org_id)
        .where(*conditions)
    )


FIND_BY_TOKEN = statement(
    shown_rows(invitations.c.org_id == bindparam("org_id"), invitations.c.token_hash == bindparam("token_hash")),
    into=SHOWN,
)
FIND_BY_CODE = statement(
    shown_rows(invitations.c.code_hash == bindparam("code_hash")).order_by(invitations.c.create_time.desc()),
    into=SHOWN,
    cross_tenant="A code that a person types names no organization; its 50 bits find the invitation.",
)

COUNT_RESENDS = statement(
    select(func.count())
    .select_from(invitations)
    .where(
        invitations.c.org_id == bindparam("org_id"),
        invitations.c.application_id == bindparam("application_id"),
        invitations.c.guardian_id == bindparam("guardian_id"),
        invitations.c.by_family,
        invitations.c.create_time > bindparam("since"),
    ),
    into=int,
)


_this_invitation = (invitations.c.org_id == bindparam("org_id"), invitations.c.id == bindparam("invitation_id"))
_LINE = ("org_id", "application_id", "event_time", "id", "kind", "guardian_id", "method", "detail", "invitation_id")


def _noting(change: Update, kind: Kind, *, at_mismatches: int = 0) -> Statement[int]:
    """Changes the invitation, and writes a line (once that many wrong numbers came); says how many were changed."""
    noted = change.returning(
        *(invitations.c.id, invitations.c.application_id, invitations.c.guardian_id),
        *(invitations.c.method, invitations.c.mismatches),
    ).cte("noted")
    org_id, now, entry_id = (
        bindparam("org_id", type_=Uuid),
        bindparam("now", type_=INSTANT),
        bindparam("entry_id", type_=Uuid),
    )
    line = select(
        *(org_id, noted.c.application_id, now, entry_id, literal(kind.value)),
        *(noted.c.guardian_id, noted.c.method, literal(""), noted.c.id),
    ).where(noted.c.mismatches >= at_mismatches)
    written = insert(timeline).from_select(_LINE, line).cte("written")
    return statement(select(func.count()).select_from(noted).add_cte(written), into=int)


def _first_time(column: Column[datetime], kind: Kind) -> Statement[int]:
    return _noting(
        update(invitations).where(*_this_invitation, column.is_(None)).values({column: bindparam("now")}), kind
    )


NOTE_FETCH = _first_time(invitations.c.fetch_time, Kind.LINK_FETCHED)
NOTE_OPENING = _first_time(invitations.c.open_time, Kind.OPENED)
COUNT_NUMBER = _noting(
    update(invitations)
    .where(*_this_invitation, invitations.c.mismatches < MAX_MISMATCHES)
    .values(mismatches=invitations.c.mismatches + bindparam("wrong", type_=SmallInteger)),
    Kind.CODE_BLOCKED,
    at_mismatches=MAX_MISMATCHES,
)
"""Lets a code have its answer: 1, or 0 when it is dead; `wrong` is 1 for a number that does not match, else 0.

A right number takes its turn among the wrong ones, so that of many that come at once it opens nothing after the fifth.
"""
