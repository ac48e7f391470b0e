"""What becomes of the messages that carry invitations."""

from sqlalchemy import Uuid, bindparam, exists, insert, select, update
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

NOTE_DELIVERY = statement(
    update(guardians)
    .where(
        guardians.c.org_id == bindparam("org_id"),
        guardians.c.invitation_id == bindparam("invitation_id"),
        guardians.c.failure_reason != bindparam("reason"),
        exists().where(*_this_invitation, invitations.c.contact.in_([guardians.c.email, guardians.c.phone])),
    )
    .values(failure_reason=bindparam("reason"), update_time=bindparam("event_time"), version=guardians.c.version + 1)
)
"""What is known of the message of a guardian's latest invitation, if it went to a contact that they still have."""

_LINE = ("org_id", "application_id", "event_time", "id", "kind", "guardian_id", "method", "detail")
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
        ).where(*_this_invitation),
    )
)
