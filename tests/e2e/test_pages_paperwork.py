"""Paperwork in a browser: a case manager uploads and sends it, and the specialist downloads it."""

import asyncio

import pytest

from chassis.testing.eventually import eventually
from local_stack.scanner import EICAR
from tests.e2e.browser import PHONE
from tests.e2e.families import PASSWORD
from tests.e2e.hands import Pointer
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.practices import Practice, letters_in, practice_of, receive_letters, send_letters
from tests.e2e.ways import WAYS, Way, opened

pytestmark = pytest.mark.long(seconds=120)
PDF = b"%PDF-1.7\n"


@pytest.fixture
async def practice(stack, new_agency, anybody) -> Practice:
    return await practice_of(stack, new_agency(), anybody, has_begun=False)


def uploaded(practice: Practice) -> list[str]:
    """The names of a booking's files."""
    found = practice.agency.admin.get(f"/v1/bookings/{practice.booking}/paperwork")
    return [file["fileName"] for file in found["paperwork"]]


@pytest.mark.parametrize("way", WAYS)
async def test_files_are_uploaded_sent_and_downloaded(practice, tmp_path, open_window, way):
    """PO-07, PO-08, CM-12: two files are taken and one is refused in words; checked and sent, they come out whole."""
    letters = letters_in(tmp_path)
    phone = await opened(open_window, practice.agency, way, practice.ana.contact, PASSWORD, width=PHONE)
    await send_letters(phone, practice, letters, way)
    doctor = await opened(open_window, practice.agency, way, practice.clinic.username, PASSWORD, width=PHONE)
    await receive_letters(doctor, practice, letters)


async def test_the_page_is_asked_for_before_a_file_is_sent(practice, tmp_path, open_window):
    """CM-12, ID-05: the page's answer brings newer tokens at once, the form's would bring them after minutes."""
    window = await opened(open_window, practice.agency, Way(hand=Pointer()), practice.ana.contact, PASSWORD)
    await window.open(practice.files)
    await window.page.locator("input[type=file]").set_input_files(letters_in(tmp_path)["Letter.pdf"])
    asked = []
    window.page.on("request", lambda request: asked.append(request.method))
    await window.press("Upload")
    await window.sees("Ready to be sent")
    assert ["HEAD", "POST"] == asked[:2]


async def test_files_that_are_chosen_before_the_script_is_there(practice, tmp_path, open_window):
    """CM-12: on a slow line somebody chooses a file while the page is still loading, and that file arrives."""
    window = await opened(open_window, practice.agency, Way(hand=Pointer()), practice.ana.contact, PASSWORD)
    line = asyncio.Event()

    async def wait(route):
        await line.wait()
        await route.continue_()

    await window.page.route("**/uploads.js?*", wait)
    await window.page.goto(window.gateway + practice.files, wait_until="commit")
    await window.page.locator("input[type=file]").set_input_files(letters_in(tmp_path)["Letter.pdf"])
    line.set()
    await window.page.wait_for_load_state()
    await window.press("Upload")
    await window.sees("Ready to be sent")
    assert ["Letter.pdf"] == uploaded(practice)


async def test_an_upload_when_the_session_has_ended(practice, tmp_path, open_window):
    """CM-12, CASE-A15: the page says who is signed in instead; where nobody is it leads to the sign-in, and back."""
    agency = practice.agency
    window = await opened(open_window, agency, Way(hand=Pointer()), practice.ana.contact, PASSWORD)
    letter = letters_in(tmp_path)["Letter.pdf"]
    await window.open(practice.files)
    await window.page.locator("input[type=file]").set_input_files(letter)
    tab = await window.beside()
    await tab.sign_out()
    await tab.is_titled("Sign in")
    await tab.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await window.press("Upload")
    await window.sees(
        "You are now signed in as %(username)s, so nothing was done. If that is right, please press it again.",
        username=agency.username,
    )
    # The page is asked for before the file is sent: both are refused.
    assert 2 * [f"403 for {window.gateway}{practice.files}"] == window.strays
    window.strays.clear()

    await tab.sign_out()
    await tab.is_titled("Sign in")
    await window.press("Upload")
    await window.is_titled("Sign in")
    await window.sees("Please sign in first.")
    await window.sign_in("", practice.ana.contact, PASSWORD)
    await window.is_titled("Paperwork")
    await window.page.locator("input[type=file]").set_input_files(letter)
    await window.press("Upload")
    await window.sees("Ready to be sent")
    assert ["Letter.pdf"] == uploaded(practice)


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
    assert ["Letter.pdf"] == uploaded(practice)
