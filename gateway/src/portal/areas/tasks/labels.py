"""What staff read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

TITLES: Mapping[str, str] = {
    "ENABLE_LOGIN": N_("Enable the login of %(name)s"),
    "BY_HAND": N_("Something that somebody wrote down"),
    "ANSWER_REQUEST": N_("Answer a request"),
    "ANSWER_MOVE": N_("Answer a wish for another time"),
    "CHOOSE_OPTION": N_("Choose one of the times offered"),
    "UPLOAD_PAPERWORK": N_("Send the paperwork"),
    "CHECK_FILE": N_("Check a file"),
    "RECORD_OUTCOME": N_("Say who came"),
    "FILE_REPORT": N_("File the report"),
    "READ_REPORT": N_("Read the report"),
    "REBOOK": N_("Book again"),
}
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
}
"""Why there is something to do."""
STATES: Mapping[str, str] = {"OPEN": N_("Open"), "DONE": N_("Done"), "CANCELLED": N_("No longer needed")}
