"""What becomes of the messages that carry invitations."""

from datetime import datetime

from sqlalchemy import Column, Uuid, bindparam, case, insert, or_, select, update
from sqlalchemy.sql.elements import Case
from sqlalchemy.types import SmallInteger, Text

from applications.application.storage.tables import guardians, invitations, timeline
from chassis.columns import INSTANT
from chassis.db import statement

_this_invitation = (invitations.c.org_id == bindparam("org_id"), invitations.c.id == bindparam("invitation_id"))

ADVANCE = statement(
    update(invitations)
    .where(*_this_invitation, invitations.c.message_version < bindparam("message_version"))
    .values({"message_version": bindparam("message_version")})
)
"""Whether a report is the newest one of its message: 1, or 0 when a newer one is known (or no such invitation)."""

_is_email = invitations.c.contact == guardians.c.email
_failure_time = bindparam("failure_time", type_=INSTANT)


def _failed(contact: Column[str], known: Column[datetime]) -> Case[datetime]:
    return case((invitations.c.contact == contact, _failure_time), else_=known)


NOTE_DELIVERY = statement(
    update(guardians)
    .where(
        guardians.c.org_id == bindparam("org_id"),
        guardians.c.id == invitations.c.guardian_id,
        guardians.c.invitation_id == bindparam("invitation_id"),
        *_this_invitation,
        invitations.c.contact.in_([guardians.c.email, guardians.c.phone]),
        or_(
            guardians.c.failure_reason != bindparam("reason"),
            case((_is_email, guardians.c.email_failure_time), else_=guardians.c.phone_failure_time).is_distinct_from(
                _failure_time
            ),
        ),
    )
    .values(
        failure_reason=bindparam("reason"),
        email_failure_time=_failed(guardians.c.email, guardians.c.email_failure_time),
        phone_failure_time=_failed(guardians.c.phone, guardians.c.phone_failure_time),
        update_time=bindparam("event_time"),
        version=guardians.c.version + 1,
    )
)
"""What is known of the message of a guardian's latest invitation, if it went to a contact that they still have.

That the contact failed is remembered as long as they have it, also when the invitation is another one by then.
"""

_LINE = ("org_id", "application_id", "event_time", "id", "kind", "guardian_id", "method", "detail", "invitation_id")
ADD_LINE = statement(
    insert(timeline).from_select(
        _LINE,
        select(
            bindparam("org_id", type_=Uuid),
            invitations.c.application_id,
            bindparam("event_time", type_=INSTANT),
            bindparam("entry_id", type_=Uuid),
            bindparam("kind", type_=SmallInteger),
            invitations.c.guardian_id,
            invitations.c.method,
            bindparam("detail", type_=Text),
            invitations.c.id,
        ).where(*_this_invitation),
    )
)
