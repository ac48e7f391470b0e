"""Email addresses and phone numbers: one form to store and compare, one to show to strangers."""

import email_validator
import phonenumbers


def normalise_email(address: str) -> str:
    """The address in lower case with an ASCII domain; `ValueError` when it cannot receive mail by its form.

    Case in the local part is folded: no mail system that people use tells `Ana@` from `ana@`, and people do not either.
    """
    try:
        parts = email_validator.validate_email(address.strip(), check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return f"{parts.local_part}@{parts.ascii_domain}".lower()


def normalise_phone(number: str, *, country: str) -> str:
    """The number in E.164, read with the country (ISO 3166-1) when it names none; `ValueError` when it cannot exist."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError("not a phone number that can exist")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normalise(contact: str, *, country: str) -> str:
    """An email address or a phone number in its one form; `ValueError` when it is neither."""
    return normalise_email(contact) if "@" in contact else normalise_phone(contact, country=country)


def kind_of(contact: str) -> str:
    """`EMAIL` or `SMS`, for a contact in its one form."""
    return "EMAIL" if "@" in contact else "SMS"


def mask(contact: str) -> str:
    """The contact so that its owner recognises it and nobody else learns it: `m•••@example.org`, `+1•••••••17`."""
    if "@" in contact:
        local, _, domain = contact.partition("@")
        return f"{local[:1]}•••@{domain}"
    return f"{contact[:2]}{'•' * max(len(contact) - 4, 3)}{contact[-2:]}"
