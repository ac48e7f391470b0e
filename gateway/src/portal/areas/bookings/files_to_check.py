"""The files of all bookings that somebody of the staff must look at."""

from portico.casemanager.v1.files_to_check_pb2 import ListFilesToCheckRequest
from starlette.responses import Response

from portal.areas.bookings import file_labels, report_labels
from portal.areas.bookings.file_deeds import TO_CHECK
from portal.core.context import PageContext
from portal.core.paging import forward_ways

PAGE = 25


async def show(context: PageContext) -> Response:
    """The newest first; where a page has nothing any more, the first one."""
    request = ListFilesToCheckRequest(page_size=PAGE, page_token=context.query("page"))
    found = await context.services.casemanager.ListFilesToCheck(request)
    if context.query("page") and not found.files:
        return context.redirect(TO_CHECK)
    return context.render(
        "bookings/files_to_check.html",
        file_labels=file_labels,
        report_labels=report_labels,
        found=found.files,
        here=TO_CHECK,
        ways=forward_ways(context, found.next_page_token, _at_page),
    )


def _at_page(page: str = "") -> str:
    return f"{TO_CHECK}?page={page}" if page else TO_CHECK
