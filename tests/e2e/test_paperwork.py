"""Paperwork over the REST API: a file in, through the scanner, and out again."""

import hashlib
from collections.abc import Iterator

import httpx
import pytest

from chassis.testing.eventually import eventually
from local_stack.external import OWN_S3, External
from local_stack.scanner import EICAR
from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.bookings import booked
from tests.e2e.people import Person, Refused


@pytest.fixture(scope="module")
def booking(agency):
    """A confirmed appointment."""
    return booked(agency.admin)


async def test_a_file_goes_in_through_the_scanner_and_out_again(agency, booking):
    """CM-12, GW-05: bytes are the body of the upload and of the download, and nobody reads them before the scanner."""
    admin, paperwork = agency.admin, f"/v1/bookings/{booking['id']}/paperwork"
    content = b"%PDF-1.7\n" + b"% a line of a letter\n" * 300_000
    said = {"fileName": "Instrucción.pdf", "kind": "LETTER_OF_INSTRUCTION"}
    said["sha256"] = hashlib.sha256(content).hexdigest()
    file = admin.upload(paperwork, content, **said)
    told = {name: file[name] for name in ("fileName", "sizeBytes", "sha256")}
    assert {"fileName": "Instrucción.pdf", "sizeBytes": len(content), "sha256": said["sha256"]} == told
    await eventually(lambda: admin.get(paperwork)["paperwork"][0]["state"] == "CLEAN", timeout=30)
    assert content == admin.download(f"/v1/paperwork/{file['id']}:download")
    assert content[10:110] == admin.download(f"/v1/paperwork/{file['id']}:download?offset=10&length=100")
    sent = admin.post(f"/v1/bookings/{booking['id']}:sendPaperwork")
    assert sent["paperworkSentTime"]


async def test_a_harmful_file_is_kept_from_everybody(agency, booking):
    """CM-12: what the scanner finds is quarantined, and refused to whoever asks for it."""
    admin, paperwork = agency.admin, f"/v1/bookings/{booking['id']}/paperwork"
    file = admin.upload(paperwork, EICAR, fileName="notes.txt")

    def state() -> str:
        return next(str(each["state"]) for each in admin.get(paperwork)["paperwork"] if each["id"] == file["id"])

    await eventually(lambda: state() == "QUARANTINED", timeout=30)
    with pytest.raises(Refused) as refused:
        admin.download(f"/v1/paperwork/{file['id']}:download")
    assert "FILE_NOT_CLEAN" == refused.value.reason


def test_a_file_of_another_kind_is_refused(agency, booking):
    """CM-12: the refusal says over HTTP what the file is."""
    with pytest.raises(Refused) as refused:
        agency.admin.upload(f"/v1/bookings/{booking['id']}/paperwork", b"MZ" + bytes(100), fileName="letter.pdf")
    assert (400, "FILE_TYPE_REFUSED") == (refused.value.status, refused.value.reason)


async def test_a_file_whose_length_nobody_says(agency, booking):
    """CM-12, GW-05: a body that comes in chunks, without `content-length`, is taken as one that says how long it is."""
    paperwork = f"/v1/bookings/{booking['id']}/paperwork"
    content = b"%PDF-1.7\n" + b"% a line of a letter\n" * 300_000
    file = agency.admin.upload(paperwork, lines_of(content), fileName="letter.pdf")
    assert (len(content), hashlib.sha256(content).hexdigest()) == (file["sizeBytes"], file["sha256"])


def lines_of(content: bytes) -> Iterator[bytes]:
    """The content in uneven parts."""
    for begin in range(0, len(content), 77_777):
        yield content[begin : begin + 77_777]


async def test_a_download_says_its_digest_over_http(agency, booking):
    """CM-12: the answer's `etag` is the SHA-256 of the whole file, also for a part of it."""
    admin, paperwork = agency.admin, f"/v1/bookings/{booking['id']}/paperwork"
    file = admin.upload(paperwork, b"Please examine the left knee.", fileName="letter.txt")

    def is_clean() -> bool:
        return any(each["id"] == file["id"] and each["state"] == "CLEAN" for each in admin.get(paperwork)["paperwork"])

    await eventually(is_clean, timeout=30)
    answer = answered(admin, f"/v1/paperwork/{file['id']}:download?offset=7&length=7")
    assert (b"examine", f'"{file["sha256"]}"') == (answer.content, answer.headers["etag"])
    said = [answer.headers[name] for name in ("content-type", "x-content-type-options")]
    assert ["application/octet-stream", "nosniff"] == said


def answered(person: Person, path: str) -> httpx.Response:
    """What comes over HTTP, with its headers."""
    headers = {"authorization": f"Bearer {person.access_token}"}
    return httpx.get(f"{person.gateway}{path}", headers=headers, trust_env=False)


@pytest.mark.long(seconds=60)
async def test_files_in_an_s3_of_the_stacks_own(tmp_path_factory):
    """OP-01, CM-12: with PORTICO_BLOB_URL=s3 files are kept in a SeaweedFS, and found again by the next start."""
    data, content = tmp_path_factory.mktemp("s3"), b"%PDF-1.7\n" + b"% a line of a letter\n" * 300_000
    external = External.from_environment({"PORTICO_BLOB_URL": OWN_S3})
    with Stack(data, external=external) as stack:
        agency = founded(stack)
        paperwork = f"/v1/bookings/{booked(agency.admin)['id']}/paperwork"
        file = agency.admin.upload(paperwork, content, fileName="letter.pdf")
        await eventually(lambda: agency.admin.get(paperwork)["paperwork"][0]["state"] == "CLEAN", timeout=30)
        assert not (data / "blobs").exists()
    with Stack(data, external=external) as stack:
        admin = Person(stack.gateway, tokens=agency.admin.tokens)
        assert content == admin.download(f"/v1/paperwork/{file['id']}:download")
