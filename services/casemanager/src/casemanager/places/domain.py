"""A place: where people are seen, and by which clock (CM-06)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from portico_errors.casemanager import TimeZoneInUse

from chassis.errors import FieldViolation, InvalidArgument

TEXTS = ("name", "address", "state", "time_zone", "directions")
"""What staff write of a place."""
_MISSING = {
    "name": ("NAME_MISSING", "Enter a name.", "Escriba un nombre."),
    "time_zone": ("TIME_ZONE_MISSING", "Choose a time zone.", "Elija una zona horaria."),
}


class Status(IntEnum):
    """Whether availabilities can be made at it; the numbers are the contract's."""

    ACTIVE = 1
    INACTIVE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where people are seen; `name_key` is its name with the case folded: what is unique, and the order.

    `is_used` once an availability was made at it, or something was booked: its clock is that of the zone.
    """

    org_id: UUID
    id: UUID
    name: str = ""
    name_key: str = ""
    address: str = ""
    state: str = ""
    time_zone: str = ""
    directions: str = ""
    status: Status = Status.ACTIVE
    is_used: bool = False
    create_time: datetime
    update_time: datetime
    version: int


def new_place(texts: Mapping[str, str], *, org_id: UUID, place_id: UUID, now: datetime) -> Place:
    """A place as it is entered; InvalidArgument without a name or a zone."""
    return _with(Place(org_id=org_id, id=place_id, create_time=now, update_time=now, version=1), texts)


def update_place(place: Place, texts: Mapping[str, str], now: datetime) -> Place:
    """Writes what staff say of a place; TimeZoneInUse for another zone once it is used."""
    changed = _with(place, texts)
    if place.is_used and changed.time_zone != place.time_zone:
        raise TimeZoneInUse()
    return _changed(changed, now)


def set_status(place: Place, status: Status, now: datetime) -> Place:
    """Takes availabilities at a place, or no longer; twice is as once."""
    return _changed(replace(place, status=status), now)


def _with(place: Place, texts: Mapping[str, str]) -> Place:
    values: dict[str, Any] = {**texts}
    changed = replace(place, **values)
    violations = [
        FieldViolation(f"place.{field}", reason, english, localized={"es": spanish})
        for field, (reason, english, spanish) in _MISSING.items()
        if not getattr(changed, field)
    ]
    if violations:
        raise InvalidArgument(violations=violations)
    return replace(changed, name_key=changed.name.casefold())


def _changed(place: Place, now: datetime) -> Place:
    return replace(place, update_time=now, version=place.version + 1)
