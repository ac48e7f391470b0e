"""Words and days in our languages: English stands in the code, the others in `locales/<language>.po`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Self
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations


class Language(StrEnum):
    """The languages offered: tag and own name. The first stands in the code, and is for everybody else."""

    own_name: str

    def __new__(cls, tag: str, own_name: str) -> Self:
        """A member is its tag."""
        language = str.__new__(cls, tag)
        language._value_ = tag
        language.own_name = own_name
        return language

    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


LANGUAGES: Mapping[str, Language] = {language.value: language for language in Language}
"""By tag."""
# A script may stand between (`zh-Hant-TW`); a region of three digits (`es-419`) is no country.
_REGION = re.compile(r"(?:^|,)\s*[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})(?![a-z0-9])", re.IGNORECASE)


def N_(words: str) -> str:  # noqa: N802 gettext's own name for it
    """The words as they stand, to be translated where they are shown."""
    return words


class _InContext(str):
    """Words, and what they are said of."""

    __slots__ = ("context",)
    context: str


def NC_(context: str, words: str) -> str:  # noqa: N802 GLib's own name for it
    """The same, said of something: `Active` is another word of a place than of a company (gettext's `msgctxt`)."""
    said = _InContext(words)
    said.context = context
    return said


@dataclass(frozen=True, slots=True)
class I18n:
    """What one language says."""

    language: Language
    locale: Locale
    translations: NullTranslations = field(repr=False)

    def __call__(self, words: str) -> str:
        """The words in this language."""
        if isinstance(words, _InContext):
            return str(self.translations.pgettext(words.context, words))
        return str(self.translations.gettext(words))

    def plural(self, one: str, several: str, count: int) -> str:
        """The words for this many, in this language."""
        return str(self.translations.ngettext(one, several, count))

    def number(self, number: int) -> str:
        """`1,234`."""
        return str(numbers.format_decimal(number, locale=self.locale))

    def weekday(self, day: date) -> str:
        """`Mon, Nov 30`, in the order of the language."""
        return str(dates.format_skeleton("MMMEd", day, locale=self.locale))

    def whole_day(self, day: date) -> str:
        """`Friday, November 27, 2026`."""
        return str(dates.format_date(day, "full", locale=self.locale))

    def day(self, day: date) -> str:
        """`November 27, 2026`."""
        return str(dates.format_date(day, "long", locale=self.locale))


@cache
def i18n_for(tag: str) -> I18n:
    """The words of the language with this tag; raises KeyError when it is not offered."""
    language = LANGUAGES[tag]
    return I18n(language, Locale.parse(language.value), _translations(language))


def language_choices(chosen: str) -> list[tuple[str, str, bool]]:
    """Tag, own name, and whether it is the chosen one, for a form; where none of ours is chosen it is the first."""
    default = LANGUAGES.get(chosen, Language.ENGLISH)
    return [(language.value, language.own_name, language is default) for language in Language]


@lru_cache(maxsize=1024)  # the database has some 600; strangers may invent as many as they like
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone; None when there is none of this name."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # absent, absolute or odd names, names of folders
        return None


def best_language(accepted: str) -> Language:
    """The best language offered for an `Accept-Language` header (RFC 9110, 12.5.4)."""
    ranked: list[tuple[float, Language]] = []
    for part in accepted.lower().split(","):
        tag, _, weight = part.partition(";")
        quality = _number(weight.strip().removeprefix("q="))
        if (language := LANGUAGES.get(tag.strip()[:2])) and quality > 0:
            ranked.append((quality, language))
    # The sort is stable: of equals the first in the header wins.
    return max(ranked, key=lambda entry: entry[0])[1] if ranked else Language.ENGLISH


def best_region(accepted: str) -> str:
    """The first region (ISO 3166-1) that an `Accept-Language` header names: `MX` for `es-MX,es;q=0.9`; else empty."""
    named = _REGION.search(accepted)
    return named[1].upper() if named else ""


def region_of(zone: tzinfo | None) -> str:
    """The region in which a zone lies: `US` for America/Chicago; empty for none, and for UTC."""
    return str(get_global("zone_territories").get(getattr(zone, "key", ""), ""))


def _number(quality: str) -> float:
    try:
        return float(quality or 1)
    except ValueError:
        return 0.0


def _translations(language: Language) -> NullTranslations:
    source = files("portal").joinpath("locales", f"{language}.po")
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale=language, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)
