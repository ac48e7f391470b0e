"""What a family is linked to, over all organizations: each statement is bound to its account."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, bindparam, exists, func, literal, select, tuple_

from applications.application.storage.rows import APPLICATION_ROW, CHILDREN, ENTRY, guardian_rows
from applications.application.storage.tables import applications, guardians, timeline
from applications.families.domain import FamilyView, LinkedFamily
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.pagination import NEWEST, Keyset
from chassis.readers import reader

_other = guardians.alias("other")
_account_id = bindparam("account_id", type_=Uuid)

# Who holds both guardians of an application sees it once, as the first of them.
_is_first = ~exists().where(
    _other.c.account_id == _account_id,
    _other.c.unlink_time.is_(None),
    _other.c.org_id == guardians.c.org_id,
    _other.c.application_id == guardians.c.application_id,
    _other.c.position < guardians.c.position,
)
_is_linked = (guardians.c.account_id == _account_id, guardians.c.unlink_time.is_(None), _is_first)

LIST_LINKED = statement(
    guardian_rows(literal("", Text))
    .where(
        *_is_linked,
        tuple_(applications.c.create_time, applications.c.id)
        < tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid)),
    )
    .order_by(applications.c.create_time.desc(), applications.c.id.desc())
    .limit(bindparam("limit")),
    into=APPLICATION_ROW,
)
"""The applications of the account, newest first, each with the one guardian that it holds, without answers."""

NEWEST_LINKED: Keyset[FamilyView, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda view: (view.application.create_time, view.application.id)
)

LOAD_LINKED = statement(
    guardian_rows(applications.c.answers).where(*_is_linked, applications.c.id == bindparam("application_id")),
    into=APPLICATION_ROW,
)
"""One of them; no row when the account is not linked to it."""

LIST_KNOWLEDGE = statement(
    select(applications.c.number, applications.c.children)
    .select_from(guardians)
    .join(
        applications,
        (applications.c.org_id == guardians.c.org_id) & (applications.c.id == guardians.c.application_id),
    )
    .where(*_is_linked),
    into=reader(LinkedFamily, children=CHILDREN),
)
"""What the account knows of each application that it is linked to."""

LIST_HISTORY = statement(
    select(*ENTRY.columns())
    .where(
        timeline.c.org_id == bindparam("org_id", type_=Uuid),
        timeline.c.application_id == bindparam("application_id", type_=Uuid),
        timeline.c.kind == any_(bindparam("kinds")),
        func.coalesce(timeline.c.guardian_id, bindparam("guardian_id")) == bindparam("guardian_id"),
    )
    .order_by(timeline.c.event_time.desc(), timeline.c.id.desc())
    .limit(bindparam("limit")),
    into=ENTRY.reader(),
)
"""Of these kinds, about this guardian or about the application; newest first."""
