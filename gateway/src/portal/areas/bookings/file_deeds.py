"""What is done with files of a booking: sent, deleted, and, by administrators, released or checked once more."""

from __future__ import annotations

from http import HTTPStatus

from portico.casemanager.v1 import paperwork_pb2 as requests
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.bookings import file_labels
from portal.areas.bookings.booking import address
from portal.areas.bookings.sides import show_own_organization
from portal.core.context import PageContext

TO_CHECK = "/staff/files-to-check"
_NOT_NOW = frozenset(
    {
        *("ACTION_NOT_ALLOWED", "CONCURRENT_CHANGE", "PAPERWORK_NOT_READY", "PAPERWORK_SENT", "PAPERWORK_NOT_FOUND"),
        "INVALID_REQUEST",
    }
)
"""What no longer fits: the files show what fits now."""


async def send(context: PageContext) -> Response:
    """Sends what is ready."""
    form = context.form
    request = requests.SendPaperworkRequest(
        request_id=form["request_id"], booking_id=context.param("booking_id"), etag=form["etag"]
    )
    try:
        await context.services.casemanager.SendPaperwork(request)
    except ServiceError as error:
        return _not_now(context, error)
    return context.redirect(_files(context), flash="files-sent")


async def ask_delete(context: PageContext) -> Response:
    """Asks once more."""
    return await _asked(context, Paperwork.DELETE, "bookings/delete_file.html")


async def delete(context: PageContext) -> Response:
    """Deletes it."""
    request = requests.DeletePaperworkRequest(**_ids(context))
    try:
        await context.services.casemanager.DeletePaperwork(request)
    except ServiceError as error:
        return _not_now(context, error)
    return context.redirect(_back(context), flash="file-deleted")


async def ask_release(context: PageContext) -> Response:
    """Asks why."""
    return await _asked(context, Paperwork.RELEASE, "bookings/release_file.html")


async def release(context: PageContext) -> Response:
    """Calls a file clean that was held back."""
    request = requests.ReleasePaperworkRequest(**_ids(context), reason=context.form["reason"])
    try:
        await context.services.casemanager.ReleasePaperwork(request)
    except ServiceError as error:
        if error.reason == "INVALID_REQUEST" and error.violations:
            context.form = context.form.refused(error, context.i18n)
            return await ask_release(context)
        return _not_now(context, error)
    return context.redirect(_back(context), flash="file-released")


async def rescan(context: PageContext) -> Response:
    """Has a file checked at once."""
    request = requests.RescanPaperworkRequest(**_ids(context))
    try:
        await context.services.casemanager.RescanPaperwork(request)
    except ServiceError as error:
        return _not_now(context, error)
    return context.redirect(_back(context), flash="file-rescanned")


def _ids(context: PageContext) -> dict[str, str]:
    return {"request_id": context.form["request_id"], "paperwork_id": context.param("file_id")}


def _files(context: PageContext) -> str:
    return f"{address(context)}/files"


def _back(context: PageContext) -> str:
    """To where it was begun: the files of the booking, or those of all bookings."""
    return TO_CHECK if context.next == TO_CHECK else _files(context)


async def _asked(context: PageContext, action: Paperwork.Action.ValueType, template: str) -> Response:
    """The page that asks, where it can be done now; else the files."""
    request = requests.GetPaperworkRequest(paperwork_id=context.param("file_id"))
    file, _ = await together(context.services.casemanager.GetPaperwork(request), show_own_organization(context))
    if action not in file.allowed_actions:
        reason = "PAPERWORK_SENT" if action == Paperwork.DELETE and file.HasField("send_time") else "ACTION_NOT_ALLOWED"
        return context.redirect(_back(context), flash=reason)
    return context.render(
        template, file_labels=file_labels, file=file, here=address(context), back=_back(context), status=HTTPStatus.OK
    )


def _not_now(context: PageContext, error: ServiceError) -> Response:
    if error.reason not in _NOT_NOW:
        raise error
    return context.redirect(_back(context), flash=error.reason)
