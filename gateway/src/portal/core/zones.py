"""Time zones to choose from, as people call them: those of a country first, then all others by their city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache

from babel import dates
from babel.core import get_global

from portal.core.i18n import N_, I18n, i18n_for, region_of, zone_named

Choices = Sequence[tuple[str, str]]
"""IANA names with their words."""


def zone_choices(i18n: I18n, home: tzinfo | None, *chosen: str) -> Mapping[str, Choices]:
    """Groups of zones for a form, by the group's words: those of the country in which `home` lies, then all others.

    A zone of `chosen` that lies in no country has a place of its own at the end; one that there is not is left out.
    """
    country = region_of(home)
    near, others = _zones(i18n.language, country)
    known = {name for name, _ in (*near, *others)}
    odd = [(name, name) for name in dict.fromkeys(chosen) if zone_named(name) and name not in known]
    groups = {i18n.locale.territories.get(country, country): near, i18n(N_("Other places")): [*others, *odd]}
    return {words: zones for words, zones in groups.items() if zones}


@lru_cache(maxsize=1024)  # each zone of the database in each language, and then some
def zone_words(language: str, name: str) -> str:
    """A zone as people call it: `Central Time · Chicago`; its own name where it lies nowhere.

    >>> zone_words("es", "America/Chicago")
    'hora central · Chicago'
    """
    zone, locale = zone_named(name), i18n_for(language).locale
    if zone is None or not region_of(zone):
        return name
    city = dates.get_timezone_location(zone, locale=locale, return_city=True)
    return f"{dates.get_timezone_name(zone, locale=locale)} · {city}"


@lru_cache(maxsize=64)
def _zones(language: str, country: str) -> tuple[Choices, Choices]:
    locale = i18n_for(language).locale
    near, others = [], []
    for name, region in get_global("zone_territories").items():
        zone = zone_named(name)
        if zone is None or region not in locale.territories or name.startswith("Etc/"):
            continue
        city = dates.get_timezone_location(zone, locale=locale, return_city=True)
        if region == country:
            near.append((name, f"{dates.get_timezone_name(zone, locale=locale)} · {city}"))
        else:
            others.append((name, f"{city} · {locale.territories[region]}"))
    return sorted(near, key=_words), sorted(others, key=_words)


def _words(choice: tuple[str, str]) -> str:
    return choice[1]
