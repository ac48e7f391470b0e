"""What the staff of an organization see and do: applications and their guardians."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.staff import application, assignment, guardians, new_application, search, start
from portal.areas.staff.guardian_actions import ACTIONS
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
START = "/start"
APPLICATION = "/staff/applications/{application_id}"
GUARDIAN = APPLICATION + "/guardians/{guardian_id}"
UNDO = "/staff/applications/{}/guardians/{}"
"""Where an action's Undo goes to, with the ids of application and guardian."""
PAGES: tuple[Page, ...] = (
    Page(path=START, get=start.show, roles=STAFF),
    Page(path=search.LIST, get=search.show, roles=STAFF),
    Page(path="/staff/applications/new", get=new_application.ask, post=new_application.create, roles=STAFF),
    Page(path=APPLICATION, get=application.show, roles=STAFF),
    Page(path=APPLICATION + "/status", post=application.set_status, roles=STAFF),
    Page(
        path=APPLICATION + "/request-update", get=application.ask_update, post=application.request_update, roles=STAFF
    ),
    Page(path=APPLICATION + "/assignee", get=assignment.ask, post=assignment.assign, roles=STAFF),
    *guardians.pages(GUARDIAN, STAFF),
)
NAV: tuple[NavLink, ...] = (
    NavLink(START, N_("Start"), STAFF, icon="home", order=5, also=("/tasks",)),
    NavLink(search.LIST, N_("Applications"), STAFF, icon="applications", order=10),
)
FLASHES: Mapping[str, Flash] = {
    "status-set": Flash(N_("The status was changed.")),
    "update-requested": Flash(N_("The family is told what is missing.")),
    "assigned": Flash(N_("The application is assigned.")),
    "unassigned": Flash(N_("The application is assigned to nobody.")),
    "created": Flash(N_("The application is entered.")),
    **{
        action.flash: Flash(action.done, undo=f"{UNDO}{action.undo}" if action.undo else "")
        for action in ACTIONS.values()
    },
}
