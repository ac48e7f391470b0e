"""Names and application numbers as people type them.

Names are compared in one plain form (`chassis.text.plain`). Where even the words do not matter (`De La Cruz` is
`Delacruz`), their letters alone count.
"""

import re
from dataclasses import dataclass

from chassis.text import letters_and_digits, plain

_NUMBER = re.compile(r"(?:NO|NR|NUM(?:ERO)?|NÚM(?:ERO)?)?A?([0-9O]{1,15})")


def letters(name: str) -> str:
    """What is left when not even the words count, and what lists are sorted by: `De La Cruz` is `delacruz`."""
    return plain(name).replace(" ", "")


def is_same_name(typed: str, name: str) -> bool:
    """Whether what a person typed is this name; case, accents, blanks and hyphens do not matter.

    >>> is_same_name("garcialopez", "García-López")
    True
    """
    typed_letters = letters(typed)
    return typed_letters != "" and typed_letters == letters(name)


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


def number_written(typed: str) -> str | None:
    """The number that a person typed in whatever shape, in its one form; None when it is none."""
    digits = _digits(typed)
    return None if digits is None else number_of(int(digits))


def is_same_number(typed: str, number: str) -> bool:
    """Whether what a person typed is this number; case, blanks, hyphen and leading zeros do not matter."""
    return number_written(typed) == number


def _digits(typed: str) -> str | None:
    """The digits of a number as people write it (`No. A–OOO168.`); None unless there is one, and nothing else."""
    match = _NUMBER.fullmatch(letters_and_digits(typed))
    if match is None or match[1].strip("O") == "":
        return None
    return match[1].replace("O", "0")
