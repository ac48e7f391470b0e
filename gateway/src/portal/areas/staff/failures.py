"""Why a message did not arrive, in words for staff: what the provider or notifications said stands in small print."""

import re

from portal.core.i18n import N_

_WORDS = (
    (r"\b(21211|21214|21217|21614)\b", N_("This number cannot receive text messages.")),
    (r"\b21610\b|\bSTOP\b", N_("The recipient answered STOP and gets no more text messages.")),
    (r"\b5\.(1\.([1236]|10)|2\.1)\b|^55[013]\b", N_("This email address does not exist, or takes no mail.")),
    (r"^RECIPIENT_INVALID$", N_("This address or number cannot be reached.")),
    (r"^RECIPIENT_LIMIT_REACHED$", N_("This phone was sent too many text messages. Please try again tomorrow.")),
    (r"^REGION_NOT_ALLOWED$", N_("No text messages are sent to this country.")),
)
_OURS = N_("The message could not be sent. The contact may be right: please invite again.")
"""What says nothing about the recipient."""


def why(reason: str) -> str:
    """A sentence, to be translated, for a `failure_reason` of the contract.

    >>> why("400 21211: The 'To' number is not valid")
    'This number cannot receive text messages.'
    """
    return next((words for pattern, words in _WORDS if re.search(pattern, reason)), _OURS)
