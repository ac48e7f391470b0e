"""What people read for the values of the contract's enums; here what several areas say, in their `labels.py` the rest.

A test holds that none is missing.
"""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.call import Role
from portal.core.i18n import N_

STATUSES: Mapping[str, str] = {
    "ACTIVE": N_("Active"),
    "UPDATE_NEEDED": N_("Update needed"),
    "UNDER_REVIEW": N_("Under review"),
    "ENROLLED": N_("Enrolled"),
    "CLOSED": N_("Closed"),
}

METHODS: Mapping[str, str] = {"EMAIL": N_("email"), "SMS": N_("SMS")}

BATCH_KINDS: Mapping[str, str] = {"INVITE": N_("Batch invite"), "UNLINK": N_("Batch unlink")}
BATCH_STATES: Mapping[str, str] = {
    "PREVIEWING": N_("Preview in the making"),
    "PREVIEWED": N_("Ready to start"),
    "SCHEDULED": N_("Starts later"),
    "RUNNING": N_("Running"),
    "PAUSED": N_("Paused"),
    "CANCELLING": N_("Being cancelled"),
    "UNDOING": N_("Being undone"),
    "REVOKING": N_("Being withdrawn"),
}
"""Of a batch that is not finished."""

ROLES: Mapping[Role, str] = {
    Role.STAFF_ADMIN: N_("Administrator"),
    Role.STAFF: N_("Staff"),
    Role.CASE_MANAGER: N_("Case manager"),
    Role.SPECIALIST: N_("Specialist"),
    Role.FAMILY: N_("Family"),
}


TASK_TITLES: Mapping[str, str] = {
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
    "MOVE_BOOKINGS": N_("Move bookings with a specialist who is away"),
}
"""What there is to do, by kind; what somebody wrote has words of its own."""


def choice(message: Message, name: str) -> str:
    """The name of an enum field's value: `LINKED`; its number for a value that is newer than we are."""
    enum = message.DESCRIPTOR.fields_by_name[name].enum_type
    if enum is None:
        raise ValueError(f"{name} is no enum")
    number = getattr(message, name)
    value = enum.values_by_number.get(number)
    return value.name if value else str(number)


def label(labels: Mapping[str, str], message: Message, name: str) -> str:
    """The English words for an enum field's value; its own name, or number, for one that is newer than we are."""
    value = choice(message, name)
    return labels.get(value, value)
