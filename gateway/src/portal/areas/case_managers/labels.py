"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_, NC_

ACCOUNT_STATUSES: Mapping[str, str] = {"ACTIVE": NC_("place or person", "Active"), "INACTIVE": N_("Inactive")}
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
    "company_id": N_("Company"),
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
    "promotions_consent_given": N_("agrees to offers and news"),
    "promotions_consent_withdrawn": N_("no longer wants offers and news"),
}
"""What is written of a person, by the names of the contract."""
VERIFIED: Mapping[str, str] = {"": N_("anybody"), "yes": N_("verified"), "no": N_("not verified")}
ACCOUNTS: Mapping[str, str] = {"": N_("anybody"), **ACCOUNT_STATUSES}
