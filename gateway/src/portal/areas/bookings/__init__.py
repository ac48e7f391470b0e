"""Bookings, for who asks for them, who arranges them, and who is booked."""

from collections.abc import Iterator, Mapping

from portal.areas.bookings import (
    board,
    booking,
    deeds,
    file_deeds,
    files,
    files_to_check,
    history,
    listing,
    move_own,
    moves,
    my_reports,
    offer,
    report_deeds,
    reports,
    request,
    uploads,
)
from portal.areas.bookings.actions import DEEDS
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF, Side
from portal.core.downloads import FILES
from portal.core.files import ADDRESS, send_file
from portal.core.flash import Flash
from portal.core.forms import MAX_BYTES
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink
from portal.core.uploads import MAX_UPLOAD_BYTES


def _pages(side: Side) -> Iterator[Page]:
    """The list, a booking, and what is done with it, at a side's addresses."""
    one = side.path + "/{booking_id}"
    yield Page(path=side.path, get=board.show if side is STAFF else listing.show, roles=side.roles)
    yield Page(path=one, get=booking.show, roles=side.roles)
    yield from deeds.pages(side)


def _with_files(side: Side) -> Iterator[Page]:
    """The files of a booking, and what is done with them."""
    base = side.path + "/{booking_id}/files"
    one = base + "/{file_id}"
    yield Page(
        path=base,
        get=files.show,
        post=uploads.upload,
        roles=side.roles,
        takes_files=True,
        max_bytes=MAX_UPLOAD_BYTES,
    )
    yield Page(path=base + "/send", post=file_deeds.send, roles=side.roles)
    yield Page(path=one + "/delete", get=file_deeds.ask_delete, post=file_deeds.delete, roles=side.roles)


def _with_reports(side: Side) -> Iterator[Page]:
    """The versions of a booking's report; case managers read them."""
    base = side.path + "/{booking_id}/reports"
    takes_files = side is not CASE_MANAGERS
    yield Page(
        path=base,
        get=reports.show,
        post=reports.file_report if takes_files else None,
        roles=side.roles,
        takes_files=takes_files,
        max_bytes=reports.MAX_FORM_BYTES if takes_files else MAX_BYTES,
    )
    yield Page(path=base + "/{report_id}", get=reports.show_version, roles=side.roles)
    yield Page(path=my_reports.path_of(side), get=my_reports.show, roles=side.roles)


def _moving(side: Side) -> Iterator[Page]:
    one = side.path + "/{booking_id}/move"
    yield Page(path=one, get=moves.show, roles=side.roles)
    yield Page(path=one + "/check", get=moves.check, post=moves.move, roles=side.roles)


def _requesting(side: Side) -> Iterator[Page]:
    yield Page(path=side.request, get=request.show, roles=side.roles)
    yield Page(path=side.request + "/wishes", get=request.ask_wishes, roles=side.roles)
    yield Page(path=side.request + "/check", get=request.check, post=request.send, roles=side.roles)


_REPORT = STAFF.path + "/{booking_id}/reports/{report_id}"
_FILE = STAFF.path + "/{booking_id}/files/{file_id}"


def _history(side: Side) -> Iterator[Page]:
    yield Page(path=side.history, get=history.show, roles=side.roles)
    for ending in FILES:
        yield Page(path=f"{side.history}.{ending}", get=history.send, roles=side.roles, is_stream=True)


_WISHES = CASE_MANAGERS.path + "/{booking_id}/move/wishes"
PAGES: tuple[Page, ...] = (
    *(page for side in (CASE_MANAGERS, STAFF) for page in (*_requesting(side), *_moving(side))),
    Page(path=listing.LIST, get=listing.show, roles=STAFF.roles),
    Page(path=STAFF.path + "/{booking_id}/offer", get=offer.show, post=offer.offer, roles=STAFF.roles),
    *(page for side in (CASE_MANAGERS, STAFF, SPECIALISTS) for page in (*_history(side), *_pages(side))),
    *(page for side in (CASE_MANAGERS, STAFF) for page in _with_files(side)),
    *(page for side in (CASE_MANAGERS, STAFF, SPECIALISTS) for page in _with_reports(side)),
    Page(path=_REPORT + "/withdraw", get=report_deeds.ask_withdraw, post=report_deeds.withdraw, roles=STAFF.roles),
    Page(path=_REPORT + "/release", get=report_deeds.ask_release, post=report_deeds.release, roles=STAFF.roles),
    Page(path=_REPORT + "/rescan", post=report_deeds.rescan, roles=STAFF.roles),
    Page(path=_FILE + "/release", get=file_deeds.ask_release, post=file_deeds.release, roles=STAFF.roles),
    Page(path=_FILE + "/rescan", post=file_deeds.rescan, roles=STAFF.roles),
    Page(path=file_deeds.TO_CHECK, get=files_to_check.show, roles=STAFF.roles),
    Page(path=ADDRESS, get=send_file, roles=STAFF.roles | CASE_MANAGERS.roles | SPECIALISTS.roles, is_stream=True),
    Page(path=STAFF.path + "/{booking_id}/move/own", get=move_own.show, post=move_own.move, roles=STAFF.roles),
    Page(path=_WISHES, get=moves.ask_wishes, post=moves.send_wishes, roles=CASE_MANAGERS.roles),
)
NAV: tuple[NavLink, ...] = (
    *(
        NavLink(side.path, N_("Bookings"), side.roles, icon="bookings", order=order, also=also)
        for side, order, also in (
            (CASE_MANAGERS, 10, (CASE_MANAGERS.request,)),
            (STAFF, 25, (STAFF.request, STAFF.history, file_deeds.TO_CHECK, my_reports.path_of(STAFF))),
            (SPECIALISTS, 20, ()),
        )
    ),
    *(
        NavLink(side.history, N_("History"), side.roles, icon="file", order=order)
        for side, order in ((CASE_MANAGERS, 45), (SPECIALISTS, 45))
    ),
    *(
        NavLink(my_reports.path_of(side), N_("Reports"), side.roles, icon="file", order=42)
        for side in (CASE_MANAGERS, SPECIALISTS)
    ),
)
FLASHES: Mapping[str, Flash] = {
    **{deed.flash: Flash(deed.done) for deed in DEEDS},
    "booking-booked": Flash(N_("It is booked. Everybody gets a message.")),
    "booking-requested": Flash(N_("The request is sent. We write as soon as there is a time.")),
    "booking-offered": Flash(N_("The times are offered and held. The case manager gets a message.")),
    "booking-moved": Flash(N_("The appointment has another time now. Everybody gets a message.")),
    "report-filed": Flash(N_("The report has arrived. It is checked for viruses, then those who get it are told.")),
    "report-withdrawn": Flash(N_("The version is withdrawn. Nobody had downloaded it.")),
    "report-withdrawn-read": Flash(N_("The version is withdrawn. Below stands who had downloaded it.")),
    "report-released": Flash(N_("The report is released. Those who get it are told.")),
    "files-uploaded": Flash(N_("The files have arrived. They are checked for viruses now.")),
    "files-sent": Flash(N_("The files are sent. The specialist gets a message.")),
    "file-deleted": Flash(N_("The file is deleted.")),
    "file-released": Flash(N_("The file is released. It can be sent to the specialist now.")),
    "file-rescanned": Flash(N_("The file is checked once more. That can take a moment.")),
    "booking-move-asked": Flash(N_("Staff are asked for another time. Until then the appointment stays.")),
}
