"""What an organization shows of itself, for its administrators."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.settings import bookings, organization, values
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

ADMINISTRATORS = frozenset({Role.STAFF_ADMIN})
PAGES: tuple[Page, ...] = (
    Page(path="/settings", get=organization.show, post=organization.change, roles=ADMINISTRATORS),
    Page(path=bookings.BOOKINGS, get=bookings.show, post=bookings.change, roles=ADMINISTRATORS),
    Page(path=values.VALUES, get=values.show, roles=ADMINISTRATORS),
    Page(path=values.VALUES + "/{kind}", get=values.ask, post=values.change, roles=ADMINISTRATORS),
)
NAV: tuple[NavLink, ...] = (
    NavLink(
        "/settings",
        N_("Settings"),
        ADMINISTRATORS,
        icon="settings",
        order=80,
        also=(bookings.BOOKINGS, values.VALUES),
    ),
)
FLASHES: Mapping[str, Flash] = {
    "booking-settings-saved": Flash(N_("Saved. It holds from now on.")),
    "values-saved": Flash(N_("Saved. It is what people choose from now on.")),
    "organization-saved": Flash(N_("Saved. Pages and messages show it within a minute.")),
}
