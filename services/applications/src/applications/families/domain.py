"""What a family knows of its application."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from applications.application.domain.application import Application, Child, Guardian
from applications.application.domain.names import is_same_name, is_same_number
from applications.application.domain.timeline import TimelineEntry


@dataclass(frozen=True, slots=True)
class FamilyView:
    """An application as one of its guardians sees it; `history` newest first."""

    application: Application
    guardian: Guardian
    history: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class LinkedFamily:
    """What only the family knows of an application that it is linked to."""

    number: str
    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True)
class BirthDate:
    """Of one of the children, as somebody claims to know it."""

    day: date


@dataclass(frozen=True, slots=True)
class NumberAndChild:
    """Of an application, as somebody typed them; a child without a family name has its given name here."""

    number: str
    family_name: str


Claim = BirthDate | NumberAndChild


def is_known(claim: Claim, linked: Iterable[LinkedFamily]) -> bool:
    """Whether the claim is true of one of the applications."""
    match claim:
        case BirthDate(day):
            return any(child.birth_date == day for family in linked for child in family.children)
        case NumberAndChild(number, family_name):
            return any(
                is_same_number(number, family.number)
                and is_same_name(family_name, child.family_name or child.given_name)
                for family in linked
                for child in family.children
            )
