"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portico.applications.v1.resources_pb2 import Guardian

from portal.core.i18n import N_
from portal.core.labels import BATCH_KINDS as BATCH_KINDS
from portal.core.labels import BATCH_STATES as BATCH_STATES
from portal.core.labels import METHODS as METHODS
from portal.core.labels import STATUSES as STATUSES
from portal.core.labels import choice

LINK_STATES: Mapping[str, str] = {
    "NOT_INVITED": N_("Not invited"),
    "INVITED": N_("Invited"),
    "EXPIRED": N_("Expired"),
    "UNDELIVERABLE": N_("Not delivered"),
    "NO_CONTACT": N_("No contact"),
    "LINKED": N_("Linked"),
}
ATTENTIONS: Mapping[str, str] = {
    "INVITED_LONG_AGO": N_("Invited over 7 days ago"),
    "HELP_REQUESTED": N_("Asked for help"),
}
FILTERS: Mapping[str, str] = {
    **{state: LINK_STATES[state] for state in ("LINKED", "INVITED")},
    "EXPIRED": N_("Expired or withdrawn"),
    **{state: LINK_STATES[state] for state in ("UNDELIVERABLE", "NOT_INVITED", "NO_CONTACT")},
}
"""What a filter by a link state of the contract finds."""
ATTENTION_TILES: Mapping[str, str] = {
    "UNDELIVERABLE": N_("did not arrive"),
    "EXPIRED": N_("expired or withdrawn"),
    "NO_CONTACT": N_("have no contact"),
    "INVITED_LONG_AGO": N_("invited over 7 days ago, not accepted"),
    "HELP_REQUESTED": N_("asked for help"),
}
"""Of how many applications it is so."""
OPEN_TASKS, MY_TASKS = N_("open tasks"), N_("tasks of mine")
EXPLAINED: Mapping[str, str] = {
    "NOT_INVITED": N_("This person has no invitation and no access."),
    "INVITED": N_("The invitation is out, and nobody has accepted it yet."),
    "EXPIRED": N_("The last invitation ran out. Its link and code no longer work."),
    "UNDELIVERABLE": N_("The last message did not arrive. Correct the contact, or invite by the other way."),
    "NO_CONTACT": N_("Without an email address or a phone number nobody can be invited. Add one first."),
    "LINKED": N_("This account sees the application."),
}
"""What a link state means, in one sentence."""
ENDED: Mapping[str, str] = {"REVOKED": N_("Withdrawn"), "CONTACT_CHANGED": N_("Contact changed")}
"""Of EXPIRED, where the invitation did not run out: what ended it."""
BADGES: Mapping[str, str] = {**LINK_STATES, **ENDED}
"""By `link_state`."""
SENTENCES: Mapping[str, str] = {
    **EXPLAINED,
    "REVOKED": N_("The last invitation was withdrawn. Its link and code no longer work."),
    "CONTACT_CHANGED": N_("The contact was changed, so the last invitation no longer works. Please invite again."),
}
"""What it means, in one sentence."""
SET_STATUS: Mapping[str, str] = {
    "ACTIVE": N_("Set active"),
    "UPDATE_NEEDED": N_("Ask for an update"),
    "UNDER_REVIEW": N_("Begin the review"),
    "ENROLLED": N_("Enroll"),
    "CLOSED": N_("Close"),
}
"""What sets a status."""
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
    "ACTIVATED": N_("Application set active"),
    "UPDATE_REQUESTED": N_("Family asked for an update"),
    "REVIEW_STARTED": N_("Review began"),
    "ENROLLED": N_("Family enrolled"),
    "CLOSED": N_("Application closed"),
    "ASSIGNED": N_("Assigned"),
    "UNASSIGNED": N_("Assigned to nobody"),
}
"""A line of the timeline, for staff."""
MESSAGE_STATES: Mapping[str, str] = {
    "MESSAGE_QUEUED": N_("Waits to be sent"),
    "MESSAGE_SENT": N_("Sent"),
    "MESSAGE_DELIVERED": N_("Delivered"),
    "MESSAGE_FAILED": N_("Not delivered"),
}
"""Where a message stands."""


def link_state(guardian: Guardian) -> str:
    """The link state by name; of an invitation that did not run out, what ended it."""
    state = choice(guardian, "link_state")
    outcome = choice(guardian.invitation, "outcome")
    return outcome if state == "EXPIRED" and outcome in ENDED else state
