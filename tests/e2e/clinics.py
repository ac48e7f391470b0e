"""A clinic with specialists who can be booked, one of whom signs in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from local_stack.stack import Stack
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import Agency, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """Ids of places, specialists and times; `username` is whom Dr Zhang signs in as, with `PASSWORD`."""

    place: str
    inactive_place: str
    zhang: str
    idle: str
    inactive: str
    series: str
    first_day: str
    time_off: str
    username: str

    @property
    def page(self) -> str:
        """The profile of Dr Zhang."""
        return f"/specialists/{self.zhang}"


def weekday_from(day: date) -> date:
    """The day, or the Monday after it where it is at a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def block(**changes: Any) -> dict[str, Any]:
    """Every working day from nine to twelve, for half a year, from a few days on."""
    first = weekday_from(datetime.now(UTC).date() + timedelta(days=3))
    usual = {
        "kind": "AVAILABLE",
        "startDate": first.isoformat(),
        "endDate": (first + timedelta(days=182)).isoformat(),
        "weekdays": [1, 2, 3, 4, 5],
        "startMinute": 540,
        "endMinute": 720,
        "appointmentMinutes": 60,
    }
    return {**usual, **changes}


def clinic_of(stack: Stack, agency: Agency, anybody: Person) -> Clinic:
    """A clinic in which all this has just been entered."""
    admin = agency.admin
    place, inactive_place = (
        admin.post("/v1/places", place={"name": name, "timeZone": zone, "state": "IL", "address": "1 River St"})["id"]
        for name, zone in (("Riverside Clinic", "America/Chicago"), ("Old Mill", "America/New_York"))
    )
    admin.post(f"/v1/places/{inactive_place}:deactivate")

    def enter(given_name: str, family_name: str, email: str = "") -> str:
        specialist = {
            "title": "Dr",
            "givenName": given_name,
            "familyName": family_name,
            "specialties": ["ORTHOPAEDICS", "REHABILITATION"],
            "languages": ["en", "zh"],
            "timeZone": "America/Chicago",
            "modes": ["IN_PERSON", "TELEHEALTH"],
            "placeIds": [place],
            "email": email,
        }
        return str(admin.post("/v1/specialists", specialist=specialist)["id"])

    mailbox = Mailbox(stack, fresh_email())
    zhang, idle, inactive = enter("Rui", "Zhang", mailbox.contact), enter("Ines", "Abe"), enter("Omar", "Haddad")
    admin.post(f"/v1/specialists/{inactive}:deactivate")
    series = admin.post("/v1/availabilities", specialistId=zhang, mode="IN_PERSON", placeId=place, block=block())
    one = {"kind": "ON_DEMAND", "weekdays": [], "endDate": "", "startMinute": 780, "endMinute": 900}
    admin.post("/v1/availabilities", specialistId=zhang, mode="TELEHEALTH", block=block(**one))
    first_day = date.fromisoformat(series["startDate"])
    away = first_day + timedelta(days=28)
    admin(
        "PUT",
        f"/v1/availabilities/{series['id']}/exceptions/{(first_day + timedelta(days=7)).isoformat()}",
        kind="CANCELLED",
    )
    time_off = admin.post(
        f"/v1/specialists/{zhang}/time-off",
        startTime=f"{away.isoformat()}T06:00:00Z",
        endTime=f"{(away + timedelta(days=5)).isoformat()}T06:00:00Z",
        reason="Congress",
    )
    admin.post(f"/v1/specialists/{zhang}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    return Clinic(
        place=place,
        inactive_place=inactive_place,
        zhang=zhang,
        idle=idle,
        inactive=inactive,
        series=series["id"],
        first_day=series["startDate"],
        time_off=time_off["id"],
        username=mailbox.contact,
    )
