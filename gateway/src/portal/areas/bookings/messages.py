"""What was sent about a booking, and what became of it: for staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.timestamp_pb2 import Timestamp
from portico.notifications.v1.messages_pb2 import ListMessagesRequest
from portico.notifications.v1.resources_pb2 import Message

from portal.core.context import PageContext
from portal.core.failures import code, why
from portal.core.i18n import N_
from portal.core.labels import choice
from portal.core.outages import unless_away

SHOWN = 50
"""More are seldom sent about one booking."""
SUBJECTS: Mapping[str, str] = {
    "BOOKING_REQUESTED": N_("The request came in"),
    "BOOKING_OFFERED": N_("Times to choose from"),
    "BOOKING_CONFIRMED": N_("The appointment is confirmed"),
    "BOOKING_CHANGED": N_("The appointment has changed"),
    "BOOKING_CANCELLED": N_("The appointment is cancelled"),
    "BOOKING_GIVEN_AWAY": N_("Somebody else has the booking now"),
    "BOOKING_DECLINED": N_("The request was declined"),
    "BOOKING_EXPIRED": N_("The request has expired"),
    "BOOKING_MOVE_REQUESTED": N_("Another time is asked for"),
    "BOOKING_MOVE_DECLINED": N_("The appointment stays as it is"),
    "BOOKING_NOT_ATTENDED": N_("Nobody came to the appointment"),
    "PAPERWORK_SENT": N_("There are files for the specialist"),
}
"""What each template about a booking says."""
STATES: Mapping[str, str] = {
    "QUEUED": N_("Waits to be sent"),
    "SENDING": N_("Being sent"),
    "SENT": N_("Sent"),
    "DELIVERED": N_("Arrived"),
    "TEMPORARY_FAILURE": N_("Is tried again"),
    "PERMANENT_FAILURE": N_("Did not arrive"),
    "SUPPRESSED": N_("Not sent"),
    "CANCELLED": N_("No longer sent"),
}
_COLORS: Mapping[str, str] = {
    "QUEUED": "PENDING",
    "SENDING": "PENDING",
    "SENT": "ACTIVE",
    "DELIVERED": "ACTIVE",
    "TEMPORARY_FAILURE": "PENDING",
    "PERMANENT_FAILURE": "FAILED",
    "SUPPRESSED": "FAILED",
}
"""Whose colours the badges have; one that is no longer sent has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """One message: what it says, to whom, where it is on its way since when, and why it did not arrive."""

    subject: str
    address: str
    state: str
    color: str
    time: Timestamp
    why: str
    code: str


async def sent_messages(context: PageContext, booking_id: str) -> Sequence[SentMessage] | None:
    """The latest messages about a booking, the newest first; None while notifications does not answer."""
    request = ListMessagesRequest(reference=f"bookings/{booking_id}", page_size=SHOWN)
    answer = await unless_away(context.services.notifications.ListMessages(request))
    return None if answer is None else [_shown(message) for message in answer.messages]


def _shown(message: Message) -> SentMessage:
    state = choice(message, "state")
    # Of one that is no longer sent the message that took its place tells enough.
    reason = "" if message.state == Message.CANCELLED else message.failure_reason
    return SentMessage(
        subject=SUBJECTS.get(message.template, message.template),
        address=message.recipient.address,
        state=STATES.get(state, state),
        color=_COLORS.get(state, ""),
        time=message.send_time if message.HasField("send_time") else message.create_time,
        why=_why(reason),
        code=code(reason),
    )


def _why(reason: str) -> str:
    if reason == "TOO_LATE":
        return N_("It could not be sent in time.")
    return why(reason) if reason else ""
