"""The companies that case managers belong to, and their business units, for staff."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.companies import companies, company, units
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
COMPANY = companies.LIST + "/{company_id}"
UNIT = COMPANY + "/units/{business_unit_id}"
PAGES: tuple[Page, ...] = (
    Page(path=companies.LIST, get=companies.show, roles=STAFF),
    Page(path=companies.LIST + "/new", get=companies.ask, post=companies.create, roles=STAFF),
    Page(path=COMPANY, get=company.show, post=company.change, roles=STAFF),
    Page(path=COMPANY + "/deactivate", get=company.ask_deactivation, post=company.deactivate, roles=STAFF),
    Page(path=COMPANY + "/activate", post=company.activate, roles=STAFF),
    Page(path=COMPANY + "/units/new", get=units.ask_new, post=units.create, roles=STAFF),
    Page(path=UNIT, get=units.ask_name, post=units.rename, roles=STAFF),
    Page(path=UNIT + "/remove", get=units.ask_removal, post=units.remove, roles=STAFF),
)
NAV: tuple[NavLink, ...] = ()
FLASHES: Mapping[str, Flash] = {
    "company-created": Flash(N_("The company is added. Everything else about it is filled in here.")),
    "company-saved": Flash(N_("The changes are saved.")),
    "company-deactivated": Flash(N_("The company is inactive."), undo=companies.LIST + "/{}/activate"),
    "company-activated": Flash(N_("The company is active.")),
    "unit-created": Flash(N_("The business unit is added.")),
    "unit-renamed": Flash(N_("The business unit has its new name.")),
    "unit-removed": Flash(N_("The business unit is removed.")),
}
