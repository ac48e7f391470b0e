"""How the organization books, as its administrators set it."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.resources_pb2 import BookingSettings

from chassis.call import Role
from chassis.wire import timestamp

from .case_managers import on
from .neighbours import Neighbours
from .people import SignedIn

BOOKINGS = "/booking-settings"


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
    assert (not is_set, ["enable_on_yes"]) == (request.settings.enable_on_yes, list(request.update_mask.paths))
    assert (BOOKINGS, "Saved. It holds from now on.") == (answer.goes_to, (await admin.follow(answer)).notice)


async def test_settings_have_two_tabs(signed_in: SignedIn) -> None:
    """PO-13: from the organization's face to its bookings and back is one link; the header knows both as Settings."""
    admin = signed_in(Role.STAFF_ADMIN)
    page = await admin.get((await admin.get("/settings")).link("Bookings"))

    assert "/settings" == page.link("Your organization")
    current = page.root.one("header").one("nav").all("a", **{"aria-current": "true"})
    assert ["Settings"] == [link.text for link in current]
