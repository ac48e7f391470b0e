"""The logins of an organization's people, and what happened to them, for its administrators."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.people import audit, login, logins, new_login
from portal.areas.people.login_actions import ACTIONS
from portal.core.downloads import FILES
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

ADMINISTRATORS = frozenset({Role.STAFF_ADMIN})
LOGIN = login.LOGIN + "/{account_id}"
PEOPLE = ("/case-managers", "/companies")
"""What else belongs to the people of an organization."""
UNDO = login.LOGIN + "/{}"
"""Where an action's Undo goes to, with the id of the login."""
PAGES: tuple[Page, ...] = (
    Page(path=logins.LIST, get=logins.show, roles=ADMINISTRATORS),
    Page(path=login.LOGIN + "/new", get=new_login.ask, post=new_login.create, roles=ADMINISTRATORS),
    Page(path=LOGIN, get=login.show, roles=ADMINISTRATORS),
    *login.pages(LOGIN, ADMINISTRATORS),
    Page(path=audit.AUDIT, get=audit.show, roles=ADMINISTRATORS),
    *(Page(path=f"{audit.AUDIT}.{ending}", get=audit.send, roles=ADMINISTRATORS, is_stream=True) for ending in FILES),
)
NAV: tuple[NavLink, ...] = (NavLink(logins.LIST, N_("People"), ADMINISTRATORS, icon="people", order=70, also=PEOPLE),)
FLASHES: Mapping[str, Flash] = {
    "login-created": Flash(N_("The login is made, and its activation message is on its way.")),
    **{action.flash: Flash(action.done, undo=f"{UNDO}{action.undo}" if action.undo else "") for action in ACTIONS},
}
