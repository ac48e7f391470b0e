"""The pages of reports in every state, of staff, case managers and specialists."""

from collections.abc import Mapping

from chassis.testing.eventually import eventually
from local_stack.scanner import EICAR
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


async def _filed(world: World, state: str, content: bytes) -> str:
    """Where a version in this state is, which is filed unless there is one."""
    admin, booking_id = world.agency.admin, await _booking(world)
    reports = f"/v1/bookings/{booking_id}/reports"

    def found() -> list[str]:
        return [each["id"] for each in admin.get(reports).get("reports", []) if each["state"] == state]

    if not found():
        admin.upload(reports, content, fileName="Report.pdf", note="With the imaging")
    await eventually(found, timeout=30)
    return f"/staff/bookings/{booking_id}/reports/{found()[0]}"


async def _version(world: World) -> str:
    """Where a clean version is."""
    return await _filed(world, "CLEAN", PDF)


async def _held_back(world: World) -> str:
    """Where a harmful version is, after which no clean one came."""
    await _version(world)
    return await _filed(world, "QUARANTINED", PDF + EICAR)


async def open_the_form(window: Window, world: World) -> None:
    await window.open(f"/staff/bookings/{await _booking(world)}/reports")


async def open_a_version(window: Window, world: World) -> None:
    await window.open(await _version(world))


async def open_a_harmful_one(window: Window, world: World) -> None:
    await window.open(await _held_back(world))


async def open_what_is_to_be_checked(window: Window, world: World) -> None:
    """Once there is one."""
    await _held_back(world)
    await window.open("/staff/files-to-check")


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
    "report, held back": at("/staff/reports", open_a_harmful_one, seen="It is held back: nobody gets it."),
    "report, withdrawing what is held back": at(
        "/staff/reports",
        open_a_harmful_one,
        press("Withdraw this version"),
        seen="Nobody has got it, and nobody is told. Its file is deleted and cannot be brought back: what is right is "
        "filed as a further version.",
    ),
    "report, releasing it": at(
        "/staff/reports",
        open_a_harmful_one,
        press("Release"),
        seen="Once released it counts as filed: those who get it receive a message, and can download it. Release it "
        "only when you know where it comes from.",
    ),
    "reports to check": at("/staff/reports", open_what_is_to_be_checked, seen="It is held back: nobody gets it."),
    "reports of all bookings": at("/staff/reports", open_all, seen="Not downloaded by me"),
}
NO_REPORT_YET: Mapping[str, State] = {"no report yet": at("/staff/reports", seen="No reports yet.")}
OWN_REPORTS: Mapping[str, State] = {"own reports": at("/cm/reports", seen="Not downloaded by me")}
FILED_REPORTS: Mapping[str, State] = {"reports, filed": at("/sp/reports", seen="Not downloaded by me")}
