"""Files on their way to casemanager: each goes on while it comes, whether by the script or by the form alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid5

import grpc
from portico.casemanager.v1.paperwork_pb2 import UploadPaperworkRequest
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from starlette.responses import Response

from chassis.errors import Denied, InvalidArgument, NotFound, ServiceError, Unauthenticated
from portal.areas.bookings import file_labels
from portal.areas.bookings.booking import address
from portal.areas.bookings.files import shown
from portal.areas.bookings.shelf import MAX_FILES
from portal.core.context import PageContext
from portal.core.error_messages import error_message
from portal.core.forms import FormTooLarge
from portal.core.i18n import N_
from portal.core.uploads import SentFile

_OTHERWISE = N_("This is %(found)s. Please send it as a PDF, or as an image.")
PIECE_BYTES = 256 * 1024
"""Of each message but the last: a form that is sent once more is then the same to the letter."""


async def upload(context: PageContext) -> Response:
    """Hands on each file as it comes; the page names those that were not taken, each with the reason."""
    said, first = _said(context), _number(context.form["first"])
    refused: list[tuple[str, str]] = []
    count, too_many = 0, context.i18n(N_("These were too many files at once. Please send it again."))
    try:
        async for file in files_of(context):
            if count == MAX_FILES:
                refused.append((file.name, too_many))
                break
            request_id = str(uuid5(said["request_id"], str(first + count)))
            count += 1
            try:
                message = UploadPaperworkRequest(**{**said, "request_id": request_id}, file_name=file.name)
                await hand_on(context.services.casemanager.UploadPaperwork(), message, file)
            except ServiceError as error:
                refused.append((file.name, why_refused(error, context, _OTHERWISE)))
    except FormTooLarge:
        refused.append(("", too_many))
    if not refused and not count:
        refused.append(("", context.i18n(N_("Please choose a file first."))))
    if refused:
        if context.files is not None:
            await context.files.stay()
        return await shown(context, refused)
    return context.redirect(f"{address(context)}/files", flash="files-uploaded")


async def files_of(context: PageContext) -> AsyncIterator[SentFile]:
    """Those of the form; none where it came without any."""
    if context.files is not None:
        async for file in context.files:
            yield file


def _said(context: PageContext) -> dict[str, Any]:
    """What the form says of all its files."""
    form = context.form
    kind = Paperwork.Kind.DESCRIPTOR.values_by_name.get(form["kind"])
    try:
        request_id = UUID(form["request_id"])
    except ValueError:
        raise InvalidArgument from None
    return {
        "request_id": request_id,
        "booking_id": context.param("booking_id"),
        "kind": kind.number if kind else Paperwork.OTHER_PAPERWORK,
        "note": form["note"],
        "replaces_id": form["replaces_id"],
    }


def _number(written: str) -> int:
    """How many files of the same form the script has sent before."""
    return int(written) if written.isdecimal() and len(written) < 6 else 0


async def hand_on(call: Any, first: Any, file: SentFile) -> Any:
    """The file as it is kept: `first` begins the stream of the call, and the others have nothing but bytes.

    What the service refuses may be refused before the end of the file.
    """
    message, is_begun = first, False
    try:
        # Once the call has ended, only its answer says why.
        with suppress(asyncio.InvalidStateError, grpc.aio.AioRpcError):
            while piece := await file.read(PIECE_BYTES):
                message.file.data = piece
                await call.write(message)
                message, is_begun = type(first)(), True
            if not is_begun:
                await call.write(message)
            await call.done_writing()
        return await call
    except BaseException:
        call.cancel()
        raise


def why_refused(error: ServiceError, context: PageContext, otherwise: str) -> str:
    """What a person reads of a file that was not taken; `otherwise` is what to do with one of a kind that is not.

    Raises the error where it is not of the file: the person or the booking is refused, or the whole form.
    """
    found = error.metadata.get("found", "")
    if error.reason == "FILE_TYPE_REFUSED" and found in file_labels.FOUND:
        return context.i18n(otherwise) % {"found": context.i18n(file_labels.FOUND[found])}
    if error.reason == "TOKEN_EXPIRED":  # while the file came; whoever sent it stays signed in (`SentForm.stay`)
        return context.i18n(N_("This file took too long to arrive. Please send it again, or make it smaller."))
    if isinstance(error, NotFound | Unauthenticated | Denied | FormTooLarge):
        raise error
    return error_message(error, context.i18n)
