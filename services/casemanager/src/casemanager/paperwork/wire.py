"""Files as the contract has them."""

from collections.abc import Iterable
from datetime import datetime

from portico.casemanager.v1 import paperwork_resources_pb2 as res

from casemanager.bookings.domain.states import Part
from casemanager.files.domain.kinds import FORMS
from casemanager.paperwork.domain.file import Action, Paperwork, Shelf
from chassis.wire import timestamp


def paperwork_message(shelf: Shelf, file: Paperwork, now: datetime) -> res.Paperwork:
    """A file as the caller sees it; accounts, and why it was released, are for staff."""
    message, part = file_message(file, shelf.allowed_actions(file, now)), shelf.seen.actor.part
    if part is not Part.STAFF:
        message.ClearField("uploaded_by")
        message.ClearField("sent_by")
        message.ClearField("release_reason")
    if part is Part.SPECIALIST:
        message.ClearField("signature")
    return message


def file_message(file: Paperwork, actions: Iterable[Action]) -> res.Paperwork:
    """A file as staff see it, who can do so much with it."""
    return res.Paperwork(
        id=str(file.id),
        booking_id=str(file.booking_id),
        file_name=file.file_name,
        kind=res.Paperwork.Kind.ValueType(file.kind),
        note=file.note,
        replaces_id=str(file.replaces_id or ""),
        first_id="" if file.line_id == file.id else str(file.line_id),
        file_version=file.file_version,
        content_type=FORMS[file.file_kind].media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256.hex(),
        state=res.Paperwork.State.ValueType(file.state),
        state_time=timestamp(file.state_time),
        verdict=res.Paperwork.ScanVerdict.ValueType(file.verdict or 0),
        signature=file.signature,
        scanner=file.scanner,
        scan_time=timestamp(file.scan_time),
        release_reason=file.release_reason,
        uploaded_by=str(file.uploaded_by or ""),
        upload_time=timestamp(file.upload_time),
        send_time=timestamp(file.send_time),
        sent_by=str(file.sent_by or ""),
        allowed_actions=[res.Paperwork.Action.ValueType(action) for action in actions],
    )
