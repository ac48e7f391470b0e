"""Paperwork over the REST API: a file in, through the scanner, and out again."""

import hashlib

import pytest

from chassis.testing.eventually import eventually
from local_stack.scanner import EICAR
from tests.e2e.people import Refused
from tests.e2e.tenants import APPOINTMENT


@pytest.fixture(scope="module")
def booking(agency):
    """A confirmed appointment, and the provider's administrator."""
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbour Insurance")
    manager = admin.post("/v1/case-managers", companyId=company["id"], caseManager={"givenName": "Ana"})
    specialist = admin.post("/v1/specialists", specialist={"givenName": "Rui", "timeZone": "Australia/Sydney"})
    case = admin.post("/v1/cases", case={"caseManagerId": manager["id"], "subject": {"givenName": "Noah"}})
    time = {**APPOINTMENT, "specialistId": specialist["id"]}
    return admin.post("/v1/bookings", caseId=case["id"], time=time)


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
