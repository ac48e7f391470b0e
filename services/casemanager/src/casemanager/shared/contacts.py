"""Email addresses and phone numbers as staff write them."""

from collections.abc import Callable, Mapping
from functools import partial

from portico_errors.casemanager import ContactInvalid

from chassis.contacts import normalise_email, normalise_office, normalise_phone
from chassis.errors import FieldViolation

EMAILS = frozenset({"email", "booking_email", "report_email"})
PHONES = frozenset({"phone"})
"""Fields with a number that people call; `MOBILES` are those that an SMS reaches."""
MOBILES = frozenset({"mobile"})
_EMAIL = ("This is not a valid email address.", "Este correo electrónico no es válido.")
_PHONE = ("This is not a valid phone number.", "Este número de teléfono no es válido.")


def normalised(written: Mapping[str, str], *, country: str, message: str) -> dict[str, str]:
    """The same texts, without blanks around them and contacts in their one form.

    ContactInvalid names every wrong one, as a field of `message`.
    """
    violations: list[FieldViolation] = []
    texts = {field: text.strip() for field, text in written.items()}
    for field, text in texts.items():
        form = _form(field, country)
        if form is None or not text:
            continue
        normalise, (english, spanish) = form
        try:
            texts[field] = normalise(text)
        except ValueError:
            violations.append(
                FieldViolation(f"{message}.{field}", "CONTACT_INVALID", english, localized={"es": spanish})
            )
    if violations:
        raise ContactInvalid(violations=violations)
    return texts


def _form(field: str, country: str) -> tuple[Callable[[str], str], tuple[str, str]] | None:
    if field in EMAILS:
        return normalise_email, _EMAIL
    if field in PHONES:
        return partial(normalise_office, country=country), _PHONE
    if field in MOBILES:
        return partial(normalise_phone, country=country), _PHONE
    return None
