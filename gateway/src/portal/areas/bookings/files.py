"""The files of a booking: what is there, what of it the specialist has, and where more are added."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.bookings import file_labels
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.shelf import Shelf, load_files
from portal.areas.bookings.sides import STAFF, show_own_organization, side_of
from portal.core.context import PageContext
from portal.core.forms import Form

MAX_FILE_BYTES = 100 * 1024 * 1024
ACCEPTED = ".pdf,.docx,.xlsx,.jpg,.jpeg,.png,.tif,.tiff,.txt,.rtf"
"""What a browser offers to choose; what counts is what is in a file, and casemanager looks at that."""


async def show(context: PageContext) -> Response:
    """The page of the files; with `?replaces=` the form is for a new version of one."""
    return await shown(context)


async def shown(context: PageContext, refused: Sequence[tuple[str, str]] = ()) -> Response:
    """The same; `refused` are names of files that were not taken, each with the reason."""
    booking, shelf, _ = await together(load(context), load_files(context), show_own_organization(context))
    wanted = context.form["replaces_id"] or context.query("replaces")
    replaces = next((file for file in shelf.latest if file.id == wanted), None)
    if not context.form.values:
        kind = Paperwork.Kind.Name(replaces.kind) if replaces else _first_kind(shelf)
        context.form = Form({"kind": kind})
    if refused:
        # The script reads the words; to it a refused file is no failed request.
        status = HTTPStatus.OK if context.form["scripted"] else HTTPStatus.BAD_REQUEST
        context.form = Form(context.form.values, problem="refused", status=status)
    return context.render(
        "bookings/files.html",
        file_labels=file_labels,
        booking=booking,
        here=address(context),
        shelf=shelf,
        replaces=replaces,
        refused=refused,
        is_staff=side_of(context) is STAFF,
        accepted=ACCEPTED,
        max_bytes=MAX_FILE_BYTES,
        is_confirmed=booking.state in {Booking.CONFIRMED, Booking.ATTENDED},
    )


def _first_kind(shelf: Shelf) -> str:
    """The letter comes first, then whatever goes with it."""
    has_letter = any(file.kind == Paperwork.LETTER_OF_INSTRUCTION for file in shelf.latest)
    return "MEDICAL_RECORDS" if has_letter else "LETTER_OF_INSTRUCTION"
