"""What was sent about a booking, on the page that staff have of it."""

from __future__ import annotations

import pytest
from portico.notifications.v1.messages_pb2 import ListMessagesRequest, ListMessagesResponse
from portico.notifications.v1.resources_pb2 import Message

from chassis.call import Role
from chassis.errors import Unavailable
from chassis.wire import timestamp

from .bookings import BOOKING, BOOKING_ID, OWN_BOOKING, SP_BOOKING, message
from .case_managers import on
from .neighbours import Neighbours
from .people import Browser, SignedIn


async def told(staff: Browser, neighbours: Neighbours, *messages: Message) -> list[str]:
    """What the page says of messages."""
    neighbours.answers["ListMessages"] = ListMessagesResponse(messages=messages)
    page = await staff.get(BOOKING)
    return [each.text for each in page.main.one("section", **{"aria-labelledby": "messages"}).all("li")]


async def test_staff_read_what_became_of_the_messages(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09, CM-08: what each says, to whom it went and when, and where it is on its way; the newest first."""
    sent, waits = await told(
        staff,
        neighbours,
        message("BOOKING_CONFIRMED", "SENT", send_time=timestamp(on(7))),
        message("OF_A_NEWER_RELEASE", "QUEUED"),
    )
    assert ListMessagesRequest(reference=f"bookings/{BOOKING_ID}", page_size=50) == neighbours.only("ListMessages")
    assert sent.startswith("The appointment is confirmed ana@example.org · Jan 7,")
    assert waits.startswith("OF_A_NEWER_RELEASE ana@example.org · Jan 6,")
    assert (True, True) == (sent.endswith("Sent"), waits.endswith("Waits to be sent"))


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("PERMANENT_FAILURE", "550 5.1.1 no such user", "or takes no mail. 5.1.1 Did not arrive"),
        ("PERMANENT_FAILURE", "TOO_LATE", "It could not be sent in time. TOO_LATE Did not arrive"),
        ("TEMPORARY_FAILURE", "452 4.2.2 over quota", "The mailbox is full."),
        ("CANCELLED", "SUPERSEDED", "10:00 AM No longer sent"),
    ],
)
async def test_staff_read_why_a_message_did_not_arrive(
    staff: Browser, neighbours: Neighbours, state: str, reason: str, words: str
) -> None:
    """PO-09, CASE-U2: what the provider said in words; that a newer message took its place, that one says."""
    [row] = await told(staff, neighbours, message("BOOKING_OFFERED", state, failure_reason=reason))
    assert words in row


async def test_the_page_is_there_without_the_messages(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09, OP-05: while notifications is away the booking is shown, and the page says what is missing."""
    neighbours.answers["ListMessages"] = Unavailable()
    page = await staff.get(BOOKING)
    assert (200, True) == (page.status, "What became of the messages cannot be shown right now." in page.text)


async def test_nothing_was_sent_yet(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09: of what was not sent the page says nothing."""
    neighbours.answers["ListMessages"] = ListMessagesResponse()
    assert not (await staff.get(BOOKING)).main.all("section", **{"aria-labelledby": "messages"})


@pytest.mark.parametrize(("role", "address"), [(Role.CASE_MANAGER, OWN_BOOKING), (Role.SPECIALIST, SP_BOOKING)])
async def test_who_was_written_to_is_for_staff(
    role: Role, address: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """CM-15: nobody else reads the addresses."""
    page = await signed_in(role).get(address)
    assert ("ListMessages" in neighbours.rpcs, "ana@example.org" in page.text) == (False, False)
