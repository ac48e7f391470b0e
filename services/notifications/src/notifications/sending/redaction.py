"""A provider's words without what nobody else may read: the recipient's address, links, secrets that it echoes."""

import re
from collections.abc import Iterable

_MASK = "…"
_MAX_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")
"""Also what a reply that is not UTF-8 leaves behind: half a surrogate, which no text field takes."""
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")
_LINK = re.compile(r"\S+://\S+")


def scrubbed(words: str, *, recipient: str, secrets: Iterable[str]) -> str:
    """One line of at most 200 characters: `550 5.1.1 <…> mailbox unavailable`."""
    line = _CONTROL.sub(" ", words).strip()
    for secret in secrets:
        # The last piece is a link's token; servers quote what they dislike in pieces, and in either case.
        for piece in (secret, secret.rpartition("/")[2], secret.replace("-", "")):
            if piece:
                line = re.sub(re.escape(piece), _MASK, line, flags=re.IGNORECASE)
    line = _ADDRESS.sub(_MASK, _LINK.sub(_MASK, line))
    return _recipient(recipient).sub(_MASK, line)[:_MAX_LENGTH]


def _recipient(address: str) -> re.Pattern[str]:
    local, at, _ = address.partition("@")
    if at:
        return re.compile(rf"(?<![\w.]){re.escape(local)}(?![\w.]*\w)", re.IGNORECASE)
    # The last seven digits, however they are grouped, with whatever stands before them.
    return re.compile(r"(?:[+(\d][\d\s().-]*)?" + r"[\s().-]{0,2}".join(address[-7:]))
