"""Names as staff write them, of people, companies and units."""

from collections.abc import Callable

from chassis.errors import FieldViolation, InvalidArgument
from chassis.text import person_name, visible_name

_MISSING = ("Enter a name.", "Escriba un nombre.")
_INVALID = (
    "This name has nothing that can be seen, or hidden characters.",
    "Este nombre no tiene nada visible o tiene caracteres ocultos.",
)


def name_missing(field: str) -> InvalidArgument:
    """The refusal of a field that needs a name."""
    return _refused(field, "NAME_MISSING", _MISSING)


def checked_name(written: str, *, field: str) -> str:
    """The name of a company or a unit in its one form; InvalidArgument for none, or one that cannot be seen."""
    if not written.strip():
        raise name_missing(field)
    return _in_one_form(visible_name, written, field)


def checked_person_name(written: str, *, field: str) -> str:
    """A given or a family name in its one form, or nothing; InvalidArgument for one that cannot be seen."""
    return _in_one_form(person_name, written, field) if written.strip() else ""


def _in_one_form(normalise: Callable[[str], str], written: str, field: str) -> str:
    try:
        return normalise(written)
    except ValueError:
        raise _refused(field, "NAME_INVALID", _INVALID) from None


def _refused(field: str, reason: str, words: tuple[str, str]) -> InvalidArgument:
    english, spanish = words
    return InvalidArgument(violations=[FieldViolation(field, reason, english, localized={"es": spanish})])
