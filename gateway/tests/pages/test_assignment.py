"""Who of the staff works on an application."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message
from portico.applications.v1.resources_pb2 import Application
from portico.identity.v1.accounts_pb2 import BatchGetColleaguesResponse, ListColleaguesResponse
from portico.identity.v1.resources_pb2 import Colleague

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import ADA_ID, APPLICATION, APPLICATION_ID, application

BEN_ID = "01990000-0000-7000-8000-0000000000b1"


async def test_an_application_is_assigned(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-16: to a colleague or to nobody, of all pages of them; then a word says so."""
    pages = {
        "": ListColleaguesResponse(colleagues=[Colleague(id=ADA_ID, display_name="Ada Park")], next_page_token="2"),
        "2": ListColleaguesResponse(colleagues=[Colleague(id=BEN_ID, display_name="Ben")]),
    }
    neighbours.answers["ListColleagues"] = lambda request: pages[request.page_token]
    page = await staff.get(APPLICATION)
    assert "Assigned to: nobody" in page.text
    form = await staff.get(page.link("Change"))
    assert [("", "nobody"), (ADA_ID, "Ada Park"), (BEN_ID, "Ben")] == [
        (option["value"], option.text) for option in form.main.all("option")
    ]
    answer = await staff.press(form, "Save", assignee_id=BEN_ID)
    request = neighbours.only("Assign")
    assert (APPLICATION_ID, BEN_ID, True) == (request.application_id, request.assignee_id, bool(request.request_id))
    assert "The application is assigned." == (await staff.follow(answer)).notice

    neighbours.answers["GetApplication"] = application(assignee_id=ADA_ID)
    form = await staff.get(f"{APPLICATION}/assignee")
    assert [ADA_ID] == [option["value"] for option in form.main.all("option") if "selected" in option.attributes]
    answer = await staff.press(form, "Save", assignee_id="")
    assert APPLICATION_ID == neighbours.only("Unassign").application_id
    assert "The application is assigned to nobody." == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ACTION_NOT_ALLOWED", "This no longer fits: something has changed meanwhile."),
        ("ACCOUNT_NOT_FOUND", "This account does not exist any more."),
    ],
)
async def test_why_it_was_not_assigned(staff: Browser, neighbours: Neighbours, reason: str, words: str) -> None:
    """PO-05, AP-16: who was faster, or has left, is said on the page that shows what is so now."""
    neighbours.answers["Assign"] = refusal(reason)
    answer = await staff.press(await staff.get(f"{APPLICATION}/assignee"), "Save", assignee_id=ADA_ID)
    assert (APPLICATION, words) == (answer.goes_to, (await staff.follow(answer)).notice)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (BatchGetColleaguesResponse(colleagues=[Colleague(id=ADA_ID, display_name="Ada Park")]), "Ada Park"),
        (BatchGetColleaguesResponse(), "a colleague"),
        (refusal("DEPENDENCY_UNAVAILABLE"), "a colleague"),
    ],
)
async def test_whose_it_is(staff: Browser, neighbours: Neighbours, names: Message | Exception, words: str) -> None:
    """PO-05, AP-16: the page names the assignee, and stands without identity."""
    neighbours.answers |= {"GetApplication": application(assignee_id=ADA_ID), "BatchGetColleagues": names}
    assert f"Assigned to: {words} · Change" in (await staff.get(APPLICATION)).text


@pytest.mark.parametrize(
    ("chosen", "is_mine", "unassigned"), [("me", True, False), ("nobody", False, True), ("x", False, False)]
)
async def test_the_list_shows_ones_own(
    staff: Browser, neighbours: Neighbours, chosen: str, is_mine: bool, unassigned: bool
) -> None:
    """PO-05, AP-16: a filter for what is mine and for what nobody has; pages and orders keep it."""
    page = await staff.get(f"/staff/applications?assigned={chosen}&status=ACTIVE")
    request = neighbours.only("ListApplications")
    assert (is_mine, unassigned) == (bool(request.assignee_id), request.unassigned)
    assert [Application.ACTIVE] == list(request.statuses)
    assert (chosen != "x") == (f"assigned={chosen}" in page.link("Number"))
