"""A word about what was done, shown once on the next page. The cookie between them holds only the key."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.error_messages import ERROR_MESSAGES
from portal.core.i18n import N_


@dataclass(frozen=True, slots=True)
class Flash:
    """Words, in which `%(username)s` is who is signed in, and whether they tell of something that went wrong."""

    words: str
    is_problem: bool = False


ERROR_FLASHES: Mapping[str, Flash] = {reason: Flash(words, is_problem=True) for reason, words in ERROR_MESSAGES.items()}
"""What a service refused, by its reason."""
CORE_FLASHES: Mapping[str, Flash] = {
    "another-account": Flash(
        N_("You are now signed in as %(username)s, so nothing was done. If that is right, please press it again."),
        is_problem=True,
    ),
    "form-kept": Flash(
        N_("You were signed out meanwhile, so nothing was done. Please sign in again, and go on where you were."),
        is_problem=True,
    ),
}
