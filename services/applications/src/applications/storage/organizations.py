"""What is kept of the organizations: identity's word for them, and a setting of our own."""

from dataclasses import dataclass

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert

from applications.domain.application import Organization
from applications.storage.tables import organizations
from chassis.db import statement

_KNOWN_TO_IDENTITY = ("slug", "name", "country", "time_zone", "languages")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedOrganization(Organization):
    """An organization, and the serial of the application that comes in now."""

    serial: int


TAKE_SERIAL = statement(
    update(organizations)
    .where(organizations.c.org_id == bindparam("org_id"))
    .values(last_serial=organizations.c.last_serial + 1)
    .returning(
        organizations.c.org_id.label("id"),
        *(organizations.c[name] for name in ("name", "country", "time_zone", "languages", "invite_days")),
        organizations.c.last_serial.label("serial"),
    ),
    into=NumberedOrganization,
)
"""Loads the organization and takes the next number, like a ticket from a roll: one that comes to nothing leaves a gap.

The number stands in the message and in the kept reply, so it must be known before the save.
"""

_insert = insert(organizations)
KEEP_ORGANIZATION = statement(
    _insert.values({name: bindparam(name) for name in ("org_id", *_KNOWN_TO_IDENTITY)}).on_conflict_do_update(
        index_elements=["org_id"], set_={name: _insert.excluded[name] for name in _KNOWN_TO_IDENTITY}
    )
)

SET_INVITE_DAYS = statement(
    update(organizations)
    .where(organizations.c.org_id == bindparam("org_id"))
    .values(invite_days=bindparam("invite_days"))
)
