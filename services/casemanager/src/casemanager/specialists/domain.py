"""A specialist: who is booked (CM-06)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from portico_errors.casemanager import BookingsInTheWay

from casemanager.reservations.domain import Reservation
from chassis.errors import FieldViolation, InvalidArgument

TEXTS = (
    *("title", "given_name", "family_name", "provider_number", "email", "phone", "mobile"),
    *("time_zone", "note"),
)
LISTS = ("specialties", "languages")
MAX_NAMED = 20
"""Bookings that a refusal names."""


class AccountStatus(IntEnum):
    """Whether the person can be booked; the numbers are the contract's."""

    ACTIVE = 1
    INACTIVE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialist:
    """Who is booked. `modes` are those of availabilities, by number; in the zone is what is made for telehealth."""

    org_id: UUID
    id: UUID
    title: str = ""
    given_name: str = ""
    family_name: str = ""
    specialties: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    provider_number: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    time_zone: str = ""
    modes: tuple[int, ...] = ()
    place_ids: tuple[UUID, ...] = ()
    note: str = ""
    account_status: AccountStatus = AccountStatus.ACTIVE
    create_time: datetime
    update_time: datetime
    version: int

    @property
    def display_name(self) -> str:
        """How people call them: title and names."""
        return " ".join(filter(None, (self.title, self.given_name, self.family_name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What staff write: texts in their one form and lists, by field; None: the list stays as it is."""

    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modes: tuple[int, ...] | None = None
    place_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A specialist, and what is confirmed of their time from now on."""

    specialist: Specialist
    confirmed: Sequence[Reservation]


def new_specialist(written: Written, *, org_id: UUID, specialist_id: UUID, now: datetime) -> Specialist:
    """A specialist as they are entered; InvalidArgument without a name or a zone."""
    return _with(Specialist(org_id=org_id, id=specialist_id, create_time=now, update_time=now, version=1), written)


def update_specialist(specialist: Specialist, written: Written, now: datetime) -> Specialist:
    """Writes what staff say of a specialist; what is made already keeps its zone."""
    return _changed(_with(specialist, written), now)


def activate(specialist: Specialist, _: None, now: datetime) -> Specialist:
    """Lets a specialist be booked; twice is as once."""
    return _changed(replace(specialist, account_status=AccountStatus.ACTIVE), now)


def deactivate(ahead: Ahead, _: None, now: datetime) -> Specialist:
    """Takes a specialist out of service; BookingsInTheWay while something confirmed lies ahead."""
    if ahead.confirmed:
        raise bookings_in_the_way(ahead.confirmed)
    return _changed(replace(ahead.specialist, account_status=AccountStatus.INACTIVE), now)


def bookings_in_the_way(reservations: Sequence[Reservation]) -> BookingsInTheWay:
    """The refusal that names the bookings of these reservations."""
    numbers = list(dict.fromkeys(each.booking_number for each in reservations))
    named = ", ".join(numbers[:MAX_NAMED])
    return BookingsInTheWay(
        f"In the way: {named}.", metadata={"booking_numbers": named.replace(" ", ""), "count": str(len(numbers))}
    )


def _with(specialist: Specialist, written: Written) -> Specialist:
    values: dict[str, Any] = {**written.texts, **written.lists}
    changed = replace(specialist, **values)
    if written.modes is not None:
        changed = replace(changed, modes=written.modes)
    if written.place_ids is not None:
        changed = replace(changed, place_ids=written.place_ids)
    violations = []
    if not changed.given_name and not changed.family_name:
        violations.append(_missing("given_name", "NAME_MISSING", "Enter a name.", "Escriba un nombre."))
    if not changed.time_zone:
        violations.append(_missing("time_zone", "TIME_ZONE_MISSING", "Choose a time zone.", "Elija una zona horaria."))
    if violations:
        raise InvalidArgument(violations=violations)
    return changed


def _missing(name: str, reason: str, english: str, spanish: str) -> FieldViolation:
    return FieldViolation(f"specialist.{name}", reason, english, localized={"es": spanish})


def _changed(specialist: Specialist, now: datetime) -> Specialist:
    return replace(specialist, update_time=now, version=specialist.version + 1)
