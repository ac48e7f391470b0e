"""What was typed to find bookings: a number, or the names of whom they are about."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from casemanager.bookings.domain.booking import PREFIX
from casemanager.cases.search import PREFIX as CASE_PREFIX
from casemanager.cases.search import typed_for_cases
from casemanager.shared.numbers import written_number
from casemanager.shared.typed import TypedShape
from chassis.text import letters_and_digits


@dataclass(frozen=True, slots=True)
class SoughtShape:
    """What is looked for, without the values: a number, or names."""

    is_number: bool
    text: TypedShape

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return self.text.is_empty


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed; something without a letter and a digit finds nothing, unless it is blank."""

    shape: SoughtShape
    params: Mapping[str, object]
    finds_nothing: bool


def sought(typed: str) -> Sought:
    """A number as soon as there is a digit in it: a booking's own, or the beginning of one of its case; else names.

    `case_number` is the case's own, for who sees no other of its numbers.
    """
    text, number = typed_for_cases(typed), letters_and_digits(typed)
    is_number = any(letter.isdecimal() for letter in number)
    params = text.params()
    if is_number:
        own = _counted(PREFIX, number)
        params["booking_number"] = written_number(PREFIX, own) if own else ""
        params["case_number"] = _counted(CASE_PREFIX, number)
    return Sought(SoughtShape(is_number, text.shape), params, text.finds_nobody)


def _counted(prefix: str, number: str) -> int:
    """Which of the organization's it is; 0, which none is, for a number of another kind."""
    found = re.fullmatch(rf"{prefix}?0*([0-9]{{1,15}})", number)
    return int(found[1]) if found else 0
