"""What happened to an application, with what the clock adds to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import SmallInteger, Text, Uuid, bindparam, literal, null, or_, select, tuple_, union_all

from applications.application.domain.timeline import Kind, TimelineEntry
from applications.application.storage.rows import ENTRY
from applications.application.storage.tables import invitations, timeline
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.pagination import NEWEST, Keyset

_org_id, _application_id = bindparam("org_id", type_=Uuid), bindparam("application_id", type_=Uuid)
_written = select(*ENTRY.columns()).where(timeline.c.org_id == _org_id, timeline.c.application_id == _application_id)
_ran_out = select(
    *ENTRY.columns(
        id=invitations.c.id,
        event_time=invitations.c.expire_time,
        kind=literal(Kind.EXPIRED.value, SmallInteger),
        guardian_id=invitations.c.guardian_id,
        actor_id=null().cast(Uuid),
        method=invitations.c.method,
        detail=literal("", Text),
        invitation_id=invitations.c.id,
    )
).where(
    invitations.c.org_id == _org_id,
    invitations.c.application_id == _application_id,
    invitations.c.expire_time <= bindparam("now"),
    or_(invitations.c.end_time.is_(None), invitations.c.end_time > invitations.c.expire_time),
)
_before = tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid))
_all = union_all(_written, _ran_out).subquery("entries")

LIST_TIMELINE = statement(
    select(_all)
    .where(tuple_(_all.c.event_time, _all.c.id) < _before)
    .order_by(_all.c.event_time.desc(), _all.c.id.desc())
    .limit(bindparam("limit")),
    into=ENTRY.reader(),
)
"""Newest first; an invitation that ran out has its line where it ran out, which nobody ever wrote."""

NEWEST_ENTRIES: Keyset[TimelineEntry, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda entry: (entry.event_time, entry.id)
)
