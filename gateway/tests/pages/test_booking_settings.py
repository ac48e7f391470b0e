"""How the organization books, as its administrators set it."""

from __future__ import annotations

from typing import Any

import pytest
from portico.casemanager.v1.resources_pb2 import BookingSettings

from chassis.call import Role
from chassis.errors import FieldViolation
from chassis.wire import timestamp

from .case_managers import on
from .neighbours import Neighbours, refusal
from .people import SignedIn

BOOKINGS = "/booking-settings"


USUAL: dict[str, Any] = {
    "hold_hours": 48,
    "minimum_notice_hours": 24,
    "horizon_days": 180,
    "request_days": 30,
    "cancellation_notice_hours": 0,
    "paperwork_days": 7,
    "report_days": 14,
    "reminder_days": [7, 3],
    "reminder_minute": 485,
    "holidays": ["2026-12-25", "2027-01-26"],
    "booking_email": "bookings@sunrise.example",
}
WRONG_NUMBER = "Please type a whole number in this range."


@pytest.mark.parametrize("is_set", [False, True])
async def test_logins_are_enabled_at_once_or_by_staff(
    is_set: bool, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """CM-04: the box shows what holds, says what it means, and is saved either way."""
    settings = BookingSettings(enable_on_yes=is_set, update_time=timestamp(on(5)) if is_set else None)
    neighbours.answers["GetBookingSettings"] = settings
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.get(BOOKINGS)
    assert is_set == bool(page.main.one("input", name="enable_on_yes").get("checked"))
    assert "Without the tick your staff get a task, and enable the login." in page.text
    assert is_set == ("Last changed Jan 5" in page.text)
    answer = await admin.press(page, "Save", enable_on_yes="" if is_set else "yes")

    request = neighbours.only("UpdateBookingSettings")
    assert (not is_set) == request.settings.enable_on_yes
    assert {field.name for field in request.settings.DESCRIPTOR.fields} == {*request.update_mask.paths}
    assert (BOOKINGS, "Saved. It holds from now on.") == (answer.goes_to, (await admin.follow(answer)).notice)


async def test_every_setting_comes_back_as_it_was(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-08: what nobody touched is saved as it was, each number, day and time."""
    neighbours.answers["GetBookingSettings"] = BookingSettings(**USUAL)
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.get(BOOKINGS)
    assert ("7, 3", "08:05") == tuple(
        page.main.one("input", id=name)["value"] for name in ("reminder_days", "reminder_minute")
    )
    await admin.press(page, "Save")
    written = neighbours.only("UpdateBookingSettings").settings
    lists = {"reminder_days", "holidays"}
    assert USUAL == {name: [*getattr(written, name)] if name in lists else getattr(written, name) for name in USUAL}


async def test_what_was_typed_is_read(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-08: days with commas or blanks, a time, and dates by lines; empty is none."""
    admin = signed_in(Role.STAFF_ADMIN)
    typed = {"reminder_days": "10 5;1", "reminder_minute": "23:59", "holidays": "2026-12-25\r\n\r\n2027-01-26 "}
    await admin.press(await admin.get(BOOKINGS), "Save", horizon_days="365", **typed)
    written = neighbours.only("UpdateBookingSettings").settings
    assert (365, [10, 5, 1], 1439, ["2026-12-25", "2027-01-26"]) == (
        written.horizon_days,
        list(written.reminder_days),
        written.reminder_minute,
        list(written.holidays),
    )
    neighbours.forget()
    await admin.press(await admin.get(BOOKINGS), "Save", reminder_days="", holidays="")
    written = neighbours.only("UpdateBookingSettings").settings
    assert ([], []) == (list(written.reminder_days), list(written.holidays))


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("hold_hours", "two", WRONG_NUMBER),
        ("hold_hours", "-1", WRONG_NUMBER),
        ("hold_hours", "", WRONG_NUMBER),
        ("hold_hours", "1" * 20, WRONG_NUMBER),
        ("reminder_days", "7, x", WRONG_NUMBER),
        ("reminder_minute", "8", "Please choose a day and a time."),
    ],
)
async def test_what_cannot_be_read_stands_beside_its_field(
    field: str, typed: str, words: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """CM-08: nothing is saved, and what was typed stays."""
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.press(await admin.get(BOOKINGS), "Save", **{field: typed})
    assert (400, words, typed) == (page.status, page.problem_of(field), page.main.one("input", id=field)["value"])
    assert "UpdateBookingSettings" not in neighbours.rpcs


async def test_a_holiday_that_is_no_date_is_named(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-08: a line that is no date stands at the field."""
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.press(await admin.get(BOOKINGS), "Save", holidays="Christmas")
    assert "There is no such day in the calendar." == page.main.one("p", id="holidays-problem").text
    assert "UpdateBookingSettings" not in neighbours.rpcs


async def test_a_number_out_of_bounds_says_the_bounds(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-08: the service's own words stand beside the field."""
    violation = FieldViolation("settings.hold_hours", "SETTING_OUT_OF_BOUNDS", "Enter a number from 1 to 336.")
    neighbours.answers["UpdateBookingSettings"] = refusal("SETTING_OUT_OF_BOUNDS", violation)
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.press(await admin.get(BOOKINGS), "Save", hold_hours="337")
    assert ("Enter a number from 1 to 336.", "A number is too small or too large. Please check them.") == (
        page.problem_of("hold_hours"),
        page.problem,
    )


async def test_what_is_no_address_stands_beside_its_field(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-08: the service's refusal stands at the address, and what was typed stays."""
    violation = FieldViolation("settings.booking_email", "CONTACT_INVALID", "This is not a valid email address.")
    neighbours.answers["UpdateBookingSettings"] = refusal("CONTACT_INVALID", violation)
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.press(await admin.get(BOOKINGS), "Save", booking_email="desk")
    assert (400, "desk") == (page.status, page.main.one("input", id="booking_email")["value"])
    assert page.problem_of("booking_email")


async def test_settings_have_tabs(signed_in: SignedIn) -> None:
    """PO-13: from the organization's face to its bookings and back is one link; the header knows both as Settings."""
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.get((await admin.get("/settings")).link("Bookings"))

    assert ("/settings", "/value-lists") == (page.link("Your organization"), page.link("Lists"))
    current = page.root.one("header").one("nav").all("a", **{"aria-current": "true"})
    assert ["Settings"] == [link.text for link in current]
