"""Email addresses and phone numbers: one form to store and compare, one to show to strangers."""

import re
import unicodedata
from functools import lru_cache

import email_validator
import phonenumbers
from phonenumbers import PhoneNumberType

_TYPES = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)
"""What an SMS can reach, and what nobody earns money by."""
_DEAR = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
"""What somebody earns money by."""
_OLD_MEXICAN_MOBILE = re.compile(r"^\s*(?:\+|00|011)\s*52[\s.-]*1(?=(?:[\s().-]*\d){10}\s*$)")
"""Until 2019 a 1 stood between Mexico's code and a mobile number; many address books still have it."""


def normalise_email(address: str) -> str:
    """The address in lower case with an ASCII domain; `ValueError` when our mail cannot reach it by its form.

    Compatibility forms are one (full width is ASCII). Case in the local part is folded: no mail system that people use
    tells `Ana@` from `ana@`, and people do not either. What is not ASCII there would need SMTPUTF8 all the way, and is
    how one address looks like another.
    """
    try:
        parts = email_validator.validate_email(
            unicodedata.normalize("NFKC", address).strip(), check_deliverability=False, allow_smtputf8=False
        )
    except email_validator.EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return f"{parts.local_part}@{parts.ascii_domain}".lower()


def normalise_phone(number: str, *, country: str) -> str:
    """The number in E.164, read with the country (ISO 3166-1) if it names none; `ValueError` if no SMS reaches it."""
    try:
        parsed = phonenumbers.parse(_OLD_MEXICAN_MOBILE.sub("+52", unicodedata.normalize("NFKC", number)), country)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if parsed.extension:
        raise ValueError("a phone number with an extension, which no SMS reaches")
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) not in _TYPES:
        raise ValueError("not a phone number that an SMS can reach")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normalise_office(number: str, *, country: str) -> str:
    """A number that people call in E.164: also a landline or a free one; `ValueError` when it is none."""
    try:
        parsed = phonenumbers.parse(unicodedata.normalize("NFKC", number), country)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if parsed.extension:
        raise ValueError("a phone number with an extension, which no link can call")
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) in _DEAR:
        raise ValueError("not a phone number that anybody can call")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=1024)
def national(phone: str) -> str:
    """A number in E.164 as people of its country write it: `(312) 555-0100`."""
    return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.NATIONAL)


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
