"""Whom the demo's provider of assessments knows: companies with their case managers, specialists, places, cases.

All made up. Addresses are under `example.org` (RFC 2606), phone numbers among those that are kept for fiction (ACMA).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SYDNEY, PERTH, AUCKLAND = "Australia/Sydney", "Australia/Perth", "Pacific/Auckland"


class Wish(StrEnum):
    """How a case manager shall stand with their login; LOGIN: activated, they sign in."""

    NONE = "NONE"
    OFFERED = "OFFERED"
    DECLINED = "DECLINED"
    ACTIVATION_SENT = "ACTIVATION_SENT"
    LOGIN = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCompany:
    """A customer of the provider, with its two units."""

    name: str
    units: tuple[str, str]
    booking_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCaseManager:
    """Who books for a company; `unit` is a name among the company's."""

    name: str
    company: DemoCompany
    unit: str
    position: str
    wish: Wish
    time_zone: str = SYDNEY
    phone: str = ""

    @property
    def email(self) -> str:
        """Also the username."""
        return _address(self.name)

    def as_json(self) -> dict[str, object]:
        """As `CaseManagerPatch`, without the unit."""
        known = {"position": self.position, "email": self.email, "timeZone": self.time_zone, "language": "en"}
        return {**_names(self.name), **known, "mobile": self.phone, "contactVerified": self.wish is Wish.LOGIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlace:
    """Where people are seen."""

    name: str
    address: str
    state: str
    time_zone: str
    directions: str = ""

    def as_json(self) -> dict[str, str]:
        """As `PlacePatch`."""
        known = {"name": self.name, "address": self.address, "state": self.state}
        return {**known, "timeZone": self.time_zone, "directions": self.directions}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSpecialist:
    """Who is booked, and where they see people; by telehealth, too."""

    name: str
    specialty: str
    places: tuple[DemoPlace, ...]
    time_zone: str
    languages: tuple[str, ...] = ("en",)

    @property
    def email(self) -> str:
        """Also the username."""
        return _address(self.name)

    def as_json(self) -> dict[str, object]:
        """As `SpecialistPatch`, without the places."""
        known = {"title": "Dr", "email": self.email, "timeZone": self.time_zone, "modes": ["IN_PERSON", "TELEHEALTH"]}
        return {**_names(self.name), **known, "specialties": [self.specialty], "languages": self.languages}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSeries:
    """Times of a specialist on a weekday, Monday is 1; by telehealth where there is no place."""

    specialist: DemoSpecialist
    kind: str
    weekday: int
    hours: tuple[int, int]
    place: DemoPlace | None = None
    minutes: int = 60
    buffer_minutes: int = 0
    interval_weeks: int = 1

    @property
    def time_zone(self) -> str:
        """On whose clock the hours are."""
        return self.place.time_zone if self.place else self.specialist.time_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCase:
    """A matter of a company, and who is to be seen."""

    subject: str
    birth_date: date
    case_manager: DemoCaseManager
    service_type: str
    claim_type: str
    file_number: str
    more: dict[str, object]

    def as_json(self) -> dict[str, object]:
        """As `CasePatch`, without the case manager."""
        subject = {**_names(self.subject), "birthDate": self.birth_date.isoformat()}
        known = {"serviceType": self.service_type, "claimType": self.claim_type, "companyFileNumber": self.file_number}
        return {"subject": subject, **known, **self.more}


SOUTHERN = DemoCompany(
    name="Southern Cross Insurance",
    units=("Workers’ compensation", "Motor accidents"),
    booking_email="bookings@southern-cross.example.org",
)
BANKSIA = DemoCompany(name="Banksia Legal", units=("Sydney", "Perth"))
KAURI = DemoCompany(name="Kauri Mutual", units=("Auckland", "Wellington"))
COMPANIES = (SOUTHERN, BANKSIA, KAURI)

AMELIA = DemoCaseManager(
    name="Amelia Hart",
    company=SOUTHERN,
    unit=SOUTHERN.units[0],
    position="CASE_MANAGER",
    wish=Wish.LOGIN,
    phone="+61 491 570 006",
)
JACK = DemoCaseManager(
    name="Jack Nguyen", company=SOUTHERN, unit=SOUTHERN.units[0], position="TEAM_LEADER", wish=Wish.LOGIN
)
PRIYA = DemoCaseManager(
    name="Priya Menon",
    company=BANKSIA,
    unit=BANKSIA.units[0],
    position="SOLICITOR",
    wish=Wish.LOGIN,
    phone="+61 491 570 156",
)
AROHA = DemoCaseManager(
    name="Aroha Ngata",
    company=KAURI,
    unit=KAURI.units[0],
    position="CLAIMS_ADVISER",
    wish=Wish.LOGIN,
    time_zone=AUCKLAND,
)
TOM = DemoCaseManager(
    name="Tom Baker", company=SOUTHERN, unit=SOUTHERN.units[1], position="CASE_MANAGER", wish=Wish.NONE
)
MEI = DemoCaseManager(
    name="Mei Tanaka", company=SOUTHERN, unit=SOUTHERN.units[1], position="CLAIMS_ADVISER", wish=Wish.ACTIVATION_SENT
)
GRACE = DemoCaseManager(
    name="Grace Liu",
    company=BANKSIA,
    unit=BANKSIA.units[1],
    position="SOLICITOR",
    wish=Wish.OFFERED,
    time_zone=PERTH,
)
HENRY = DemoCaseManager(
    name="Henry Walsh",
    company=KAURI,
    unit=KAURI.units[1],
    position="CASE_MANAGER",
    wish=Wish.DECLINED,
    time_zone=AUCKLAND,
)
CASE_MANAGERS = (AMELIA, JACK, PRIYA, AROHA, TOM, MEI, GRACE, HENRY)

CITY = DemoPlace(
    name="Harbour Rooms",
    address="12 Bridge Street, Sydney NSW 2000",
    state="NSW",
    time_zone=SYDNEY,
    directions="Level 3; the lift is on the left.",
)
PARRAMATTA = DemoPlace(
    name="Parramatta Clinic", address="88 Church Street, Parramatta NSW 2150", state="NSW", time_zone=SYDNEY
)
TERRACE = DemoPlace(name="Terrace Rooms", address="40 St Georges Terrace, Perth WA 6000", state="WA", time_zone=PERTH)
QUEEN = DemoPlace(
    name="Queen Street Clinic", address="210 Queen Street, Auckland 1010", state="Auckland", time_zone=AUCKLAND
)
PLACES = (CITY, PARRAMATTA, TERRACE, QUEEN)

CHEN = DemoSpecialist(
    name="Olivia Chen", specialty="ORTHOPAEDICS", places=(CITY,), time_zone=SYDNEY, languages=("en", "zh")
)
OKAFOR = DemoSpecialist(name="Samuel Okafor", specialty="PSYCHIATRY", places=(PARRAMATTA,), time_zone=SYDNEY)
FRASER = DemoSpecialist(name="Liam Fraser", specialty="NEUROLOGY", places=(CITY, PARRAMATTA), time_zone=SYDNEY)
MITCHELL = DemoSpecialist(
    name="Ruth Mitchell", specialty="OCCUPATIONAL_MEDICINE", places=(TERRACE,), time_zone=PERTH, languages=("en", "es")
)
WIREMU = DemoSpecialist(
    name="Hana Wiremu", specialty="ORTHOPAEDICS", places=(QUEEN,), time_zone=AUCKLAND, languages=("en", "mi")
)
SPECIALISTS = (CHEN, OKAFOR, FRASER, MITCHELL, WIREMU)

CHEN_SURE = DemoSeries(specialist=CHEN, kind="AVAILABLE", weekday=2, hours=(9, 13), place=CITY)
CHEN_ASKED = DemoSeries(specialist=CHEN, kind="ON_DEMAND", weekday=4, hours=(13, 17), place=CITY)
OKAFOR_SURE = DemoSeries(specialist=OKAFOR, kind="AVAILABLE", weekday=1, hours=(10, 16), minutes=45, buffer_minutes=15)
OKAFOR_ASKED = DemoSeries(
    specialist=OKAFOR, kind="ON_DEMAND", weekday=3, hours=(9, 17), place=PARRAMATTA, interval_weeks=2
)
FRASER_SURE = DemoSeries(specialist=FRASER, kind="AVAILABLE", weekday=5, hours=(9, 15), place=PARRAMATTA)
MITCHELL_SURE = DemoSeries(specialist=MITCHELL, kind="AVAILABLE", weekday=3, hours=(8, 12), place=TERRACE)
MITCHELL_ASKED = DemoSeries(specialist=MITCHELL, kind="ON_DEMAND", weekday=4, hours=(9, 12))
WIREMU_SURE = DemoSeries(specialist=WIREMU, kind="AVAILABLE", weekday=1, hours=(9, 13), place=QUEEN, buffer_minutes=30)
SERIES = (
    *(CHEN_SURE, CHEN_ASKED, OKAFOR_SURE, OKAFOR_ASKED),
    *(FRASER_SURE, MITCHELL_SURE, MITCHELL_ASKED, WIREMU_SURE),
)
"""Each weekday has one, so that whichever a holiday falls on, somebody is away."""

_SUBJECTS = (
    *("Noah Tran", "Isla Murray", "Ethan Rossi", "Chloe Papas", "Lucas Ferreira", "Zoe Callaghan", "Ravi Kumar"),
    *("Sophie Lang", "Daniel Okoye", "Matilda Reyes", "Oscar Lindqvist", "Leila Haddad", "Finn Gallagher"),
    *("Ruby Santos", "Tane Parata", "Mia Kowalczyk", "Hugo Bianchi", "Anahera Rewi", "Marcus Webb", "Yuki Mori"),
    *("Eleni Pappas", "Jonah Fisher", "Asha Iyer", "Peter Novak"),
)
_SERVICES = ("IME", "IME", "RE_EXAMINATION", "FUNCTIONAL_CAPACITY", "IMPAIRMENT_RATING", "TREATMENT_REVIEW")
_OF = (AMELIA, JACK, PRIYA, AROHA, AMELIA, PRIYA, TOM, JACK, MEI, AMELIA, GRACE, HENRY)
_MORE: Sequence[dict[str, object]] = (
    {"needs": "Step-free access, please."},
    {"interpreterLanguage": "Vietnamese"},
    {},
    {"parties": [{"role": "SOLICITOR", "name": "Mia Ortiz", "email": "mia.ortiz@example.org"}]},
    {},
)


def demo_cases() -> list[DemoCase]:
    """The 24 cases, the same ones each time."""
    return [
        DemoCase(
            subject=subject,
            birth_date=date(1961 + number * 7 % 42, 1 + number * 5 % 12, 1 + number * 11 % 28),
            case_manager=_OF[number % len(_OF)],
            service_type=_SERVICES[number % len(_SERVICES)],
            claim_type="MOTOR_ACCIDENT" if _OF[number % len(_OF)] in {TOM, MEI} else "WORKERS_COMPENSATION",
            file_number=f"{_OF[number % len(_OF)].company.name[:2].upper()}-{2041 + number * 13}",
            more=_MORE[number % len(_MORE)],
        )
        for number, subject in enumerate(_SUBJECTS)
    ]


def _names(name: str) -> dict[str, str]:
    given, _, family = name.partition(" ")
    return {"givenName": given, "familyName": family}


def _address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.org"
