"""Family names and application numbers as people type them, for search: AP-02.

Names are compared in one plain form, made here so that the index needs no function: lower case, no accents, words
apart by one space. A typo is found by its deletion neighbourhood (W. Garbe's SymSpell): two words are one insertion,
deletion, substitution or transposition apart only if they share a form with at most one letter left out. The index
holds these forms; LIKE patterns then tell which of the found names are truly one typo away.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from chassis.text import letters_and_digits

_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
    | dict.fromkeys("'’ʼ`´", "")
)
"""Letters that Unicode does not take apart, and apostrophes: O'Brien is Obrien."""

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(?:NO|NR|NUM(?:ERO)?|NÚM(?:ERO)?)?A?([0-9O]{1,15})")

MAX_PREFIX_LENGTH = 16
"""Letters of the longest prefix in the index; of a longer one the patterns look at the rest."""

MIN_TYPO_LENGTH = 3
"""Below this many letters every other name would be one typo away."""

MAX_TYPO_LENGTH = 32
"""Above this many letters a name is found by its prefix only."""

ELSEWHERE = "+"
"""Marks a prefix that is not how the first guardian's name begins."""


def plain(name: str) -> str:
    """The form in which names are compared: `García-López` is `garcia lopez`."""
    folded = name.casefold().translate(_PLAIN)
    letters = (letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    return " ".join(_WORD.findall("".join(letters).casefold().translate(_PLAIN)))


def is_same_name(typed: str, name: str) -> bool:
    """Whether what a person typed is this name; case, accents, blanks and hyphens do not matter.

    >>> is_same_name("garcialopez", "García-López")
    True
    """
    letters = plain(typed).replace(" ", "")
    return letters != "" and letters == plain(name).replace(" ", "")


def search_keys(name: str, *, is_first: bool) -> list[str]:
    """What the index holds of a guardian's name: the prefixes of each word, and its deletion neighbourhood.

    The first word of the first guardian is what a list by name is sorted by. All other words have a mark, so that such
    a list can ask for them alone.
    """
    words = plain(name).split()
    keys = set().union(*map(_neighbourhood, words))
    for number, word in enumerate(words):
        mark = "" if is_first and number == 0 else ELSEWHERE
        keys |= {mark + word[:length] for length in range(1, min(len(word), MAX_PREFIX_LENGTH) + 1)}
    return sorted(keys)


@dataclass(frozen=True, slots=True)
class NameQuery:
    """What to look for: names with a word that has the `prefix`, or with one of the `typo_keys` that fit a pattern.

    The LIKE patterns are for the plain name between blanks. `pattern`, where there is one, is what names with the
    prefix have to fit besides. No typos: what was typed is too short or too long for them.
    """

    phrase: str
    prefix: str
    pattern: str | None
    typo_keys: list[str]
    typo_patterns: list[str]


def name_query(typed: str) -> NameQuery | None:
    """The search for names with words that begin as typed, or are one typo away; None when no letter was typed."""
    phrase = plain(typed)
    if not phrase:
        return None
    max_length = max(phrase.split(), key=len)
    with_typos = MIN_TYPO_LENGTH <= len(max_length) and len(phrase) <= MAX_TYPO_LENGTH
    return NameQuery(
        phrase=phrase,
        prefix=max_length[:MAX_PREFIX_LENGTH],
        # A prefix that is in the index as it was typed needs no second look.
        pattern=None if phrase == max_length[:MAX_PREFIX_LENGTH] else f"% {phrase}%",
        typo_keys=sorted(_neighbourhood(max_length)) if with_typos else [],
        typo_patterns=sorted({f"% {typo} %" for typo in _one_typo_away(phrase)}) if with_typos else [],
    )


@dataclass(frozen=True, slots=True)
class NumberQuery:
    """Numbers from `low` up to but not including `high`, or the one with this `serial` (0: none)."""

    low: str
    high: str
    serial: int


def number_query(typed: str) -> NumberQuery | None:
    """The search for a number or the beginning of one (`A-0001`, `a 12`, `12`); None when it is none."""
    digits = _digits(typed)
    if digits is None:
        return None
    low = f"A-{digits}"
    # Who types zeros means the beginning of a number, who does not may have left them out.
    serial = 0 if digits.startswith("0") else int(digits)
    return NumberQuery(low=low, high=f"{low}:", serial=serial)  # ":" comes right after "9"


def number_of(serial: int) -> str:
    """The number that people call an application by: `A-000123`."""
    return f"A-{serial:06d}"


def is_same_number(typed: str, number: str) -> bool:
    """Whether what a person typed is this number; case, blanks, hyphen and leading zeros do not matter."""
    digits = _digits(typed)
    return digits is not None and number_of(int(digits)) == number


def _digits(typed: str) -> str | None:
    """The digits of a number as people write it (`No. A–OOO168.`); None unless there is one, and nothing else."""
    match = _NUMBER.fullmatch(letters_and_digits(typed))
    if match is None or match[1].strip("O") == "":
        return None
    return match[1].replace("O", "0")


def _neighbourhood(word: str) -> set[str]:
    """The word and what it becomes with one letter left out, marked so that no prefix is taken for one of them."""
    if len(word) > MAX_TYPO_LENGTH:
        return set()
    return {f"~{word}"} | {f"~{word[:at]}{word[at + 1 :]}" for at in range(len(word))}


def _one_typo_away(phrase: str) -> Iterator[str]:
    """LIKE patterns (`_` is any one letter) of everything that one typo makes of the phrase."""
    for at in range(len(phrase) + 1):
        before, after = phrase[:at], phrase[at:]
        yield f"{before}_{after}"
        if after:
            yield f"{before}_{after[1:]}"
            yield f"{before}{after[1:]}"
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"
