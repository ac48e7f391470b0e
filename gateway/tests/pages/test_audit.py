"""The audit: what it is narrowed by, how its lines are said, and its file."""

from __future__ import annotations

import pytest
from portico.identity.v1.audit_pb2 import AuditedPerson, AuditEvent, ListAuditEventsResponse

from chassis.call import Role
from chassis.errors import FieldViolation
from chassis.wire import timestamp

from .downloads import KINDS, Kind
from .logins import LOGIN, ROSA_ID, audit_event
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import ADA_ID, at

CHOSEN = f"action=SIGN_IN_FAILED&outcome=REFUSED&start_date=2026-01-05&end_date=2026-01-27&subject_id={ROSA_ID}"


@pytest.fixture
def admin(signed_in: SignedIn) -> Browser:
    """Where Ada sits, who is an administrator in New York."""
    return signed_in(Role.STAFF_ADMIN)


async def test_a_line_says_what_happened_to_whom(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-15: when in the organization's zone, what, how often, of whom, by whom, and from where."""
    ada = AuditedPerson(account_id=ADA_ID, display_name="Ada Admin")
    neighbours.answers["ListAuditEvents"] = ListAuditEventsResponse(
        audit_events=[
            audit_event("SIGN_IN_FAILED", outcome=AuditEvent.REFUSED, count=12, actor=None),
            audit_event("ACCOUNT_DISABLED", actor=ada, event_time=timestamp(at(4))),
            audit_event("SIGN_IN_FAILED", outcome=AuditEvent.REFUSED, subject=None, actor=None, address=""),
        ]
    )
    admin.cookies["zone"] = "Asia/Tokyo"

    page = await admin.get("/people/audit")

    rows = [[cell.text for cell in row if cell.tag in {"th", "td"}] for row in page.main.one("tbody").all("tr")]
    assert ["Sign-in failed · 12 times Refused", "Rosa Delgado", "", "192.0.2.7"] == rows[0][1:]
    assert ["Login disabled", "Rosa Delgado", "Ada Admin", "192.0.2.7"] == rows[1][1:]
    assert ["Sign-in failed Refused", "", "", ""] == rows[2][1:]
    assert "11:00 PM" in rows[1][0]  # 04:00 UTC
    assert "Days and times are those of your organization: Eastern Time." in page.text
    assert LOGIN == page.link("Rosa Delgado")


async def test_the_address_says_what_is_looked_for(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-15: action, outcome, days and person go to the audit, and stay in the form, the pages and the file."""
    neighbours.answers["ListAuditEvents"] = ListAuditEventsResponse(
        audit_events=[audit_event()], next_page_token="after", previous_page_token="before"
    )
    page = await admin.get(f"/people/audit?{CHOSEN}&page=here")

    request = neighbours.only("ListAuditEvents")
    assert ([AuditEvent.SIGN_IN_FAILED], AuditEvent.REFUSED, "2026-01-05", "2026-01-27", ROSA_ID, "here") == (
        list(request.actions),
        request.outcome,
        request.start_date,
        request.end_date,
        request.subject_id,
        request.page_token,
    )
    assert f"/people/audit?{CHOSEN}&page=before" == page.link("Previous page")
    assert f"/people/audit?{CHOSEN}&page=after" == page.link("Next page")
    assert f"/people/audit.xlsx?{CHOSEN}" == page.link("Excel (XLSX)")
    assert "2026-01-05" == page.main.one("input", id="start_date")["value"]
    assert "Only what happened to Rosa Delgado." in page.text
    assert f"/people/audit?{CHOSEN.partition('&subject_id')[0]}" == page.link("Show everybody")


async def test_what_there_is_not_is_passed_over(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06: odd filters do no harm, and a person who is not there is called a login."""
    neighbours.answers["GetLoginUser"] = refusal("ACCOUNT_NOT_FOUND")
    page = await admin.get(f"/people/audit?action=ODD&outcome=ODD&actor_id={ROSA_ID}")

    request = neighbours.only("ListAuditEvents")
    assert ([], 0, ROSA_ID) == (list(request.actions), request.outcome, request.actor_id)
    assert "Only what a login did." in page.text
    assert 404 == (await admin.get("/people/audit?subject_id=7")).status


async def test_a_day_that_no_calendar_has_stands_beside_its_field(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06: an old browser takes any text for a day; what is wrong with it is said, and what was typed stays."""
    neighbours.answers["ListAuditEvents"] = refusal(
        "INVALID_REQUEST", FieldViolation("start_date", "DATE_INVALID", "odd")
    )
    page = await admin.get("/people/audit?start_date=2026-02-30")
    assert (400, "There is no such day in the calendar.") == (page.status, page.problem_of("start_date"))
    assert "2026-02-30" == page.main.one("input", id="start_date")["value"]

    page = await admin.get("/people/audit?end_date=12/24/2026")
    assert (400, "Please check how this is written.") == (page.status, page.problem_of("end_date"))


async def test_a_page_with_nothing_any_more_leads_to_the_first(admin: Browser, neighbours: Neighbours) -> None:
    """PO-06: where nothing is found the page says so, and shows the way back."""
    neighbours.answers["ListAuditEvents"] = ListAuditEventsResponse()

    assert "/people/audit?outcome=REFUSED" == (await admin.get("/people/audit?outcome=REFUSED&page=gone")).goes_to
    page = await admin.get("/people/audit?outcome=REFUSED")
    assert ("/people/audit", True) == (page.link("Show all"), "Nothing of this kind happened" in page.text)


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_the_file_has_what_was_looked_for(kind: Kind, admin: Browser, neighbours: Neighbours) -> None:
    """PO-06, ID-15: the file is narrowed as the table is, and is called by its day; a refusal is a page."""
    page = await admin.get(f"/people/audit.{kind}?{CHOSEN}")

    assert (b"Time (UTC),Action\r\n", kind.media_type) == (page.answer.content, page.answer.headers["content-type"])
    assert kind.is_named("audit", page.answer)
    request = neighbours.only("ExportAuditEvents")
    assert (kind.format, [AuditEvent.SIGN_IN_FAILED], "2026-01-27", ROSA_ID) == (
        request.format,
        list(request.actions),
        request.end_date,
        request.subject_id,
    )
    assert 404 == (await admin.get(f"/people/audit.{kind}?subject_id=7")).status
