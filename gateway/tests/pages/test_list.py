"""Staff walk through the list of applications both ways, see how many there are, and choose rows together."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from portico.applications.v1.resources_pb2 import Application, Guardian
from portico.applications.v1.search_pb2 import HELP_REQUESTED, INVITED_LONG_AGO, ListApplicationsResponse

from chassis.errors import DeadlineExceeded
from portal.areas.staff.search import PAGE

from .neighbours import Neighbours
from .people import Browser
from .reading import Page
from .samples import ADA_ID, APPLICATION_ID, application, link_state_counts

LIST = "/staff/applications"


def asked(address: str) -> list[tuple[str, str]]:
    """The query of an address."""
    return parse_qsl(urlsplit(address).query)


def a_page(number: int, *, last: int) -> ListApplicationsResponse:
    """A page of a list."""
    return ListApplicationsResponse(
        applications=[application()] * (PAGE if number < last else 12),
        previous_page_token=f"to {number - 1}" if number > 1 else "",
        next_page_token=f"to {number + 1}" if number < last else "",
    )


def ways(page: Page) -> list[str]:
    """What leads on from the table."""
    return [link.text for nav in page.main.all("nav", class_="pages") for link in nav.all("a")]


def place(page: Page) -> str:
    """Where in the list the page stands."""
    return page.main.one("nav", class_="pages").one("p").text


async def test_the_list_has_both_ways(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, U15: each page says where it stands of how many; the way back is the way there, to a whole first page."""
    neighbours.answers["CountLinkStates"] = link_state_counts(found=62)
    neighbours.answers["ListApplications"] = lambda request: a_page(int(request.page_token[3:] or 1), last=3)
    page = await staff.get(f"{LIST}?query=a&state=LINKED&order=number&assigned=me")
    assert (["Next page"], "1–25 of 62") == (ways(page), place(page))

    second = await staff.get(page.link("Next page"))
    assert (["Previous page", "Next page"], "26–50 of 62") == (ways(second), place(second))
    third = await staff.get(second.link("Next page"))
    assert (["Previous page"], "51–62 of 62") == (ways(third), place(third))
    back = await staff.get(third.link("Previous page"))
    assert (["Previous page", "Next page"], "26–50 of 62") == (ways(back), place(back))

    first = dict(asked(back.link("Previous page")))
    assert {"query": "a", "state": "LINKED", "order": "number", "assigned": "me"} == first
    tokens = [each.request.page_token for each in neighbours.received if each.rpc == "ListApplications"]
    assert ["", "to 2", "to 3", "to 2"] == tokens


async def test_a_page_that_is_gone_leads_to_the_first(staff: Browser, neighbours: Neighbours) -> None:
    """U15: where nothing stands any more, the list begins anew with the same search."""
    neighbours.answers["ListApplications"] = ListApplicationsResponse()
    page = await staff.get(f"{LIST}?query=a&page=to+2&first=26")
    assert [("query", "a"), ("order", "create_time desc")] == asked(page.goes_to)


async def test_an_odd_place_in_the_address_is_the_first(staff: Browser, neighbours: Neighbours) -> None:
    """U15: who changes the address by hand sees a list all the same."""
    neighbours.answers["CountLinkStates"] = link_state_counts(found=62)
    neighbours.answers["ListApplications"] = a_page(2, last=3)
    for written in ("", "x", "-3", "9" * 400, "²"):
        assert "1–25 of 62" == place(await staff.get(f"{LIST}?page=to+2&first={written}"))


