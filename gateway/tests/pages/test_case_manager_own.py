"""What a case manager sees: the first page, and what they set of themselves."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.report_resources_pb2 import Report
from portico.casemanager.v1.reports_pb2 import ListReportsResponse
from portico.casemanager.v1.resources_pb2 import Task
from portico.casemanager.v1.tasks_pb2 import ListTasksRequest, ListTasksResponse

from chassis.call import Role
from chassis.errors import FieldViolation, Unavailable
from chassis.testing import FakeClock
from portal.core.renderer import bdi

from .bookings import BOOKING_ID, OWN_BOOKING, booking
from .case_managers import TASK_ID, case_manager, task
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reports import AMENDED_ID, REPORT_ID, amended
from .samples import REQUEST_ID

SETTINGS = "/cm/settings"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def nothing(neighbours: Neighbours) -> None:
    """Nothing is booked, filed or to be done."""
    neighbours.answers |= {
        "ListTasks": ListTasksResponse(),
        "ListBookings": ListBookingsResponse(),
        "ListReports": ListReportsResponse(),
    }


@pytest.mark.usefixtures("nothing")
async def test_the_first_page_says_who_one_is(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-03: after the sign-in a case manager sees that nothing waits, who they are here, and where to go on."""
    assert "/cm" == (await ana.get("/")).goes_to
    page = await ana.get("/cm")

    assert "Hello Ana García" == page.heading
    assert "Nothing waits for you." in page.text
    assert "Company Harbor Insurance Position Claims Email ana@harbor.example Phone (312) 555-0141" in page.text
    assert (SETTINGS, "/account") == (page.link("Change"), page.link("Password and devices"))
    assert "Please tell Sunrise Childcare, (312) 555-0100." in page.text
    assert "/cm/request" == page.main.one("div", class_="empty").one("a")["href"]
    asked = ["GetMyProfile", "GetOrganization", "ListBookings", "ListReports", "ListTasks", "ListValues"]
    assert asked == sorted(neighbours.rpcs)


@pytest.mark.usefixtures("nothing")
async def test_the_first_page_says_what_waits(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-11: the first tasks that are theirs, late ones marked; without casemanager's word the rest is there."""
    late = task(kind=Task.UPLOAD_PAPERWORK, booking_number="B-000007", overdue=True)
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[late])
    page = await ana.get("/cm")
    row = page.main.one("ul", class_="rows").one("li")
    assert "Send the paperwork · B-000007" == row.one("a").text
    assert (f"/cm/tasks/{TASK_ID}?next=/cm", "/cm/tasks") == (row.one("a")["href"], page.link("All tasks"))
    assert "/cm/tasks?late=yes" == page.link("Late tasks")
    assert row.one("span", class_="wrong").text
    request = neighbours.only("ListTasks")
    assert (ListTasksRequest.MINE, 5) == (request.scope, request.page_size)
    neighbours.answers["ListTasks"] = ListTasksResponse(tasks=[task(kind=Task.CHOOSE_OPTION, booking_id=BOOKING_ID)])
    page = await ana.get("/cm")
    row = page.main.one("ul", class_="rows").one("li")
    assert (f"/cm/bookings/{BOOKING_ID}?next=/cm", False) == (row.one("a")["href"], "Late tasks" in page.text)
    neighbours.answers["ListTasks"] = Unavailable()
    page = await ana.get("/cm")
    assert ("Hello Ana García", False) == (page.heading, "Nothing waits for you." in page.text)


@pytest.mark.usefixtures("nothing")
async def test_the_first_page_says_what_comes_next(ana: Browser, neighbours: Neighbours, clock: FakeClock) -> None:
    """PO-07, CM-08: the next five of their own that are confirmed, by both clocks, and that nothing waits for them."""
    neighbours.answers["ListBookings"] = ListBookingsResponse(bookings=[booking()])
    page = await ana.get("/cm")

    row = page.main.one("ul", class_="rows").one("li")
    when = "Mon, Feb 16, 9:00 AM–9:45 AM CST 10:00 AM your time"
    assert f"{when} Noah Tran · Dr Rui Zhang Riverside Clinic · B-000123" == row.text
    assert f"{OWN_BOOKING}?next=/cm" == page.link("Noah Tran")
    assert "/cm/bookings?state=CONFIRMED" == page.link("All appointments")
    assert ("Nothing waits for you.", []) == (
        page.main.one("p", class_="lead").text,
        page.main.all("div", class_="empty"),
    )
    request = neighbours.only("ListBookings")
    assert ([Booking.CONFIRMED], ListBookingsRequest.MINE, 5, "start_time", f"{clock():%Y-%m-%dT%H:%M:%SZ}") == (
        [*request.states],
        request.scope,
        request.page_size,
        request.order_by,
        request.start_time_from,
    )


