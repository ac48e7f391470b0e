"""An SMS that may be sent: in GSM-7 where every character has a look-alike there, its names as short as it takes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from notifications.templates.patterns import Pattern
from notifications.templates.presentation import MASK
from notifications.templates.segments import GSM_7, MAX_PARTS, Parts, in_gsm7, parts_of

_MAX_TEXT_LENGTH, _MIN_TEXT_LENGTH = 40, 3
"""How long a name is at most, then as much shorter as it takes; the last is `...`, for a long link beside Chinese."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One text as it goes out, with what it shows."""

    text: str
    parts: Parts
    shown: Mapping[str, str]


def fitted(
    pattern: Pattern, show: Callable[[int], Mapping[str, str]], *, min_text_length: int = _MIN_TEXT_LENGTH
) -> Sms:
    """The text with its values (`show` gives them with names of at most so many UTF-16 units) in `MAX_PARTS` parts.

    One that has more was filled with something else that is too long, or with names that may not be shorter.
    """
    for length in range(_MAX_TEXT_LENGTH, min_text_length - 1, -1):
        values = show(length)
        text = pattern.filled(values)
        parts = parts_of(spelt := in_gsm7(text))
        sms = Sms(spelt, parts, values) if parts.encoding == GSM_7 else Sms(text, parts_of(text), values)
        if sms.parts.count <= MAX_PARTS:
            break
    return sms


def masked(sms: Sms, pattern: Pattern, secrets: Collection[str]) -> str:
    """The same text with masks in place of the secrets."""
    text = pattern.filled({**sms.shown, **dict.fromkeys(secrets, MASK)})
    return in_gsm7(text) if sms.parts.encoding == GSM_7 else text
