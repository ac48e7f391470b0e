"""Why a message did not arrive, in words for staff; what the provider or notifications said stands in small print."""

import re

from portal.core.i18n import N_

_WORDS = (
    (r"\b21610\b|\bSTOP\b|^SUPPRESSED$", N_("The recipient answered STOP and gets no more text messages.")),
    (r"\b(21211|21214|21217|21614)\b", N_("This number cannot receive text messages.")),
    (r"\b5\.(1\.([1236]|10)|2\.1)\b", N_("This email address does not exist, or takes no mail.")),
    (
        r"\b[45]\.2\.2\b|(?i:mailbox (is )?full)",
        N_("The mailbox is full. Please try again later, or another way."),
    ),
    (
        r"\b5\.7\.\d",
        N_("The mail server of the recipient refused our message. The address may be right: please try another way."),
    ),
    # Only a server that gives no code of three parts means the address by these.
    (r"^55[013]\b(?!.*\b5\.\d{1,3}\.\d)", N_("This email address does not exist, or takes no mail.")),
    (r"^RECIPIENT_INVALID$", N_("This address or number cannot be reached.")),
    (r"^RECIPIENT_LIMIT_REACHED$", N_("This phone was sent too many text messages. Please try again tomorrow.")),
    (r"^REGION_NOT_ALLOWED$", N_("No text messages are sent to this country.")),
    (r"^TOO_LATE$", N_("Its link ran out before the message could be sent. Please send another one.")),
    (
        r"no answer within|connection was lost|Connect|Timeout|^NOT_ATTEMPTED$",
        N_("Nobody answered where the message was to be handed over. Please send it again, or another way."),
    ),
)
_OURS = N_("The message could not be sent. The contact may be right: please send it again.")
"""What says nothing about the recipient."""
_CODE = re.compile(r"\b[2-6]\d{4}\b|\b[245]\.\d{1,3}\.\d{1,3}\b|^[2-5]\d\d\b|^[A-Z]+(?:_[A-Z]+)*$")


def why(reason: str) -> str:
    """A sentence, to be translated, for a `failure_reason` of the contract.

    >>> why("400 21211: The 'To' number is not valid")
    'This number cannot receive text messages.'
    """
    return next((words for pattern, words in _WORDS if re.search(pattern, reason)), _OURS)


def code(reason: str) -> str:
    """The code by which a provider's support knows a `failure_reason`; empty when it has none.

    >>> code("400 21211: The 'To' number is not valid"), code("550 5.1.1 unknown"), code("the connection was lost")
    ('21211', '5.1.1', '')
    """
    codes = _CODE.findall(reason)
    return max(codes, key=len) if codes else ""
