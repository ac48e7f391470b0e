"""The families of the demo organization, as a member of its staff types them in.

Addresses are under `example.org` (RFC 2606), phone numbers in the range for fiction (555-0100 to 555-0199).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoGuardian:
    """An adult, and how to reach them; empty: not known."""

    given_name: str
    family_name: str
    email: str = ""
    phone: str = ""
    method: str = "EMAIL"
    language: str = "en"

    def as_json(self) -> dict[str, object]:
        """As `NewGuardian`."""
        return {
            "givenName": self.given_name,
            "familyName": self.family_name,
            "email": self.email,
            "phone": self.phone,
            "preferredMethod": self.method,
            "language": self.language,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFamily:
    """One application. `children` are given names and birth dates; `answers` are free-form."""

    guardians: Sequence[DemoGuardian]
    children: Sequence[tuple[str, date]]
    answers: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """As `CreateApplicationRequest`, without a request id."""
        return {
            "guardians": [guardian.as_json() for guardian in self.guardians],
            "children": [
                {
                    "givenName": name,
                    "familyName": self.guardians[0].family_name,
                    "birthDate": {"year": born.year, "month": born.month, "day": born.day},
                }
                for name, born in self.children
            ],
            "answers": self.answers,
        }


def _guardian(name: str, *, email: str = "", phone: str = "", language: str = "en") -> DemoGuardian:
    """A guardian who wants an SMS when there is no email address."""
    given_name, _, family_name = name.partition(" ")
    method = "SMS" if phone and not email else "EMAIL"
    return DemoGuardian(
        given_name=given_name, family_name=family_name, email=email, phone=phone, method=method, language=language
    )


# This one follows its invitation, so that one application is linked.
LINKED_FAMILY = DemoFamily(
    guardians=[
        _guardian("María García López", email="maria.garcia@example.org", phone="(312) 555-0101", language="es"),
        _guardian("José García", phone="(312) 555-0102", language="es"),
    ],
    children=[("Lucía", date(2021, 3, 14)), ("Mateo", date(2023, 9, 2))],
    answers={"program": "Full day", "start": "2026-09-01", "notes": "Lucía is allergic to nuts."},
)
FAMILIES = [
    LINKED_FAMILY,
    DemoFamily(
        guardians=[
            _guardian("Emily Johnson", email="emily.johnson@example.org"),
            _guardian("Marcus Johnson", email="marcus.johnson@example.org", phone="(312) 555-0104"),
        ],
        children=[("Noah", date(2022, 6, 30))],
        answers={"program": "Mornings", "start": "2026-08-24"},
    ),
    DemoFamily(
        guardians=[_guardian("Ana Hernández", phone="(312) 555-0105", language="es")],
        children=[("Camila", date(2020, 11, 5)), ("Diego", date(2024, 1, 19))],
        answers={"program": "Full day", "start": "2026-09-01", "notes": "Necesita transporte."},
    ),
    DemoFamily(
        guardians=[_guardian("Linh Nguyen", email="linh.nguyen@example.org", phone="(312) 555-0106")],
        children=[("An", date(2021, 12, 24))],
        answers={"program": "Afternoons", "start": "2026-09-15"},
    ),
    DemoFamily(
        guardians=[_guardian("Siobhán O'Connor", email="siobhan.oconnor@example.org")],
        children=[("Aoife", date(2023, 2, 28))],
        answers={"program": "Full day", "start": "2026-10-01"},
    ),
    DemoFamily(
        guardians=[_guardian("Carlos Martínez Ruiz", phone="(312) 555-0107", language="es")],
        children=[("Valentina", date(2022, 4, 11))],
        answers={"program": "Mornings", "start": "2026-09-01"},
    ),
    DemoFamily(
        guardians=[
            _guardian("Priya Patel", email="priya.patel@example.org"),
            _guardian("Arjun Patel", email="arjun.patel@example.org"),
        ],
        children=[("Isha", date(2021, 7, 8)), ("Rohan", date(2021, 7, 8))],
        answers={"program": "Full day", "start": "2026-08-24", "notes": "Twins, please in one group."},
    ),
    # Nobody knows how to reach them: the first thing to do is to ask.
    DemoFamily(
        guardians=[_guardian("Robert Williams")],
        children=[("Grace", date(2020, 5, 17))],
        answers={"program": "Mornings", "start": "2026-09-01", "notes": "Paper form, no contact given."},
    ),
    # The SMS provider refuses this number for good.
    DemoFamily(
        guardians=[_guardian("Agnieszka Kowalska", phone="(500) 555-0001")],
        children=[("Zofia", date(2022, 10, 3))],
        answers={"program": "Full day", "start": "2026-11-02"},
    ),
    DemoFamily(
        guardians=[_guardian("DeShawn Jackson", email="deshawn.jackson@example.org", phone="(312) 555-0109")],
        children=[("Amara", date(2023, 8, 21))],
        answers={"program": "Full day", "start": "2026-09-01"},
    ),
    DemoFamily(
        guardians=[_guardian("Sofía Rivera Núñez", email="sofia.rivera@example.org", language="es")],
        children=[("Emiliano", date(2021, 1, 30))],
        answers={"program": "Tardes", "start": "2026-09-01"},
    ),
    DemoFamily(
        guardians=[_guardian("Wei Chen", phone="(312) 555-0110"), _guardian("Mei Chen", email="mei.chen@example.org")],
        children=[("Lily", date(2024, 2, 29))],
        answers={"program": "Mornings", "start": "2027-01-04"},
    ),
]
