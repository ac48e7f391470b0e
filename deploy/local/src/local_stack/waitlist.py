"""The waiting list of the demo organization: 1,200 made-up families, the same ones each time.

What a long list teaches is in it: siblings, who share a contact; a case worker's address, which many applications have;
mistyped addresses; numbers that take no messages; two languages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from local_stack.families import DemoFamily, DemoGuardian

SIZE = 1200
SPANISH = (
    ("Alejandra", "Beatriz", "Carmen", "Daniela", "Esteban", "Fernando", "Gabriela", "Héctor", "Inés", "Javier"),
    (
        "Aguilar",
        "Benítez",
        "Castro",
        "Delgado",
        "Espinoza",
        "Fuentes",
        "Guzmán",
        "Herrera",
        "Ibarra",
        "Juárez",
        "Lozano",
    ),
    ("Ximena", "Santiago", "Renata", "Leonardo", "Paloma", "Iker", "Abril"),
)
ENGLISH = (
    ("Aaliyah", "Brandon", "Chloe", "Dmitri", "Eleanor", "Farid", "Grace", "Hiroshi", "Imani", "Jamal", "Keiko"),
    ("Abdi", "Brooks", "Campbell", "Davis", "Edwards", "Foster", "Green", "Harris", "Ito", "Jenkins", "Kim", "Murphy"),
    ("Ava", "Elijah", "Nia", "Oliver", "Hana", "Theo", "Zara"),
)
"""Guardians' given names and family names, and the children's given names."""
PROGRAMS = ("Full day", "Mornings", "Afternoons")
AREA_CODES = (217, 309, 618, 630, 708, 773, 815, 847)
CASE_WORKERS = tuple(f"intake{n}@harbor-services.example.org" for n in (1, 2, 3))
MISTYPED = ("gmial.com", "hotnail.com", "yaho.com")
UNREACHABLE = "(500) 555-0009"
"""The SMS provider refuses it for good. Of one number notifications tries five texts in ten minutes, and no more."""
YOUNGEST = date(2025, 12, 1)


class Wish(Enum):
    """What shall become of an application while the demo is loaded."""

    INVITE = auto()
    INVITE_IN_VAIN = auto()
    LINK = auto()
    ENTER = auto()
    """It is not invited yet."""
    ENTER_WITHOUT_CONTACT = auto()


SPREAD = {Wish.ENTER: 550, Wish.INVITE: 936, Wish.INVITE_IN_VAIN: 940, Wish.LINK: 970, Wish.ENTER_WITHOUT_CONTACT: 1000}
"""Up to which of a thousand applications something is wished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A family on the list: its place, what shall become of it, and what is known of it."""

    place: int
    wish: Wish
    family: DemoFamily

    @property
    def guardian(self) -> DemoGuardian:
        """Who is to be invited."""
        return self.family.guardians[0]


def waiting_list() -> Iterator[Waiting]:
    """All of them; each twelfth is a sibling of the one before, entered by the same guardian."""
    guardian, wish = _guardian(0, Wish.ENTER), Wish.ENTER
    for place in range(SIZE):
        if place % 12 == 11:
            wish = Wish.INVITE if wish is Wish.LINK else wish  # who has an account gets another invitation all the same
        else:
            wish = next(wish for wish, limit in SPREAD.items() if place * 37 % 1000 < limit)
            guardian = _guardian(place, wish)
        yield Waiting(place=place, wish=wish, family=_family(place, guardian))


def _guardian(place: int, wish: Wish) -> DemoGuardian:
    language = "es" if place % 5 < 2 else "en"
    given, families, _ = SPANISH if language == "es" else ENGLISH
    name, family_name = given[place % len(given)], families[place // 3 % len(families)]
    email, phone = f"{_plain(name)}.{_plain(family_name)}.{place}@example.org", ""
    if wish is Wish.ENTER_WITHOUT_CONTACT:
        email = ""
    elif wish is Wish.INVITE_IN_VAIN:
        email, phone = "", UNREACHABLE
    elif wish is Wish.ENTER and place % 40 == 0:
        email = CASE_WORKERS[place // 40 % len(CASE_WORKERS)]
    elif wish is Wish.ENTER and place % 50 == 1:  # nothing is sent to these domains, which are not ours
        email = f"{_plain(name)}.{_plain(family_name)}@{MISTYPED[place // 50 % len(MISTYPED)]}"
    elif wish is not Wish.LINK and place % 3 == 2:
        phone = f"({AREA_CODES[place // 3 % len(AREA_CODES)]}) 555-01{place // 24 % 100:02}"
        email = email if place % 2 else ""
    return DemoGuardian(
        given_name=name,
        family_name=family_name,
        email=email,
        phone=phone,
        method="EMAIL" if email or not phone else "SMS",
        language=language,
    )


def _family(place: int, guardian: DemoGuardian) -> DemoFamily:
    children = (SPANISH if guardian.language == "es" else ENGLISH)[2]
    born = YOUNGEST - timedelta(days=place * 13 % 1800)
    answers = {"program": PROGRAMS[place % len(PROGRAMS)], "start": "2027-01-04"}
    return DemoFamily(guardians=[guardian], children=[(children[place % len(children)], born)], answers=answers)


def _plain(name: str) -> str:
    """As it stands in an address."""
    return name.lower().translate(str.maketrans("áéíóú", "aeiou"))
