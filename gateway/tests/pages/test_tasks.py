"""What somebody has to do, and when: the lists of staff, case managers and specialists, and one task."""

from __future__ import annotations

from datetime import timedelta

import pytest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.resources_pb2 import CaseManager, Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest, ListTasksResponse

from chassis.call import Role
from chassis.errors import FieldViolation, Unavailable
from chassis.testing import FakeClock
from chassis.wire import timestamp

from .bookings import BOOKING_ID
from .case_managers import ANA, ANA_ID, COMPANY_ID, STAFF_ID, TASK_ID, case_manager, on, task
from .cases import CASE_ID
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import REQUEST_ID

BASES = {Role.STAFF: "/tasks", Role.CASE_MANAGER: "/cm/tasks", Role.SPECIALIST: "/sp/tasks"}
IDA_ID = "01990000-0000-7000-8000-0000000000b7"


def by_hand(**changes: object) -> Task:
    """Something that Ana wrote down for herself."""
    usual = {
        "kind": Task.BY_HAND,
        "title": "Call the solicitor",
        "note": "After ten",
        "case_manager_id": "",
        "case_manager_name": "",
        "assignee_kind": Task.CASE_MANAGER,
        "assignee_id": ANA_ID,
        "assignee_name": "Ana García",
    }
    return task(**{**usual, **changes})


