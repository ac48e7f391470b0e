"""Moving a booking to a time of staff's own."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.booking_resources_pb2 import CLIENT_REQUEST, Booking
from portico.casemanager.v1.bookings_pb2 import TimeChoice
from portico.casemanager.v1.schedule_resources_pb2 import IN_PERSON, TELEHEALTH

from chassis.call import Role
from chassis.errors import FieldViolation, InvalidArgument
from chassis.wire import timestamp

from .bookings import BOOKING, BOOKING_ID, ETAG, OWN_BOOKING, booking
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .scheduling import PLACE_ID, ZHANG_ID, chicago

OWN = f"{BOOKING}/move/own"
MOVE = "Move the appointment"


def typed(page: Page) -> dict[str, str]:
    """What stands in the fields of the time."""
    fields = {name: page.main.one("input", id=name)["value"] for name in ("day", "clock", "minutes")}
    selects = {name: page.main.one("select", id=name) for name in ("specialist", "place")}
    chosen = {name: each.one("option", selected="selected")["value"] for name, each in selects.items()}
    return {**fields, **chosen}


async def test_staff_move_a_booking_to_any_time(staff: Browser, neighbours: Neighbours) -> None:
    """CM-10, PO-09: the form begins with how it is now, by the clock there; the time needs no availability."""
    page = await staff.get((await staff.get(f"{BOOKING}/move")).link("Another time of your own"))
    now = {"day": "2026-02-16", "clock": "09:00", "minutes": "45", "specialist": ZHANG_ID, "place": PLACE_ID}
    assert now == typed(page)
    why = {"outside_availability_reason": "Agreed by phone", "reason": "CLIENT_REQUEST", "comment": "Prefers evenings."}
    page = await staff.press(page, MOVE, day="2026-02-10", clock="18:30", minutes="30", **why)
    assert BOOKING == page.goes_to

    moved = neighbours.only("RescheduleBooking")
    assert (BOOKING_ID, ETAG, CLIENT_REQUEST, "Prefers evenings.") == (
        moved.booking_id,
        moved.etag,
        moved.reason,
        moved.comment,
    )
    assert moved.time == TimeChoice(
        specialist_id=ZHANG_ID,
        place_id=PLACE_ID,
        mode=IN_PERSON,
        start_time=timestamp(chicago(2, 10, 18, 30)),
        minutes=30,
        outside_availability_reason="Agreed by phone",
    )


async def test_it_may_be_held_at_a_distance(staff: Browser, neighbours: Neighbours) -> None:
    """CM-10: another mode, by the specialist's clock."""
    await staff.press(await staff.get(OWN), MOVE, place="telehealth", reason="CLIENT_REQUEST")
    time = neighbours.only("RescheduleBooking").time
    assert ("", TELEHEALTH) == (time.place_id, time.mode)


@pytest.mark.parametrize(
    ("answer", "name", "words"),
    [
        (refusal("OUTSIDE_REASON_NEEDED"), "outside_availability_reason", ""),
        (InvalidArgument(violations=[FieldViolation("time.minutes", "INT32_LTE", "is too long.")]), "minutes", ""),
        (refusal("SLOT_TAKEN"), "", "Somebody else has just taken this time."),
        (refusal("TOO_LATE"), "", ""),
    ],
)
async def test_what_is_wrong_is_said_with_what_was_typed(
    staff: Browser, neighbours: Neighbours, answer: Exception, name: str, words: str
) -> None:
    """CM-09, CM-10, PO-01: the booking stays where it is, and the form says what to mend."""
    page = await staff.get(OWN)
    neighbours.answers["RescheduleBooking"] = answer
    page = await staff.press(page, MOVE, day="2026-02-10", clock="18:30", reason="CLIENT_REQUEST")
    assert ("2026-02-10", "18:30") == (typed(page)["day"], typed(page)["clock"])
    assert page.problem_of(name) if name else words in page.problem
    assert page.problem


async def test_what_somebody_else_changed_is_looked_at_first(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08, PO-01: what was typed stays, and goes with the version that is there now."""
    page = await staff.get(OWN)
    neighbours.answers |= {
        "RescheduleBooking": refusal("CONCURRENT_CHANGE"),
        "GetBooking": booking(etag="8", allowed_actions=[Booking.RESCHEDULE]),
    }
    page = await staff.press(page, MOVE, day="2026-02-10", reason="CLIENT_REQUEST")
    assert (409, BOOKING) == (page.status, page.link("Look at what is there now"))
    neighbours.answers["RescheduleBooking"] = booking()
    neighbours.received.clear()
    assert BOOKING == (await staff.press(page, MOVE)).goes_to
    moved = neighbours.only("RescheduleBooking")
    assert ("8", timestamp(chicago(2, 10, 9))) == (moved.etag, moved.time.start_time)


@pytest.mark.parametrize(
    ("name", "value"), [("clock", "25:00"), ("day", "some day"), ("minutes", "5"), ("minutes", "x")]
)
async def test_what_is_no_time_is_said_at_its_field(
    staff: Browser, neighbours: Neighbours, name: str, value: str
) -> None:
    """CM-10: nothing is moved, and nobody is asked."""
    page = await staff.press(await staff.get(OWN), MOVE, reason="CLIENT_REQUEST", **{name: value})
    assert page.problem_of(name)
    assert (value, False) == (typed(page)[name], "RescheduleBooking" in neighbours.rpcs)


async def test_what_is_not_confirmed_is_not_moved(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: a booking that cannot be moved now is shown, with a word why, before the form and after it."""
    form = await staff.get(OWN)
    neighbours.answers |= {
        "GetBooking": booking(allowed_actions=[Booking.CANCEL]),
        "RescheduleBooking": refusal("ACTION_NOT_ALLOWED"),
    }
    assert BOOKING == (await staff.get(OWN)).goes_to
    assert BOOKING == (await staff.press(form, MOVE, reason="CLIENT_REQUEST")).goes_to


async def test_case_managers_choose_among_free_times(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-08, CM-10: a time of one's own is for staff."""
    ana = signed_in(Role.CASE_MANAGER)
    neighbours.answers["GetBooking"] = booking()
    assert "Another time of your own" not in (await ana.get(f"{OWN_BOOKING}/move")).text
    assert 404 == (await ana.get(f"{OWN_BOOKING}/move/own")).status
