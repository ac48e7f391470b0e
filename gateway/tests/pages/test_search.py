"""Staff find applications."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from portico.applications.v1.resources_pb2 import Application, Guardian, Invitation
from portico.applications.v1.search_pb2 import ListApplicationsResponse

from chassis.wire import timestamp
from portal.areas.staff.guardian_actions import ACTIONS
from portal.core.i18n import i18n_for

from .neighbours import Neighbours, refusal
from .people import Browser
from .reading import Element, Page
from .samples import APPLICATION, GUARDIAN, PARTNER_ID, application, at, guardian

LIST = "/staff/applications"
STATES = {
    "NOT_INVITED": "Not invited",
    "INVITED": "Invited",
    "EXPIRED": "Expired",
    "UNDELIVERABLE": "Not delivered",
    "NO_CONTACT": "No contact",
    "LINKED": "Linked",
}


def found(*applications: Application, next_page_token: str = "") -> ListApplicationsResponse:
    """What applications answers to a search."""
    return ListApplicationsResponse(applications=applications, next_page_token=next_page_token)


def asked(address: str) -> dict[str, list[str]]:
    """The query of an address."""
    return parse_qs(urlsplit(address).query, keep_blank_values=True)


def boxes(page: Page) -> list[Element]:
    """The filters that can be chosen together."""
    return page.main.one("form", class_="search").all("input", type="checkbox")


def online_account(page: Page) -> str:
    """What the only row says about the online account."""
    return page.main.one("tbody").all("td")[3].text


async def test_the_list_begins_with_the_newest(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-02: the first page is all applications, the newest first, in a table with a head."""
    page = await staff.get(LIST)

    request = neighbours.only("ListApplications")
    assert (25, "", "", "create_time desc") == (request.page_size, request.page_token, request.query, request.order_by)
    assert ([], []) == (list(request.link_states), list(request.statuses))
    assert ["", "Number", "Family", "Status", "Online Account", "Came in", "Actions"] == [
        head.text for head in page.main.all("th", scope="col")
    ]
    [row] = page.main.one("tbody").all("tr")
    cells = [cell.text for cell in row.children if not isinstance(cell, str)]
    assert ["", "A-000007", "Lucía Morales", "Under review"] == cells[:4]
    assert "Jan 28, 3:30 AM" == cells[5]
    assert page.link("A-000007") == page.link("Details")
    assert (APPLICATION, {"next": [LIST]}) == (urlsplit(page.link("Details")).path, asked(page.link("Details")))
    assert "1–1 of 1" == page.main.one("p", id="found").text


async def test_a_search_is_sent_as_it_was_typed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-02: number or name, link states and statuses reach the service, and stay in the form."""
    page = await staff.get(LIST)
    neighbours.received.clear()
    page = await staff.press(page, "Search", query=" García & Söhne ", state="INVITED", status="CLOSED")

    request = neighbours.only("ListApplications")
    assert ("García & Söhne", "create_time desc") == (request.query, request.order_by)
    assert ([Guardian.INVITED], [Application.CLOSED]) == (list(request.link_states), list(request.statuses))
    assert "García & Söhne" == page.main.one("input", id="query")["value"]
    assert {"INVITED", "CLOSED"} == {box["value"] for box in boxes(page) if box.get("checked")}
    assert "open" == page.main.one("details", class_="filters").get("open")
    assert LIST == page.link("Show all")


async def test_many_filters_hold_together(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: more than one state or status can be chosen, each once."""
    states = "&".join(f"state={state}" for state in [*STATES, *STATES])
    page = await staff.get(f"{LIST}?{states}&status=ACTIVE&status=CLOSED&status=ACTIVE")

    request = neighbours.only("ListApplications")
    assert {Guardian.LinkState.Value(state) for state in STATES} == set(request.link_states)
    assert [Application.ACTIVE, Application.CLOSED] == list(request.statuses)
    assert 8 == len([box for box in boxes(page) if box.get("checked")])


