"""The part of the examples that tells of paperwork: Priya uploads the letter of instruction for Noah Tran's booking."""

from collections.abc import Mapping

_PAPERWORK_ID = "019a4d60-2c3d-7e41-9f50-718293a4b5c6"
_UPLOADED, _SCANNED = "2026-02-16T03:30:00Z", "2026-02-16T03:30:04Z"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

VALUES: Mapping[str, object] = {
    "paperwork_id": _PAPERWORK_ID,
    "file_name": "Letter of instruction.pdf",
    "replaces_id": None,
    "file_version": 1,
    "size_bytes": 48213,
    "sha256": _SHA256,
    "offset": 0,
    "length": 1048576,
    "can_upload": True,
    "can_send": True,
    "Paperwork.id": _PAPERWORK_ID,
    "Paperwork.kind": "LETTER_OF_INSTRUCTION",
    "Paperwork.note": "Signed by both parties",
    "Paperwork.content_type": "application/pdf",
    "Paperwork.state": "CLEAN",
    "Paperwork.state_time": _SCANNED,
    "Paperwork.verdict": "NOTHING_FOUND",
    "Paperwork.replaces_id": "",
    "Paperwork.first_id": "",
    "Paperwork.signature": "",
    "Paperwork.scanner": "ClamAV 1.4.6/27500/Mon Feb 16 2026",
    "Paperwork.scan_time": _SCANNED,
    "Paperwork.release_reason": "",
    "Paperwork.uploaded_by": "019a4d11-4d5e-7c63-9f72-6b8cad2e4f51",
    "Paperwork.upload_time": _UPLOADED,
    "Paperwork.send_time": None,
    "Paperwork.sent_by": "",
    "Paperwork.allowed_actions": ["DOWNLOAD", "DELETE"],
    "UploadPaperworkRequest.kind": "LETTER_OF_INSTRUCTION",
    "UploadPaperworkRequest.note": "Signed by both parties",
    "ReleasePaperworkRequest.reason": "The scanner took a macro-free form for one with macros",
    "SendPaperworkRequest.etag": "3",
}
