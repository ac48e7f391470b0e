"""The page of patterns, for whoever builds pages: every part in its states. A setting shows it (`make run` does)."""

from collections.abc import Mapping

from portal.areas.patterns import pages
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

PAGES: tuple[Page, ...] = (
    Page(path="/patterns", get=pages.show, post=pages.come_back, is_anyones=True),
    Page(path="/patterns/question", get=pages.ask, post=pages.come_back, is_anyones=True),
)
NAV: tuple[NavLink, ...] = ()
FLASHES: Mapping[str, Flash] = {"patterns-pressed": Flash(N_("Nothing was done: this page only shows."))}
