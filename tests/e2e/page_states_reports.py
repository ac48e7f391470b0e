"""The pages of reports in every state, of staff, case managers and specialists."""

from collections.abc import Mapping

from chassis.testing.eventually import eventually
from tests.e2e.browser import Window
from tests.e2e.page_steps import State, at, press
from tests.e2e.tenants import PDF, begun
from tests.e2e.world import World

_BEGUN: dict[str, str] = {}
"""By organization: an appointment that has begun, of which Dr Zhang can have but one at a time."""


async def _booking(world: World) -> str:
    admin, slug = world.agency.admin, world.agency.slug
    if slug not in _BEGUN:
        _BEGUN[slug] = await begun(admin, world.insurer.case, world.clinic.zhang)
    return _BEGUN[slug]


async def _version(world: World) -> str:
    """Where a clean version is."""
    admin, booking_id = world.agency.admin, await _booking(world)
    reports = f"/v1/bookings/{booking_id}/reports"
    if not admin.get(reports).get("reports"):
        admin.upload(reports, PDF, fileName="Report.pdf", note="With the imaging")
    await eventually(lambda: admin.get(reports)["reports"][0]["state"] == "CLEAN", timeout=30)
    return f"/staff/bookings/{booking_id}/reports/{admin.get(reports)['reports'][0]['id']}"


async def open_the_form(window: Window, world: World) -> None:
    await window.open(f"/staff/bookings/{await _booking(world)}/reports")


async def open_a_version(window: Window, world: World) -> None:
    await window.open(await _version(world))


async def open_all(window: Window, world: World) -> None:
    """Once there is one."""
    await _version(world)
    await window.open("/staff/reports")


REPORTS: Mapping[str, State] = {
    "report, filing it": at(
        "/staff/reports", open_the_form, seen="They get a message with a link, never the file itself."
    ),
    "report, a version": at("/staff/reports", open_a_version, seen="Nobody has downloaded it yet."),
    "report, withdrawing it": at(
        "/staff/reports",
        open_a_version,
        press("Withdraw this version"),
        seen="Nobody can download it any more, and whom it was for gets a message. It cannot be brought back: "
        "what is right is filed as a further version.",
    ),
    "reports of all bookings": at("/staff/reports", open_all, seen="Not downloaded by me"),
}
NO_REPORT_YET: Mapping[str, State] = {"no report yet": at("/staff/reports", seen="No reports yet.")}
OWN_REPORTS: Mapping[str, State] = {"own reports": at("/cm/reports", seen="Not downloaded by me")}
FILED_REPORTS: Mapping[str, State] = {"reports, filed": at("/sp/reports", seen="Not downloaded by me")}
