"""What a family sees: its applications over all organizations."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.family import applications, offers
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

FAMILY = frozenset({Role.FAMILY})
PAGES: tuple[Page, ...] = (
    Page(path="/applications", get=applications.show_all, roles=FAMILY),
    Page(path="/offers", post=offers.accept, roles=FAMILY),
    Page(path="/applications/{application_id}", get=applications.show, roles=FAMILY),
)
NAV: tuple[NavLink, ...] = (NavLink("/applications", N_("My applications"), FAMILY, icon="applications", order=10),)
FLASHES: Mapping[str, Flash] = {
    "offers-accepted": Flash(N_("The applications are now in your account.")),
    "offers-ended": Flash(
        N_("Some of these invitations are no longer valid. What was still valid is now in your account.")
    ),
}
