"""Why a message did not arrive, as staff read it."""

from __future__ import annotations

import doctest

import pytest
from portico.applications.v1.resources_pb2 import Guardian
from portico.applications.v1.search_pb2 import ListApplicationsResponse
from portico.notifications.v1.errors_pb2 import ErrorReason

from portal.core import failures
from portal.core.failures import code, why
from portal.core.i18n import i18n_for

from .neighbours import Neighbours
from .people import Browser
from .samples import APPLICATION, application, guardian

OURS = why("")
SAID = {
    "400 21211: The 'To' number is not valid": ("This number cannot receive text messages.", "21211"),
    "400 21614: not a mobile number": ("This number cannot receive text messages.", "21614"),
    "400 21610: unsubscribed": ("The recipient answered STOP and gets no more text messages.", "21610"),
    "SUPPRESSED": ("The recipient answered STOP and gets no more text messages.", "SUPPRESSED"),
    "550 5.1.1 <…> no such user": ("This email address does not exist, or takes no mail.", "5.1.1"),
    "550 no such user": ("This email address does not exist, or takes no mail.", "550"),
    "550 5.7.1 blocked": (
        "The mail server of the recipient refused our message. The address may be right: please try another way.",
        "5.7.1",
    ),
    "552 5.2.2 over quota": ("The mailbox is full. Please try again later, or another way.", "5.2.2"),
    "452 Mailbox full": ("The mailbox is full. Please try again later, or another way.", "452"),
    "RECIPIENT_INVALID": ("This address or number cannot be reached.", "RECIPIENT_INVALID"),
    "RECIPIENT_LIMIT_REACHED": (
        "This phone was sent too many text messages. Please try again tomorrow.",
        "RECIPIENT_LIMIT_REACHED",
    ),
    "REGION_NOT_ALLOWED": ("No text messages are sent to this country.", "REGION_NOT_ALLOWED"),
    "TOO_LATE": ("Its link ran out before the message could be sent. Please send another one.", "TOO_LATE"),
    **{
        reason: (
            "Nobody answered where the message was to be handed over. Please send it again, or another way.",
            said,
        )
        for reason, said in {
            "no answer within 30 s": "",
            "the connection was lost": "",
            "ConnectError": "",
            "ConnectionRefusedError: refused": "",
            "NOT_ATTEMPTED": "NOT_ATTEMPTED",
        }.items()
    },
    "550 5.4.5 daily quota": (OURS, "5.4.5"),
    "400 21612: no route": (OURS, "21612"),
    "503": (OURS, "503"),
    "not composed: KeyError": (OURS, ""),
    "SMS_TOO_LONG": (OURS, "SMS_TOO_LONG"),
}


@pytest.mark.parametrize("reason", SAID)
def test_each_kind_of_failure_has_its_words_and_its_code(reason: str) -> None:
    """CASE-U13: a sentence for people, in both languages, and the code for whoever asks the provider."""
    assert SAID[reason] == (why(reason), code(reason))
    assert why(reason) != i18n_for("es")(why(reason))


@pytest.mark.parametrize("reason", [name for name, number in ErrorReason.items() if number])
def test_each_refusal_of_notifications_has_words(reason: str) -> None:
    """CASE-U13: whatever notifications refuses a message for, staff read a sentence, and its name in small print."""
    is_about_recipient = reason in {"RECIPIENT_INVALID", "RECIPIENT_LIMIT_REACHED", "REGION_NOT_ALLOWED"}
    assert (is_about_recipient, reason) == (why(reason) != OURS, code(reason))


def test_the_examples_are_true() -> None:
    """CASE-U13: the examples of the module."""
    assert 0 == doctest.testmod(failures).failed


@pytest.mark.parametrize("path", [APPLICATION, "/staff/applications"])
async def test_a_spanish_page_has_no_english_words_of_a_provider(
    path: str, staff: Browser, neighbours: Neighbours
) -> None:
    """CASE-U13: the list and the card say it in the reader's language, with nothing of the provider's but the code."""
    staff.cookies["language"] = "es"
    person = guardian(link_state=Guardian.UNDELIVERABLE)
    person.invitation.failure_reason = "400 21211: The 'To' number is not a valid phone number"
    neighbours.answers |= {
        "GetApplication": application(person),
        "ListApplications": ListApplicationsResponse(applications=[application(person)]),
    }
    page = await staff.get(path)
    assert "Este número no puede recibir mensajes de texto. 21211" in page.text
    assert "valid phone number" not in page.answer.text
