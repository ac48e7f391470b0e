"""What people read for the values of the contract's enums; a test holds that none is missing."""

from collections.abc import Mapping

from google.protobuf.message import Message

from portal.core.context import choice
from portal.core.i18n import N_

LINK_STATES: Mapping[str, str] = {
    "NOT_INVITED": N_("Not invited"),
    "INVITED": N_("Invited"),
    "EXPIRED": N_("Expired"),
    "UNDELIVERABLE": N_("Not delivered"),
    "NO_CONTACT": N_("No contact"),
    "LINKED": N_("Linked"),
}
STATUSES: Mapping[str, str] = {
    "ACTIVE": N_("Active"),
    "UPDATE_NEEDED": N_("Update needed"),
    "UNDER_REVIEW": N_("Under review"),
    "ENROLLED": N_("Enrolled"),
    "CLOSED": N_("Closed"),
}
ACTIONS: Mapping[str, str] = {
    "INVITE": N_("Invite"),
    "REINVITE": N_("Reinvite"),
    "UNLINK": N_("Unlink"),
    "UPDATE": N_("Update"),
    "SEND_PASSWORD_RESET": N_("Send password reset"),
    "UNDO_UNLINK": N_("Undo unlink"),
    "REVOKE_INVITATION": N_("Withdraw invitation"),
}
METHODS: Mapping[str, str] = {"EMAIL": N_("email"), "SMS": N_("SMS")}
HAPPENED: Mapping[str, str] = {
    "SUBMITTED": N_("Application came in"),
    "INVITED": N_("Invitation made"),
    "MESSAGE_QUEUED": N_("Message waits to be sent"),
    "MESSAGE_SENT": N_("Message handed to the provider"),
    "MESSAGE_DELIVERED": N_("Message delivered"),
    "MESSAGE_FAILED": N_("Message not delivered"),
    "LINK_FETCHED": N_("Link fetched, by the family or by a mail scanner"),
    "OPENED": N_("Invitation opened by a person"),
    "ACCEPTED": N_("Application linked to an account"),
    "EXPIRED": N_("Invitation expired"),
    "REVOKED": N_("Invitation withdrawn"),
    "UNLINKED": N_("Account unlinked"),
    "UNLINK_UNDONE": N_("Unlink undone"),
    "CONTACT_CHANGED": N_("Contact details changed"),
    "PASSWORD_RESET_SENT": N_("Password reset sent"),
    "RESENT": N_("New invitation, asked for by the family"),
    "CODE_BLOCKED": N_("Code blocked after five wrong application numbers; the link still works"),
}
"""A line of the timeline, for staff."""
TOLD: Mapping[str, str] = {
    "SUBMITTED": N_("Your application came in."),
    "INVITED": N_("We sent you an invitation."),
    "RESENT": N_("You asked for a new invitation, and we sent it."),
    "ACCEPTED": N_("You added this application to your account."),
    "CONTACT_CHANGED": N_("Your contact details were changed."),
    "PASSWORD_RESET_SENT": N_("We sent you a message for a new password."),
}
"""A line of the history, for the family."""
EXPLAINED: Mapping[str, str] = {
    "NOT_INVITED": N_("This person has no invitation and no access."),
    "INVITED": N_("The invitation is out, and nobody has accepted it yet."),
    "EXPIRED": N_("The last invitation ran out or was withdrawn. Its link and code no longer work."),
    "UNDELIVERABLE": N_("The last message did not arrive. Correct the contact, or invite by the other way."),
    "NO_CONTACT": N_("Without an email address or a phone number nobody can be invited. Add one first."),
    "LINKED": N_("This account sees the application."),
}
"""What a link state means, in one sentence."""
STATUS_EXPLAINED: Mapping[str, str] = {
    "ACTIVE": N_("We have your application. There is nothing for you to do."),
    "UPDATE_NEEDED": N_("Something in your application must be completed or corrected."),
    "UNDER_REVIEW": N_("We are looking at your application."),
    "ENROLLED": N_("Your application was successful."),
    "CLOSED": N_("This application is closed."),
}


def of(labels: Mapping[str, str], message: Message, name: str) -> str:
    """The English words for an enum field's value; its own name, or number, for one that is newer than we are."""
    value = choice(message, name)
    return labels.get(value, value)