@pytest.mark.parametrize(
    "query",
    [
        "state=SLEEPING&status=HAPPY&order=colour",
        "state=LINK_STATE_UNSPECIFIED&status=STATUS_UNSPECIFIED&order=",
        "state=1&status=&order=create_time%20asc&colour=blue&page_size=9999",
        "state=linked&order=number%3B%20drop",
    ],
)
async def test_what_the_list_does_not_know_is_passed_over(query: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: an address that somebody changed by hand shows the list, without what there is not."""
    page = await staff.get(f"{LIST}?{query}")

    request = neighbours.only("ListApplications")
    assert (200, 25, "create_time desc") == (page.status, request.page_size, request.order_by)
    assert ([], []) == (list(request.link_states), list(request.statuses))


async def test_a_long_query_is_cut(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: more than anybody types is cut to what a search may have."""
    assert 200 == (await staff.get(f"{LIST}?query={'a' * 500}")).status
    assert "a" * 100 == neighbours.only("ListApplications").query


@pytest.mark.parametrize(
    ("order", "column", "words", "then"),
    [
        ("create_time desc", "Came in", "descending", "create_time"),
        ("create_time", "Came in", "ascending", "create_time desc"),
        ("number", "Number", "ascending", "number desc"),
        ("number desc", "Number", "descending", "number"),
        ("family_name", "Family", "ascending", "family_name desc"),
        ("family_name desc", "Family", "descending", "family_name"),
    ],
)
async def test_the_list_is_sorted_by_its_heads(
    order: str, column: str, words: str, then: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05: a press on a head sorts by it, another one the other way round; the search stays, and page one comes."""
    page = await staff.get(f"{LIST}?query=a+b&state=LINKED&status=ACTIVE&order={order}&page=later")

    assert order == neighbours.only("ListApplications").order_by
    assert [(column, words)] == [
        (head.text, head["aria-sort"]) for head in page.main.all("th") if head.get("aria-sort")
    ]
    search = {"query": ["a b"], "state": ["LINKED"], "status": ["ACTIVE"]}
    assert {**search, "order": [then]} == asked(page.link(column))
    assert order == page.main.one("input", name="order")["value"]


async def test_a_page_of_another_search_says_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: a page token that belongs to no list leads back to the beginning."""
    neighbours.answers["ListApplications"] = refusal("PAGE_TOKEN_INVALID")
    page = await staff.get(f"{LIST}?page=x")

    assert (400, "/start") == (page.status, page.link("Go to the start page"))
    assert "This page of the list no longer exists. Please start at the first one." in page.text


@pytest.mark.parametrize("query", ["query=zzz", "state=LINKED", "status=CLOSED"])
async def test_a_search_that_finds_nothing_has_a_way_back(query: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: nothing found says what may be the reason, and leads to the whole list."""
    neighbours.answers["ListApplications"] = found()
    page = await staff.get(f"{LIST}?{query}")

    assert "Nothing found." in page.text
    assert LIST == page.link("Show all")
    assert "Nothing found." == page.main.one("p", id="found").text


async def test_an_organization_without_applications_enters_its_first(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: an empty list says what to do first."""
    neighbours.answers["ListApplications"] = found()
    page = await staff.get(LIST)

    assert "There is no application yet." in page.text
    assert f"{LIST}/new" == page.link("New application")
    assert [] == page.main.all("table")


@pytest.mark.parametrize("state", STATES)
async def test_a_row_says_the_link_state_and_what_comes_next(
    state: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05, AP-03: each state has its badge, and beside it what staff need to know or do first."""
    person = guardian(
        link_state=Guardian.LinkState.Value(state),
        allowed_actions=[Guardian.REINVITE, Guardian.UPDATE],
        account_username="lucia@example.org" if state == "LINKED" else "",
        invitation=Invitation(expire_time=timestamp(at(18, 5)), failure_reason="550 5.1.1 unknown"),
    )
    neighbours.answers["ListApplications"] = found(application(person))
    page = await staff.get(LIST)

    expected = {
        "LINKED": "Linked lucia@example.org",
        "INVITED": "Invited Reinvite until Jan 28, 1:05 PM EST",
        "UNDELIVERABLE": "Not delivered Reinvite This email address does not exist, or takes no mail. 5.1.1",
    }
    assert expected.get(state, f"{STATES[state]} Reinvite") == online_account(page)
    badge = page.main.one("tbody").all("span", class_="badge")[1]
    assert f"badge {state.lower().replace('_', '-')}" == badge["class"]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_rows_menu_follows_the_allowed_actions(language: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-03: the menu has the actions that the service allows, in its order, in the reader's language."""
    staff.cookies["language"] = language
    order = ["UNLINK", "SEND_PASSWORD_RESET", "UPDATE", "INVITE", "UNDO_UNLINK", "REVOKE_INVITATION", "REINVITE"]
    person = guardian(allowed_actions=[Guardian.Action.Value(name) for name in order])
    neighbours.answers["ListApplications"] = found(application(person))
    page = await staff.get(LIST)

    menu = page.main.one("details", class_="menu")
    entries = [entry.text for entry in menu.all("li")]
    words = i18n_for(language)
    assert [*(words(ACTIONS[value].label) for value in person.allowed_actions), words("Details")] == entries
    assert words("Actions for %(number)s") % {"number": "A-000007"} == menu.one("summary")["aria-label"]
    assert words(ACTIONS[Guardian.UNLINK].label) not in online_account(page)


async def test_both_guardians_have_their_actions(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: with two guardians each action says whose it is, and acts on that one."""
    partner = guardian(id=PARTNER_ID, given_name="Ana", allowed_actions=[Guardian.INVITE])
    neighbours.answers["ListApplications"] = found(application(guardian(), partner))
    page = await staff.get(LIST)

    assert ["Lucía Morales", "Ana Morales"] == [name.text for name in page.main.all("li", class_="group")]
    path = urlsplit(page.link("Invite"))
    assert f"{APPLICATION}/guardians/{PARTNER_ID}/invite" == path.path
    assert {"next": [LIST]} == parse_qs(path.query)


async def test_an_action_comes_back_to_the_list_as_it_was(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: after an action from a row the same search, sort and page are there again, with a word about it."""
    person = guardian(allowed_actions=[Guardian.UNLINK])
    neighbours.answers["ListApplications"] = found(application(person))
    here = f"{LIST}?query=a+b&order=number&page=x%3D"
    page = await staff.get(here)

    answer = await staff.press(await staff.get(page.link("Unlink")), "Unlink")

    assert here == answer.goes_to
    assert GUARDIAN.endswith(neighbours.only("UnlinkGuardian").guardian_id)
    assert "The family no longer has access." in (await staff.follow(answer)).notice
