"""The number that an application gets."""

from dataclasses import dataclass

from sqlalchemy import bindparam, update

from applications.application.domain.application import Organization
from applications.shared.organizations import organizations
from chassis.db import statement
from chassis.mapping import mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedOrganization(Organization):
    """An organization, and the serial of the application that comes in now."""

    serial: int


_NUMBERED = mapping(
    organizations, NumberedOrganization, named={"id": "org_id", "serial": "last_serial"}, beside=("slug",)
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
