"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_, NC_
from portal.core.labels import TASK_TITLES

TITLES = TASK_TITLES
KINDS: Mapping[str, str] = {**TITLES, "ENABLE_LOGIN": N_("Enable a login"), "BY_HAND": N_("Written down by hand")}
"""The same where nobody in particular is meant."""
REASONS: Mapping[str, str] = {
    "ENABLE_LOGIN": N_("Said yes to the offer of a login."),
    "BY_HAND": N_("Written down by hand."),
    "ANSWER_REQUEST": N_("A case manager asks for an appointment."),
    "ANSWER_MOVE": N_("A case manager asks to move an appointment."),
    "CHOOSE_OPTION": N_("The times are held for a while."),
    "UPLOAD_PAPERWORK": N_("The specialist needs it before the appointment."),
    "CHECK_FILE": N_("A file may be harmful, or could not be checked."),
    "RECORD_OUTCOME": N_("The appointment is over."),
    "FILE_REPORT": N_("The person was seen."),
    "READ_REPORT": N_("A new version is there."),
    "REBOOK": N_("The appointment did not take place."),
    "MOVE_BOOKINGS": N_("They are confirmed for a time when the specialist is away."),
}
"""Why there is something to do."""
STATES: Mapping[str, str] = {"OPEN": N_("Open"), "DONE": NC_("task", "Done"), "CANCELLED": N_("No longer needed")}
