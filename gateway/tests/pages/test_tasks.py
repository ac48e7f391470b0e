"""What staff have to do, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksResponse

from chassis.errors import Unavailable
from chassis.testing import FakeClock
from chassis.wire import timestamp

from .case_managers import ANA_ID, TASK_ID, on, task
from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import REQUEST_ID


async def test_an_open_task_says_what_whom_and_when(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-06, CM-11: a row has what is to be done, why, for whom and by when, and leads to where it is done."""
    neighbours.answers["ListTasks"] = ListTasksResponse(
        tasks=[task(due_time=timestamp(clock() - timedelta(days=2))), task(due_time=timestamp(clock()))]
    )
    page = await staff.get("/tasks")

    first, second = page.main.one("tbody").all("tr")
    assert first.text.startswith("Enable the login of Ana García Said yes to the offer of a login. Harbor Insurance")
    assert "2 days late" == first.one("span", class_="wrong").text
    assert "late since today" == second.one("span", class_="wrong").text
    assert f"/case-managers/{ANA_ID}/login?next=/tasks" == first.one("a")["href"]
    request = neighbours.only("ListTasks")
    assert (Task.OPEN, 50) == (request.state, request.page_size)


@pytest.mark.parametrize("state", ["DONE", "CANCELLED"])
async def test_tasks_that_are_closed_are_apart(state: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-11: done ones and those that are no longer needed are on tabs of their own, without a button."""
    closed = task(state=Task.State.Value(state), done_time=timestamp(on(28)))
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[closed], next_page_token="after")
    page = await staff.get(f"/tasks?state={state}&page=here")

    request = neighbours.only("ListTasks")
    assert (Task.State.Value(state), "here") == (request.state, request.page_token)
    assert "Jan 28" in page.main.one("tbody").text
    assert "Done by hand" not in page.buttons()
    assert f"/tasks?state={state}&page=after" == page.link("Next page")
    assert f"/tasks?state={state}" == page.link("First page")


async def test_a_task_is_done_by_hand(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-11: a button marks it as done, once; when it was closed meanwhile a word says so."""
    page = await staff.get("/tasks")
    answer = await staff.press(page, "Done by hand")
    assert (TASK_ID, "/tasks") == (neighbours.only("CompleteTask").task_id, answer.goes_to)
    assert "The task is done." == (await staff.follow(answer)).notice

    neighbours.answers["CompleteTask"] = refusal("TASK_CLOSED")
    page = await staff.follow(await staff.post(f"/tasks/{TASK_ID}/done", {"request_id": REQUEST_ID}))
    assert "This task was closed meanwhile." == page.notice


async def test_where_nothing_is_to_be_done_there_is_a_way_on(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-11: an empty list says so, and leads on; a page with nothing any more leads to the first."""
    neighbours.answers["ListTasks"] = ListTasksResponse()
    page = await staff.get("/tasks?state=ODD")
    assert ("Nothing is to be done." in page.text, "/start") == (True, page.link("Go to the start page"))
    assert "/tasks" == (await staff.get("/tasks?state=DONE")).link("Show the open ones")
    assert "/tasks?state=DONE" == (await staff.get("/tasks?state=DONE&page=gone")).goes_to


@pytest.mark.parametrize(
    ("count", "token", "figure"), [(0, "", "0"), (3, "", "3"), (200, "after", "200+")], ids=["none", "some", "many"]
)
async def test_the_start_page_says_how_many(
    count: int, token: str, figure: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-11: the number of open tasks is among what needs attention; none of them is quiet."""
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[task()] * count, next_page_token=token)
    tile = (await staff.get("/start")).main.one("ul", class_="tiles").all("li")[-1]

    assert (f"{figure} open tasks", "/tasks") == (tile.text, tile.one("a")["href"])
    assert ("quiet" if count == 0 else "") == tile.get("class")


async def test_the_start_page_is_there_without_tasks(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06: while casemanager does not answer, the number is left out."""
    neighbours.answers["ListTasks"] = Unavailable()
    page = await staff.get("/start")

    assert (200, False) == (page.status, "open tasks" in page.text)
