"""Reports of a booking: filed as they come, read, taken back, and listed over all bookings."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.report_resources_pb2 import Report, ReportRecipient
from portico.casemanager.v1.reports_pb2 import ListBookingReportsResponse, ListReportsResponse, WithdrawReportResponse

from chassis.call import Role
from portal.areas.bookings.uploads import PIECE_BYTES

from .bookings import BOOKING_ID, OWN_BOOKING, SP_BOOKING, booking
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Element, Page
from .reports import (
    AMENDED_ID,
    CONTENT,
    DOWNLOAD,
    LIST_DOWNLOADS,
    OWN_REPORTS,
    REPORT_ID,
    REPORTS,
    SOL_ID,
    SP_REPORTS,
    amended,
    recipient,
    report,
    versions,
)
from .samples import REQUEST_ID
from .test_uploads import TYPE, body_of

ONE = f"{REPORTS}/{REPORT_ID}"


@pytest.fixture
def zhang(signed_in: SignedIn) -> Browser:
    """Where the specialist sits."""
    return signed_in(Role.SPECIALIST)


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def staff(signed_in: SignedIn) -> Browser:
    """Where a member of the staff sits."""
    return signed_in(Role.STAFF)


def has(box: Element, attribute: str) -> bool:
    """Whether an element has an attribute that has no value."""
    return attribute in box.attributes


async def filed(browser: Browser, *files: tuple[str, bytes], **fields: str) -> Page:
    """Sends a report with the form."""
    said = {"as": browser.seen_by, "request_id": REQUEST_ID, "kind": "AMENDED", **fields}
    headers = {"sec-fetch-site": "same-origin", **TYPE}
    return await browser.post(SP_REPORTS, body_of(said, list(files)), headers)


async def test_a_report_goes_on_as_it_comes(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-13: the version is handed on byte by byte, with what the form says of it and whom it leaves out."""
    content = CONTENT * (PIECE_BYTES // 512)
    page = await filed(zhang, ("Report.pdf", content), note=" As agreed ", parties=SOL_ID)

    assert SP_REPORTS == page.goes_to
    request = neighbours.only("FileReport")
    assert ("Report.pdf", content, BOOKING_ID, Report.AMENDED, "As agreed", [SOL_ID]) == (
        request.file_name,
        request.file.data,
        request.booking_id,
        request.kind,
        request.note,
        list(request.excluded_party_ids),
    )
    assert "It is checked for viruses" in (await zhang.follow(page)).notice


async def test_whoever_stays_ticked_gets_it(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-13: a party that stays ticked is not left out; the case manager cannot be unticked."""
    page = await zhang.get(SP_REPORTS)
    boxes = page.main.all("input", name="keep")
    assert [(SOL_ID, True)] == [(box["value"], has(box, "checked")) for box in boxes]
    assert "Ana Whitfield" in page.main.text
    await filed(zhang, ("Report.pdf", CONTENT), parties=SOL_ID, keep=SOL_ID)
    assert [] == list(neighbours.only("FileReport").excluded_party_ids)


async def test_a_report_that_is_refused_says_why(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-13: what is no PDF or Word document is named, and what was typed stays."""
    neighbours.answers["FileReport"] = refusal("FILE_TYPE_REFUSED", found="a PNG image")

    page = await filed(zhang, ("scan.png", b"x"), note="As agreed", parties=SOL_ID)

    assert 400 == page.status
    assert "scan.png: This is a PNG image. Please send the report as a PDF or Word document." in page.problem
    assert "As agreed" == page.main.one("input", name="note")["value"]
    assert not has(page.main.one("input", name="keep"), "checked")


@pytest.mark.parametrize("reason", ["ACTION_NOT_ALLOWED", "FILE_EMPTY", "TOO_MANY_FILES", "CHECKSUM_MISMATCH"])
async def test_words_for_each_refusal(zhang: Browser, neighbours: Neighbours, reason: str) -> None:
    """CM-13: whatever the reason, it stands beside the name of the file."""
    neighbours.answers["FileReport"] = refusal(reason)

    page = await filed(zhang, ("Report.pdf", CONTENT))

    assert "Report.pdf: " in page.problem
    assert "Something went wrong" not in page.problem


async def test_nothing_was_chosen(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-13: a form without a file asks for one."""
    assert "Please choose a file first." in (await filed(zhang, ("", b""))).problem
    assert "FileReport" not in neighbours.rpcs


async def test_who_files_says_that_the_person_came(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-08: before the outcome is recorded the form says what filing means; afterwards it does not."""
    neighbours.answers["GetBooking"] = booking(state=Booking.CONFIRMED)
    assert "Filing the report says that the person came." in (await zhang.get(SP_REPORTS)).main.text
    neighbours.answers["GetBooking"] = booking(state=Booking.ATTENDED)
    assert "says that the person came" not in (await zhang.get(SP_REPORTS)).main.text


@pytest.mark.parametrize(("path", "role"), [(OWN_BOOKING, Role.CASE_MANAGER), (SP_BOOKING, Role.SPECIALIST)])
async def test_the_report_on_the_booking(signed_in: SignedIn, neighbours: Neighbours, path: str, role: Role) -> None:
    """CM-13: each version stands on the booking with its download; who may file finds the way there."""
    neighbours.answers["ListBookingReports"] = versions(amended(), report(), can_file=role is Role.SPECIALIST)

    page = await signed_in(role).get(path)

    hrefs = [link["href"] for link in page.main.all("a")]
    assert {f"/files/{AMENDED_ID}", f"/files/{REPORT_ID}"} <= {*hrefs}
    assert (f"{path}/reports#file" in hrefs) == (role is Role.SPECIALIST)
    assert "Amended report, version 2" in page.main.text


async def test_a_report_that_is_being_checked(ana: Browser, neighbours: Neighbours) -> None:
    """CM-08: until it is clean the booking says that a report is being checked."""
    neighbours.answers["ListBookingReports"] = versions(can_file=False)
    neighbours.answers["GetBooking"] = booking(state=Booking.ATTENDED, report_in_check=True)
    assert "A report is being checked for viruses." in (await ana.get(OWN_BOOKING)).main.text


async def test_a_version_with_its_readers(staff: Browser) -> None:
    """CM-13: staff see who gets it, who has to get it by other means, and who downloaded how much."""
    page = await staff.get(ONE)

    assert "to be sent by other means" in page.main.text
    assert "Downloaded by Ana Whitfield" in page.main.text
    assert "only 1 KB of it" in page.main.text
    assert f"{ONE}/withdraw" in [link["href"] for link in page.main.all("a")]


async def test_a_company_without_a_name(zhang: Browser, neighbours: Neighbours) -> None:
    """CM-15: specialists read that the company gets it, and not which one it is."""
    company = recipient(kind=ReportRecipient.COMPANY, name="", case_manager_id="")
    neighbours.answers["ListBookingReports"] = ListBookingReportsResponse(can_file=True, default_recipients=[company])
    neighbours.answers["GetReport"] = report(recipients=[company])
    assert "Company always" in (await zhang.get(SP_REPORTS)).main.text
    page = await zhang.get(f"{SP_REPORTS}/{REPORT_ID}")
    [row] = page.main.one("section", **{"aria-labelledby": "recipients"}).all("li")
    assert ("Company", []) == (row.text, row.all("bdi"))


async def test_a_version_without_a_log(ana: Browser, neighbours: Neighbours) -> None:
    """CM-15: where the caller may not see who downloaded it, nobody is asked."""
    neighbours.answers["GetReport"] = report(allowed_actions=[DOWNLOAD], downloads_count=0)
    page = await ana.get(f"{OWN_REPORTS}/{REPORT_ID}")
    assert "ListReportDownloads" not in neighbours.rpcs
    assert "Downloads" not in [head.text for head in page.main.all("h2")]


async def test_a_version_is_taken_back(staff: Browser, neighbours: Neighbours) -> None:
    """CM-13: staff say why; the page then says whether somebody had downloaded it."""
    asked = await staff.get(f"{ONE}/withdraw")
    assert "It was downloaded 1 time." in asked.main.text
    done = await staff.press(asked, "Withdraw", reason="Wrong person")
    assert (ONE, "Below stands who had downloaded it." in (await staff.follow(done)).notice) == (done.goes_to, True)
    neighbours.answers["WithdrawReport"] = WithdrawReportResponse(report=report(state=Report.WITHDRAWN))
    done = await staff.press(asked, "Withdraw", reason="Wrong person")
    assert "Nobody had downloaded it." in (await staff.follow(done)).notice


async def test_a_version_that_was_taken_back_before(staff: Browser, neighbours: Neighbours) -> None:
    """CM-13: who comes too late reads so, on the page and after the form."""
    asked = await staff.get(f"{ONE}/withdraw")
    neighbours.answers["WithdrawReport"] = refusal("REPORT_WITHDRAWN")
    late = await staff.press(asked, "Withdraw", reason="Wrong person")
    assert "This version of the report was withdrawn." in (await staff.follow(late)).notice
    neighbours.answers["GetReport"] = report(state=Report.WITHDRAWN, allowed_actions=[LIST_DOWNLOADS])
    assert ONE == (await staff.get(f"{ONE}/withdraw")).goes_to


@pytest.mark.parametrize(
    ("path", "role"),
    [("/cm/reports", Role.CASE_MANAGER), ("/sp/reports", Role.SPECIALIST), ("/staff/reports", Role.STAFF)],
)
async def test_reports_of_all_bookings(signed_in: SignedIn, neighbours: Neighbours, path: str, role: Role) -> None:
    """CM-13: the newest first, what is new marked; page by page; narrowed to what is unread."""
    browser = signed_in(role)
    answer = ListReportsResponse(reports=[amended(), report()], next_page_token="more")
    neighbours.answers["ListReports"] = answer

    page = await browser.get(path)

    badges = [badge.text for badge in page.main.all("span", class_="badge")]
    assert ["New", "Ready to be read"] == badges
    hrefs = [link["href"] for link in page.main.all("a")]
    assert {f"/files/{AMENDED_ID}", f"{path}?page=more", f"{path}?show=unread"} <= {*hrefs}
    neighbours.answers["ListReports"] = ListReportsResponse()
    assert path == (await browser.get(f"{path}?page=more")).goes_to
    assert "No reports yet." in (await browser.get(path)).main.text
    assert "You have read them all." in (await browser.get(f"{path}?show=unread")).main.text


async def test_who_is_only_named_finds_no_booking(ana: Browser, neighbours: Neighbours) -> None:
    """CM-15: a named recipient downloads, and is led to no booking that they do not see, whatever became of it."""
    named = [report(allowed_actions=[DOWNLOAD]), amended(state=Report.WITHDRAWN, allowed_actions=[])]
    neighbours.answers["ListReports"] = ListReportsResponse(reports=named)

    page = await ana.get("/cm/reports")

    hrefs = [link["href"] for link in page.main.all("a")]
    assert f"/files/{REPORT_ID}" in hrefs
    assert not [href for href in hrefs if BOOKING_ID in href]
    assert "B-000123" in page.main.text


async def test_a_report_over_http(ana: Browser, neighbours: Neighbours) -> None:
    """CM-13: the same address as for paperwork serves it; one that was withdrawn is refused before any byte."""
    neighbours.answers["GetPaperwork"] = refusal("PAPERWORK_NOT_FOUND")
    page = await ana.get(f"/files/{REPORT_ID}")
    assert (200, "attachment" in page.answer.headers["content-disposition"]) == (page.status, True)
    neighbours.answers["GetReport"] = report(state=Report.WITHDRAWN, allowed_actions=[LIST_DOWNLOADS])
    assert "This version of the report was withdrawn." in (await ana.get(f"/files/{REPORT_ID}")).main.text
    assert neighbours.only("DownloadReport")
