"""What people type: names in which something can be seen and nothing hides; codes and numbers without their looks.

>>> person_name("  José ")
'José'
>>> person_name("...")
Traceback (most recent call last):
ValueError: has nothing that can be seen
"""

import re
import unicodedata

MAX_NAME_LENGTH = 100
"""Letters of a given or of a family name."""

_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers that Unicode counts among letters and symbols."""
_DROPPED = dict.fromkeys(map(ord, "\u00ad\u180e\u200b\u2060\ufeff"))
"""What people paste without seeing it: soft hyphens, blanks without width, byte order marks."""
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
    | dict.fromkeys("'’‘ʼʻʽ`´′", "")
)
"""Letters that Unicode does not take apart, and apostrophes, also those that are letters: Kaʻahumanu is Kaahumanu."""

_WORD = re.compile(r"[^\W_]+")


def person_name(written: str) -> str:
    """As `visible_name`, of at most 100 letters: NFC can be longer than what was written."""
    name = visible_name(written)
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"is longer than {MAX_NAME_LENGTH} letters")
    return name


def visible_name(written: str) -> str:
    """The name in NFC, one blank between words; `ValueError` for one that cannot be seen or could disguise another.

    Emoji and digits are seen, so that nobody's name is refused for its letters; what turns the direction of the text
    around it, is unassigned or private is not.
    """
    name = unicodedata.normalize("NFC", written).translate(_DROPPED).strip()
    if any(unicodedata.category(each) in {"Cc", "Cn", "Co", "Cs"} or each in _BIDI_CONTROLS for each in name):
        raise ValueError("has control characters")
    if not any(unicodedata.category(each)[0] in "LNS" and each not in _INVISIBLE_LETTERS for each in name):
        raise ValueError("has nothing that can be seen")
    return " ".join(name.split())


def full_name(given_name: str, family_name: str) -> str:
    """Both names, or the only one of a person who has one; at most 201 letters.

    >>> full_name("Ana", "García"), full_name("Ana", ""), full_name("", "García")
    ('Ana García', 'Ana', 'García')
    """
    return f"{given_name} {family_name}".strip()


def letters_and_digits(typed: str) -> str:
    """What was typed in capitals, without all that is no letter and no digit; digits of any script are `0` to `9`.

    >>> letters_and_digits("a–٠١２-x. ")
    'A012X'
    """
    capitals = unicodedata.normalize("NFKC", typed).upper()
    return "".join(str(unicodedata.decimal(each, each)) for each in capitals if each.isalnum())


def plain(name: str) -> str:
    """The form in which names are compared, so that no index needs a function: lower case, no accents, one blank.

    >>> plain("García-López")
    'garcia lopez'
    """
    folded = name.casefold().translate(_PLAIN)
    bare = (letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    return " ".join(_WORD.findall("".join(bare).casefold().translate(_PLAIN)))


def letters(name: str) -> str:
    """What is left when not even the words count, and what lists are sorted by: `De La Cruz` is `delacruz`."""
    return plain(name).replace(" ", "")
