"""A provider whose bookings stand in every state, with the case manager and the specialist whom they are of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.clinics import block
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import Agency, Person

CHICAGO = ZoneInfo("America/Chicago")
"""Where appointments take place; the case manager's clock shows New York."""
SUBJECTS = {
    "confirmed": ("Amara", "Nwosu"),
    "wished": ("Noah", "Tran"),
    "asked": ("Guadalupe", "Hernández de la Cruz"),
    "offered": ("Lucía", "Morales"),
    "gone": ("Björn", "Lindqvist"),
    "moving": ("Fatima", "Al-Sayed"),
    "today": ("Patrick", "O’Brien"),
    "over": ("Mei", "Chen"),
    "attended": ("Joseph", "Kowalski"),
    "missed": ("Ines", "Duarte"),
    "cancelled": ("Tomasz", "Zieliński"),
    "declined": ("Grace", "Oyelaran"),
    "expired": ("Henry", "Baptiste"),
    "rival": ("Anouk", "Visser"),
}
"""Who is to be seen, by what became of the booking; the colleague's stands apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """Ids of bookings by what became of them, and of cases; usernames sign in with `PASSWORD`."""

    agency: Agency
    manager: str
    doctor: str
    bookings: dict[str, str]
    cases: dict[str, str]
    specialist: str
    slot: str
    """A free time, as it stands in an address; `asked_slot` is one of which the specialist is asked first."""
    asked_slot: str
    gone_slot: str
    task: str
    """That a request is to be answered; `own_task` is the case manager's."""
    own_task: str

    @property
    def own_time(self) -> str:
        """A time of staff's own, as it stands in an address."""
        return f"{self.specialist}~telehealth~{_day_on(30).isoformat()}T18:30~45"


def _day_on(count: int) -> date:
    return datetime.now(CHICAGO).date() + timedelta(days=count)


@dataclass(slots=True)
class _Desk:
    """Makes bookings, by hand of whom they are of."""

    stack: Stack
    admin: Person
    manager: Person
    slots: Iterator[dict[str, Any]]
    cases: dict[str, str]
    bookings: dict[str, str] = field(default_factory=dict)

    def request(self, name: str, **when: Any) -> None:
        """A request, or a booking at once where nothing else is said."""
        when = when or {"slot": self.slot()}
        self.bookings[name] = self.manager.post("/v1/bookings", caseId=self.cases[name], **when)["id"]

    def slot(self) -> dict[str, str]:
        """A time that nobody was given yet."""
        slot = next(self.slots)
        return {"availabilityId": slot["availabilityId"], "startTime": slot["startTime"]}

    def do(self, name: str, verb: str, who: Person | None = None, **body: Any) -> dict[str, Any]:
        """A command of staff, unless somebody else gives it."""
        return (who or self.admin).post(f"/v1/bookings/{self.bookings[name]}:{verb}", **body)

    def shift(self, name: str, start: datetime) -> None:
        """Its appointment was made for another time, past what may be asked for."""
        with psycopg.connect(self.stack.owner_url("casemanager")) as database:
            database.execute(
                "WITH moved AS (UPDATE bookings SET start_time = %(start)s, end_time = %(end)s WHERE id = %(id)s)"
                " UPDATE reservations SET during = tstzrange(%(start)s, %(end)s) WHERE booking_id = %(id)s",
                {"id": UUID(self.bookings[name]), "start": start, "end": start + timedelta(hours=1)},
            )

    def let_go(self, name: str) -> None:
        """The holds of its offer ended an hour ago."""
        with psycopg.connect(self.stack.owner_url("casemanager")) as database:
            database.execute(
                "WITH ended AS (UPDATE reservations SET hold_expire_time = now() - interval '1 hour'"
                " WHERE booking_id = %(id)s)"
                " UPDATE bookings SET options = (SELECT jsonb_agg(option || jsonb_build_object('hold_expire_time',"
                " to_char(now() - interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM')))"
                " FROM jsonb_array_elements(options) AS option) WHERE id = %(id)s",
                {"id": UUID(self.bookings[name])},
            )

    def expire(self, name: str) -> None:
        """Nobody answered it in time."""
        with psycopg.connect(self.stack.owner_url("casemanager")) as database:
            database.execute(
                "UPDATE bookings SET expire_time = now() - interval '1 hour' WHERE id = %s",
                [UUID(self.bookings[name])],
            )


def diary_of(stack: Stack, anybody: Person) -> Diary:
    """A provider of its own, in which all this has just happened."""
    agency = founded(stack)
    admin = agency.admin
    hana, ivo, manager = _case_managers(stack, agency, anybody)
    specialist, doctor = _specialist(stack, agency, anybody)
    times = admin.get(_slots_between(_day_on(3), _day_on(14), specialist)).get("slots", [])
    sure, asked = ([slot for slot in times if slot["kind"] == kind] for kind in ("AVAILABLE", "ON_DEMAND"))
    cases = {
        name: _case(admin, ivo if name == "colleague" else hana, *subject)
        for name, subject in {**SUBJECTS, "colleague": ("Sofia", "Petrov")}.items()
    }
    colleague = admin.post("/v1/bookings", caseId=cases["colleague"], wishes={"windows": [_window(5)]})["id"]
    desk = _Desk(stack, admin, manager, iter(sure), cases, {"colleague": colleague})
    _bring(desk, asked[0])
    free = next(desk.slots)
    return Diary(
        agency=agency,
        manager=hana["email"],
        doctor=doctor,
        bookings=desk.bookings,
        cases=cases,
        specialist=specialist,
        slot=_key(free),
        asked_slot=_key(asked[1]),
        gone_slot=_key(sure[0]),
        task=admin.get(f"/v1/tasks?bookingId={desk.bookings['wished']}")["tasks"][0]["id"],
        own_task=admin.get(f"/v1/tasks?bookingId={desk.bookings['offered']}")["tasks"][0]["id"],
    )


