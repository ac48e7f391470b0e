"""What case managers, staff and specialists do with a booking."""

from __future__ import annotations

from typing import Any

import pytest
from portico.casemanager.v1.booking_resources_pb2 import (
    OTHER,
    SUBJECT_UNAVAILABLE,
    Booking,
    Cancellation,
)
from portico.casemanager.v1.bookings_pb2 import RecordOutcomeRequest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse

from chassis.call import Role
from chassis.errors import FieldViolation

from .bookings import (
    BOOKING,
    BOOKING_ID,
    ETAG,
    OWN_BOOKING,
    booking,
    move_asked,
)
from .case_managers import case_manager
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Element

OTHER_MANAGER_ID = "01990000-0000-7000-8000-0000000000b9"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def zhang(signed_in: SignedIn) -> Browser:
    """Where a specialist sits."""
    return signed_in(Role.SPECIALIST)


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


@pytest.mark.parametrize("reason", ["ACTION_NOT_ALLOWED", "TOO_LATE"])
async def test_what_no_longer_fits_is_said_on_the_page(reason: str, ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: a lost race leads back to the booking as it is now, with a word why nothing was done."""
    neighbours.answers["CancelBooking"] = refusal(reason)
    form = await ana.get(f"{OWN_BOOKING}/cancel")
    answer = await ana.press(form, "Cancel booking", reason="CLIENT_REQUEST")
    assert OWN_BOOKING == answer.goes_to
    assert "" != (await ana.follow(answer)).notice


@pytest.mark.parametrize(
    ("path", "button", "rpc", "typed"),
    [
        ("cancel", "Cancel booking", "CancelBooking", {"reason": "CLIENT_REQUEST", "comment": "x" * 2000}),
        ("edit", "Change note", "UpdateBooking", {"note": "x" * 2000}),
    ],
    ids=["cancel", "edit"],
)
async def test_a_booking_that_was_changed_meanwhile_keeps_what_was_typed(
    path: str, button: str, rpc: str, typed: dict[str, str], ana: Browser, neighbours: Neighbours
) -> None:
    """CM-08: the form comes again with its words and the version that is there now, as long as it still fits."""
    form = await ana.get(f"{OWN_BOOKING}/{path}")
    answer, neighbours.answers[rpc] = neighbours.answers[rpc], refusal("CONCURRENT_CHANGE")
    neighbours.answers["GetBooking"] = booking(etag="8", note="Use the side door.")
    page = await ana.press(form, button, **typed)
    assert (409, OWN_BOOKING) == (page.status, page.link("Look at what is there now"))
    assert "x" * 2000 == page.main.one("textarea").text
    assert (path == "edit") is ("The note says now: Use the side door." in page.text)

    neighbours.answers[rpc] = answer
    neighbours.received.clear()
    assert OWN_BOOKING == (await ana.press(page, button)).goes_to
    assert "8" == neighbours.only(rpc).etag

    neighbours.answers |= {rpc: refusal("CONCURRENT_CHANGE"), "GetBooking": booking(allowed_actions=[])}
    gone = await ana.press(page, button)
    assert OWN_BOOKING == gone.goes_to
    assert "This no longer fits: something has changed meanwhile." == (await ana.follow(gone)).notice


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
    await ana.press(form, "Change note", note="", specialty="NEUROLOGY")
    request = neighbours.only("UpdateBooking")
    assert ("", "NEUROLOGY", ["note", "specialty"]) == (
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
    assert f"{BOOKING}/offer?specialty=ORTHOPAEDICS" == page.link("Offer times")
    await staff.press(page, "Accept: the specialist said yes")
    assert ETAG == neighbours.only("AcceptRequest").etag


async def test_staff_note_something(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: a note stands beside the booking, for staff, whoever changes the booking in the same moment."""
    page = await staff.get(BOOKING)
    await staff.press(page, "Add note", note="Called twice.")
    request = neighbours.only("AddBookingNote")
    assert ("Called twice.", "") == (request.note, request.etag)


async def test_a_note_that_cannot_be_is_said_on_its_own_page(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: an empty note comes back; its page does not begin with what the case manager wrote."""
    page = await staff.press(await staff.get(BOOKING), "Add note", note=" ")
    assert (400, "This is needed.") == (page.status, page.main.one("p", id="note-problem").text)
    assert "" == (await staff.get(f"{BOOKING}/notes")).main.one("textarea", id="note").text
    neighbours.answers["GetBooking"] = booking()
    assert BOOKING == (await staff.get(f"{BOOKING}/notes")).goes_to


@pytest.mark.parametrize("path", ["cancel", "edit", "assign", "outcome", "decline", "decline-move"])
async def test_a_form_above_the_page_has_ids_of_its_own(path: str, staff: Browser) -> None:
    """PO-13, CASE-U21: a dialog stands in the page that opened it, and its labels belong to its own fields."""
    page, dialog = await staff.get(BOOKING), await staff.get(f"{BOOKING}/{path}")
    [section] = [each for each in dialog.main.children if isinstance(each, Element)]
    ids = [each.get("id") for each in (*page.root, *section) if each.get("id")]
    assert sorted(set(ids)) == sorted(ids)


async def test_a_wish_for_another_time_is_read(staff: Browser, neighbours: Neighbours) -> None:
    """CM-08: wishes, reason and words stand on the page, with a way to answer for staff."""
    neighbours.answers["GetBooking"] = move_asked(allowed_actions=[Booking.RESCHEDULE, Booking.DECLINE_MOVE])
    page = await staff.get(BOOKING)
    card = page.main.one("section", **{"aria-labelledby": "move"})
    assert "Tue, Feb 24, 9:00 AM–12:00 PM EST" in card.text
    assert "Is travelling." in card.text
    assert f"{BOOKING}/move" == page.link("Find another time")
