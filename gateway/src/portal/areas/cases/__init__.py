"""Cases, for staff and for the case managers who book for them: found, added, changed, closed and opened again."""

from collections.abc import Iterator, Mapping

from portal.areas.cases import case, edit, listing, new
from portal.areas.cases.sides import CASE_MANAGERS, STAFF, Side
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink


def _pages(side: Side) -> Iterator[Page]:
    """The same pages at either side's addresses."""
    one = side.path + "/{case_id}"
    yield Page(path=side.path, get=listing.show, roles=side.roles)
    yield Page(path=side.path + "/new", get=new.ask, post=new.create, roles=side.roles)
    yield Page(path=one, get=case.show, roles=side.roles)
    yield Page(path=one + "/edit", get=edit.ask, post=edit.change, roles=side.roles)
    yield Page(path=one + "/close", get=case.ask_closing, post=case.close, roles=side.roles)
    yield Page(path=one + "/reopen", post=case.reopen, roles=side.roles)


PAGES: tuple[Page, ...] = (*_pages(STAFF), *_pages(CASE_MANAGERS))
NAV: tuple[NavLink, ...] = tuple(
    NavLink(side.path, N_("Cases"), side.roles, icon="file", order=30) for side in (STAFF, CASE_MANAGERS)
)
FLASHES: Mapping[str, Flash] = {
    "case-created": Flash(N_("The case is added.")),
    "case-saved": Flash(N_("The changes are saved.")),
    "case-closed": Flash(N_("The case is closed.")),
    "case-reopened": Flash(N_("The case is open again.")),
}