def _bring(desk: _Desk, asked: dict[str, Any]) -> None:
    """Every booking to where it is wished for."""
    desk.request("confirmed", slot=desk.slot())
    desk.request(
        "wished",
        wishes={"windows": [_window(5), _window(12)]},
        specialty="REHABILITATION",
        note="Needs a ramp.\nMornings suit best.",
    )
    desk.request("asked", slot={"availabilityId": asked["availabilityId"], "startTime": asked["startTime"]})
    for name in ("offered", "gone"):
        desk.request(name, wishes={"windows": []})
    desk.do("offered", "offer", options=[{"slot": desk.slot()} for _ in range(3)])
    lost = desk.slot()
    desk.do("gone", "offer", options=[{"slot": lost}])
    desk.let_go("gone")
    desk.request("rival", slot=lost)
    for name in ("moving", "today", "over", "attended", "missed", "cancelled"):
        desk.request(name)
    wishes = {"windows": [_window(9)]}
    desk.do("moving", "requestMove", desk.manager, wishes=wishes, reason="SUBJECT_UNAVAILABLE", comment="In hospital")
    desk.shift("today", datetime.combine(_day_on(0), time(12), CHICAGO))
    for days, name in enumerate(("over", "attended", "missed"), start=1):
        desk.shift(name, datetime.combine(_day_on(-days), time(9 + days), CHICAGO))
    desk.do("attended", "recordOutcome", outcome="ATTENDED")
    desk.do("missed", "recordOutcome", outcome="NOT_ATTENDED", comment="Waited for half an hour.")
    desk.do("cancelled", "cancel", desk.manager, reason="OTHER", comment="The claim was settled.")
    for name in ("declined", "expired"):
        desk.request(name, wishes={"windows": []})
    desk.do("declined", "decline", reason="OTHER", comment="We have nobody for this in your region.")
    desk.expire("expired")


def _case_managers(stack: Stack, agency: Agency, anybody: Person) -> tuple[dict[str, Any], dict[str, Any], Person]:
    """Hana, who signs in, and Ivo of her unit."""
    admin = agency.admin
    company = admin.post("/v1/companies", name="Lakeside Mutual Workers’ Compensation")["id"]
    unit = admin.post(f"/v1/companies/{company}/business-units", name="North")["id"]
    box = Mailbox(stack, fresh_email())
    known = {"businessUnitId": unit, "language": "en", "timeZone": "America/New_York"}
    hana, ivo = (
        admin.post("/v1/case-managers", companyId=company, caseManager={**person, **known})
        for person in (
            {"givenName": "Hana", "familyName": "Ito", "email": box.contact},
            {"givenName": "Ivo", "familyName": "Marković"},
        )
    )
    admin.post(f"/v1/case-managers/{hana['id']}:enableLogin")
    anybody.post("/v1/auth/activate", token=box.link("activate"), password=PASSWORD)
    return hana, ivo, anybody.sign_in(agency.slug, box.contact, PASSWORD)


def _specialist(stack: Stack, agency: Agency, anybody: Person) -> tuple[str, str]:
    """Dr Okafor, who can be seen every working day, and the name that she signs in with."""
    admin, box = agency.admin, Mailbox(stack, fresh_email())
    where = {"name": "Riverside Clinic", "timeZone": CHICAGO.key, "state": "IL", "address": "1 River St, Chicago"}
    place = admin.post("/v1/places", place=where)["id"]
    doctor = {
        "title": "Dr",
        "givenName": "Adaeze",
        "familyName": "Okafor",
        "specialties": ["ORTHOPAEDICS", "REHABILITATION"],
        "timeZone": CHICAGO.key,
        "modes": ["IN_PERSON", "TELEHEALTH"],
        "placeIds": [place],
        "email": box.contact,
    }
    specialist = admin.post("/v1/specialists", specialist=doctor)["id"]
    admin.post("/v1/availabilities", specialistId=specialist, mode="IN_PERSON", placeId=place, block=block())
    asked = {"kind": "ON_DEMAND", "startMinute": 780, "endMinute": 900}
    admin.post("/v1/availabilities", specialistId=specialist, mode="TELEHEALTH", block=block(**asked))
    admin.post(f"/v1/specialists/{specialist}:enableLogin")
    anybody.post("/v1/auth/activate", token=box.link("activate"), password=PASSWORD)
    return specialist, box.contact


def _case(admin: Person, manager: dict[str, Any], given_name: str, family_name: str) -> str:
    subject = {"givenName": given_name, "familyName": family_name}
    case = {"caseManagerId": manager["id"], "subject": subject, "serviceType": "IME", "companyFileNumber": "LM-2041"}
    return str(admin.post("/v1/cases", case=case)["id"])


def _slots_between(first: date, last: date, specialist: str) -> str:
    return f"/v1/slots?startTime={first}T06:00:00Z&endTime={last}T06:00:00Z&specialistIds={specialist}&pageSize=200"


def _window(days: int) -> dict[str, str]:
    """Working hours of a day, so many days from now."""
    return {
        name: datetime.combine(_day_on(days), time(hour), CHICAGO).astimezone(UTC).isoformat()
        for name, hour in (("startTime", 9), ("endTime", 17))
    }


def _key(slot: dict[str, Any]) -> str:
    return f"{slot['specialistId']}@{slot['availabilityId']}@{slot['startTime']}"
