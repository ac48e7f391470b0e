"""What the staff of an organization see and do: applications and their guardians."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.staff import application, guardians, new_application, search
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
APPLICATION = "/staff/applications/{application_id}"
GUARDIAN = APPLICATION + "/guardians/{guardian_id}"
PAGES: tuple[Page, ...] = (
    Page(path="/staff/applications", get=search.show, roles=STAFF),
    Page(path="/staff/applications/new", get=new_application.ask, post=new_application.create, roles=STAFF),
    Page(path=APPLICATION, get=application.show, roles=STAFF),
    Page(path=GUARDIAN, get=guardians.show, post=guardians.update, roles=STAFF),
    Page(path=GUARDIAN + "/invite", get=guardians.ask_method, post=guardians.invite, roles=STAFF),
    Page(path=GUARDIAN + "/{action}", post=guardians.act, roles=STAFF),
)
NAV: tuple[NavLink, ...] = (NavLink("/staff/applications", N_("Applications"), STAFF),)
FLASHES: Mapping[str, Flash] = {
    "created": Flash(N_("The application is entered.")),
    "invited": Flash(N_("The invitation is on its way.")),
    "revoked": Flash(N_("The invitation was withdrawn. Its link and code no longer work.")),
    "unlinked": Flash(N_("The family no longer has access. You can undo this for 15 minutes.")),
    "undone": Flash(N_("The family has its access back.")),
    "reset-sent": Flash(N_("A message for a new password is on its way to the family.")),
    "saved": Flash(N_("The changes are saved.")),
}
