"""The case managers of companies, their profiles and their logins, for staff."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.case_managers import history, login, new, profile, search, tasks
from portal.areas.case_managers.login_actions import ACTIONS, SENT_FLASH
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
PERSON = search.LIST + "/{case_manager_id}"
UNDO = search.LIST + "/{}"
"""Where an Undo goes to, with the id of the person."""
PAGES: tuple[Page, ...] = (
    Page(path=search.LIST, get=search.show, roles=STAFF),
    Page(path=search.LIST + "/new", get=new.ask, post=new.create, roles=STAFF),
    Page(path=PERSON, get=profile.show, post=profile.change, roles=STAFF),
    Page(path=PERSON + "/deactivate", get=profile.ask_deactivation, post=profile.deactivate, roles=STAFF),
    Page(path=PERSON + "/activate", post=profile.activate, roles=STAFF),
    Page(path=PERSON + "/login", get=login.show, post=login.save, roles=STAFF),
    *login.pages(PERSON + "/login", STAFF),
    Page(path=PERSON + "/tasks", get=tasks.show, roles=STAFF),
    Page(path=PERSON + "/history", get=history.show, roles=STAFF),
)
NAV: tuple[NavLink, ...] = (
    NavLink(search.LIST, N_("People"), frozenset({Role.STAFF}), icon="people", order=70, also=("/companies",)),
)
FLASHES: Mapping[str, Flash] = {
    "case-manager-created": Flash(N_("The case manager is added. Under Login Information you can enable a login.")),
    "case-manager-saved": Flash(N_("The changes are saved.")),
    "case-manager-deactivated": Flash(N_("The case manager is inactive."), undo=f"{UNDO}/activate"),
    "case-manager-activated": Flash(N_("The case manager is active.")),
    "case-manager-login-unchanged": Flash(N_("Nothing was to be changed, so nothing was sent.")),
    SENT_FLASH: Flash(N_("The login is enabled, and its activation message is on its way.")),
    **{action.flash: Flash(action.done, undo=f"{UNDO}{action.undo}" if action.undo else "") for action in ACTIONS},
}
