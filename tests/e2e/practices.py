"""A clinic with an appointment of Noah Tran's, and what people do there with its files, in a browser."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from chassis.testing.eventually import eventually
from local_stack.stack import Stack
from tests.e2e.browser import Window
from tests.e2e.clinics import Clinic, clinic_of
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import Agency, Person
from tests.e2e.tenants import APPOINTMENT, PDF, begun
from tests.e2e.ways import Way

FILES = {"xlsx": "Excel (XLSX)", "csv": "CSV", "pdf": "PDF, at most 5,000 rows"}
"""As what a list is taken home, and the words for it, as the menu has them from above: so Tab leads through them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A clinic, and Ana, a case manager with a confirmed appointment of Noah Tran's."""

    agency: Agency
    clinic: Clinic
    ana: Mailbox
    booking: str

    @property
    def files(self) -> str:
        """Ana's page of the files."""
        return f"/cm/bookings/{self.booking}/files"

    async def have_reports(self, count: int) -> list[dict[str, Any]]:
        """The versions of the report, once there are so many and all of them are checked."""

        def found() -> list[dict[str, Any]]:
            reports: list[dict[str, Any]] = self.agency.admin.get(f"/v1/bookings/{self.booking}/reports")["reports"]
            return reports

        await eventually(lambda: ["CLEAN"] * count == [each["state"] for each in found()], timeout=30)
        return found()


async def practice_of(stack: Stack, agency: Agency, anybody: Person, *, has_begun: bool) -> Practice:
    """The appointment has just begun, or is far ahead; Sol Ictor is to get the report as well."""
    mailbox = Mailbox(stack, fresh_email())
    admin, clinic = agency.admin, clinic_of(stack, agency, anybody)
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "timeZone": "America/Chicago"}
    ana = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    parties = [{"role": "REPORT_RECIPIENT", "name": "Sol Ictor", "email": fresh_email()}]
    written = {"caseManagerId": ana, "subject": {"givenName": "Noah", "familyName": "Tran"}, "parties": parties}
    case = admin.post("/v1/cases", case=written)["id"]
    if has_begun:
        booking = await begun(admin, case, clinic.zhang)
    else:
        booking = admin.post("/v1/bookings", caseId=case, time={**APPOINTMENT, "specialistId": clinic.zhang})["id"]
    return Practice(agency=agency, clinic=clinic, ana=mailbox, booking=booking)


def letters_in(folder: Path) -> dict[str, Path]:
    """Two files that are taken, and a program that calls itself a letter."""
    contents = {
        "Letter.pdf": PDF + b"% please examine the left knee\n" * 100_000,
        "Ärzte.pdf": PDF + b"% records\n" * 50,
        "Virus.docx": b"MZ" + bytes(1000),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


async def send_letters(phone: Window, practice: Practice, letters: Mapping[str, Path], way: Way) -> None:
    """Ana uploads all three, is told of the one that is refused, and sends the others once they are checked."""
    await phone.open(f"/cm/bookings/{practice.booking}")
    await phone.press("Add files")
    await phone.sees("Begin with the letter of instruction.")
    await phone.page.locator("input[type=file]").set_input_files([*letters.values()])
    await phone.press("Upload")
    await phone.sees("Virus.docx")
    await phone.sees(
        "This is %(found)s. Please send it as a PDF, or as an image.", found=phone.say("a Windows program")
    )
    await reload_until_ready(phone, way, count=2)
    await phone.press("Send to the specialist")
    await phone.sees("The files are sent. The specialist gets a message.")
    await phone.sees("The specialist has all that is ready.")


async def reload_until_ready(window: Window, way: Way, *, count: int) -> None:
    """Until so many files are checked; the page says it by itself where it has scripts."""
    ready = window.page.get_by_text(window.say("Ready to be sent"))
    if way.has_scripts:
        await expect(ready).to_have_count(count, timeout=30_000)
        return

    async def are_ready() -> bool:
        await window.open(window.path)
        return await ready.count() == count

    await eventually(are_ready, timeout=30)


async def receive_letters(doctor: Window, practice: Practice, letters: Mapping[str, Path]) -> None:
    """Dr Zhang finds and downloads what was sent, byte by byte."""
    await doctor.open(f"/sp/bookings/{practice.booking}")
    await expect(doctor.page.get_by_text("Virus.docx")).to_have_count(0)
    for name in ("Letter.pdf", "Ärzte.pdf"):
        words = doctor.say("Download %(name)s", name=name)
        file = await downloaded(doctor, doctor.page.get_by_role("link", name=words, exact=True))
        assert (name, await asyncio.to_thread(letters[name].read_bytes)) == file


async def downloaded_report(phone: Window, version: int) -> tuple[str, bytes]:
    """What Ana gets from the list of all reports."""
    words = phone.say("Download version %(number)s", number=str(version))
    return await downloaded(phone, phone.page.get_by_role("link", name=words, exact=True))


async def taken_home(window: Window, ending: str) -> tuple[str, bytes]:
    """What the browser gets when somebody chooses a file of the menu of a list."""
    menu = window.page.locator("#results details.menu")
    if await menu.get_attribute("open") is None:
        await window.hand.press(menu.locator("summary"))
    box = await menu.locator("ul").bounding_box()
    assert 0 <= (box["x"] if box else -1), "The menu begins beside the page."
    return await downloaded(window, menu.get_by_role("link", name=window.say(FILES[ending]), exact=True))


async def downloaded(window: Window, link: Locator) -> tuple[str, bytes]:
    """The name and the content of the file behind a link."""
    async with window.page.expect_download() as started:
        await window.hand.press(link)
    download = await started.value
    saved = await download.path()
    return download.suggested_filename, await asyncio.to_thread(saved.read_bytes)