async def test_an_open_task_says_what_whom_and_when(staff: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-06, CM-11: a row has what is to be done, why, for whom and by when, and leads to where it is done."""
    neighbours.answers["ListTasks"] = ListTasksResponse(
        tasks=[
            task(due_time=timestamp(clock() - timedelta(days=2)), overdue=True),
            task(due_time=timestamp(clock()), overdue=True),
            by_hand(due_time=timestamp(clock() + timedelta(days=1)), on_behalf=True),
        ]
    )
    page = await staff.get("/tasks")

    first, second, third = page.main.one("tbody").all("tr")
    assert first.text.startswith(
        "Enable the login of Ana García Said yes to the offer of a login. anybody of the staff Harbor Insurance"
    )
    assert "2 days late" == first.one("span", class_="wrong").text
    assert "late since today" == second.one("span", class_="wrong").text
    assert f"/case-managers/{ANA_ID}/login?next=/tasks" == first.one("a")["href"]
    assert third.text.startswith("Call the solicitor After ten Ana García cannot sign in Harbor Insurance tomorrow")
    assert [] == third.all("span", class_="wrong")
    assert f"/tasks/{TASK_ID}?next=/tasks" == third.one("a")["href"]
    request = neighbours.only("ListTasks")
    assert (Task.OPEN, 50, ListTasksRequest.POOL) == (request.state, request.page_size, request.scope)


async def test_a_task_says_whose_booking_it_is_about(staff: Browser, neighbours: Neighbours) -> None:
    """CM-11: the case manager, in the list and on its own page, unless they are the one whom it is for."""
    booked = {"booking_id": BOOKING_ID, "booking_number": "B-000123", "case_manager_id": "", "case_manager_name": ""}
    anas = {**booked, "booking_case_manager_id": ANA_ID, "booking_case_manager_name": "Ana García"}
    asked = task(kind=Task.ANSWER_REQUEST, **anas)
    hers = task(kind=Task.UPLOAD_PAPERWORK, assignee_kind=Task.CASE_MANAGER, assignee_id=ANA_ID, **anas)
    unknown = task(kind=Task.RECORD_OUTCOME, **booked)
    neighbours.answers |= {"ListTasks": ListTasksResponse(tasks=[asked, hers, unknown]), "GetTask": asked}
    page = await staff.get("/tasks")
    assert [True, False, False] == ["Case manager: Ana García" in row.text for row in page.main.one("tbody").all("tr")]
    page = await staff.get(f"/tasks/{TASK_ID}")
    assert "Case manager Ana García" in page.main.text
    neighbours.answers["GetTask"] = hers
    assert "Case manager" not in (await staff.get(f"/tasks/{TASK_ID}")).main.text


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        (Role.STAFF, {"For anybody": ("", "POOL"), "Mine": ("mine", "MINE"), "Everybody’s": ("all", None)}),
        (Role.CASE_MANAGER, {"Mine": ("", "MINE"), "My unit’s": ("unit", "UNIT")}),
        (Role.SPECIALIST, {"": ("", "MINE")}),
    ],
)
async def test_whose_tasks_are_shown(
    role: Role, tabs: dict[str, tuple[str, str | None]], signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """CM-11, CM-15: tabs lead to the tasks of those whom the reader sees; another word in the address to the usual."""
    browser, base = signed_in(role), BASES[role]
    for words, (whose, scope) in tabs.items():
        neighbours.forget()
        address = f"{base}?whose={whose}" if whose else base
        page = await browser.get(address)
        expected = ListTasksRequest.Scope.Value(scope) if scope else 0
        assert expected == neighbours.only("ListTasks").scope
        if words:
            assert address == page.link(words)
    neighbours.forget()
    await browser.get(f"{base}?whose=ODD")
    assert ListTasksRequest.SCOPE_UNSPECIFIED != neighbours.only("ListTasks").scope


async def test_tasks_in_spanish(signed_in: SignedIn) -> None:
    """PO-01, CM-11: a task is feminine, one of them as well as several."""
    page = await signed_in(Role.STAFF, language="es").get("/tasks")
    assert "/tasks?whose=mine" == page.link("Las mías")
    states = page.main.one("select", id="state").all("option")
    assert ["Pendiente", "Terminada", "Ya no hace falta"] == [each.text for each in states]


@pytest.mark.parametrize("role", BASES)
async def test_a_task_of_a_booking_leads_there(role: Role, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, PO-07, CM-11: from the list and from its own page, which leads back to the booking that one came from."""
    browser, base = signed_in(role), BASES[role]
    bookings = base.replace("tasks", "bookings") if role is not Role.STAFF else "/staff/bookings"
    answer = task(kind=Task.CHOOSE_OPTION, booking_id=BOOKING_ID, booking_number="B-000123")
    neighbours.answers |= {"ListTasks": ListTasksResponse(tasks=[answer]), "GetTask": answer}
    page = await browser.get(base)
    assert f"{bookings}/{BOOKING_ID}?next={base}" == page.link("Go to the booking B-000123")

    page = await browser.get(f"{base}/{TASK_ID}?next={bookings}/{BOOKING_ID}")
    assert f"{bookings}/{BOOKING_ID}?next={base}/{TASK_ID}" == page.link("Go to the booking")
    trail = page.main.one("p", class_="trail").one("a")
    assert ("Booking", f"{bookings}/{BOOKING_ID}") == (trail.text, trail["href"])
    neighbours.answers["GetTask"] = task(kind=Task.CHOOSE_OPTION, booking_id=BOOKING_ID, state=Task.DONE)
    assert "Go to the booking" not in (await browser.get(f"{base}/{TASK_ID}")).text


@pytest.mark.parametrize("state", ["DONE", "CANCELLED"])
async def test_tasks_that_are_closed_are_apart(state: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-11: done ones and those that are no longer needed are asked for, and can perhaps be opened again."""
    actions = [Task.REOPEN] if state == "DONE" else []
    closed = task(state=Task.State.Value(state), done_time=timestamp(on(28)), actions=actions)
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[closed], next_page_token="after")
    page = await staff.get(f"/tasks?state={state}&page=here")

    request = neighbours.only("ListTasks")
    assert (Task.State.Value(state), "here") == (request.state, request.page_token)
    assert "Jan 28" in page.main.one("tbody").text
    assert "Done by hand" not in page.buttons()
    assert (state == "DONE") is ("Open again" in page.buttons())
    assert f"/tasks?state={state}&page=after" == page.link("Next page")
    assert f"/tasks?state={state}" == page.link("First page")


async def test_the_list_is_narrowed_down(staff: Browser, neighbours: Neighbours) -> None:
    """CM-11: by kind, and to what is late; what is chosen stays while the reader looks at somebody else's."""
    page = await staff.get("/tasks?whose=all&kind=READ_REPORT&late=yes")
    request = neighbours.only("ListTasks")
    assert (Task.READ_REPORT, True, 0) == (request.kind, request.overdue, request.scope)
    assert "/tasks?whose=mine&kind=READ_REPORT&late=yes" == page.link("Mine")
    assert "/tasks?whose=all" == page.link("Show all")
    neighbours.answers["ListTasks"] = ListTasksResponse()
    page = await staff.get("/tasks?kind=READ_REPORT")
    assert ("There is no such task." in page.text, "/tasks") == (True, page.link("Show the open ones"))


async def test_a_task_is_done_by_hand(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-11: a button marks it as done, and another one undoes that; a word says if it was closed before."""
    page = await staff.get("/tasks")
    answer = await staff.press(page, "Done by hand")
    assert (TASK_ID, "/tasks") == (neighbours.only("CompleteTask").task_id, answer.goes_to)
    page = await staff.follow(answer)
    assert "The task is done." == page.notice
    answer = await staff.press(page, "Undo")
    assert (TASK_ID, "/tasks") == (neighbours.only("ReopenTask").task_id, answer.goes_to)
    assert "The task is open again." == (await staff.follow(answer)).notice

    neighbours.answers["CompleteTask"] = refusal("TASK_CLOSED")
    page = await staff.follow(await staff.post(f"/tasks/{TASK_ID}/done", {"request_id": REQUEST_ID}))
    assert "This task was closed meanwhile." == page.notice


@pytest.mark.parametrize("role", BASES)
async def test_a_task_is_taken_over(role: Role, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-11: whoever may take it has a button for it; when it went to somebody else meanwhile a word says so."""
    browser, base = signed_in(role), BASES[role]
    answer = await browser.press(await browser.get(base), "Take over")
    request = neighbours.only("ReassignTask")
    assert (TASK_ID, "", False, base) == (request.task_id, request.assignee_id, request.pool, answer.goes_to)
    assert "The task is yours now." == (await browser.follow(answer)).notice
    neighbours.answers["ReassignTask"] = refusal("ASSIGNEE_INVALID")
    page = await browser.follow(await browser.post(f"{base}/{TASK_ID}/take", {"request_id": REQUEST_ID}))
    assert "This task cannot be given to them." == page.notice


async def test_where_nothing_is_to_be_done_there_is_a_way_on(
    staff: Browser, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, CM-11: an empty list says so, and leads on; a page with nothing any more leads to the first."""
    neighbours.answers["ListTasks"] = ListTasksResponse()
    page = await staff.get("/tasks?state=ODD")
    assert ("Nothing is to be done." in page.text, "/start") == (True, page.link("Go to the start page"))
    assert "/tasks" == (await staff.get("/tasks?state=DONE")).link("Show the open ones")
    assert "/tasks?state=DONE" == (await staff.get("/tasks?state=DONE&page=gone")).goes_to
    for role in (Role.CASE_MANAGER, Role.SPECIALIST):
        page = await signed_in(role).get(BASES[role])
        assert ("All done." in page.text, f"{BASES[role]}/new") == (True, page.link("Add task"))


@pytest.mark.parametrize("role", BASES)
async def test_a_task_is_written_down(role: Role, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-11: what, by when and, for staff, for whom; what is refused stands beside its field, and nothing is lost."""
    browser, base = signed_in(role), BASES[role]
    page = await browser.get(f"{base}/new")
    typed = {"title": " Call Ida ", "note": "Soon", "due_date": "2026-02-03"}
    answer = await browser.press(page, "Add task", **typed)
    request = neighbours.only("CreateTask")
    assert ("Call Ida", "Soon", "2026-02-03") == (request.task.title, request.task.note, request.task.due_date)
    own = browser.seen_by if role is Role.STAFF else ""
    assert (own, False, f"{base}/{TASK_ID}") == (request.assignee_id, request.pool, answer.goes_to)
    assert "The task is written down." == (await browser.follow(answer)).notice
    violation = FieldViolation("task.due_date", "DATE_INVALID", "This date does not exist.")
    neighbours.answers["CreateTask"] = refusal("INVALID_REQUEST", violation)
    page = await browser.press(page, "Add task", **typed)
    assert "There is no such day in the calendar." == page.problem_of("due_date")
    assert "Call Ida" == page.main.one("input", id="title")["value"].strip()


async def test_staff_choose_whom_a_task_is_for(staff: Browser, neighbours: Neighbours) -> None:
    """CM-11: the pool, a colleague, or the case manager from whose page the form was opened."""
    page = await staff.get(f"/tasks/new?whom={ANA_ID}")
    options = {option["value"]: option.text for option in page.main.one("select", id="assignee_id").all("option")}
    assert ("myself", "anybody of the staff", "Ana García") == (
        options[staff.seen_by],
        options["pool"],
        options[ANA_ID],
    )
    typed = {"title": "Call", "due_date": "2026-02-03"}
    await staff.press(page, "Add task", **typed)
    assert ANA_ID == neighbours.only("CreateTask").assignee_id
    neighbours.received.clear()
    await staff.press(page, "Add task", **typed, assignee_id="pool")
    request = neighbours.only("CreateTask")
    assert ("", True) == (request.assignee_id, request.pool)
    neighbours.answers["CreateTask"] = refusal("ASSIGNEE_INVALID")
    page = await staff.press(page, "Add task", **typed, assignee_id=ANA_ID)
    assert "This task cannot be given to them." in page.main.one("p", id="assignee_id-problem").text
    neighbours.answers["GetCaseManager"] = refusal("CASE_MANAGER_NOT_FOUND")
    assert 200 == (await staff.get(f"/tasks/new?whom={IDA_ID}")).status


async def test_a_task_is_about_a_case(staff: Browser, neighbours: Neighbours) -> None:
    """CM-07, CM-11: a case shows what is to be done about it, and leads to a new task; a task leads back."""
    page = await staff.get(f"/staff/cases/{CASE_ID}")
    assert CASE_ID == neighbours.only("ListTasks").case_id
    new = page.link("Add task")
    assert f"/tasks/new?case={CASE_ID}" == new
    await staff.press(await staff.get(new), "Add task", title="Call", due_date="2026-02-03")
    assert CASE_ID == neighbours.only("CreateTask").case_id
    neighbours.answers["GetTask"] = by_hand(case_id=CASE_ID)
    assert f"/staff/cases/{CASE_ID}" == (await staff.get(f"/tasks/{TASK_ID}")).link("Show it")


@pytest.mark.parametrize("role", BASES)
async def test_one_task_says_all_of_itself(role: Role, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-11: what, why, when, for whom; of what somebody wrote everything can be changed, of the rest the note."""
    browser, here = signed_in(role), f"{BASES[role]}/{TASK_ID}"
    neighbours.answers["GetTask"] = by_hand()
    page = await browser.get(here)
    assert ("Call the solicitor", BASES[role]) == (page.heading, page.link("Tasks"))
    assert "For Ana García" in page.text
    answer = await browser.press(page, "Save", title="Call again", note="", due_date="")
    request = neighbours.only("UpdateTask")
    assert (["note", "title"], "Call again", "") == (
        [*request.update_mask.paths],
        request.task.title,
        request.task.note,
    )
    assert here == answer.goes_to
    neighbours.received.clear()
    await browser.press(page, "Save", due_date="2026-02-03")
    assert "2026-02-03" == neighbours.only("UpdateTask").task.due_date

    neighbours.received.clear()
    neighbours.answers["GetTask"] = task(kind=Task.READ_REPORT, case_manager_id="", booking_number="B-000007")
    page = await browser.get(here)
    assert ("Read the report · B-000007", "A new version is there." in page.text) == (page.heading, True)
    assert [] == page.main.all("input", id="title")
    assert (role is Role.STAFF) is bool(page.main.all("input", id="due_date"))
    await browser.press(page, "Save", note="Waits for Ana")
    assert ["note"] == [*neighbours.only("UpdateTask").update_mask.paths]
    neighbours.answers["UpdateTask"] = refusal("TASK_CLOSED")
    assert "This task was closed meanwhile." == (await browser.follow(await browser.press(page, "Save"))).notice


async def test_a_colleagues_task_can_be_read(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-15: what cannot be changed is shown without a form, and can be taken over."""
    neighbours.answers["GetTask"] = by_hand(actions=[Task.TAKE_OVER])
    page = await signed_in(Role.CASE_MANAGER).get(f"/cm/tasks/{TASK_ID}")
    assert "After ten" == page.main.one("blockquote").text
    assert ["Take over"] == [button for button in page.buttons() if button not in {"Sign out", "Menu"}][-1:]
    assert "Save" not in page.buttons()


async def test_staff_hand_a_task_over(staff: Browser, neighbours: Neighbours) -> None:
    """CM-11: to colleagues or the pool, and what a case manager has to do to others of their company."""
    here = f"/tasks/{TASK_ID}"
    answer = await staff.press(await staff.get(here), "Hand over", assignee_id=STAFF_ID)
    assert (STAFF_ID, here) == (neighbours.only("ReassignTask").assignee_id, answer.goes_to)
    neighbours.received.clear()
    neighbours.answers["GetTask"] = task(
        kind=Task.UPLOAD_PAPERWORK, assignee_kind=Task.CASE_MANAGER, assignee_id=ANA_ID, assignee_name="Ana García"
    )
    ida = case_manager(id=IDA_ID, given_name="Ida")
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse(case_managers=[case_manager(), ida])
    page = await staff.get(here)
    assert ["Ana García", "Ida García"] == [
        option.text for option in page.main.one("select", id="assignee_id").all("option")
    ]
    request = neighbours.only("ListCaseManagers")
    assert (COMPANY_ID, CaseManager.ACTIVE) == (request.company_id, request.account_status)
    neighbours.answers["ReassignTask"] = refusal("ASSIGNEE_INVALID")
    page = await staff.follow(await staff.press(page, "Hand over", assignee_id=IDA_ID))
    assert "This task cannot be given to them." == page.notice


@pytest.mark.parametrize(
    ("count", "token", "figure"), [(0, "", "0"), (3, "", "3"), (200, "after", "200+")], ids=["none", "some", "many"]
)
async def test_the_start_page_says_how_many(
    count: int, token: str, figure: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-11: mine and those for anybody are among what needs attention; where there are none it is quiet."""
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[task()] * count, next_page_token=token)
    mine, open_ones = (await staff.get("/start")).main.one("ul", class_="tiles").all("li")[-2:]

    assert (f"{figure} tasks of mine", "/tasks?whose=mine") == (mine.text, mine.one("a")["href"])
    assert (f"{figure} open tasks", "/tasks") == (open_ones.text, open_ones.one("a")["href"])
    assert ("quiet" if count == 0 else "") == open_ones.get("class")


async def test_the_start_page_is_there_without_tasks(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06: while casemanager does not answer, the numbers are left out."""
    neighbours.answers["ListTasks"] = Unavailable()
    page = await staff.get("/start")

    assert (200, False) == (page.status, "open tasks" in page.text)


async def test_a_profile_says_what_there_is_to_do(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02, CM-11: what is to be done about a person and by them, with a way to write something down."""
    page = await staff.get(f"{ANA}/tasks")
    assert ANA_ID == neighbours.only("ListTasks").case_manager_id
    row = page.main.one("ul", class_="rows").one("li")
    assert "Enable the login of Ana García anybody of the staff" in row.text
    assert f"/tasks/{TASK_ID}?next={ANA}/tasks" == row.one("a")["href"]
    assert f"/tasks/new?whom={ANA_ID}" == page.link("Add task")
    neighbours.answers |= {"ListTasks": ListTasksResponse(), "GetCaseManager": case_manager(account_status=2)}
    page = await staff.get(f"{ANA}/tasks")
    assert ("Nothing is to be done." in page.text, "Add task" in page.text) == (True, False)
    assert f"{ANA}/tasks" == (await staff.get(f"{ANA}/tasks?page=gone")).goes_to


async def test_a_specialists_day_says_what_waits(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-07, CM-11: beside the appointments stand the first tasks that are theirs; without any there is no card."""
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[by_hand(title="Sign the contract", overdue=True)])
    page = await signed_in(Role.SPECIALIST).get("/sp")
    assert f"/sp/tasks/{TASK_ID}?next=/sp" == page.link("Sign the contract")
    assert "/sp/tasks" == page.link("All tasks")
    assert ListTasksRequest.MINE == neighbours.only("ListTasks").scope
    for answer in (ListTasksResponse(), Unavailable()):
        neighbours.answers["ListTasks"] = answer
        page = await signed_in(Role.SPECIALIST).get("/sp")
        assert (200, False) == (page.status, "Waits for you" in page.text)


async def test_bookings_with_who_is_away_are_found_from_their_task(staff: Browser, neighbours: Neighbours) -> None:
    """CM-06, CM-11: the list says whose and which, and the task leads to each of them."""
    away = task(
        kind=Task.MOVE_BOOKINGS, case_manager_id="", case_manager_name="", note="Dr Rui Zhang: B-000123, B-000124, + 3"
    )
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[away])
    neighbours.answers["GetTask"] = away
    [row] = (await staff.get("/tasks")).main.one("tbody").all("tr")
    assert row.text.startswith("Move bookings with a specialist who is away Dr Rui Zhang: B-000123, B-000124, + 3")
    page = await staff.get(f"/tasks/{TASK_ID}")
    addresses = [each["href"] for each in page.main.all("a") if "query=" in each["href"]]
    assert ["/staff/history?query=B-000123", "/staff/history?query=B-000124"] == addresses
