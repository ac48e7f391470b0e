"""Who is booked, for staff: the list, a new one, a profile."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.specialists import login, new, profile, search
from portal.areas.specialists.login_actions import ACTIONS, SENT_FLASH
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
SPECIALIST = search.LIST + "/{specialist_id}"
PAGES: tuple[Page, ...] = (
    Page(path=search.LIST, get=search.show, roles=STAFF),
    Page(path=search.LIST + "/new", get=new.ask, post=new.create, roles=STAFF),
    Page(path=SPECIALIST, get=profile.show, post=profile.change, roles=STAFF),
    Page(path=SPECIALIST + "/deactivate", get=profile.ask_deactivation, post=profile.deactivate, roles=STAFF),
    Page(path=SPECIALIST + "/activate", post=profile.activate, roles=STAFF),
    *login.pages(SPECIALIST + "/login", STAFF),
)
NAV: tuple[NavLink, ...] = ()
FLASHES: Mapping[str, Flash] = {
    "specialist-created": Flash(
        N_("The specialist is added. Under Availability you can enter when they can be booked.")
    ),
    SENT_FLASH: Flash(N_("The login is enabled, and its activation message is on its way.")),
    **{
        action.flash: Flash(action.done, undo=f"{search.LIST}/{{}}{action.undo}" if action.undo else "")
        for action in ACTIONS
    },
    "specialist-saved": Flash(N_("The changes are saved.")),
    "specialist-deactivated": Flash(N_("The specialist is inactive."), undo=search.LIST + "/{}/activate"),
    "specialist-activated": Flash(N_("The specialist is active.")),
}
