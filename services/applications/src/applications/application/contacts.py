"""Contacts as people write them, read with the organization's country."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portico_errors.applications import ContactInvalid

from applications.application.domain.application import Application, Contacts
from applications.application.domain.decision import Decision
from applications.application.domain.update import Update, update
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
                localized={"en": "This is not a valid email address.", "es": "No es un correo electrónico."},
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
                localized={"en": "This is not a valid phone number.", "es": "No es un número de teléfono."},
            )
        )
        return ""


def correct(application: Application, written: Update, now: datetime) -> Decision:
    """The guardian with new details whose contacts are given as written; raises GuardianNotFound or ContactInvalid."""
    contacts = WrittenContacts(path="guardian", email=written.email or "", phone=written.phone or "")
    (read,) = read_contacts([contacts], country=application.organization.country)
    given = replace(
        written,
        email=None if written.email is None else read.email,
        phone=None if written.phone is None else read.phone,
    )
    return update(application, given, now)
