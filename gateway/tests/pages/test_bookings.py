"""A booking as case managers, staff and specialists see it, and its options."""

from __future__ import annotations

from datetime import timedelta

import pytest
from portico.casemanager.v1.booking_resources_pb2 import (
    OTHER,
    Booking,
    BookingOption,
    Decline,
)
from portico.casemanager.v1.bookings_pb2 import ListBookingHistoryResponse
from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksResponse

from chassis.call import Role
from chassis.testing import FakeClock
from chassis.wire import timestamp
from portal.core.renderer import bdi

from .bookings import (
    BOOKING,
    BOOKING_ID,
    ETAG,
    OPTION_ID,
    OTHER_OPTION_ID,
    OWN_BOOKING,
    SP_BOOKING,
    booking,
    cancelled,
    entry,
    offered,
    option,
    requested,
)
from .case_managers import ANA_ID, STAFF_ID, TASK_ID, task
from .cases import CASE_ID
from .neighbours import Neighbours
from .people import Browser, SignedIn
from .scheduling import chicago

OTHER_MANAGER_ID = "01990000-0000-7000-8000-0000000000b9"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def zhang(signed_in: SignedIn) -> Browser:
    """Where a specialist sits."""
    return signed_in(Role.SPECIALIST)


async def test_a_page_says_where_it_stands(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-08: a line of steps, a sentence, the appointment, the case, and what happened with its reasons."""
    neighbours.answers["GetBooking"] = booking()
    page = await ana.get(OWN_BOOKING)

    stages = page.main.one("ol", class_="stages")
    assert ["Done: Requested", "Confirmed", "Took place", "Report"] == [each.text for each in stages.all("li")]
    assert "Confirmed" == stages.one("li", **{"aria-current": "step"}).text
    assert "The appointment is booked." in page.text
    assert "Mon, Feb 16, 9:00 AM–9:45 AM CST 10:00 AM your time" in page.text
    assert f"/cm/cases/{CASE_ID}" == page.link("C-000123")
    history = [each.text for each in page.main.one("ol", class_="timeline").all("li")]
    assert "Moved to another time Ana García · The company asked for it Asked by phone." in history[0]
    assert "Times were offered Staff" in history[1]


async def test_staff_read_who_of_them_did_it(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-08: the history names colleagues, and the page who looks after the booking."""
    page = await staff.get(BOOKING)

    assert [STAFF_ID] == list(neighbours.only("BatchGetColleagues").account_ids)
    assert "Times were offered Ada Admin" in page.main.one("ol", class_="timeline").text
    assert f"/case-managers/{ANA_ID}" == page.link("Ana García")


async def test_specialists_see_no_history(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-15: of a booking specialists see who comes, when and where; of a cancelled one its number and time."""
    neighbours.answers["GetBooking"] = booking(allowed_actions=[], company_id="", company_name="", note="")
    page = await zhang.get(SP_BOOKING)
    assert "Noah Tran" in page.text
    assert ["Case", "Service", "Case manager"] == [
        term.text for term in page.main.one("section", **{"aria-labelledby": "case"}).all("dt")
    ]
    assert "ListBookingHistory" not in neighbours.rpcs
    bare = ("id", "number", "state", "start_time", "end_time", "time_zone")
    whole = cancelled()
    neighbours.answers["GetBooking"] = Booking(**{name: getattr(whole, name) for name in bare})
    page = await zhang.get(SP_BOOKING)
    assert ("B-000123", "This booking was cancelled.") == (page.heading, page.main.one("p", class_="lead").text)
    assert "Specialist" not in page.text


async def test_an_option_is_confirmed(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: each open time has a button and the end of its hold; the call carries the version that was seen."""
    neighbours.answers["GetBooking"] = offered(
        option(), option(OTHER_OPTION_ID, day=18, state=BookingOption.GONE, held=False)
    )
    page = await ana.get(OWN_BOOKING)
    first, gone = page.main.one("section", **{"aria-labelledby": "options"}).all("li")
    assert "Held for you until Jan 18, 10:00 AM EST" in first.text
    assert "Jan 18" in first.one("span", class_="countdown").text
    assert "No longer free" in gone.text
    assert 1 == page.buttons().count("Confirm this time")

    answer = await ana.press(page, "Confirm this time")
    request = neighbours.only("ConfirmOption")
    assert (BOOKING_ID, ETAG, OPTION_ID) == (request.booking_id, request.etag, request.option_id)
    assert "The appointment is confirmed. Everybody gets a message." == (await ana.follow(answer)).notice


async def test_with_no_option_left_other_times_are_asked_for(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: where every time is gone, the first thing to do is to ask for other times."""
    neighbours.answers["GetBooking"] = offered(
        option(state=BookingOption.GONE, held=False), allowed_actions=[Booking.REFUSE, Booking.CANCEL]
    )
    page = await ana.get(OWN_BOOKING)
    assert "Confirm this time" not in page.buttons()
    form = await ana.get(page.link("Ask for other times"))
    answer = await ana.press(form, "Ask for other times", reason="OTHER", comment="All too early.")
    request = neighbours.only("RefuseOptions")
    assert ([], OTHER, "All too early.", ETAG) == (
        list(request.option_ids),
        request.reason,
        request.comment,
        request.etag,
    )
    assert OWN_BOOKING == answer.goes_to


async def test_with_no_option_left_staff_offer_other_times(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08, PO-06: where every time is gone nothing waits for the case manager, and other times come first."""
    neighbours.answers["GetBooking"] = offered(
        option(state=BookingOption.GONE, held=False), allowed_actions=[Booking.OFFER, Booking.REFUSE]
    )
    page = await staff.get(BOOKING)
    assert "None of the offered times is free any more. Please offer other ones." in page.text
    assert f"{BOOKING}/offer?specialty=ORTHOPAEDICS" == page.link("Offer other times")
    neighbours.answers["GetBooking"] = offered(allowed_actions=[Booking.OFFER])
    page = await staff.get(BOOKING)
    assert "The case manager is to choose one of the times." in page.text
    assert "Offer other times" in page.main.one("details", class_="menu").text


@pytest.mark.parametrize(
    ("role", "one", "tasks"),
    [
        (Role.STAFF, BOOKING, "/tasks"),
        (Role.CASE_MANAGER, OWN_BOOKING, "/cm/tasks"),
        (Role.SPECIALIST, SP_BOOKING, "/sp/tasks"),
    ],
)
async def test_what_is_still_to_be_done_stands_there(
    role: Role, one: str, tasks: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-07, CM-11: the open tasks of a booking with their due days and for whom, each a way to its own page."""
    paperwork = task(
        kind=Task.UPLOAD_PAPERWORK,
        booking_id=BOOKING_ID,
        booking_number="B-000123",
        assignee_kind=Task.CASE_MANAGER,
        assignee_name="Ana García",
        overdue=True,
    )
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[paperwork])
    page = await signed_in(role).get(one)
    request = neighbours.only("ListTasks")
    assert (BOOKING_ID, Task.OPEN) == (request.booking_id, request.state)
    card = page.main.one("section", **{"aria-labelledby": "tasks"})
    assert card.text.startswith("Still to be done Send the paperwork Ana García")
    assert card.one("span", class_="wrong").text
    assert f"{tasks}/{TASK_ID}?next={one}" == page.link("Send the paperwork")
    neighbours.answers["ListTasks"] = ListTasksResponse()
    assert "Still to be done" not in (await signed_in(role).get(one)).text


@pytest.mark.parametrize(
    ("came_from", "words"),
    [
        ("", "Bookings"),
        ("/cm", "Overview"),
        ("/cm/tasks?whose=unit", "Tasks"),
        (f"/cm/tasks/{TASK_ID}", "Task"),
        ("/cm/bookings?state=OFFERED", "Bookings"),
        ("https://elsewhere.example", "Bookings"),
    ],
)
async def test_the_way_back_says_where_it_leads(came_from: str, words: str, ana: Browser) -> None:
    """PO-07: a booking leads back to the page from which somebody came, by its name."""
    page = await ana.get(f"{OWN_BOOKING}?next={came_from}")
    trail = page.main.one("p", class_="trail").one("a")
    expected = came_from if came_from.startswith("/") else "/cm/bookings"
    assert (words, expected) == (trail.text, trail["href"])


@pytest.mark.parametrize(
    ("role", "one", "words"),
    [
        (Role.STAFF, BOOKING, "The appointment is over. Somebody has to say who came."),
        (Role.CASE_MANAGER, OWN_BOOKING, "The appointment is over. We ask the specialist who came."),
        (Role.SPECIALIST, SP_BOOKING, "The appointment is over. Please say who came."),
    ],
)
async def test_what_is_over_is_not_ahead(
    role: Role, one: str, words: str, signed_in: SignedIn, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-07, CM-08: from the end of an appointment on the page asks who came, until somebody says it."""
    neighbours.answers["GetBooking"] = booking(end_time=timestamp(clock()))
    assert words in (await signed_in(role).get(one)).text
    neighbours.answers["GetBooking"] = booking(end_time=timestamp(clock() + timedelta(minutes=1)))
    assert "The appointment is booked." in (await signed_in(role).get(one)).text


async def test_an_outcome_is_corrected_and_not_recorded_twice(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08, PO-06: once somebody has said who came, that is one entry of the menu; a new booking comes first."""
    neighbours.answers["GetBooking"] = booking(allowed_actions=[Booking.RECORD_OUTCOME])
    page = await staff.get(BOOKING)
    assert f"{BOOKING}/outcome" == page.link("Record outcome")
    neighbours.answers["GetBooking"] = booking(
        state=Booking.NOT_ATTENDED, allowed_actions=[Booking.RECORD_OUTCOME, Booking.ADD_NOTE]
    )
    page = await staff.get(BOOKING)
    assert f"{BOOKING}/outcome" == page.link("Correct the outcome")
    assert f"/staff/request?case={CASE_ID}&rebook={BOOKING_ID}" == page.link("Book again")


async def test_the_history_says_what_it_came_to(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: a booking at once is told apart from a request, and an outcome says who came."""
    neighbours.answers["ListBookingHistory"] = ListBookingHistoryResponse(
        entries=[
            entry("OUTCOME_RECORDED", to_state=Booking.NOT_ATTENDED),
            entry("REQUESTED", to_state=Booking.CONFIRMED),
            entry("REQUESTED", to_state=Booking.REQUESTED, reason=OTHER, comment="As agreed."),
        ]
    )
    page = await ana.get(OWN_BOOKING)
    missed, booked, asked = (each.text for each in page.main.one("ol", class_="timeline").all("li"))
    assert "The person did not come" in missed
    assert "Booked at once" in booked
    assert ("Requested Ana García As agreed.", False) == (asked.split("M ")[-1], "Another reason" in asked)


async def test_the_history_says_what_was_different(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: what it was and is, in words and by the reader's clock; what a newer release writes is passed over."""
    start = "start_time: 2026-02-09T15:00:00Z → 2026-02-16T15:00:00Z"
    moved = [start, "mode: TELEHEALTH → IN_PERSON", "place_name: – → <b>Bondi</b>", "mood: bad → good"]
    neighbours.answers["ListBookingHistory"] = ListBookingHistoryResponse(
        entries=[
            entry("RESCHEDULED", changes=moved),
            entry("CANCELLATION_KIND_SET", changes=["kind: NO_FEE → CHARGEABLE"]),
            entry("UPDATED", changes=["note", "wishes"]),
            entry("RESCHEDULED", changes=["start_time: some day → soon"]),
        ]
    )
    page = await ana.get(OWN_BOOKING)
    first, second, third, last = (each.text for each in page.main.one("ol", class_="timeline").all("li"))
    start = "Start: Feb 9, 10:00 AM EST → Feb 16, 10:00 AM EST"
    assert first.endswith(f"{start} How it is held: Telehealth → In person Place: – → <b>Bondi</b>")
    assert second.endswith("What it costs: No fee → With a fee")
    assert third.endswith("Changed Ana García Note When it would suit")
    assert last.endswith("Start: some day → soon")


async def test_staff_read_why_a_time_is_outside(staff: Browser, neighbours: Neighbours) -> None:
    """CM-10: staff alone are told, and read it in the history."""
    booked = entry("REQUESTED", changes=["outside_availability: Agreed by phone: 9 → 10"])
    neighbours.answers["ListBookingHistory"] = ListBookingHistoryResponse(entries=[booked])
    page = await staff.get(BOOKING)
    assert "Outside the times that the specialist entered: Agreed by phone: 9 → 10" in page.text


async def test_paperwork_is_due_when_its_task_is(ana: Browser, neighbours: Neighbours) -> None:
    """CM-11: who books late has a day for the paperwork all the same, and the page says no day that is over."""
    due = timestamp(chicago(2, 12, 17))
    paperwork = task(kind=Task.UPLOAD_PAPERWORK, booking_id=BOOKING_ID, due_time=due)
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[paperwork])
    assert "Paperwork due Feb 12, 6:00 PM EST" in (await ana.get(OWN_BOOKING)).text
    neighbours.answers["ListTasks"] = ListTasksResponse()
    assert "Paperwork due Feb 9, 6:00 PM EST" in (await ana.get(OWN_BOOKING)).text


async def test_some_options_are_refused(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: whoever ticks a time refuses it alone."""
    neighbours.answers["GetBooking"] = offered()
    form = await ana.get(f"{OWN_BOOKING}/refuse")
    await ana.press(form, "Ask for other times", option_id=OTHER_OPTION_ID, reason="CLIENT_REQUEST")
    assert [OTHER_OPTION_ID] == list(neighbours.only("RefuseOptions").option_ids)


async def test_how_it_ended_is_said(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: what a cancellation costs and why; why staff declined; and for whose it was the way to book again."""
    neighbours.answers["GetBooking"] = cancelled()
    page = await ana.get(OWN_BOOKING)
    assert "With a fee" in page.text
    assert "Is in hospital." in page.text
    assert f"/cm/request?case={CASE_ID}&rebook={BOOKING_ID}" == page.link("Book again")
    assert [] == page.main.all("ol", class_="stages")
    neighbours.answers["GetBooking"] = cancelled(case_manager_id=OTHER_MANAGER_ID)
    assert "Book again" not in (await ana.get(OWN_BOOKING)).text
    neighbours.answers["GetBooking"] = requested(
        state=Booking.DECLINED, allowed_actions=[], decline=Decline(reason=OTHER, comment="Nobody does this.")
    )
    assert "Nobody does this." in (await ana.get(OWN_BOOKING)).text


async def test_names_turn_nothing_around_them(ana: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names, places and notes stand in a `<bdi>`."""
    name = "\u202egnahZ"
    neighbours.answers["GetBooking"] = booking(
        subject_name=name, specialist_name=name, place_name=name, place_address=name, note=name, company_name=name
    )
    page = await ana.get(OWN_BOOKING)
    assert page.answer.text.count(bdi(name)) >= 6
    assert "\u202e" not in page.root.text
