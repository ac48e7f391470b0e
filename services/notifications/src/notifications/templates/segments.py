"""How many parts an SMS takes (3GPP TS 23.038 and 23.040): GSM-7 where every character is in it, else UCS-2."""

import unicodedata
from dataclasses import dataclass

MAX_PARTS = 4
GSM_7, UCS_2 = "GSM-7", "UCS-2"

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""These take two septets: an escape and the character."""
_ALL_OF_GSM_7 = _BASIC | _EXTENDED
_LOOK_ALIKES = {
    **dict.fromkeys("‘’‚‛ʻʼ′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u200c\u200d", ""),
    **dict(zip("ĐđŁłØøŒœı", ("D", "d", "L", "l", "Ø", "ø", "OE", "oe", "i"), strict=True)),
}
"""What Unicode does not take apart by itself."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The encoding (`GSM-7` or `UCS-2`) and the number of parts that a text takes."""

    encoding: str
    count: int


def parts_of(text: str) -> Parts:
    """The parts of a text; an empty one takes one."""
    if _BASIC.issuperset(text):  # the common case, without a look at each character
        return Parts(GSM_7, _count([1] * len(text), alone=160, joined=153))
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return Parts(GSM_7, _count([1 + (c in _EXTENDED) for c in text], alone=160, joined=153))
    return Parts(UCS_2, _count([1 + (ord(c) > 0xFFFF) for c in text], alone=70, joined=67))


def in_gsm7(text: str) -> str:
    """The text with each character that GSM-7 lacks as one that it has, as English and Spanish texters do: `á` as `a`.

    One character of another alphabet more than halves what fits into a part, so all of a text is spelt so or nothing.
    """
    return "".join(c if c in _ALL_OF_GSM_7 else _spelt(c) for c in text)


def _spelt(character: str) -> str:
    """`…` as `...`, `á` as `a`, `’` as `'`; the character itself when GSM-7 has nothing like it."""
    parts = unicodedata.normalize("NFKD", character)
    spelling = _LOOK_ALIKES.get(character, "".join(c for c in parts if not unicodedata.combining(c)))
    return spelling if _ALL_OF_GSM_7.issuperset(spelling) else character


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
