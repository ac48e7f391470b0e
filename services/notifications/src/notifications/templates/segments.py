"""How many parts an SMS takes (3GPP TS 23.038 and 23.040): GSM-7 where every character is in it, else UCS-2."""

from dataclasses import dataclass

MAX_PARTS = 4

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""These take two septets: an escape and the character."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The encoding (`GSM-7` or `UCS-2`) and the number of parts that a text takes."""

    encoding: str
    count: int


def parts_of(text: str) -> Parts:
    """The parts of a text; an empty one takes one."""
    if _BASIC.issuperset(text):  # the common case, without a look at each character
        return Parts("GSM-7", _count([1] * len(text), alone=160, joined=153))
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return Parts("GSM-7", _count([1 + (c in _EXTENDED) for c in text], alone=160, joined=153))
    return Parts("UCS-2", _count([1 + (ord(c) > 0xFFFF) for c in text], alone=70, joined=67))


def _count(units: list[int], *, alone: int, joined: int) -> int:
    """Parts of a text whose characters take these units; no character is split over two parts."""
    if sum(units) <= alone:
        return 1
    count, room = 1, joined
    for unit in units:
        if unit > room:
            count, room = count + 1, joined
        room -= unit
    return count
