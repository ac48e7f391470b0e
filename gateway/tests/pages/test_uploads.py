"""Files of a booking: shown with their state, uploaded as they come, sent, deleted, released."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.files_to_check_pb2 import ListFilesToCheckResponse
from portico.casemanager.v1.paperwork_pb2 import UploadPaperworkRequest
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork

from chassis.call import Role
from chassis.wire import timestamp
from portal.areas.bookings.uploads import PIECE_BYTES

from .bookings import BOOKING, BOOKING_ID, ETAG, OWN_BOOKING, SP_BOOKING, booking
from .case_managers import on
from .files import FILE_ID, FILES, HELD_ID, LETTER, OWN_FILES, SENT_ID, TO_CHECK, file, held, sent, shelf, waiting
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .reports import versions
from .samples import REQUEST_ID

BOUNDARY = "7d1c"
TYPE = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.fixture
def admin(signed_in: SignedIn) -> Browser:
    """Where an administrator sits."""
    return signed_in(Role.STAFF_ADMIN)


def body_of(fields: dict[str, str], files: list[tuple[str, bytes]]) -> bytes:
    """What a browser sends of a form with files."""
    heads = [(f'form-data; name="{name}"', value.encode()) for name, value in fields.items()]
    heads += [(f'form-data; name="file"; filename="{name}"\r\nContent-Type: x/y', content) for name, content in files]
    parts = [
        f"--{BOUNDARY}\r\nContent-Disposition: {head}\r\n\r\n".encode() + content + b"\r\n" for head, content in heads
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def uploaded(
    browser: Browser,
    *files: tuple[str, bytes],
    headers: Mapping[str, str] | None = None,
    seen_by: str = "",
    **fields: str,
) -> Page:
    """Sends files with the form."""
    said = {"as": seen_by or browser.seen_by, "request_id": REQUEST_ID, "first": "0", "kind": "CONSENT", **fields}
    own = {"sec-fetch-site": "same-origin"} if headers is None else headers
    return await browser.post(OWN_FILES, body_of(said, list(files)), {**own, **TYPE})


async def test_files_go_on_as_they_come(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: each file is handed on with its name and what the form says of it, byte by byte, each as one request."""
    long = bytes(range(256)) * (PIECE_BYTES // 128) + b"\r\n--7d1"
    page = await uploaded(ana, ("a.pdf", LETTER), ("", b""), ("B “x”.pdf", long), note=" Signed ")

    assert OWN_FILES == page.goes_to
    requests = [each.request for each in neighbours.received if "UploadPaperwork" == each.rpc]
    assert [("a.pdf", LETTER), ("B “x”.pdf", long)] == [(each.file_name, each.file.data) for each in requests]
    assert {(BOOKING_ID, Paperwork.CONSENT, "Signed")} == {(each.booking_id, each.kind, each.note) for each in requests}
    assert 2 == len({each.request_id for each in requests})
    assert "The files have arrived. They are checked for viruses now." == (await ana.follow(page)).notice


async def test_a_form_that_is_sent_once_more(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12, GW-04: the same form names the same requests, and the script's next file another one."""
    for first in ("0", "0", "1"):
        await uploaded(ana, ("a.pdf", LETTER), first=first)

    ids = [each.request.request_id for each in neighbours.received if "UploadPaperwork" == each.rpc]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)


def taken_but_for_archives(request: UploadPaperworkRequest) -> Paperwork:
    if request.file.data.startswith(b"PK"):
        raise refusal("FILE_TYPE_REFUSED", found="a Java archive (JAR)")
    return file()


async def test_each_refused_file_says_why(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: the files that were not taken are named, each with what it is, and the others are there."""
    neighbours.answers["UploadPaperwork"] = taken_but_for_archives

    page = await uploaded(ana, ("a.docx", b"PK" + bytes(500_000)), ("b.pdf", LETTER))

    assert 400 == page.status
    said = page.main.one("div", class_="problem")
    assert ["a.docx: This is a Java archive (JAR). Please send it as a PDF, or as an image."] == [
        each.text for each in said.all("li")
    ]
    by_script = await uploaded(ana, ("a.docx", b"PK"), scripted="yes")
    assert (200, True) == (by_script.status, "This is a Java archive (JAR)." in by_script.problem)
    assert ["a.docx", "b.pdf", "a.docx"] == [
        each.request.file_name for each in neighbours.received if each.rpc[0] == "U"
    ]


@pytest.mark.parametrize("reason", ["FILE_EMPTY", "FILE_TOO_LARGE", "TOO_MANY_FILES", "ACTION_NOT_ALLOWED"])
async def test_words_for_each_refusal(ana: Browser, neighbours: Neighbours, reason: str) -> None:
    """CM-12: whatever the reason, it stands beside the name of the file."""
    neighbours.answers["UploadPaperwork"] = refusal(reason)

    page = await uploaded(ana, ("a.pdf", b""))

    assert "a.pdf: " in page.problem
    assert "Something went wrong" not in page.problem


async def test_nothing_was_chosen(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: a form without a file asks for one."""
    assert "Please choose a file first." in (await uploaded(ana, ("", b""))).problem
    assert "UploadPaperwork" not in neighbours.rpcs


async def test_who_is_asked_before_a_byte_is_read(anybody: Browser, ana: Browser, neighbours: Neighbours) -> None:
    """CM-12, OP-11: another origin, nobody, and somebody else than the form was drawn for upload nothing."""
    foreign = await uploaded(ana, ("a.pdf", LETTER), headers={"origin": "https://elsewhere.example"})
    other = await uploaded(ana, ("a.pdf", LETTER), seen_by=FILE_ID)
    nobody = await uploaded(anybody, ("a.pdf", LETTER))

    assert [403, 409, 303] == [foreign.status, other.status, nobody.status]
    assert "UploadPaperwork" not in neighbours.rpcs


@pytest.mark.parametrize(
    "body", [b"", b"--7d1c\r\n\r\n", b"nonsense", b'--7d1c\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut']
)
async def test_what_is_no_form(ana: Browser, neighbours: Neighbours, body: bytes) -> None:
    """PO-01: a body that is cut, or is none at all, is refused, and is no fault of ours."""
    page = await ana.post(OWN_FILES, body, {"sec-fetch-site": "same-origin", **TYPE})

    assert page.status in {400, 409}
    assert "UploadPaperwork" not in neighbours.rpcs


async def test_a_form_without_end(ana: Browser) -> None:
    """PO-01: fields are as small as those of any other form."""
    assert 400 == (await uploaded(ana, ("a.pdf", LETTER), note="x" * 70_000)).status


async def test_the_state_of_each_file(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: what is ready, what was sent, why something is held back; by whom it was checked, or by nobody."""
    neighbours.answers["ListPaperwork"] = shelf(
        held(), file(verdict=Paperwork.NOT_SCANNED, scanner=""), sent(scanner="Test scanner of the local stack")
    )
    rows = [each.text for each in (await ana.get(OWN_FILES)).main.all("li", class_="file")]

    assert "The check found something harmful in it: Eicar-Test-Signature. It is held back" in rows[0]
    assert "Letter of instruction, 1 KB Ready to be sent · Nobody checked it for viruses." in rows[1]
    assert "Sent Jan 21, 10:00 AM · checked by a test scanner" in rows[2]


async def test_what_is_checked_is_followed(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: while a file is checked the page follows it, and says when everything can be sent."""
    neighbours.answers["ListPaperwork"] = shelf(waiting(), file(), can_send=False)
    page = await ana.get(OWN_FILES)

    assert page.main.one("section", id="files-part").get("data-follow")
    assert "You can send as soon as every file is checked." in page.text
    assert "Send to the specialist" not in page.buttons()
    neighbours.answers["ListPaperwork"] = shelf(file())
    assert not (await ana.get(OWN_FILES)).main.one("section", id="files-part").get("data-follow")


async def test_files_are_sent(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: one button sends what is ready; what came after a sending says that it needs another one."""
    page = await ana.get(OWN_FILES)
    assert "1 file is ready. The specialist gets it only when you send again." in page.text

    answer = await ana.press(page, "Send to the specialist")

    request = neighbours.only("SendPaperwork")
    assert (BOOKING_ID, ETAG) == (request.booking_id, request.etag)
    assert "The files are sent. The specialist gets a message." == (await ana.follow(answer)).notice


@pytest.mark.parametrize("reason", ["PAPERWORK_NOT_READY", "CONCURRENT_CHANGE", "ACTION_NOT_ALLOWED"])
async def test_what_can_no_longer_be_sent(ana: Browser, neighbours: Neighbours, reason: str) -> None:
    """CM-12: the files show what fits now, and a word says why nothing was sent."""
    neighbours.answers["SendPaperwork"] = refusal(reason)

    answer = await ana.press(await ana.get(OWN_FILES), "Send to the specialist")

    assert (OWN_FILES, True) == (answer.goes_to, bool((await ana.follow(answer)).notice))


async def test_before_the_appointment_is_confirmed(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: files can be uploaded from the request on, and the page says from when on they can be sent."""
    neighbours.answers["GetBooking"] = booking(state=Booking.REQUESTED)
    neighbours.answers["ListPaperwork"] = shelf(file(), can_send=False)
    page = await ana.get(OWN_FILES)

    assert "You can send it as soon as the appointment is confirmed." in page.text
    assert "Upload" in page.buttons()


async def test_a_new_version(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: a file in the place of another one keeps its kind; the old one stays among the earlier versions."""
    page = await ana.get(OWN_FILES)
    entries = page.main.all("details", class_="dots")[0]
    assert ("More for Letter.pdf", f"{OWN_FILES}?replaces={FILE_ID}#add") == (
        entries.one("summary")["aria-label"],
        entries.all("a")[0]["href"],
    )

    form, _ = (await ana.get(f"{OWN_FILES}?replaces={FILE_ID}")).form("Upload")
    assert FILE_ID == form.one("input", name="replaces_id")["value"]
    assert "LETTER_OF_INSTRUCTION" == form.one("option", selected="selected")["value"]
    await uploaded(ana, ("a.pdf", LETTER), replaces_id=FILE_ID)
    assert FILE_ID == neighbours.only("UploadPaperwork").replaces_id
    neighbours.answers["ListPaperwork"] = shelf(file(id=HELD_ID, replaces_id=FILE_ID, file_version=2), file())
    page = await ana.get(OWN_FILES)
    assert "version 2" in page.text
    assert "Letter.pdf" in page.main.one("details", class_="fold").text


async def test_versions_in_between_may_be_gone(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: the newest version alone stands in the list, whichever is not there any more, and of two the later one."""
    third = {"first_id": FILE_ID, "replaces_id": BOOKING_ID, "file_version": 3}
    newest = file(id=HELD_ID, file_name="New.pdf", upload_time=timestamp(on(22)), **third)
    rival = file(id=SENT_ID, file_name="Rival.pdf", upload_time=timestamp(on(21)), **third)
    neighbours.answers["ListPaperwork"] = shelf(newest, rival, file())
    earlier = (await ana.get(OWN_FILES)).main.one("details", class_="fold").text
    assert [False, True, True] == [name in earlier for name in ("New.pdf", "Rival.pdf", "Letter.pdf")]


async def test_a_file_is_deleted(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: it is asked once, and then gone; one that was sent in the meantime stays, and the page says so."""
    asked = await ana.get(f"{OWN_FILES}/{FILE_ID}/delete")
    assert "It is gone for everybody, and cannot be brought back." in asked.text
    answer = await ana.press(asked, "Delete")
    assert FILE_ID == neighbours.only("DeletePaperwork").paperwork_id
    assert "The file is deleted." == (await ana.follow(answer)).notice

    neighbours.answers["DeletePaperwork"] = refusal("PAPERWORK_SENT")
    answer = await ana.press(asked, "Delete")
    assert "The specialist has this file already, so it stays." == (await ana.follow(answer)).notice
    neighbours.answers["GetPaperwork"] = sent()
    assert OWN_FILES == (await ana.get(f"{OWN_FILES}/{FILE_ID}/delete")).goes_to


async def test_a_booking_shows_its_files(ana: Browser, signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-07, PO-08, CM-12: each side reads them on the booking; the specialist downloads, and is told what is due."""
    neighbours.answers["ListBookingReports"] = versions(can_file=False)
    assert OWN_FILES == (await ana.get(OWN_BOOKING)).link("Send to the specialist")
    zhang = signed_in(Role.SPECIALIST)
    neighbours.answers["ListPaperwork"] = shelf(sent(), can_upload=False, can_send=False)
    page = await zhang.get(SP_BOOKING)
    assert "/files/" + sent().id in {
        each["href"] for each in page.main.all("a", **{"aria-label": "Download Records.pdf"})
    }
    neighbours.answers["ListPaperwork"] = shelf(can_upload=False, can_send=False)
    neighbours.answers["GetBooking"] = booking(allowed_actions=[])
    assert "No paperwork yet. It is due Feb 9, 6:00 PM EST." in (await zhang.get(SP_BOOKING)).text


async def test_what_is_over(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: after a cancellation nothing is added."""
    neighbours.answers["ListPaperwork"] = shelf(can_upload=False, can_send=False)
    page = await ana.get(OWN_FILES)
    assert "Files can no longer be added to this booking." in page.text
    assert "Upload" not in page.buttons()
    assert not (await ana.get(OWN_BOOKING)).main.all("section", **{"aria-labelledby": "paperwork"})


async def test_files_to_check(admin: Browser, neighbours: Neighbours) -> None:
    """CM-12: what is held back in any booking; an administrator says why and releases it, and comes back here."""
    page = await admin.get(TO_CHECK)
    assert FILES == page.link("B-000123")

    asked = await admin.get(page.link("Release"))
    answer = await admin.press(asked, "Release", reason="It is a quotation")

    request = neighbours.only("ReleasePaperwork")
    assert (HELD_ID, "It is a quotation") == (request.paperwork_id, request.reason)
    assert TO_CHECK == answer.goes_to
    neighbours.answers["ListFilesToCheck"] = ListFilesToCheckResponse()
    assert "Nothing to check." in (await admin.get(TO_CHECK)).text
    assert TO_CHECK == (await admin.get(f"{TO_CHECK}?page=2")).goes_to


async def test_a_release_says_why(admin: Browser, neighbours: Neighbours) -> None:
    """CM-12: without a reason nothing is released, and the form asks for it."""
    page = await admin.press(await admin.get(f"{FILES}/{HELD_ID}/release"), "Release", reason="")

    assert (400, True) == (page.status, "This is needed." in page.text)
    assert "ReleasePaperwork" not in neighbours.rpcs


async def test_who_may_not_release(staff: Browser, neighbours: Neighbours) -> None:
    """CM-15: staff see what is held back, and administrators alone release it."""
    neighbours.answers["GetPaperwork"] = held(allowed_actions=[Paperwork.DELETE])
    page = await staff.get(f"{FILES}/{HELD_ID}/release")

    assert FILES == page.goes_to


async def test_a_file_is_checked_again(admin: Browser, neighbours: Neighbours) -> None:
    """CM-12: what waits for its check is checked at once."""
    neighbours.answers["ListPaperwork"] = shelf(waiting(), can_send=False)
    answer = await admin.press(await admin.get(FILES), "Check again")

    assert HELD_ID == neighbours.only("RescanPaperwork").paperwork_id
    assert (FILES, BOOKING) == (answer.goes_to, answer.goes_to.removesuffix("/files"))
