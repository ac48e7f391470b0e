"""What staff read for the values of a batch."""

from collections.abc import Mapping

from portico.applications.v1.batch_resources_pb2 import Batch, BatchRow

from portal.core.i18n import N_
from portal.core.labels import BATCH_KINDS as BATCH_KINDS
from portal.core.labels import BATCH_STATES, choice
from portal.core.labels import METHODS as METHODS

STATES: Mapping[str, str] = {
    **BATCH_STATES,
    "EXPIRED": N_("Preview too old"),
    "CANCELLED": N_("Cancelled"),
    "SUCCEEDED": N_("Done"),
    "UNDONE": N_("Undone"),
    "REVOKED": N_("Withdrawn"),
}
EXPLAINED: Mapping[str, str] = {
    "PREVIEWING": N_("We look at each family and say what would happen. Nothing is sent before you start it."),
    "PREVIEWED": N_("Nothing has been sent yet. Start it when all below is as you want it."),
    "EXPIRED": N_("Nobody started it within 24 hours, and much may have changed since. Nothing was sent."),
    "SCHEDULED": N_("It begins by itself at the time below. Until then you can cancel it."),
    "RUNNING": N_("You can close this window: it goes on by itself, and this page shows how far it is."),
    "PAUSED": N_("Nothing more is done until you go on."),
    "CANCELLING": N_("What has not begun is taken back."),
    "CANCELLED": N_("It was ended early. What was done before stays as it is."),
    "SUCCEEDED": N_("All families have been dealt with."),
    "UNDOING": N_("The families get their access back, one after the other."),
    "UNDONE": N_("The families have their access back."),
    "REVOKING": N_("The invitations that nobody has accepted are withdrawn, one after the other."),
    "REVOKED": N_("The invitations that nobody had accepted were withdrawn."),
}
"""What a state means, in a sentence or two."""
NOT_BEGUN = N_("It was cancelled before it began. Nothing was sent or changed.")
OUTCOMES: Mapping[str, str] = {
    "PENDING": N_("Still to do"),
    "INVITED": N_("Invited"),
    "SKIPPED_LINKED": N_("Linked already"),
    "SKIPPED_LIVE": N_("Invited already"),
    "SKIPPED_NO_CONTACT": N_("No contact"),
    "SKIPPED_METHOD_MISSING": N_("Not reached this way"),
    "SKIPPED_DUPLICATE": N_("Same contact"),
    "SKIPPED_CHANGED": N_("Changed meanwhile"),
    "FAILED": N_("Failed"),
    "CANCELLED": N_("Cancelled"),
    "UNLINKED": N_("Unlinked"),
    "SKIPPED_NOT_LINKED": N_("Not linked"),
    "UNDONE": N_("Access given back"),
    "UNDO_SKIPPED": N_("Not given back"),
    "SKIPPED_NO_NEW_CONTACT": N_("No new contact"),
}
PLANNED: Mapping[str, str] = {"INVITE": N_("To be invited"), "UNLINK": N_("To be unlinked")}
"""What PENDING is called in a preview, by kind."""
MENDING: Mapping[str, str] = {
    "SKIPPED_LINKED": N_("They see their application already. There is nothing to do."),
    "SKIPPED_LIVE": N_("Their invitation still works and stays as it is."),
    "SKIPPED_NO_CONTACT": N_("Add an email address or a phone number, then invite them."),
    "SKIPPED_METHOD_MISSING": N_("Add the contact that is missing, or choose another way of sending."),
    "SKIPPED_DUPLICATE": N_(
        "Others of this batch have the same contact. It may be a case worker’s: give each family its own."
    ),
    "SKIPPED_CHANGED": N_("Something changed after the preview, so nothing was done. Look at the application."),
    "FAILED": N_("It could not be done. Try it once more with the button above."),
    "CANCELLED": N_("The batch ended before their turn."),
    "SKIPPED_NOT_LINKED": N_("No account sees this application. There is nothing to take away."),
    "UNDO_SKIPPED": N_("They were invited, linked or given access since, and stay as they are."),
    "SKIPPED_NO_NEW_CONTACT": N_("Type a new email address or phone number, then invite them."),
}
"""Why rows were passed over, and how that is mended."""
DELIVERIES: Mapping[str, str] = {
    "WAITING": N_("Waits to be sent"),
    "SENT": N_("Sent"),
    "UNDELIVERABLE": N_("Did not arrive"),
    "NOT_SENT": N_("Not sent"),
    "OPENED": N_("Opened"),
    "ACCEPTED": N_("Accepted"),
}
METHOD_CHOICES: Mapping[str, tuple[str, str]] = {
    "": (N_("As each family prefers"), N_("Or the other way, where that contact is missing.")),
    "EMAIL": (N_("By email"), N_("Families without an email address are left out.")),
    "SMS": (N_("By SMS"), N_("Families without a phone number are left out. The provider charges for each part.")),
}
"""Ways of sending, and what each means; empty: as each family prefers."""
DONE = ("PENDING", "INVITED", "UNLINKED", "UNDONE")
"""Outcomes of what the batch is made for; all others are left out, or failed."""
MENDABLE = ("SKIPPED_DUPLICATE", "SKIPPED_NO_CONTACT", "SKIPPED_METHOD_MISSING")
"""Outcomes that are shown before the others, because somebody may want to mend them before it begins."""


def order_of(outcome: str) -> int:
    """Where an outcome stands among the others; one that is newer than we are comes last."""
    names = [*DONE, *MENDABLE, *OUTCOMES]
    return names.index(outcome) if outcome in names else len(names)


def is_preview(batch: Batch) -> bool:
    """Whether nothing of it has begun."""
    return batch.state in {Batch.PREVIEWING, Batch.PREVIEWED, Batch.EXPIRED, Batch.SCHEDULED}


def outcome_words(batch: Batch, row: BatchRow) -> str:
    """What became of a row, or what would; English, to be translated."""
    return outcome_label(batch, choice(row, "outcome"))


def outcome_label(batch: Batch, outcome: str) -> str:
    """The same for the name of an outcome."""
    if outcome == "PENDING" and is_preview(batch):
        return PLANNED.get(choice(batch, "kind"), outcome)
    return OUTCOMES.get(outcome, outcome)
