"""What everybody sees: the way in, by an invitation, a code or a password, and help."""

from collections.abc import Mapping

from portal.areas.public import home, invitation, login_offers, organizations, passwords, sign_in
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

PAGES: tuple[Page, ...] = (
    Page(path="/", get=home.show),
    Page(path="/help", get=home.help_people),
    Page(path="/help/passwords", get=home.help_with_passwords),
    Page(path="/language", post=home.choose_language, is_anyones=True),
    Page(path="/i/{token}", get=invitation.show, post=invitation.answer, is_secret=True),
    Page(path="/offer/{token}", get=login_offers.show, post=login_offers.answer, is_secret=True, is_anyones=True),
    Page(path="/link", get=invitation.ask, post=invitation.answer_code, is_secret=True),
    Page(path="/sign-in", get=organizations.choose, post=organizations.send_mine, is_anyones=True),
    Page(path="/family/sign-in", get=sign_in.show, post=sign_in.sign_in, is_anyones=True),
    Page(path="/o/{slug}/sign-in", get=sign_in.show, post=sign_in.sign_in, is_anyones=True),
    Page(path="/sign-out", post=sign_in.sign_out),
    Page(path="/family/forgot", get=passwords.ask, post=passwords.forgot, is_anyones=True),
    Page(path="/o/{slug}/forgot", get=passwords.ask, post=passwords.forgot, is_anyones=True),
    Page(path="/family/reset", get=passwords.ask_code, post=passwords.reset_by_code, is_anyones=True),
    Page(path="/o/{slug}/reset", get=passwords.ask_code, post=passwords.reset_by_code, is_anyones=True),
    Page(path="/family/reset/{token}", get=passwords.show_reset, post=passwords.reset, is_secret=True, is_anyones=True),
    Page(
        path="/o/{slug}/reset/{token}", get=passwords.show_reset, post=passwords.reset, is_secret=True, is_anyones=True
    ),
    Page(
        path="/o/{slug}/activate/{token}",
        get=passwords.show_activation,
        post=passwords.activate,
        is_secret=True,
        is_anyones=True,
    ),
)
NAV: tuple[NavLink, ...] = ()
FLASHES: Mapping[str, Flash] = {
    "signed-out": Flash(N_("You are signed out.")),
    "password-changed": Flash(N_("Your new password is set, and you are signed in.")),
    "activated": Flash(N_("Your account is ready, and you are signed in.")),
    "linked": Flash(N_("The application now belongs to your account.")),
}
