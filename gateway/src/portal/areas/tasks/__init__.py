"""What staff have to do."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.tasks import tasks
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
PAGES: tuple[Page, ...] = (
    Page(path=tasks.LIST, get=tasks.show, roles=STAFF),
    Page(path=tasks.LIST + "/{task_id}/done", post=tasks.complete, roles=STAFF),
)
NAV: tuple[NavLink, ...] = ()
FLASHES: Mapping[str, Flash] = {"task-done": Flash(N_("The task is done."))}
