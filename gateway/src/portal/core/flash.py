"""A word about what was done, shown once on the next page. The cookie between holds a key, and ids to undo it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.core.error_messages import ERROR_MESSAGES
from portal.core.i18n import N_

_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Flash:
    """Words, in which `%(username)s` is who is signed in, and whether they tell of something that went wrong.

    `undo` is where a post takes it back: an address of ours with `{}` for each id.
    """

    words: str
    is_problem: bool = False
    undo: str = ""

    def undo_path(self, ids: Sequence[str]) -> str:
        """The address with these ids; empty when there is none, or when they are not the ids that it needs."""
        fits = len(ids) == self.undo.count("{}") and all(map(_ID.fullmatch, ids))
        return self.undo.format(*ids) if fits else ""


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
