"""Where the work on an application stands, as staff set it."""

from __future__ import annotations

from portico.applications.v1.resources_pb2 import Application

from chassis.errors import FieldViolation

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import APPLICATION, APPLICATION_ID, REQUEST_ID, application, guardian


async def test_staff_set_the_status(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-15: a menu has what can follow, and what was done, or why it was not, is said on the page."""
    following = [Application.ENROLLED, Application.CLOSED]
    neighbours.answers["GetApplication"] = application(allowed_statuses=following)
    page = await staff.get(APPLICATION)
    menu = page.main.all("details")[0]
    assert ("Change status", ["Enroll", "Close"]) == (menu.one("summary").text, [row.text for row in menu.all("li")])

    answer = await staff.press(page, "Enroll")
    request = neighbours.only("SetStatus")
    assert (APPLICATION_ID, Application.ENROLLED) == (request.application_id, request.status)
    assert APPLICATION == answer.goes_to
    assert "The status was changed." == (await staff.follow(answer)).notice

    neighbours.answers["SetStatus"] = refusal("ACTION_NOT_ALLOWED")
    page = await staff.follow(await staff.press(page, "Close"))
    assert "This no longer fits: something has changed meanwhile." == page.notice


async def test_staff_ask_for_an_update(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-15: asked with words that the family reads; without words the form says so and keeps its place."""
    neighbours.answers["GetApplication"] = application(
        allowed_statuses=[Application.UPDATE_NEEDED], update_request="A proof of address\nfrom this year"
    )
    page = await staff.get(APPLICATION)
    assert "A proof of address from this year" == page.main.one("blockquote").text
    link = page.main.all("details")[0].one("li").one("a")
    assert ("Ask for an update", f"{APPLICATION}/request-update?next={APPLICATION}") == (link.text, link["href"])

    form = await staff.get(link["href"])
    assert "Lucía Morales" in form.text
    neighbours.answers["SetStatus"] = refusal(
        "INVALID_REQUEST", FieldViolation("message", "MESSAGE_MISSING", "say what is missing.")
    )
    page = await staff.press(form, "Ask the family", message=" ")
    assert (400, True) == (page.status, "Please say what is missing." in page.text)

    neighbours.answers["SetStatus"] = application()
    answer = await staff.press(form, "Ask the family", message="A proof of address\r\nfrom this year")
    request = neighbours.received[-1].request
    assert (Application.UPDATE_NEEDED, "A proof of address\nfrom this year") == (request.status, request.message)
    assert "The family is told what is missing." == (await staff.follow(answer)).notice


async def test_nobody_can_be_asked(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-15: staff are told before they ask that no message will go out."""
    neighbours.answers["GetApplication"] = application(guardians=[guardian(email="", phone="")])
    assert "no message is sent" in (await staff.get(f"{APPLICATION}/request-update")).text


async def test_nothing_can_follow(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-15: without a status that can follow there is no menu; an unknown one is bad input."""
    neighbours.answers["GetApplication"] = application(allowed_statuses=[])
    assert "Change status" not in (await staff.get(APPLICATION)).text
    page = await staff.post(f"{APPLICATION}/status", {"status": "LOST", "request_id": REQUEST_ID})
    assert (400, []) == (page.status, [rpc for rpc in neighbours.rpcs if rpc == "SetStatus"])
