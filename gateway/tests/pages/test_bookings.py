"""Bookings as case managers, staff and specialists see them: the list, a booking's page, and what is done with it."""

from __future__ import annotations

from typing import Any

import pytest
from portico.casemanager.v1.booking_resources_pb2 import (
    OTHER,
    SUBJECT_UNAVAILABLE,
    Booking,
    BookingOption,
    Cancellation,
    Decline,
)
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse, RecordOutcomeRequest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse

from chassis.call import Role
from chassis.errors import FieldViolation
from portal.core.renderer import bdi

from .bookings import (
    BOOKING,
    BOOKING_ID,
    ETAG,
    OPTION_ID,
    OTHER_OPTION_ID,
    OWN_BOOKING,
    OWN_BOOKINGS,
    SP_BOOKING,
    SP_BOOKINGS,
    booking,
    cancelled,
    move_asked,
    offered,
    option,
    requested,
)
from .case_managers import ANA_ID, STAFF_ID, case_manager
from .cases import CASE_ID
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn

OTHER_MANAGER_ID = "01990000-0000-7000-8000-0000000000b9"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def zhang(signed_in: SignedIn) -> Browser:
    """Where a specialist sits."""
    return signed_in(Role.SPECIALIST)


def found(*bookings: Booking, **token: str) -> ListBookingsResponse:
    return ListBookingsResponse(bookings=bookings, **token)


async def test_a_row_says_what_a_booking_is(ana: Browser) -> None:
    """PO-07, CM-08: number, who, state in words, when by both clocks, with whom."""
    page = await ana.get(OWN_BOOKINGS)

    [row] = page.main.one("tbody").all("tr")
    assert "B-000123 Noah Tran Confirmed Mon, Feb 16, 9:00 AM–9:45 AM CST 10:00 AM your time Dr Rui Zhang" == row.text
    assert f"{OWN_BOOKING}?next=/cm/bookings" == page.link("B-000123")
    assert "/cm/request" == page.link("Request a booking")


@pytest.mark.parametrize(
    ("shown", "words", "way"),
    [
        (offered(), "Choose a time", OWN_BOOKING),
        (offered(allowed_actions=[Booking.REFUSE]), "Ask for other times", OWN_BOOKING),
        (booking(allowed_actions=[Booking.TAKE_OVER]), "Take over", OWN_BOOKING),
        (cancelled(), "Book again", f"/cm/request?case={CASE_ID}&rebook={BOOKING_ID}"),
    ],
)
async def test_a_row_leads_to_its_next_step(
    shown: Booking, words: str, way: str, ana: Browser, neighbours: Neighbours
) -> None:
    """PO-07, CM-08: what can be done first says the service; what is over can be booked again."""
    neighbours.answers["ListBookings"] = found(shown)
    page = await ana.get(OWN_BOOKINGS)
    assert way == page.link(f"{words} B-000123")


