"""When specialists can be booked: for staff, for specialists themselves, and for who looks for a time."""

from collections.abc import Iterator, Mapping

from chassis.call import Role
from portal.areas.schedules import availability, blocks, calendar, dates, slots, time_off, why
from portal.areas.schedules.whose import OWN, STAFFS
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
SPECIALISTS = frozenset({Role.SPECIALIST})
CASE_MANAGERS = frozenset({Role.CASE_MANAGER})


def _of_somebody(base: str, roles: frozenset[Role]) -> Iterator[Page]:
    """The pages about a specialist's time, below an address."""
    every, away = base + "/availability", base + "/time-off"
    one = every + "/{availability_id}"
    yield Page(path=every, get=availability.show, roles=roles)
    yield Page(path=every + "/new", get=blocks.ask, post=blocks.create, roles=roles)
    yield Page(path=one, get=blocks.show, post=blocks.change, roles=roles)
    yield Page(path=one + "/remove", get=blocks.ask_removal, post=blocks.remove, roles=roles)
    yield Page(path=one + "/dates", get=dates.show, post=dates.change, roles=roles)
    yield Page(path=one + "/dates/{date}/restore", post=dates.restore, roles=roles)
    yield Page(path=away, get=time_off.show, post=time_off.create, roles=roles)
    yield Page(path=away + "/{time_off_id}/remove", get=time_off.ask_removal, post=time_off.remove, roles=roles)


PAGES: tuple[Page, ...] = (
    *_of_somebody(STAFFS, STAFF),
    *_of_somebody(OWN, SPECIALISTS),
    Page(path=slots.OF_CASE_MANAGERS, get=slots.show, roles=CASE_MANAGERS),
    Page(path=slots.OF_STAFF, get=slots.show, roles=STAFF),
    Page(path=why.WHY, get=why.show, roles=STAFF),
    Page(path=calendar.CALENDAR, get=calendar.show, roles=STAFF),
)
ELSEWHERE = (slots.OF_STAFF, "/specialists", "/places")
"""What else belongs to scheduling."""
NAV: tuple[NavLink, ...] = (
    NavLink(calendar.CALENDAR, N_("Scheduling"), STAFF, icon="bookings", order=60, also=ELSEWHERE),
    NavLink(slots.OF_CASE_MANAGERS, N_("Find a time"), CASE_MANAGERS, icon="search", order=35),
    NavLink(OWN + "/availability", N_("Availability"), SPECIALISTS, icon="clock", order=10, also=(OWN + "/time-off",)),
)
FLASHES: Mapping[str, Flash] = {
    "availability-created": Flash(N_("The times are entered, and can be booked from now on.")),
    "availability-saved": Flash(N_("The times are changed.")),
    "availability-removed": Flash(N_("The times are removed.")),
    "date-changed": Flash(N_("The date is changed.")),
    "date-restored": Flash(N_("The date is back to usual.")),
    "time-off-created": Flash(N_("The time off is entered. Nobody can book it.")),
    "time-off-removed": Flash(N_("The time can be booked again.")),
}
