"""Where people are seen, for staff."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.places import place, places
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
PLACE = places.LIST + "/{place_id}"
PAGES: tuple[Page, ...] = (
    Page(path=places.LIST, get=places.show, roles=STAFF),
    Page(path=places.LIST + "/new", get=places.ask, post=places.create, roles=STAFF),
    Page(path=PLACE, get=place.show, post=place.change, roles=STAFF),
    Page(path=PLACE + "/deactivate", get=place.ask_deactivation, post=place.deactivate, roles=STAFF),
    Page(path=PLACE + "/activate", post=place.activate, roles=STAFF),
)
NAV: tuple[NavLink, ...] = ()
FLASHES: Mapping[str, Flash] = {
    "place-created": Flash(N_("The place is added. Specialists can be seen there from now on.")),
    "place-saved": Flash(N_("The changes are saved.")),
    "place-deactivated": Flash(N_("The place is inactive."), undo=places.LIST + "/{}/activate"),
    "place-activated": Flash(N_("The place is active.")),
}
