"""Email addresses and phone numbers as staff write them."""

from collections.abc import Callable, Iterator, Mapping

from portico_errors.casemanager import ContactInvalid

from chassis.contacts import normalise_email, normalise_office, normalise_phone
from chassis.errors import FieldViolation

PHONES = frozenset({"phone"})
"""Fields with a number that people call; `MOBILES` are those that an SMS reaches."""
MOBILES = frozenset({"mobile"})
EMAILS = frozenset({"email", "booking_email", "report_email"})


def normalised(written: Mapping[str, str], *, country: str) -> dict[str, str]:
    """The same texts, without blanks around them and contacts in their one form; ContactInvalid names every wrong one."""
    violations: list[FieldViolation] = []
    texts = {}
    for field, text in written.items():
        texts[field] = text.strip()
        for fields, normalise, description, spanish in _forms(country):
            if field in fields and texts[field]:
                try:
                    texts[field] = normalise(texts[field])
                except ValueError:
                    localized = {"es": spanish}
                    violations.append(FieldViolation(field, "CONTACT_INVALID", description, localized=localized))
    if violations:
        raise ContactInvalid(violations=violations)
    return texts


def _forms(country: str) -> Iterator[tuple[frozenset[str], Callable[[str], str], str, str]]:
    yield EMAILS, normalise_email, "This is not a valid email address.", "Este correo electrónico no es válido."
    for fields, normalise in ((PHONES, normalise_office), (MOBILES, normalise_phone)):
        yield (
            fields,
            lambda text, normalise=normalise: normalise(text, country=country),
            "This is not a valid phone number.",
            "Este número de teléfono no es válido.",
        )
