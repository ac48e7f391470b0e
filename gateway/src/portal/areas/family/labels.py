"""What a family reads for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_
from portal.core.labels import STATUSES as STATUSES

STATUS_EXPLAINED: Mapping[str, str] = {
    "ACTIVE": N_("We have your application. There is nothing for you to do."),
    "UPDATE_NEEDED": N_("Something in your application must be completed or corrected."),
    "UNDER_REVIEW": N_("We are looking at your application."),
    "ENROLLED": N_("Your application was successful."),
    "CLOSED": N_("This application is closed."),
}
TOLD: Mapping[str, str] = {
    "SUBMITTED": N_("Your application came in."),
    "INVITED": N_("We sent you an invitation."),
    "RESENT": N_("You asked for a new invitation, and we sent it."),
    "ACCEPTED": N_("You added this application to your account."),
    "CONTACT_CHANGED": N_("Your contact details were changed."),
    "PASSWORD_RESET_SENT": N_("We sent you a message for a new password."),
}
"""A line of the history, for the family."""
