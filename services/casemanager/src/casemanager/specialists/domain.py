"""A specialist: who is booked (CM-06)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from portico_errors.casemanager import BookingsInTheWay

from casemanager.logins.domain import KnownLogin, Login, LoginAction, disabled, enabled, is_enabled
from casemanager.reservations.domain import Reservation
from casemanager.value_lists.domain import check_listed
from chassis.errors import FieldViolation, InvalidArgument
from chassis.etags import as_seen

TEXTS = (
    *("title", "given_name", "family_name", "provider_number", "email", "phone", "mobile"),
    *("time_zone", "note", "language"),
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
    """Who is booked. `modes` are those of availabilities, by number; in the zone is what is made for telehealth.

    `language` is of messages to the person. `suspends_login` when their login went with their deactivation, and comes
    back with it.
    """

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
    language: str = "en"
    account_status: AccountStatus = AccountStatus.ACTIVE
    suspends_login: bool = False
    create_time: datetime
    update_time: datetime
    version: int
    login: Login | None = None

    @property
    def known_login(self) -> KnownLogin:
        """All that is known of the login; nobody offers one to a specialist."""
        return KnownLogin(login=self.login, offer=None)

    @property
    def is_active(self) -> bool:
        """Whether the person can be booked."""
        return self.account_status is AccountStatus.ACTIVE

    def login_actions(self, now: datetime) -> Iterator[LoginAction]:
        """What staff can do about the login now, the first one first."""
        for action in self.known_login.allowed(now, has_email=bool(self.email), is_active=self.is_active):
            if action is not LoginAction.OFFER:
                yield action

    @property
    def display_name(self) -> str:
        """How people call them: title and names."""
        return " ".join(filter(None, (self.title, self.given_name, self.family_name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A specialist as a command left them; `commands_login`: identity is told how the login shall stand."""

    specialist: Specialist
    commands_login: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written: texts in their one form and lists, by field of `message`; None: the list stays as it is.

    `listed` are the specialties that can be chosen, `etag` is of the version that was seen.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modes: tuple[int, ...] | None = None
    place_ids: tuple[UUID, ...] | None = None
    message: str = "specialist"
    listed: frozenset[str] = frozenset()
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A specialist, and what is confirmed of their time from now on."""

    specialist: Specialist
    confirmed: Sequence[Reservation]


def new_specialist(written: Written, *, org_id: UUID, specialist_id: UUID, now: datetime) -> Change:
    """A specialist as they are entered; InvalidArgument without a name or a zone, ValueNotListed for a specialty."""
    specialist = Specialist(org_id=org_id, id=specialist_id, create_time=now, update_time=now, version=1)
    return Change(specialist=_with(specialist, written))


def update_specialist(specialist: Specialist, written: Written, now: datetime) -> Change:
    """Writes what is said of a specialist; what is made already keeps its zone, and a login its address.

    A specialty that the specialist has stays, although the list has it no longer; raises as `new_specialist`.
    """
    return changed(_with(as_seen(specialist, written.etag), written), now)


def activate(specialist: Specialist, _: None, now: datetime) -> Change:
    """Lets a specialist be booked, and a login that went with their deactivation come back; twice is as once."""
    back = replace(specialist, account_status=AccountStatus.ACTIVE, suspends_login=False)
    if specialist.login is None or not specialist.suspends_login:
        return changed(back, now)
    login = enabled(specialist.login, username=specialist.login.username, now=now)
    return changed(replace(back, login=login), now, commands_login=True)


def deactivate(ahead: Ahead, _: None, now: datetime) -> Change:
    """Takes a specialist out of service, and their login with them; BookingsInTheWay with something confirmed ahead."""
    if ahead.confirmed:
        raise bookings_in_the_way(ahead.confirmed)
    out = replace(ahead.specialist, account_status=AccountStatus.INACTIVE)
    if out.login is None or not is_enabled(out.login):
        return changed(out, now)
    out = replace(out, login=disabled(out.login, now), suspends_login=True)
    return changed(out, now, commands_login=True)


def bookings_in_the_way(reservations: Sequence[Reservation]) -> BookingsInTheWay:
    """The refusal that names the bookings of these reservations."""
    numbers = list(dict.fromkeys(each.booking_number for each in reservations))
    named = ", ".join(numbers[:MAX_NAMED])
    return BookingsInTheWay(
        f"In the way: {named}.", metadata={"booking_numbers": named.replace(" ", ""), "count": str(len(numbers))}
    )


def _with(specialist: Specialist, written: Written) -> Specialist:
    specialties = enumerate(written.lists.get("specialties", ()))
    fields = {f"{written.message}.specialties[{place}]": key for place, key in specialties}
    check_listed(fields, listed=written.listed, kept=specialist.specialties)
    values: dict[str, Any] = {**written.texts, **written.lists}
    changed = replace(specialist, **values)
    if written.modes is not None:
        changed = replace(changed, modes=written.modes)
    if written.place_ids is not None:
        changed = replace(changed, place_ids=written.place_ids)
    violations = []
    if not changed.given_name and not changed.family_name:
        violations.append(_missing(written, "given_name", "NAME_MISSING", "Enter a name.", "Escriba un nombre."))
    if not changed.time_zone:
        violations.append(
            _missing(written, "time_zone", "TIME_ZONE_MISSING", "Choose a time zone.", "Elija una zona horaria.")
        )
    if violations:
        raise InvalidArgument(violations=violations)
    return changed


def _missing(written: Written, name: str, reason: str, english: str, spanish: str) -> FieldViolation:
    return FieldViolation(f"{written.message}.{name}", reason, english, localized={"es": spanish})


def changed(specialist: Specialist, now: datetime, *, commands_login: bool = False) -> Change:
    """The specialist as the next save leaves them."""
    specialist = replace(specialist, update_time=now, version=specialist.version + 1)
    return Change(specialist=specialist, commands_login=commands_login)
