"""A person's own account, whatever their role."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.account import pages
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

EVERYBODY = frozenset(Role)
PAGES: tuple[Page, ...] = (
    Page(path="/account", get=pages.show, roles=EVERYBODY),
    Page(path="/account/password", get=pages.show, post=pages.change_password, roles=EVERYBODY),
    Page(path="/account/devices", post=pages.sign_out_devices, roles=EVERYBODY),
)
NAV: tuple[NavLink, ...] = (NavLink("/account", N_("My account"), EVERYBODY, icon="account", order=90),)
FLASHES: Mapping[str, Flash] = {
    "device-signed-out": Flash(N_("The device is signed out.")),
    "devices-signed-out": Flash(N_("All other devices are signed out.")),
    "password-replaced": Flash(N_("Your password is changed, and all other devices are signed out.")),
}
