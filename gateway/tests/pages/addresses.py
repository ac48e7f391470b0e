"""Every address of the portal, and who it is for: said here once more, so that a slip in `app.py` is seen."""

from __future__ import annotations

from chassis.call import Role
from portal.app import PAGES
from portal.core.files import ADDRESS
from portal.core.pages import Page

from .bookings import BOOKING_ID
from .case_managers import ANA_ID, COMPANY_ID, TASK_ID, UNIT_ID
from .cases import CASE_ID
from .files import FILE_ID
from .logins import ROSA_ID
from .reports import REPORT_ID
from .samples import APPLICATION_ID, BATCH_ID, GUARDIAN_ID, TOKEN
from .scheduling import MONDAYS_ID, PLACE_ID, SKIING_ID, ZHANG_ID

EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
_PARTS = {
    "account_id": ROSA_ID,
    "application_id": APPLICATION_ID,
    "batch_id": BATCH_ID,
    "booking_id": BOOKING_ID,
    "business_unit_id": UNIT_ID,
    "case_id": CASE_ID,
    "case_manager_id": ANA_ID,
    "company_id": COMPANY_ID,
    "guardian_id": GUARDIAN_ID,
    "availability_id": MONDAYS_ID,
    "date": "2026-02-09",
    "file_id": FILE_ID,
    "report_id": REPORT_ID,
    "place_id": PLACE_ID,
    "time_off_id": SKIING_ID,
    "specialist_id": ZHANG_ID,
    "kind": "service-types",
    "task_id": TASK_ID,
    "slug": "sunrise",
    "token": TOKEN,
}
_NO_PAGES = frozenset({"/{path:path}", ADDRESS})
_FILES = (".csv", ".xlsx", ".pdf")
SHOWN = [page for page in PAGES if page.get and page.path not in _NO_PAGES and not page.path.endswith(_FILES)]
POSTED = [page for page in PAGES if page.post and page.path != "/{path:path}"]


def address_of(page: Page) -> str:
    """The address of a page with something in each of its blanks."""
    return page.path.format(**_PARTS)


def roles_of(page: Page) -> frozenset[Role]:
    """Who may come, by the first part of the path; nobody in particular where anybody may."""
    return {
        **dict.fromkeys(("start", "staff", "tasks", "companies", "case-managers"), STAFF),
        **dict.fromkeys(("places", "specialists"), STAFF),
        "cm": frozenset({Role.CASE_MANAGER}),
        "sp": frozenset({Role.SPECIALIST}),
        "files": EVERYBODY - {Role.FAMILY},
        "applications": frozenset({Role.FAMILY}),
        "offers": frozenset({Role.FAMILY}),
        "account": EVERYBODY,
        "people": frozenset({Role.STAFF_ADMIN}),
        "settings": frozenset({Role.STAFF_ADMIN}),
        "booking-settings": frozenset({Role.STAFF_ADMIN}),
        "value-lists": frozenset({Role.STAFF_ADMIN}),
    }.get(page.path.split("/")[1], frozenset())


def visitor_of(page: Page) -> Role | None:
    """Somebody who may come."""
    return min(roles_of(page), default=None)


def name_of(page: Page) -> str:
    """How a test of this page is called."""
    return page.path
