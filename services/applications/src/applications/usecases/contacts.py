"""Contacts as people write them, read with the organization's country."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portico_errors.applications import ContactInvalid

from applications.domain.application import Contacts
from chassis.contacts import normalise_email, normalise_phone
from chassis.errors import FieldViolation


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenContacts:
    """An email address and a phone number as written, each empty when unknown; `path` is where they stand."""

    path: str
    email: str
    phone: str


def read_contacts(written: Iterable[WrittenContacts], *, country: str) -> Sequence[Contacts]:
    """The contacts in their one form; ContactInvalid names every field that cannot be one."""
    violations: list[FieldViolation] = []
    read = [
        Contacts(
            email=_email(each.email, f"{each.path}.email", violations),
            phone=_phone(each.phone, f"{each.path}.phone", violations, country=country),
        )
        for each in written
    ]
    if violations:
        raise ContactInvalid(
            f"{violations[0].field}: {violations[0].description}",
            violations=violations,
        )
    return read


def _email(address: str, field: str, violations: list[FieldViolation]) -> str:
    try:
        return normalise_email(address) if address.strip() else ""
    except ValueError:
        violations.append(
            FieldViolation(
                field=field,
                reason="EMAIL_INVALID",
                description="not an email address.",
                localized={"en": "This is no email address.", "es": "No es un correo electrónico."},
            )
        )
        return ""


def _phone(number: str, field: str, violations: list[FieldViolation], *, country: str) -> str:
    try:
        return normalise_phone(number, country=country) if number.strip() else ""
    except ValueError:
        violations.append(
            FieldViolation(
                field=field,
                reason="PHONE_INVALID",
                description="not a phone number.",
                localized={"en": "This is no phone number.", "es": "No es un número de teléfono."},
            )
        )
        return ""