@pytest.mark.usefixtures("nothing")
async def test_the_first_page_has_what_is_unread(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-13: reports that are new, each with its download; its booking where they see it."""
    named = amended(id=REPORT_ID, booking_number="B-000124", subject_name="", allowed_actions=[Report.DOWNLOAD])
    neighbours.answers["ListReports"] = ListReportsResponse(reports=[amended(), named])
    page = await ana.get("/cm")

    known, other = page.main.one("ul", class_="rows").all("li")
    assert ["/cm/bookings/" + BOOKING_ID + "/reports", f"/files/{AMENDED_ID}"] == [a["href"] for a in known.all("a")]
    assert [f"/files/{REPORT_ID}"] == [a["href"] for a in other.all("a")]
    assert "Noah Tran B-000123 · Filed" in known.text
    assert other.text.startswith("B-000124")
    assert "/cm/reports?show=unread" == page.link("All new reports")
    request = neighbours.only("ListReports")
    assert (True, 5) == (request.unread, request.page_size)


async def test_the_first_page_is_there_while_its_lists_are_away(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07: what cannot be asked for now is left out, and nothing is said about it."""
    neighbours.answers |= dict.fromkeys(("ListTasks", "ListBookings", "ListReports"), Unavailable())
    page = await ana.get("/cm")

    assert ("Hello Ana García", []) == (page.heading, page.main.all("ul", class_="rows"))
    assert "Nothing waits for you." not in page.text


@pytest.mark.parametrize("path", ["/cm", SETTINGS])
async def test_a_login_without_a_profile_reads_whom_to_ask(path: str, ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: a login to which no case manager belongs says so, and whom to ask, with the login's name."""
    neighbours.answers["GetMyProfile"] = refusal("CASE_MANAGER_NOT_FOUND")
    page = await ana.get(path)

    assert (404, "No profile yet") == (page.status, page.heading)
    assert "Please ask Sunrise Childcare, (312) 555-0100 to put you among their case managers" in page.text
    assert "your login is ada@sunrise.example" in page.text


async def test_the_page_is_there_while_identity_is_away(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07: without identity the organization is called by its name alone."""
    neighbours.answers["GetOrganization"] = Unavailable()

    assert "Please tell Sunrise Childcare." in (await ana.get("/cm")).text


async def test_phones_language_and_zone_are_set(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: the form has what is known; an emptied field is emptied, and the pages speak the new language."""
    page = await ana.get(SETTINGS)
    assert "+13125550141" == page.main.one("input", id="phone")["value"]
    answer = await ana.press(page, "Save", phone="", mobile=" 312 555 0142 ", time_zone="America/New_York")

    request = neighbours.only("UpdateMyProfile")
    assert ("", "312 555 0142", "es", "America/New_York") == (
        request.profile.phone,
        request.profile.mobile,
        request.profile.language,
        request.profile.time_zone,
    )
    others = {field.name for field in request.profile.DESCRIPTOR.fields} - {"promotions_consent"}
    assert set(request.update_mask.paths) == others
    page = await ana.follow(answer)
    assert ("es", "Su perfil está guardado.") == (page.language, page.notice)


async def test_what_is_wrong_stands_beside_its_field(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: a number or a zone that is none is said at its field, and what was typed stays."""
    violation = FieldViolation("profile.mobile", "PHONE_INVALID", "odd")
    neighbours.answers["UpdateMyProfile"] = refusal("CONTACT_INVALID", violation)
    page = await ana.post(SETTINGS, {"request_id": REQUEST_ID, "mobile": "12", "language": "en"})
    assert (400, "This is not a phone number.") == (page.status, page.problem_of("mobile"))
    assert "12" == page.main.one("input", id="mobile")["value"]

    neighbours.answers["UpdateMyProfile"] = refusal("TIME_ZONE_INVALID")
    page = await ana.post(SETTINGS, {"request_id": REQUEST_ID, "time_zone": "Mars/Base"})
    assert "There is no such time zone. Please choose another one." == page.main.one("p", id="time_zone-problem").text


async def test_a_profile_that_went_meanwhile_leads_to_whom_to_ask(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: where the profile is gone when the form comes, the first page says whom to ask."""
    neighbours.answers["UpdateMyProfile"] = refusal("CASE_MANAGER_NOT_FOUND")

    assert "/cm" == (await ana.post(SETTINGS, {"request_id": REQUEST_ID})).goes_to


async def test_the_devices_zone_can_be_chosen(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07: where the device is can be chosen, whatever its zone is called."""
    ana.cookies["zone"] = "Etc/GMT+6"
    page = await ana.get(SETTINGS)

    assert "Etc/GMT+6" in [option["value"] for option in page.main.one("select", id="time_zone").all("option")]


@pytest.mark.parametrize("path", ["/cm", SETTINGS])
async def test_ones_name_turns_nothing_around_it(path: str, ana: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    neighbours.answers["GetMyProfile"] = case_manager(given_name="\u202eanA", family_name="")
    page = await ana.get(path)

    assert bdi("\u202eanA") in page.answer.text
    assert "\u202e" not in page.root.text
