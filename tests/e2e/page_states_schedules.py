"""The pages of places, specialists, their times, and of finding one, in every state."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tests.e2e.clinics import Clinic
from tests.e2e.page_steps import State, at, press, tick, unfold, write
from tests.e2e.world import World

WRONG_CONTACT = "The email address or the phone number is not right. Please check it."


def zhang(page: str = "") -> Callable[[World], str]:
    """A page below the profile of Dr Zhang."""
    return lambda world: f"{world.clinic.page}{page}"


def of(who: Callable[[Clinic], str], page: str = "") -> Callable[[World], str]:
    """A page of another specialist."""
    return lambda world: f"/specialists/{who(world.clinic)}{page}"


def series(base: Callable[[World], str], page: str = "") -> Callable[[World], str]:
    """A page of the times of every working day."""
    return lambda world: f"{base(world)}/availability/{world.clinic.series}{page}"


SCHEDULES: Mapping[str, State] = {
    "places": at("/places", seen="Riverside Clinic"),
    "new place, taken": at(
        "/places/new",
        write("Name", "riverside clinic"),
        press("Add place"),
        seen="There is a place with this name already.",
    ),
    "place": at(lambda world: f"/places/{world.clinic.place}", seen="Show the specialists of this place"),
    "place, inactive": at(
        lambda world: f"/places/{world.clinic.inactive_place}",
        seen="No new times can be entered at an inactive place. The ones that are there go on.",
    ),
    "place, deactivate": at(
        lambda world: f"/places/{world.clinic.place}/deactivate",
        seen="No new times can be entered there. The ones that are there go on, and what is booked stays.",
    ),
    "specialists": at("/specialists", seen="Scheduling"),
    "specialists, filters": at(
        lambda world: f"/specialists?account=ACTIVE&place={world.clinic.place}", seen="Specialty"
    ),
    "specialists, nothing found": at("/specialists?query=zubizarreta", seen="Nothing found."),
    "new specialist, wrong phone": at(
        "/specialists/new",
        write("Given name", "Hana"),
        write("Family name", "Sato"),
        write("Mobile phone", "12"),
        press("Add specialist"),
        seen=WRONG_CONTACT,
    ),
    "specialist": at(zhang(), seen="For your staff only", told="specialist-created"),
    "specialist, inactive": at(
        of(lambda clinic: clinic.inactive),
        seen="An inactive specialist cannot be booked and cannot sign in. Past bookings keep the name.",
    ),
    "specialist, deactivate": at(
        zhang("/deactivate"),
        seen="This person can no longer be booked or sign in, and their times are no longer offered. "
        "What is held for offers is free again. Activating brings the times and the login back.",
    ),
    "specialist, login": at(zhang("/login"), seen="Signs in with"),
    "specialist, login without an address": at(of(lambda clinic: clinic.idle, "/login"), seen="Enter one first"),
    "specialist, disable the login": at(
        zhang("/login/disable"),
        seen="All devices of this person are signed out at once, and there is no way in until you enable it.",
    ),
    "no such specialist": at(lambda world: f"/specialists/{world.invited.id}", seen="There is no such specialist."),
    "availability": at(zhang("/availability"), seen="Times that can be booked"),
    "availability, none": at(of(lambda clinic: clinic.idle, "/availability"), seen="No times yet"),
    "availability, month": at(
        lambda world: f"{world.clinic.page}/availability?month={world.clinic.first_day[:7]}", seen="Earlier"
    ),
    "new times": at(zhang("/availability/new"), unfold("More options"), seen="Minutes from one beginning to the next"),
    "times": at(series(zhang()), seen="Change times"),
    "times, remove": at(series(zhang(), "/remove"), seen="Remove these times?"),
    "single dates": at(series(zhang(), "/dates"), tick("Other hours"), seen="Dates that are different"),
    "time off": at(zhang("/time-off"), seen="Time off ahead"),
    "time off, ends before it begins": at(
        zhang("/time-off"),
        write("First day", "2027-03-02"),
        write("Last day", "2027-03-01"),
        press("Add time off"),
        seen="Something in the form is missing or wrong. Please check it.",
    ),
    "time off, remove": at(
        lambda world: f"{world.clinic.page}/time-off/{world.clinic.time_off}/remove", seen="Remove this time off?"
    ),
    "calendar of specialists": at(lambda world: f"/staff/calendar?week={world.clinic.first_day}", seen="Week before"),
    "find a time": at("/staff/slots", seen="Later weeks"),
    "find a time, too long": at(
        "/staff/slots?from=2027-01-01&to=2027-12-31", seen="At most 92 days can be searched at once."
    ),
}
NO_SCHEDULE: Mapping[str, State] = {
    "no place yet": at("/places", seen="There is no place yet."),
    "no specialist yet": at("/specialists", seen="There is no specialist yet."),
    "calendar of nobody": at("/staff/calendar", seen="There is no specialist yet."),
    "no free time": at("/staff/slots", seen="No free time in these weeks."),
}
FINDING: Mapping[str, State] = {
    "find a time, case manager": at("/cm/slots", seen="Books at once"),
    "find a time, none": at("/cm/slots?from=2031-01-01&where=telehealth", seen="Look anywhere"),
}
OWN_TIMES: Mapping[str, State] = {
    "day without appointments": at(
        lambda _: f"/sp?day={datetime.now(UTC).date() + timedelta(days=60)}", seen="No appointments on this day."
    ),
    "own availability": at("/sp/availability", seen="When you can be booked"),
    "own month": at(lambda world: f"/sp/availability?month={world.clinic.first_day[:7]}", seen="Earlier"),
    "own times": at(series(lambda _: "/sp"), seen="Change times"),
    "own time off": at("/sp/time-off", seen="Time off ahead"),
    "account of a specialist": at("/account", seen="Where you are signed in"),
}
