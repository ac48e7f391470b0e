"""Where staff begin."""

from __future__ import annotations

import pytest
from portico.applications.v1.batch_requests_pb2 import ListBatchesResponse
from portico.applications.v1.batch_resources_pb2 import Batch, BatchRow, OutcomeCount
from portico.applications.v1.search_pb2 import CountLinkStatesRequest, CountLinkStatesResponse, ListApplicationsResponse

from chassis.errors import Unavailable
from portal.core.i18n import i18n_for

from .neighbours import Neighbours
from .people import Browser
from .samples import ADA_ID, APPLICATION, link_state_counts

BATCH_ID = "01990000-0000-7000-8000-0000000000ba"


def of_whom(request: CountLinkStatesRequest) -> CountLinkStatesResponse:
    """The sums of all, and of those that are Ada's."""
    if request.assignee_id:
        return link_state_counts(found=12)
    return link_state_counts(found=1310, UNDELIVERABLE=7, EXPIRED=40, INVITED_LONG_AGO=5, HELP_REQUESTED=2)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_what_needs_attention_leads_to_its_list(language: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-10: each number leads to the list of just those; one that asks for nothing is quiet."""
    staff.cookies["language"] = language
    neighbours.answers["CountLinkStates"] = of_whom
    page = await staff.get("/start")

    words = i18n_for(language)
    tiles = page.main.one("ul", class_="tiles").all("li")
    assert [
        f"7 {words('did not arrive')}",
        f"40 {words('expired or withdrawn')}",
        f"0 {words('have no contact')}",
        f"5 {words('invited over 7 days ago, not accepted')}",
        f"2 {words('asked for help')}",
        f"1 {words('tasks of mine')}",
        f"1 {words('open tasks')}",
    ] == [tile.text for tile in tiles]
    assert ["", "", "quiet", "", "", "", ""] == [tile.get("class") for tile in tiles]
    neighbours.received.clear()
    for tile, state in zip(
        tiles[:-2], ["UNDELIVERABLE", "EXPIRED", "NO_CONTACT", "INVITED_LONG_AGO", "HELP_REQUESTED"], strict=True
    ):
        shown = await staff.get(tile.one("a")["href"])
        boxes = shown.main.one("form", class_="search").all("input", type="checkbox")
        assert [state] == [box["value"] for box in boxes if box.get("checked")]


async def test_the_search_comes_first(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: what is typed on the first page is searched for in the list."""
    page = await staff.get("/start")
    form = page.main.one("form")
    assert ("search", "/staff/applications") == (form["role"], form["action"])
    assert "search" == form.one("input", name="query")["type"]


async def test_what_is_mine(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-16: the newest that are assigned to me, and the way to all of them."""
    neighbours.answers["CountLinkStates"] = of_whom
    page = await staff.get("/start")

    request = neighbours.only("ListApplications")
    assert (ADA_ID, 5) == (request.assignee_id, request.page_size)
    [mine] = page.main.all("ul", class_="rows")[-1].all("li")
    assert "A-000007 Lucía Morales Under review" == mine.text
    assert APPLICATION == mine.one("a")["href"]
    assert "assigned=me" in page.link("All 12")
    neighbours.answers["ListApplications"] = ListApplicationsResponse()
    assert "Nothing. Whoever works on an application is set on its page." in (await staff.get("/start")).text


async def test_batches_under_way(staff: Browser, neighbours: Neighbours) -> None:
    """AP-12, PO-05: those that are not finished, each with how far it is; where there are none, nothing."""
    neighbours.answers["ListBatches"] = ListBatchesResponse()
    assert "Batches under way" not in (await staff.get("/start")).text
    outcomes = [OutcomeCount(outcome=BatchRow.PENDING, count=300), OutcomeCount(outcome=BatchRow.INVITED, count=1100)]
    running = Batch(
        id=BATCH_ID, kind=Batch.INVITE, state=Batch.RUNNING, display_name="Fall <b>", row_count=1400, outcomes=outcomes
    )
    paused = Batch(id=ADA_ID, kind=Batch.UNLINK, state=Batch.PAUSED, row_count=3)
    done = Batch(id=ADA_ID, state=Batch.SUCCEEDED, display_name="Spring")
    neighbours.answers["ListBatches"] = ListBatchesResponse(batches=[running, done, paused])
    page = await staff.get("/start")

    rows = page.main.all("ul", class_="rows")[0].all("li")
    assert ["Fall <b> Running 1,100 of 1,400 done", "Batch unlink Paused 3 of 3 done"] == [row.text for row in rows]
    assert f"/staff/batches/{BATCH_ID}" == rows[0].one("a")["href"]


async def test_a_service_that_is_away_takes_only_its_own_part(staff: Browser, neighbours: Neighbours) -> None:
    """PO-01, PO-05: without applications the search, the tasks and the ways on are there all the same."""
    away = ("CountLinkStates", "ListBatches", "ListApplications")
    neighbours.answers |= dict.fromkeys(away, Unavailable())
    page = await staff.get("/start")
    assert (200, "Start") == (page.status, page.heading)
    assert ["1 tasks of mine", "1 open tasks"] == [tile.text for tile in page.main.one("ul", class_="tiles").all("li")]
    assert "Assigned to me" not in page.text
    assert "/staff/applications" == page.link("All applications")


async def test_what_cannot_be_asked_is_left_out(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: without sums and batches the search and what is mine are there all the same."""
    neighbours.answers |= dict.fromkeys(("CountLinkStates", "ListBatches", "ListTasks"), Unavailable())
    page = await staff.get("/start")
    assert (200, []) == (page.status, page.main.all("ul", class_="tiles"))
    assert "A-000007" in page.text
    assert "All applications" in page.text
