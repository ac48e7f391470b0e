"""What a family answered when it applied, as people read it. Each agency's form has fields of its own.

>>> from portal.core.i18n import Language, i18n_for
>>> answers = Struct()
>>> answers.update({"start": "2026-09-01", "needsTransport": True, "languages": ["Mam", "K'iche'"]})
>>> answer_lines(answers, i18n_for(Language.ENGLISH))
[('Languages', "Mam, K'iche'"), ('Needs transport', 'Yes'), ('Start', 'September 1, 2026')]
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from portal.core.i18n import N_, I18n

LABELS: Mapping[str, str] = {"program": N_("Program"), "start": N_("Start"), "notes": N_("Notes")}
"""The fields that most forms have; the name of any other is read as words."""
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\s-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def answer_lines(answers: Struct, i18n: I18n) -> list[tuple[str, str]]:
    """A label and a value for each answer that says something, by label."""
    given = MessageToDict(answers)
    lines = [(_label(name, i18n), _value(value, i18n)) for name, value in given.items()]
    return sorted((label, value) for label, value in lines if value)


def _label(name: str, i18n: I18n) -> str:
    if name in LABELS:
        return i18n(LABELS[name])
    words = " ".join(_WORD_BEGINS.split(name)).strip()
    return (words[:1].upper() + words[1:].lower()) if words else name


def _value(value: object, i18n: I18n) -> str:
    match value:
        case None:
            return ""
        case bool():
            return i18n(N_("Yes")) if value else i18n(N_("No"))
        case float():
            return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
        case str() if _DAY.fullmatch(value):
            return _day(value, i18n)
        case Mapping():
            inner = [(_label(str(name), i18n), _value(each, i18n)) for name, each in value.items()]
            return "; ".join(f"{label}: {words}" for label, words in inner if words)
        case Sequence() if not isinstance(value, str):
            return ", ".join(filter(None, (_value(each, i18n) for each in value)))
        case _:
            return str(value).strip()


def _day(written: str, i18n: I18n) -> str:
    try:
        return i18n.day(date.fromisoformat(written))
    except ValueError:  # the 30th of February
        return written
