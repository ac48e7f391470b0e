"""What was typed to find bookings: a number, or the names of whom they are about."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from casemanager.bookings.domain.booking import PREFIX
from casemanager.cases.search import typed_for_cases
from casemanager.shared.numbers import written_number
from casemanager.shared.typed import TypedShape
from chassis.text import letters_and_digits

_OWN_NUMBER = re.compile(rf"{PREFIX}?0*([0-9]{{1,15}})")


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
    """A number as soon as there is a digit in it: a booking's own, or the beginning of one of its case; else names."""
    text, number = typed_for_cases(typed), letters_and_digits(typed)
    is_number = any(letter.isdecimal() for letter in number)
    params = text.params()
    if is_number:
        own = _OWN_NUMBER.fullmatch(number)
        params["booking_number"] = written_number(PREFIX, int(own[1])) if own else ""
    return Sought(SoughtShape(is_number, text.shape), params, text.finds_nobody)
