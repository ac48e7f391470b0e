"""What a scanner says of a file, and when it is asked again (CM-12)."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum


class ScanVerdict(IntEnum):
    """What a scan came to; the numbers are the contract's."""

    OK = 1
    FOUND = 2
    ENCRYPTED = 3
    TOO_LARGE = 4
    NOT_SCANNED = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the name of what was found."""

    verdict: ScanVerdict
    signature: str = ""


class NoVerdict(Exception):
    """The scanner has said nothing that means anything: it is to be asked again."""


_FOUND = re.compile(r"stream: (.{1,200}) FOUND")
_ENCRYPTED = "Heuristics.Encrypted."
_LIMITS = "Heuristics.Limits.Exceeded"
_LONGEST_PAUSE_MINUTES = 30


def answer_of(text: str) -> Answer:
    """What an answer of clamd means; NoVerdict for all but the exact OK and what was found.

    >>> answer_of("stream: OK").verdict.name
    'OK'
    >>> answer_of("stream: Heuristics.Encrypted.PDF FOUND").verdict.name
    'ENCRYPTED'
    """
    if text == "stream: OK":
        return Answer(ScanVerdict.OK)
    found = _FOUND.fullmatch(text)
    if found is None:
        raise NoVerdict(text[:200])
    signature = found[1]
    if signature.startswith(_ENCRYPTED):
        return Answer(ScanVerdict.ENCRYPTED, signature)
    return Answer(ScanVerdict.TOO_LARGE if signature.startswith(_LIMITS) else ScanVerdict.FOUND, signature)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts in vain: 1, 2, 4 minutes and so on, 30 at most."""
    return timedelta(minutes=min(2 ** min(attempts - 1, 10), _LONGEST_PAUSE_MINUTES))
