"""Protobuf to values and back, as far as several features need it."""

import unicodedata
from uuid import UUID

from chassis.errors import FieldViolation, InvalidArgument
from chassis.text import person_name


def optional_id(written: str) -> UUID | None:
    """A UUID, None for an empty field."""
    return UUID(written) if written else None


def name_of(written: str, field: str, *, is_optional: bool = False) -> str:
    """A person's name without blanks around it; InvalidArgument for an invalid one."""
    if not written.strip():
        if is_optional:
            return ""
        raise invalid(field, "NAME_MISSING", "a name has a letter.")
    try:
        return person_name(written)
    except ValueError as error:
        raise invalid(field, "NAME_INVALID", f"the name {error}.") from None


def words_of(written: str) -> str:
    """What a person wrote, without blanks around it; its lines stay, other control characters go."""
    lines = written.replace("\r\n", "\n")
    return "".join(letter for letter in lines if letter == "\n" or unicodedata.category(letter) != "Cc").strip()


def invalid(field: str, reason: str, description: str) -> InvalidArgument:
    """The refusal of one field: what protovalidate cannot say of it."""
    return InvalidArgument(
        f"{field}: {description}", violations=[FieldViolation(field=field, reason=reason, description=description)]
    )
