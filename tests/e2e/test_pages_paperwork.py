"""Paperwork in a browser: a case manager uploads and sends it, and the specialist downloads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from chassis.testing.eventually import eventually
from local_stack.scanner import EICAR
from tests.e2e.browser import PHONE, Window
from tests.e2e.clinics import clinic_of
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.hands import Pointer
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.tenants import APPOINTMENT
from tests.e2e.ways import WAYS, Way, opened

pytestmark = pytest.mark.long(seconds=120)
PDF = b"%PDF-1.7\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A clinic, and Ana, a case manager with a confirmed appointment of Noah Tran's; where its pages are."""

    agency: Any
    clinic: Any
    ana: Mailbox
    booking: str

    @property
    def files(self) -> str:
        """Ana's page of the files."""
        return f"/cm/bookings/{self.booking}/files"


@pytest.fixture
def practice(stack, new_agency, anybody) -> Practice:
    agency, mailbox = new_agency(), Mailbox(stack, fresh_email())
    admin, clinic = agency.admin, clinic_of(stack, agency, anybody)
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    person = {"givenName": "Ana", "familyName": "Whitfield", "email": mailbox.contact, "timeZone": "America/Chicago"}
    ana = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]
    admin.post(f"/v1/case-managers/{ana}:enableLogin")
    anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)
    subject = {"givenName": "Noah", "familyName": "Tran"}
    case = admin.post("/v1/cases", case={"caseManagerId": ana, "subject": subject})["id"]
    booking = admin.post("/v1/bookings", caseId=case, time={**APPOINTMENT, "specialistId": clinic.zhang})["id"]
    return Practice(agency=agency, clinic=clinic, ana=mailbox, booking=booking)


@pytest.fixture
def letters(tmp_path: Path) -> dict[str, Path]:
    """Two files that are taken, and a program that calls itself a letter."""
    contents = {
        "Letter.pdf": PDF + b"% please examine the left knee\n" * 100_000,
        "Ärzte.pdf": PDF + b"% records\n" * 50,
        "Virus.docx": b"MZ" + bytes(1000),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


@pytest.mark.parametrize("way", WAYS)
async def test_files_are_uploaded_sent_and_downloaded(practice, letters, open_window, way):
    """PO-07, PO-08, CM-12: two files are taken and one is refused in words; checked and sent, they come out whole."""
    phone = await opened(open_window, practice.agency, way, practice.ana.contact, PASSWORD, width=PHONE)
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

    doctor = await opened(open_window, practice.agency, way, practice.clinic.username, PASSWORD, width=PHONE)
    await doctor.open(f"/sp/bookings/{practice.booking}")
    await expect(doctor.page.get_by_text("Virus.docx")).to_have_count(0)
    for name in ("Letter.pdf", "Ärzte.pdf"):
        link = doctor.page.get_by_role("link", name=doctor.say("Download %(name)s", name=name), exact=True)
        async with doctor.page.expect_download() as started:
            await doctor.hand.press(link)
        download = await started.value
        saved = await download.path()
        assert (name, content_of(letters[name])) == (download.suggested_filename, content_of(saved))


def content_of(path: Path) -> bytes:
    return path.read_bytes()


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


async def test_staff_release_what_is_held_back(practice, open_window):
    """PO-09, CM-12: a harmful file is held back, staff find and release it, and nobody downloads it before."""
    way = Way(hand=Pointer())
    desk = await opened(open_window, practice.agency, way, practice.agency.username, ADMIN_PASSWORD, width=1280)
    admin = practice.agency.admin
    file = admin.upload(f"/v1/bookings/{practice.booking}/paperwork", EICAR, fileName="Notes.txt")
    await desk.open(f"/staff/bookings/{practice.booking}/files")
    await desk.sees("It is held back: the specialist does not get it.")
    assert 409 == (await desk.page.request.get(f"{desk.gateway}/files/{file['id']}")).status

    await desk.open("/staff/files-to-check")
    await desk.sees("Notes.txt")
    await desk.pick(desk.page.locator("main"), "Release")
    await desk.write("Why it is safe", "A test file")
    await desk.hand.press(desk.dialog.get_by_role("button", name="Release"))
    await desk.sees("The file is released. It can be sent to the specialist now.")
    await desk.sees("Nothing to check.")


async def test_a_part_of_a_file_through_the_edge(practice, open_window):
    """CM-12: at the portal's address a range is 206 and the tag 304, through Envoy as well."""
    desk = await opened(
        open_window, practice.agency, Way(hand=Pointer()), practice.agency.username, ADMIN_PASSWORD, width=1280
    )
    admin, content = practice.agency.admin, PDF + b"0123456789" * 1000
    paperwork = f"/v1/bookings/{practice.booking}/paperwork"
    file = admin.upload(paperwork, content, fileName="Letter.pdf")
    await eventually(lambda: admin.get(paperwork)["paperwork"][0]["state"] == "CLEAN", timeout=30)
    address = f"{desk.gateway}/files/{file['id']}"
    whole = await desk.page.request.get(address)
    tag = whole.headers["etag"]
    assert (f'"{file["sha256"]}"', str(len(content))) == (tag, whole.headers["content-length"])
    part = await desk.page.request.get(address, headers={"range": "bytes=9-18", "if-range": tag})
    assert (206, b"0123456789") == (part.status, await part.body())
    assert 304 == (await desk.page.request.get(address, headers={"if-none-match": tag})).status


async def test_a_dropped_file_and_a_lost_connection(practice, open_window):
    """CM-12: a file is dropped on the form; what did not arrive says so, is sent once more, and is there once."""
    way, email = Way(hand=Pointer()), practice.ana.contact
    window = await opened(open_window, practice.agency, way, email, PASSWORD, width=1280)
    await window.open(practice.files)
    dropped = await window.page.evaluate_handle(
        """() => {
          const all = new DataTransfer();
          all.items.add(new File(["%PDF-1.7 a letter"], "Letter.pdf", { type: "application/pdf" }));
          return all;
        }"""
    )
    await window.page.locator("form[data-upload]").dispatch_event("drop", {"dataTransfer": dropped})
    await window.sees("Waits")
    await window.page.context.set_offline(True)
    await window.press("Upload")
    await window.sees("It did not arrive. Please check your connection, and press Upload again.")
    await window.page.context.set_offline(False)
    assert all("ERR_INTERNET_DISCONNECTED" in stray for stray in window.strays)
    window.strays.clear()
    await window.press("Upload")
    await window.sees("Ready to be sent")
    paperwork = practice.agency.admin.get(f"/v1/bookings/{practice.booking}/paperwork")["paperwork"]
    assert ["Letter.pdf"] == [file["fileName"] for file in paperwork]
