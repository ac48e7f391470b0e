"""What specialists see: their day."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.sp import today
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

SPECIALISTS = frozenset({Role.SPECIALIST})
PAGES: tuple[Page, ...] = (Page(path=today.TODAY, get=today.show, roles=SPECIALISTS),)
NAV: tuple[NavLink, ...] = (NavLink(today.TODAY, N_("Today"), SPECIALISTS, icon="home", order=5, is_alone=True),)
FLASHES: Mapping[str, Flash] = {}
