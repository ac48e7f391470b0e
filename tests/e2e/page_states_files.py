"""The pages of files in every state, of staff, case managers and specialists."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from chassis.testing.eventually import eventually
from local_stack.scanner import EICAR
from tests.e2e.browser import Window
from tests.e2e.page_steps import State, Step, at, press
from tests.e2e.world import World

LETTER = b"%PDF-1.7\n" + b"% Please examine the left knee.\n" * 400
_HOURS = count()


def confirmed(world: World) -> str:
    """A new appointment of Noah's with Dr Zhang, at an hour that nobody else has."""
    start = datetime(2027, 5, 4, tzinfo=UTC) + timedelta(hours=next(_HOURS))
    time = {
        "specialistId": world.clinic.zhang,
        "mode": "TELEHEALTH",
        "startTime": start.isoformat(),
        "minutes": 30,
        "outsideAvailabilityReason": "By phone",
    }
    return str(world.agency.admin.post("/v1/bookings", caseId=world.insurer.case, time=time)["id"])


def files(side: str, *contents: bytes) -> Callable[[World], str]:
    """The files of a new booking, to which these were just uploaded."""

    def path(world: World) -> str:
        booking_id = confirmed(world)
        for content in contents:
            world.agency.admin.upload(
                f"/v1/bookings/{booking_id}/paperwork", content, fileName="Letter.pdf", kind="LETTER_OF_INSTRUCTION"
            )
        return f"/{side}/bookings/{booking_id}/files"

    return path


async def look_at_all(window: Window, _: World) -> None:
    """Once the file of the open page is held back it is among those of all bookings."""
    await window.sees("It is held back: the specialist does not get it.")
    await window.open("/staff/files-to-check")


async def open_what_was_sent(window: Window, world: World) -> None:
    """Dr Zhang opens a booking whose letter has just been sent."""
    admin, booking_id = world.agency.admin, confirmed(world)
    paperwork = f"/v1/bookings/{booking_id}/paperwork"
    admin.upload(paperwork, LETTER, fileName="Letter.pdf", note="Signed by both")
    await eventually(lambda: admin.get(paperwork)["paperwork"][0]["state"] == "CLEAN", timeout=30)
    admin.post(f"/v1/bookings/{booking_id}:sendPaperwork")
    await window.open(f"/sp/bookings/{booking_id}")


def choose(end: str) -> Step:
    """What the menu of the first file has, by the end of its address."""

    async def step(window: Window, _: World) -> None:
        main = window.page.locator("main")
        await window.hand.pick(window.menu(main).first, main.locator(f"a[href$='{end}']").first)

    return step


FILES: Mapping[str, State] = {
    "files, none yet": at(files("staff"), seen="Begin with the letter of instruction."),
    "files, held back": at(files("staff", LETTER, EICAR), seen="It is held back: the specialist does not get it."),
    "files, sent": at(
        files("staff", LETTER),
        press("Send to the specialist"),
        seen="The files are sent. The specialist gets a message.",
    ),
    "files, a new version": at(
        files("staff", LETTER),
        choose("#add"),
        seen="The old version stays. The specialist sees the newest one that was sent.",
    ),
    "files, deleting one": at(
        files("staff", LETTER), choose("/delete"), seen="It is gone for everybody, and cannot be brought back."
    ),
    "files, releasing one": at(
        files("staff", EICAR),
        choose("/release"),
        seen="Once released it can be downloaded and sent to the specialist. Release it only when you know where it "
        "comes from.",
    ),
    "files to check": at(
        files("staff", EICAR),
        look_at_all,
        seen="What the check held back, and what it has not looked at for half an hour.",
    ),
}
NO_FILE_YET: Mapping[str, State] = {"nothing to check": at("/staff/files-to-check", seen="Nothing to check.")}
OWN_FILES: Mapping[str, State] = {"own files": at(files("cm", LETTER), seen="Ready to be sent")}
SENT_FILES: Mapping[str, State] = {"booking, with a file": at("/sp", open_what_was_sent, seen="Signed by both")}
