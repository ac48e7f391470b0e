"""What a family reads for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_
from portal.core.labels import STATUSES as STATUSES

STATUS_EXPLAINED: Mapping[str, str] = {
    "ACTIVE": N_("We have your application. There is nothing for you to do."),
    "UPDATE_NEEDED": N_("Something in your application must be completed or corrected."),
    "UNDER_REVIEW": N_("We are looking at your application. There is nothing for you to do."),
    "ENROLLED": N_("Your application was successful."),
    "CLOSED": N_("This application is closed."),
}
NEXT: Mapping[str, str] = {
    "ACTIVE": N_("We look at it, and send you a message if we need something from you."),
    "UPDATE_NEEDED": N_("Tell us, or bring us, what is missing. Then we look at your application again."),
    "UNDER_REVIEW": N_("We decide about it. You find the decision on this page."),
    "ENROLLED": N_("We contact you about everything that is still to be arranged."),
    "CLOSED": N_("Nothing more. If you think that this is a mistake, please contact us: we can open it again."),
}
"""What comes next, for each status."""
TOLD: Mapping[str, str] = {
    "SUBMITTED": N_("Your application came in."),
    "INVITED": N_("We sent you an invitation."),
    "RESENT": N_("You asked for a new invitation, and we sent it."),
    "ACCEPTED": N_("You added this application to your account."),
    "CONTACT_CHANGED": N_("Your contact details were changed."),
    "PASSWORD_RESET_SENT": N_("We sent you a message for a new password."),
    "ACTIVATED": N_("Your application is active again."),
    "UPDATE_REQUESTED": N_("We asked you for something:"),
    "REVIEW_STARTED": N_("We began to look at your application."),
    "ENROLLED": N_("Your application was successful."),
    "CLOSED": N_("Your application was closed."),
}
"""A line of the history, for the family."""
