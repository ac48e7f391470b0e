"""What casemanager answers about files: a letter that is ready, records that were sent, notes held back."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message
from portico.casemanager.v1.files_to_check_pb2 import FileToCheck, ListFilesToCheckResponse
from portico.casemanager.v1.paperwork_pb2 import DownloadPaperworkRequest, ListPaperworkResponse
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork

from chassis.wire import timestamp

from .bookings import BOOKING, BOOKING_ID, OWN_BOOKING, booking
from .case_managers import on

FILE_ID, SENT_ID, HELD_ID = (f"01990000-0000-7000-8000-0000000000{each}" for each in ("c1", "c2", "c3"))
FILES, OWN_FILES, TO_CHECK = f"{BOOKING}/files", f"{OWN_BOOKING}/files", "/staff/files-to-check"
LETTER = b"%PDF-1.7 " + bytes(range(256)) * 4


def file(**changes: object) -> Paperwork:
    """A letter that is ready to be sent."""
    usual = {
        "id": FILE_ID,
        "booking_id": BOOKING_ID,
        "file_name": "Letter.pdf",
        "kind": Paperwork.LETTER_OF_INSTRUCTION,
        "file_version": 1,
        "content_type": "application/pdf",
        "size_bytes": len(LETTER),
        "sha256": sha256(LETTER).hexdigest(),
        "state": Paperwork.CLEAN,
        "verdict": Paperwork.NOTHING_FOUND,
        "scanner": "ClamAV 1.4.6",
        "upload_time": timestamp(on(20)),
        "allowed_actions": [Paperwork.DOWNLOAD, Paperwork.DELETE],
    }
    return Paperwork(**{**usual, **changes})  # type: ignore[arg-type] # the fields of the message


def sent(**changes: object) -> Paperwork:
    """Records that the specialist has."""
    usual = {
        "id": SENT_ID,
        "file_name": "Records.pdf",
        "kind": Paperwork.MEDICAL_RECORDS,
        "send_time": timestamp(on(21)),
        "allowed_actions": [Paperwork.DOWNLOAD],
    }
    return file(**{**usual, **changes})


def held(**changes: object) -> Paperwork:
    """Notes in which something was found, as an administrator sees them."""
    usual = {
        "id": HELD_ID,
        "file_name": "Notes.txt",
        "kind": Paperwork.OTHER_PAPERWORK,
        "state": Paperwork.QUARANTINED,
        "verdict": Paperwork.FOUND,
        "signature": "Eicar-Test-Signature",
        "allowed_actions": [Paperwork.DELETE, Paperwork.RELEASE],
    }
    return file(**{**usual, **changes})


def waiting(**changes: object) -> Paperwork:
    """Notes that are being checked."""
    usual = {
        "state": Paperwork.SCANNING,
        "verdict": 0,
        "scanner": "",
        "allowed_actions": [Paperwork.DELETE, Paperwork.RESCAN],
    }
    return held(**{"signature": "", **usual, **changes})


def shelf(*files: Paperwork, can_upload: bool = True, can_send: bool = True) -> ListPaperworkResponse:
    """The files of a booking."""
    return ListPaperworkResponse(paperwork=files, can_upload=can_upload, can_send=can_send)


def part(request: DownloadPaperworkRequest) -> HttpBody:
    """The bytes that are asked for."""
    end = request.offset + request.length if request.length else len(LETTER)
    return HttpBody(content_type="application/octet-stream", data=LETTER[request.offset : end])


ANY_ACTION = [*Paperwork.Action.values()][1:]
"""Actions that no file allows all at once."""
OF_FILES: Mapping[str, Message] = {
    "GetPaperwork": file(allowed_actions=ANY_ACTION),
    "ListPaperwork": shelf(file(), sent(), held()),
    "ListFilesToCheck": ListFilesToCheckResponse(files=[FileToCheck(paperwork=held(), booking_number="B-000123")]),
    "DownloadPaperwork": part(DownloadPaperworkRequest()),
    "SendPaperwork": booking(),
    **dict.fromkeys(("UploadPaperwork", "DeletePaperwork", "ReleasePaperwork", "RescanPaperwork"), file()),
}
