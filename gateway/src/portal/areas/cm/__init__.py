"""What case managers see: their first page, and what they set of themselves."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.cm import overview, settings
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

CASE_MANAGERS = frozenset({Role.CASE_MANAGER})
PAGES: tuple[Page, ...] = (
    Page(path=overview.OVERVIEW, get=overview.show, roles=CASE_MANAGERS),
    Page(path=settings.SETTINGS, get=settings.show, post=settings.change, roles=CASE_MANAGERS),
)
NAV: tuple[NavLink, ...] = (
    NavLink(overview.OVERVIEW, N_("Overview"), CASE_MANAGERS, icon="home", order=5, is_alone=True),
    NavLink(settings.SETTINGS, N_("My profile"), CASE_MANAGERS, icon="settings", order=91),
)
FLASHES: Mapping[str, Flash] = {"profile-saved": Flash(N_("Your profile is saved."))}
