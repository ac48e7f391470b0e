"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

ACCOUNT_STATUSES: Mapping[str, str] = {"ACTIVE": N_("Active"), "INACTIVE": N_("Inactive")}
LOGIN_STATUSES: Mapping[str, str] = {
    "NONE": N_("No login"),
    "OFFERED": N_("Offered"),
    "DECLINED": N_("Declined"),
    "ACTIVATION_SENT": N_("Activation sent"),
    "ACTIVE": N_("Active"),
    "LOCKED": N_("Locked"),
    "DISABLED": N_("Disabled"),
}
SENTENCES: Mapping[str, str] = {
    "NONE": N_("This person has no login, and was never asked whether they want one."),
    "OFFERED": N_("This person was asked whether they want a login, and has not answered yet."),
    "DECLINED": N_("This person said that they do not want a login."),
    "ACTIVATION_SENT": N_("The login is made. It waits until this person sets the first password."),
    "ACTIVE": N_("This person can sign in."),
    "LOCKED": N_(
        "Too many wrong passwords were typed. Devices that signed in before still get in; new ones have to wait."
    ),
    "DISABLED": N_("This person can neither sign in nor set a new password. What they did is kept."),
}
"""What a login status means."""
SINCE: Mapping[str, str] = {
    "OFFERED": N_("Offered"),
    "DECLINED": N_("Declined"),
    "ACTIVATION_SENT": N_("Activation sent"),
    "DISABLED": N_("Disabled"),
}
"""What the time of a status is called; of any other it is just since when."""
HAPPENED: Mapping[str, str] = {
    "CREATED": N_("Added"),
    "UPDATED": N_("Details changed"),
    "DEACTIVATED": N_("Deactivated"),
    "ACTIVATED": N_("Activated"),
    "LOGIN_ENABLED": N_("Login enabled"),
    "LOGIN_DISABLED": N_("Login disabled"),
    "ACTIVATION_RESENT": N_("Activation message sent"),
    "PASSWORD_RESET_SENT": N_("Password reset sent"),
    "LOGIN_OFFERED": N_("Login offered"),
    "OFFER_ACCEPTED": N_("Said yes to a login"),
    "OFFER_DECLINED": N_("Said no to a login"),
}
"""A line of the history."""
FIELDS: Mapping[str, str] = {
    "business_unit_id": N_("Business unit"),
    "title": N_("Title"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "position": N_("Position"),
    "email": N_("Email"),
    "phone": N_("Phone"),
    "mobile": N_("Mobile phone"),
    "suburb": N_("Suburb"),
    "postcode": N_("Postcode"),
    "state": N_("State or territory"),
    "language": N_("Language"),
    "contact_verified": N_("Contact verified"),
    "responsible_staff_id": N_("Who looks after them"),
    "note": N_("Note"),
    "time_zone": N_("Time zone"),
}
"""What is written of a person, by the names of the contract."""
VERIFIED: Mapping[str, str] = {"": N_("anybody"), "yes": N_("verified"), "no": N_("not verified")}
ACCOUNTS: Mapping[str, str] = {"": N_("anybody"), **ACCOUNT_STATUSES}
