"""What administrators read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

STATES: Mapping[str, str] = {
    "ACTIVE": N_("Active"),
    "PENDING_ACTIVATION": N_("Waits for activation"),
    "LOCKED": N_("Locked"),
    "DISABLED": N_("Disabled"),
}
SENTENCES: Mapping[str, str] = {
    "ACTIVE": N_("This person can sign in."),
    "PENDING_ACTIVATION": N_("Nobody has set the first password yet. Until then this person cannot sign in."),
    "LOCKED": N_(
        "Too many wrong passwords were typed. Devices that signed in before still get in; new ones have to wait."
    ),
    "DISABLED": N_("This person can neither sign in nor set a new password. What they did is kept."),
}
"""What a state means, in one or two sentences."""
HAPPENED: Mapping[str, str] = {
    "SIGNED_IN": N_("Signed in"),
    "SIGN_IN_FAILED": N_("Sign-in failed"),
    "SIGN_IN_LOCKED": N_("Ten wrong passwords from one place, which has to wait"),
    "ACCOUNT_LOCKED": N_("Locked after fifty wrong passwords"),
    "REFRESH_TOKEN_RENEWED": N_("Stayed signed in after a lost connection"),
    "REFRESH_TOKEN_REUSED": N_("Signed out, because the session was used in two places"),
    "SESSIONS_REVOKED": N_("Devices signed out"),
    "ACCOUNT_CREATED": N_("Login made"),
    "ACCOUNT_ACTIVATED": N_("Login activated"),
    "ACTIVATION_ASKED": N_("Activation message sent"),
    "RESET_ASKED": N_("Password reset sent"),
    "RESET_REFUSED": N_("New password refused: the link or code was not right"),
    "PASSWORD_RESET": N_("New password set by link or code"),
    "PASSWORD_CHANGED": N_("Password changed"),
    "ORGANIZATION_UPDATED": N_("Settings of the organization changed"),
    "ACCOUNT_DISABLED": N_("Login disabled"),
    "ACCOUNT_ENABLED": N_("Login enabled"),
    "ACCOUNT_UNLOCKED": N_("Login unlocked"),
    "USERNAME_CHANGED": N_("Address changed"),
    "ADMINISTRATOR_GRANTED": N_("Made an administrator"),
    "ADMINISTRATOR_REVOKED": N_("Made a member of the staff"),
}
"""A line of the audit."""
OUTCOMES: Mapping[str, str] = {"SUCCEEDED": N_("Done"), "REFUSED": N_("Refused")}
