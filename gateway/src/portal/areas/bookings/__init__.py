"""Bookings, for who asks for them, who arranges them, and who is booked."""

from collections.abc import Iterator, Mapping
from functools import partial

from portal.areas.bookings import booking, deeds, listing, moves, request
from portal.areas.bookings.actions import DEEDS
from portal.areas.bookings.sides import CASE_MANAGERS, Side
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink


def _pages(side: Side) -> Iterator[Page]:
    """A booking, and what is done with it, at a side's addresses."""
    one = side.path + "/{booking_id}"
    yield Page(path=one, get=booking.show, roles=side.roles)
    yield from deeds.pages(side)


def _moving(side: Side) -> Iterator[Page]:
    one = side.path + "/{booking_id}/move"
    yield Page(path=one, get=moves.show, roles=side.roles)
    yield Page(path=one + "/check", get=moves.check, post=moves.move, roles=side.roles)


def _requesting(side: Side) -> Iterator[Page]:
    yield Page(path=side.request, get=request.show, roles=side.roles)
    yield Page(path=side.request + "/wishes", get=request.ask_wishes, roles=side.roles)
    yield Page(path=side.request + "/check", get=request.check, post=request.send, roles=side.roles)


_WISHES = CASE_MANAGERS.path + "/{booking_id}/move/wishes"
PAGES: tuple[Page, ...] = (
    Page(path=CASE_MANAGERS.path, get=partial(listing.show, path=CASE_MANAGERS.path), roles=CASE_MANAGERS.roles),
    *_pages(CASE_MANAGERS),
    *_moving(CASE_MANAGERS),
    Page(path=_WISHES, get=moves.ask_wishes, post=moves.send_wishes, roles=CASE_MANAGERS.roles),
    *_requesting(CASE_MANAGERS),
)
NAV: tuple[NavLink, ...] = (
    NavLink(
        CASE_MANAGERS.path,
        N_("Bookings"),
        CASE_MANAGERS.roles,
        icon="bookings",
        order=10,
        also=(CASE_MANAGERS.request,),
    ),
)
FLASHES: Mapping[str, Flash] = {
    **{deed.flash: Flash(deed.done) for deed in DEEDS},
    "booking-booked": Flash(N_("It is booked. Everybody gets a message.")),
    "booking-requested": Flash(N_("The request is sent. We write as soon as there is a time.")),
    "booking-moved": Flash(N_("The appointment has another time now. Everybody gets a message.")),
    "booking-move-asked": Flash(N_("Staff are asked for another time. Until then the appointment stays.")),
}