async def test_what_is_looked_for_stands_in_the_address(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: states, case and whose are asked for as the address says; odd ones are passed over."""
    neighbours.answers["ListBookings"] = found(booking(), next_page_token="on")
    page = await ana.get(f"{OWN_BOOKINGS}?state=OFFERED&state=CONFIRMED&state=odd&case={CASE_ID}&scope=unit&page=here")

    request = neighbours.only("ListBookings")
    assert ([Booking.OFFERED, Booking.CONFIRMED], CASE_ID, ListBookingsRequest.UNIT, "here", 25) == (
        list(request.states),
        request.case_id,
        request.scope,
        request.page_token,
        request.page_size,
    )
    kept = f"{OWN_BOOKINGS}?scope=unit&state=OFFERED&state=CONFIRMED&case={CASE_ID}"
    assert f"{kept}&page=on" == page.link("Next page")
    assert f"{OWN_BOOKINGS}?state=OFFERED&state=CONFIRMED&case={CASE_ID}" == page.link("Mine")
    assert f"{OWN_BOOKINGS}?scope=unit" == page.link("Show all")
    assert "Ana García" in page.main.one("tbody").text
    neighbours.answers["ListBookings"] = found()
    assert OWN_BOOKINGS == (await ana.get(f"{OWN_BOOKINGS}?page=gone")).goes_to


@pytest.mark.parametrize(
    ("role", "address", "scope"),
    [
        (Role.CASE_MANAGER, OWN_BOOKINGS, ListBookingsRequest.MINE),
        (Role.SPECIALIST, SP_BOOKINGS, ListBookingsRequest.UNIT),
    ],
)
async def test_everybody_begins_with_their_own(
    role: Role, address: str, scope: int, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-07, CM-15: case managers with those that are theirs, specialists with all that they see."""
    await signed_in(role).get(address)
    assert scope == neighbours.only("ListBookings").scope


async def test_where_nothing_is(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-08: an empty list says what to do next; without a unit there is no tab, without a profile no list."""
    neighbours.answers["ListBookings"] = found()
    neighbours.answers["GetMyProfile"] = case_manager(business_unit_id="")
    page = await ana.get(OWN_BOOKINGS)
    assert "No bookings yet." in page.text
    assert "/cm/request" == page.link("Request a booking")
    assert "My unit" not in page.text
    assert OWN_BOOKINGS == (await ana.get(f"{OWN_BOOKINGS}?state=OFFERED")).link("Show all")
    neighbours.answers["GetMyProfile"] = refusal("CASE_MANAGER_NOT_FOUND")
    assert "/cm" == (await ana.get(OWN_BOOKINGS)).goes_to


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
    neighbours.answers["GetBooking"] = booking(allowed_actions=[])
    page = await zhang.get(SP_BOOKING)
    assert "Noah Tran" in page.text
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


async def test_some_options_are_refused(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: whoever ticks a time refuses it alone."""
    neighbours.answers["GetBooking"] = offered()
    form = await ana.get(f"{OWN_BOOKING}/refuse")
    await ana.press(form, "Ask for other times", option_id=OTHER_OPTION_ID, reason="CLIENT_REQUEST")
    assert [OTHER_OPTION_ID] == list(neighbours.only("RefuseOptions").option_ids)


@pytest.mark.parametrize("kind", ["NO_FEE", "CHARGEABLE"])
async def test_a_case_manager_reads_what_cancelling_costs(kind: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: the kind that will apply stands above the button, and is not for the case manager to choose."""
    neighbours.answers["GetBooking"] = booking(cancellation_kind_now=Cancellation.Kind.Value(kind))
    form = await ana.get(f"{OWN_BOOKING}/cancel")
    assert {"NO_FEE": "Costs: No fee.", "CHARGEABLE": "Costs: With a fee."}[kind].partition(": ")[2] in form.text
    assert ("is charged for it" in form.text) is (kind == "CHARGEABLE")

    await ana.press(form, "Cancel booking", reason="SUBJECT_UNAVAILABLE", comment="Ill.")
    request = neighbours.only("CancelBooking")
    assert (0, SUBJECT_UNAVAILABLE, "Ill.", False, ETAG) == (
        request.kind,
        request.reason,
        request.comment,
        request.suggest_rebooking,
        request.etag,
    )


async def test_a_reason_that_is_missing_is_said_at_its_field(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: OTHER without a comment comes back with what was chosen, and the version that was seen first."""
    neighbours.answers["CancelBooking"] = refusal(
        "REASON_NEEDED", FieldViolation("comment", "REASON_NEEDED", "Say why.")
    )
    neighbours.answers["GetBooking"] = booking()
    form = await ana.get(f"{OWN_BOOKING}/cancel")
    neighbours.answers["GetBooking"] = booking(etag="8")
    page = await ana.press(form, "Cancel booking", reason="OTHER")
    assert "Please say why." == page.main.one("p", id="comment-problem").text
    assert ["OTHER"] == [
        each["value"] for each in page.main.one("select", id="reason").all("option") if each.get("selected")
    ]
    [etag] = {each["value"] for each in page.main.all("input", name="etag")}
    assert ETAG == etag


async def test_who_chooses_no_reason_is_asked_for_one(ana: Browser) -> None:
    """CM-10: a browser that lets it through gets the words beside the field."""
    page = await ana.press(await ana.get(f"{OWN_BOOKING}/cancel"), "Cancel booking")
    assert "Please choose one." == page.main.one("p", id="reason-problem").text


@pytest.mark.parametrize("reason", ["ACTION_NOT_ALLOWED", "CONCURRENT_CHANGE", "TOO_LATE"])
async def test_what_no_longer_fits_is_said_on_the_page(reason: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: a lost race leads back to the booking as it is now, with a word why nothing was done."""
    neighbours.answers["CancelBooking"] = refusal(reason)
    form = await ana.get(f"{OWN_BOOKING}/cancel")
    answer = await ana.press(form, "Cancel booking", reason="CLIENT_REQUEST")
    assert OWN_BOOKING == answer.goes_to
    assert "" != (await ana.follow(answer)).notice


@pytest.mark.parametrize("path", ["cancel", "refuse", "take-over", "edit", "move", "move/check", "move/wishes"])
async def test_a_form_that_does_not_fit_leads_back(path: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: pages of what cannot be done now lead to the booking."""
    neighbours.answers["GetBooking"] = booking(allowed_actions=[])
    assert OWN_BOOKING == (await ana.get(f"{OWN_BOOKING}/{path}")).goes_to


async def test_a_colleagues_booking_is_taken_over(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08, CM-15: whoever only reads it is told why, and can take it over."""
    neighbours.answers["GetBooking"] = booking(allowed_actions=[Booking.TAKE_OVER])
    page = await ana.get(OWN_BOOKING)
    assert "This is Ana García’s booking." in page.text
    form = await ana.get(page.link("Take over"))
    await ana.press(form, "Take over", comment="Ana is away.")
    request = neighbours.only("TakeOverBooking")
    assert ("Ana is away.", ETAG) == (request.comment, request.etag)


async def test_a_note_is_changed(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: a case manager writes note and specialty, staff also who looks after it; only these are in the mask."""
    form = await ana.get(f"{OWN_BOOKING}/edit")
    await ana.press(form, "Change note", note="", specialty="Neurology")
    request = neighbours.only("UpdateBooking")
    assert ("", "Neurology", ["note", "specialty"]) == (
        request.booking.note,
        request.booking.specialty,
        list(request.update_mask.paths),
    )


async def test_who_looks_after_it_is_staffs_to_say(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: staff choose a colleague, or nobody."""
    form = await staff.get(f"{BOOKING}/edit")
    await staff.press(form, "Change note", responsible_staff_id="")
    request = neighbours.only("UpdateBooking")
    assert ("", ["note", "specialty", "responsible_staff_id"]) == (
        request.booking.responsible_staff_id,
        list(request.update_mask.paths),
    )


STAFFS: list[tuple[str, str, dict[str, str], str, dict[str, Any]]] = [
    (
        "decline",
        "Decline",
        {"reason": "OTHER", "comment": "No."},
        "DeclineBooking",
        {"reason": OTHER, "comment": "No."},
    ),
    ("decline-move", "Leave it at its time", {"comment": "Full."}, "DeclineMove", {"comment": "Full."}),
    (
        "outcome",
        "Record outcome",
        {"outcome": "NOT_ATTENDED"},
        "RecordOutcome",
        {"outcome": RecordOutcomeRequest.NOT_ATTENDED},
    ),
    (
        "cancellation-kind",
        "Change what the cancellation costs",
        {"kind": "NO_FEE_PAY_SPECIALIST"},
        "SetCancellationKind",
        {"kind": Cancellation.NO_FEE_PAY_SPECIALIST},
    ),
    (
        "cancel",
        "Cancel booking",
        {"kind": "CHARGEABLE", "reason": "CLIENT_REQUEST", "suggest_rebooking": "yes"},
        "CancelBooking",
        {"kind": Cancellation.CHARGEABLE, "suggest_rebooking": True},
    ),
    (
        "assign",
        "Give it to another case manager",
        {"case_manager_id": OTHER_MANAGER_ID},
        "AssignBooking",
        {"case_manager_id": OTHER_MANAGER_ID},
    ),
]


@pytest.mark.parametrize(("path", "button", "typed", "rpc", "said"), STAFFS, ids=[each[0] for each in STAFFS])
async def test_staff_say_it_in_a_form(
    path: str,
    button: str,
    typed: dict[str, str],
    rpc: str,
    said: dict[str, Any],
    staff: Browser,
    neighbours: Neighbours,
) -> None:
    """CM-08, CM-10: each form of staff sends what was typed, with the version that was seen, and leads back."""
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse(
        case_managers=[case_manager(), case_manager(id=OTHER_MANAGER_ID, given_name="Ben")]
    )
    form = await staff.get(f"{BOOKING}/{path}")
    answer = await staff.press(form, button, **typed)
    request = neighbours.only(rpc)
    assert said == {name: getattr(request, name) for name in said}
    assert (BOOKING_ID, ETAG) == (request.booking_id, request.etag)
    assert BOOKING == answer.goes_to
    assert "" != (await staff.follow(answer)).notice


async def test_another_case_manager_is_chosen_from_the_company(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: whoever has it is not among the choices, and a refusal stands at the choice."""
    form = await staff.get(f"{BOOKING}/assign")
    assert ["please choose"] == [each.text for each in form.main.one("select", id="case_manager_id").all("option")]
    neighbours.answers["AssignBooking"] = refusal("CASE_MANAGER_INACTIVE")
    page = await staff.press(form, "Give it to another case manager")
    assert "Please choose one." == page.main.one("p", id="case_manager_id-problem").text
    page = await staff.post(f"{BOOKING}/assign", {"case_manager_id": OTHER_MANAGER_ID, "etag": ETAG})
    assert "This case manager is inactive." in page.main.one("p", id="case_manager_id-problem").text


async def test_staff_answer_a_request(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: a slot that the specialist agreed to is accepted with a button, beside the way to other times."""
    neighbours.answers["GetBooking"] = booking(
        state=Booking.REQUESTED, allowed_actions=[Booking.ACCEPT, Booking.OFFER, Booking.DECLINE]
    )
    page = await staff.get(BOOKING)
    assert f"{BOOKING}/offer" == page.link("Offer times")
    await staff.press(page, "Accept: the specialist said yes")
    assert ETAG == neighbours.only("AcceptRequest").etag


async def test_staff_note_something(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: a note stands beside the booking, for staff; case managers have no such form."""
    page = await staff.get(BOOKING)
    await staff.press(page, "Add note", note="Called twice.")
    request = neighbours.only("AddBookingNote")
    assert ("Called twice.", ETAG) == (request.note, request.etag)


async def test_a_wish_for_another_time_is_read(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: wishes, reason and words stand on the page, with a way to answer for staff."""
    neighbours.answers["GetBooking"] = move_asked(allowed_actions=[Booking.RESCHEDULE, Booking.DECLINE_MOVE])
    page = await staff.get(BOOKING)
    card = page.main.one("section", **{"aria-labelledby": "move"})
    assert "Tue, Feb 24, 9:00 AM–12:00 PM" in card.text
    assert "Is travelling." in card.text
    assert f"{BOOKING}/move" == page.link("Find another time")


async def test_how_it_ended_is_said(ana: Browser, neighbours: Neighbours) -> None:
    """CM-10: what a cancellation costs and why; why staff declined; and the way to book again."""
    neighbours.answers["GetBooking"] = cancelled()
    page = await ana.get(OWN_BOOKING)
    assert "With a fee" in page.text
    assert "Is in hospital." in page.text
    assert f"/cm/request?case={CASE_ID}&rebook={BOOKING_ID}" == page.link("Book again")
    assert [] == page.main.all("ol", class_="stages")
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
