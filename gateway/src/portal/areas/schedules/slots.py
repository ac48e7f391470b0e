"""Which times can be booked: for case managers and for staff."""

from starlette.responses import Response

from portal.core.context import PageContext
from portal.core.slot_search import key_of, search
from portal.core.specialists import MODES

OF_CASE_MANAGERS, OF_STAFF = "/cm/slots", "/staff/slots"
_REQUESTS = {OF_CASE_MANAGERS: "/cm/request", OF_STAFF: "/staff/request"}
"""Where a time is booked, by where it was found."""


async def show(context: PageContext) -> Response:
    """The slots, day by day; a window that cannot be is said beside its field."""
    found = await search(context, {})
    if found.is_gone:
        return context.redirect(found.wanted.address())
    here = found.wanted.here
    return context.render(
        "schedules/slots.html",
        form=found.form,
        modes=MODES,
        is_staff=here == OF_STAFF,
        found=found,
        request_path=_REQUESTS[here],
        key_of=key_of,
    )
