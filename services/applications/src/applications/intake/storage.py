"""The number that an application gets, and the applications that it may repeat."""

from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, cast, literal, select, union, update
from sqlalchemy.dialects.postgresql import JSONB

from applications.application.domain.application import Organization
from applications.application.storage.rows import APPLICATION_ROW, ORGANIZATION, guardian_rows
from applications.application.storage.tables import applications, family_names, guardians
from applications.shared.organizations import organizations
from chassis.db import statement
from chassis.mapping import mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedOrganization(Organization):
    """An organization, and the serial of the application that comes in now."""

    serial: int


_NUMBERED = mapping(
    organizations,
    NumberedOrganization,
    named={"id": "org_id", "serial": "last_serial"},
    parts={"profile": ""},
    beside=("slug", "send_rate"),
)
TAKE_SERIAL = statement(
    update(organizations)
    .where(organizations.c.org_id == bindparam("org_id"))
    .values(last_serial=organizations.c.last_serial + 1)
    .returning(*_NUMBERED.columns()),
    into=_NUMBERED.reader(),
)
"""Loads the organization and takes the next number, like a ticket from a roll: one that comes to nothing leaves a gap.

The number stands in the message and in the kept reply, so it must be known before the save.
"""

LOAD_ORGANIZATION = statement(
    select(*ORGANIZATION.columns()).where(organizations.c.org_id == bindparam("org_id")), into=ORGANIZATION.reader()
)

_org_id = bindparam("org_id", type_=Uuid)
_by_email, _by_phone = (
    select(guardians.c.application_id).where(
        guardians.c.org_id == _org_id,
        column == any_(bindparam(f"{column.name}s", type_=ARRAY(Text))),
        column != literal(""),  # the index leaves them out
    )
    for column in (guardians.c.email, guardians.c.phone)
)
_by_name = (
    select(applications.c.id)
    .join(
        family_names,
        (family_names.c.org_id == applications.c.org_id) & (family_names.c.application_id == applications.c.id),
    )
    .where(
        applications.c.org_id == _org_id,
        family_names.c.plain == any_(bindparam("names", type_=ARRAY(Text))),
        applications.c.children.bool_op("@>")(any_(cast(bindparam("born", type_=ARRAY(Text)), ARRAY(JSONB)))),
    )
)
_newest = (
    select(applications.c.id)
    .where(applications.c.org_id == _org_id, applications.c.id.in_(union(_by_email, _by_phone, _by_name)))
    .order_by(applications.c.create_time.desc(), applications.c.id.desc())
    .limit(bindparam("limit"))
    .subquery("newest")
)
FIND_CANDIDATES = statement(
    guardian_rows(literal("", Text))
    .join(_newest, _newest.c.id == applications.c.id)
    .where(applications.c.org_id == _org_id)
    .order_by(applications.c.create_time.desc(), applications.c.id.desc(), guardians.c.position),
    into=APPLICATION_ROW,
)
"""The newest with one of these emails or phones, or with a family name and a child's birth date (`born`, each a JSON
list of one child) of these; whether they are alike is decided by `domain.may_repeat`."""
