"""Text with named places: compiled once, filled for every message.

While a template is rendered, each value stands in it as a mark, `⟦name⟧`; afterwards the text is cut at the marks. A
value is put in as it is, so whoever fills encodes it for the place: HTML, a header, quoted-printable.
"""

import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_SOFT_BREAK = b"=\r\n"
_MARK = re.compile(r"⟦(\w+)⟧")


def mark(name: str) -> str:
    """What stands for a value while its template is rendered.

    Not from the private use area: MRML writes those characters into `aria-label` as Rust's debug escapes.
    """
    return f"⟦{name}⟧"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Literals and names by turns: the first and the last are literals."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """The pattern of a text with marks."""
        pieces = _MARK.split(text)
        return cls(tuple(pieces[0::2]), tuple(pieces[1::2]))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with the values in their places; `KeyError` when one is missing."""
        pieces = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            pieces += values[name], literal
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class QuotedPattern:
    """A pattern whose literals are quoted-printable already (RFC 2045, 6.7); values are encoded when they are put in.

    Each piece but the last ends with a soft line break, so that they can be joined whatever their lengths are.
    """

    literals: tuple[bytes, ...]
    names: tuple[str, ...]
    distinct: frozenset[str]

    @classmethod
    def of(cls, pattern: Pattern) -> "QuotedPattern":
        """The pattern encoded; line ends become CRLF."""
        *before, last = (quoted(literal) for literal in pattern.literals)
        return cls((*before, last.removesuffix(_SOFT_BREAK)), pattern.names, frozenset(pattern.names))

    def filled(self, values: Mapping[str, str], encode: Callable[[str], bytes]) -> bytes:
        """The body with the values in their places, ready for the wire."""
        encoded = {name: encode(values[name]) for name in self.distinct}
        pieces = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            pieces += encoded[name], literal
        return b"".join(pieces)


def quoted(text: str) -> bytes:
    """The text in quoted-printable, with a soft line break at its end; no line is longer than 76."""
    # The `~` keeps b2a_qp from filling the last line up and from encoding a blank at the end; it is taken off again.
    raw = "\r\n".join(text.splitlines()) + ("\r\n" if text.endswith("\n") else "") + "~"
    lines = binascii.b2a_qp(raw.encode()).splitlines()
    return b"\r\n".join(lines)[:-1] + _SOFT_BREAK