async def test_the_filters_say_how_many_there_are(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-02: each heading of Online Account has its number, more than ten thousand said as such."""
    sums = {"LINKED": 412, "INVITED": 88, "EXPIRED": 40, "UNDELIVERABLE": 7, "NOT_INVITED": 10_001, "HELP_REQUESTED": 2}
    neighbours.answers["CountLinkStates"] = link_state_counts(found=12_345, **sums)
    page = await staff.get(f"{LIST}?query=a&status=ACTIVE&assigned=nobody&state=INVITED&state=INVITED_LONG_AGO")

    assert [
        "Invited over 7 days ago 0",
        "Asked for help 2",
        "Linked 412",
        "Invited 88",
        "Expired or withdrawn 40",
        "Not delivered 7",
        "Not invited 10,000+",
        "No contact 0",
    ] == [chip.text for chip in page.main.all("label", class_="chip") if chip.one("input")["name"] == "state"]
    assert "1–1 of more than 10,000" == place(page)
    for request in (neighbours.only("CountLinkStates"), neighbours.only("ListApplications")):
        assert ("a", [Application.ACTIVE], "", True) == (
            request.query,
            list(request.statuses),
            request.assignee_id,
            request.unassigned,
        )
        assert ([Guardian.INVITED], [INVITED_LONG_AGO]) == (list(request.link_states), list(request.attentions))


async def test_a_list_that_cannot_be_counted_is_shown(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: a count that takes too long leaves its numbers out, and no rows."""
    neighbours.answers["CountLinkStates"] = DeadlineExceeded()
    neighbours.answers["ListApplications"] = a_page(1, last=2)
    page = await staff.get(LIST)

    assert PAGE == len(page.main.one("tbody").all("tr"))
    assert [] == page.main.all("span", class_="count")
    assert "25 applications are shown." == page.main.one("p", id="found").text
    assert ["Next page"] == ways(page)


@pytest.mark.parametrize(("button", "kind"), [("Invite …", "invite"), ("Unlink …", "unlink")])
async def test_chosen_rows_are_posted(button: str, kind: str, staff: Browser, neighbours: Neighbours) -> None:
    """AP-12, AP-13, PO-05: the rows that are checked go to the batch, by number for who hears them; nothing else."""
    page = await staff.get(f"{LIST}?query=a")
    form = page.main.one("form", class_="selection-bar")
    assert ("post", "/staff/batches/new") == (form["method"], form["action"])
    [box] = page.main.one("tbody").all("input", type="checkbox")
    assert (form["id"], "application", APPLICATION_ID) == (box["form"], box["name"], box["value"])
    assert ("Choose A-000007", "", "") == (box["aria-label"], box.get("checked"), box.get("disabled"))
    assert ("kind", kind) == next((each["name"], each["value"]) for each in form.all("button") if each.text == button)
    assert {"as", "next"} == {each["name"] for each in form.all("input")}
    assert f"{LIST}?query=a" == form.one("input", name="next")["value"]


async def test_a_page_is_chosen_without_the_script(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, PO-01: the box in the head is a link to the same page with all rows checked, and back."""
    neighbours.answers["ListApplications"] = a_page(2, last=3)
    page = await staff.get(f"{LIST}?state=INVITED&page=to+2&first=26")
    [all_boxes] = page.main.one("thead").all("a", **{"aria-label": "Choose all on this page"})
    page = await staff.get(all_boxes["href"])

    checked = [box.get("disabled") for box in page.main.one("tbody").all("input") if box.get("checked")]
    assert [""] * PAGE == checked
    [none] = page.main.one("thead").all("a", **{"aria-label": "Choose none"})
    assert {"state": "INVITED", "order": "create_time desc", "page": "to 2", "first": "26"} == dict(asked(none["href"]))


async def test_all_that_match_are_chosen_without_the_script(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12, PO-05: one link chooses all that the search finds; the batch gets the search."""
    neighbours.answers["CountLinkStates"] = link_state_counts(found=1234)
    neighbours.answers["ListApplications"] = a_page(1, last=3)
    search = "query=a+b&state=INVITED&state=HELP_REQUESTED&status=ACTIVE&status=CLOSED&assigned=me"
    page = await staff.get(f"{LIST}?{search}")
    page = await staff.get(page.link("Choose all 1,234 that match"))

    form = page.main.one("form", class_="selection-bar")
    assert "All 1,234 that match are chosen." in form.text
    assert {"disabled"} == {box.get("disabled") for box in page.main.one("tbody").all("input")}
    sent = [(each["name"], each["value"]) for each in form.all("input") if each["name"] not in {"as", "next"}]
    assert [
        ("everything", "1"),
        ("query", "a b"),
        ("link_state", "INVITED"),
        ("attention", "HELP_REQUESTED"),
        ("status", "ACTIVE"),
        ("status", "CLOSED"),
        ("assignee", ADA_ID),
        ("unassigned", ""),
    ] == sent
    assert HELP_REQUESTED in neighbours.received[0].request.attentions
    none = asked(page.main.one("form", class_="selection-bar").one("a")["href"])
    assert {*parse_qsl(search), ("order", "create_time desc")} == {*none}


async def test_a_list_of_one_page_offers_no_more(staff: Browser) -> None:
    """PO-05: where all that match stand on the page, its rows are all that there is to choose."""
    page = await staff.get(LIST)
    assert "that match" not in page.text


async def test_details_lead_back_to_where_one_was(staff: Browser, neighbours: Neighbours) -> None:
    """U15: from an application the way back is the same search, order and page, also after something was done there."""
    neighbours.answers["ListApplications"] = a_page(2, last=3)
    neighbours.answers["GetApplication"] = application(allowed_statuses=[Application.CLOSED])
    here = f"{LIST}?query=a&order=number&page=to+2&first=26"
    details = await staff.get((await staff.get(here)).link("A-000007"))
    assert here == details.main.one("p", class_="trail").one("a")["href"]

    answer = await staff.press(details, "Close")
    assert here == (await staff.follow(answer)).main.one("p", class_="trail").one("a")["href"]
