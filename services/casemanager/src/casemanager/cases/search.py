"""What a case is found by, and what was typed to find one."""

from dataclasses import dataclass

from casemanager.cases.domain import Case
from casemanager.shared.numbers import written_number
from casemanager.shared.typed import Typed, typed
from chassis.name_search import MAX_PREFIX_LENGTH, NameQuery, WordQuery, search_entry
from chassis.text import letters, letters_and_digits

PREFIX = "C"
"""What the numbers of cases begin with."""
_NUMBER = "="
"""Marks a number among the words of names, so that neither is taken for the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBy:
    """The columns by which a case is found and listed, and taken for another one."""

    sort_name: str
    spellings: str
    search_keys: list[str]
    file_key: str
    subject_key: str


def case_number(case: Case) -> str:
    """As people read it; empty of a case that was never saved."""
    return written_number(PREFIX, case.number) if case.number else ""


def found_by(case: Case) -> FoundBy:
    """What a case is found and listed by."""
    subject = case.subject
    sort_name = f"{subject.family_name} {subject.given_name}".strip()
    others = (subject.given_name,) if subject.family_name else ()
    entry = search_entry(sort_name, *others, is_first=True)
    own = (case_number(case), f"{case.number:06d}", str(case.number)) if case.number else ()
    numbers = {letters_and_digits(each) for each in (*own, case.company_file_number, case.claim_number)} - {""}
    keys = {_NUMBER + each[:length] for each in numbers for length in range(1, min(len(each), MAX_PREFIX_LENGTH) + 1)}
    return FoundBy(
        sort_name=entry.sort_key,
        spellings=" ".join(["", *entry.spellings.split(), *(_NUMBER + each for each in sorted(numbers)), ""]),
        search_keys=sorted({*entry.keys, *keys}),
        file_key=letters_and_digits(case.company_file_number),
        subject_key=letters(sort_name),
    )


def typed_for_cases(text: str) -> Typed:
    """What was typed: the beginning of a number, as soon as there is a digit in it, else a subject's name."""
    number = letters_and_digits(text)
    if not any(letter.isdecimal() for letter in number):
        return typed(text, by_contact=False)
    beginning = WordQuery(
        letters=_NUMBER + number,
        prefixes=[_NUMBER + number[:MAX_PREFIX_LENGTH]],
        # As of names: what is in the index as it was typed needs no second look.
        pattern="%" if len(number) <= MAX_PREFIX_LENGTH else f"% {_NUMBER}{number}%",
        typo_keys=[],
        typo_patterns=[],
    )
    return Typed(text, None, NameQuery(beginning, ()))
