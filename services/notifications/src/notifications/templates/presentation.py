"""How a value is shown: harmless, and in the recipient's language.

Values come from people and from other services. Whatever they hold, they must not become markup, a link, a header or a
second line, in the message or in what a mail or phone app makes of it.
"""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_time, format_timedelta, get_timezone_location

from chassis.devices import device_of
from chassis.regions import TWELVE_HOURS
from chassis.secrets import grouped
from notifications.shared.domain import Channel

MASK = "••••"
TIME_ZONE = "time_zone"
"""Every template with a moment declares it."""

MAX_TEXT_LENGTH = 80
_MAX_WORDS_LENGTH = {Channel.EMAIL: 1000, Channel.SMS: 100}
_JOINERS = "\u200c\u200d"  # Persian and Indic names need them
_SCHEME = re.compile(r"(?<=\w)://+")
_DOMAIN_DOT = re.compile(r"(?<=\w)[.。．｡](?=[^\W\d_]{2})")
_BLANKS = re.compile(r"\s+")
_JOINING = f"{_JOINERS}\u0e33\u0eb3🏻🏼🏽🏾🏿"  # also two vowels of Thai and Lao, and the tones of a skin
_VIRAMA = 9  # the combining class of what joins two consonants of an Indic script
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # read by twos, each pair as a flag


class Kind(Enum):
    """What a declared value is."""

    TEXT = "text"
    """Words of people: a name, a number. Shown as plain text, at most 80 characters; in an SMS as many as fit."""
    WORDS = "words"
    """Sentences of people. Shown as one paragraph of at most 1,000 characters, in an SMS 100."""
    MOMENT = "moment"
    """An instant (RFC 3339), shown as date and time in the value `time_zone`."""
    ZONE = "zone"
    """An IANA time zone."""
    DURATION = "duration"
    """Seconds, shown as the largest unit that they fill: `1 hour`."""
    LINK = "link"
    """An address below our own public one; nothing else becomes a link."""
    LINKS = "links"
    """One to ten such addresses, each on a line of its own, with a blank and people's words for it behind it."""
    CODE = "code"
    """Letters and digits to type, shown in two groups."""
    DEVICE = "device"
    """What a device says of itself (its user agent), shown as its browser and system: `Chrome on Windows`."""


_DEVICE_WORDS = {
    "en": {"both": "{} on {}", "PROGRAM": "a program", "": "an unknown device"},
    "es": {"both": "{} en {}", "PROGRAM": "un programa", "": "un dispositivo desconocido"},
}
_SECONDS = re.compile(r"[1-9][0-9]{0,7}")
_MAX_LINKS = 10
_CODE = re.compile(r"[0-9A-Za-z]{4,16}")
_LINK_REST = re.compile(r"[/?#][\w./~%?&=#:@!,;+-]*", re.ASCII)


class NamedLinks(str):
    """Links as a plain text shows them: each name over its address; `html` is what stands in their place in markup."""

    __slots__ = ("html",)
    html: str

    @classmethod
    def of(cls, links: Sequence[tuple[str, str]]) -> Self:
        """The links, each an address and a name."""
        shown = cls("\n\n".join(f"{name}\n{address}" for address, name in links))
        shown.html = "<br />".join(
            f'<a href="{html.escape(address)}">{html.escape(name)}</a>' for address, name in links
        )
        return shown


def problem(kind: Kind, raw: str, *, public_url: str) -> str:
    """What is wrong with a value, in words; empty when nothing is."""
    match kind:
        case Kind.TEXT | Kind.WORDS:
            return "" if plain(raw) else "is empty"
        case Kind.MOMENT:
            return "" if _instant(raw) else "is not an instant with a zone (RFC 3339)"
        case Kind.ZONE:
            return "" if _zone(raw) else "is not a time zone"
        case Kind.DURATION:
            return "" if _SECONDS.fullmatch(raw) else "is not a number of seconds"
        case Kind.LINK:
            return "" if _is_ours(raw, public_url) else "does not lead to our own pages"
        case Kind.LINKS:
            links = _links(raw)
            if len(links) > _MAX_LINKS or not all(name for _, name in links):
                return "is not one to ten lines of an address and a name"
            is_ours = all(_is_ours(address, public_url) for address, _ in links)
            return "" if is_ours else "does not lead to our own pages"
        case Kind.CODE:
            return "" if _CODE.fullmatch(raw) else "is not 4 to 16 letters and digits"
        case Kind.DEVICE:
            return ""


def shown(
    kinds: Mapping[str, Kind],
    values: Mapping[str, str],
    *,
    language: str,
    channel: Channel,
    max_text_length: int = MAX_TEXT_LENGTH,
) -> dict[str, str]:
    """The values as the recipient reads them; all of them are checked before (`problem`)."""
    zone = values.get(TIME_ZONE, "UTC")
    texts: dict[str, str] = {}
    for name, kind in kinds.items():
        raw = values[name]
        match kind:
            case Kind.TEXT:
                texts[name] = plain(raw, max_text_length)
            case Kind.WORDS:
                texts[name] = plain(raw, _MAX_WORDS_LENGTH[channel])
            case Kind.MOMENT:
                texts[name] = _moment(raw, zone, language, channel)
            case Kind.DURATION:
                texts[name] = _without_narrow_spaces(
                    format_timedelta(timedelta(seconds=int(raw)), locale=locale_of(language))
                )
            case Kind.CODE:
                texts[name] = grouped(raw)
            case Kind.DEVICE:
                texts[name] = _device(raw, language)
            case Kind.LINKS:
                texts[name] = NamedLinks.of(_links(raw))
            case Kind.ZONE | Kind.LINK:
                texts[name] = raw
    return texts


def _is_ours(address: str, public_url: str) -> bool:
    return address.startswith(public_url) and _LINK_REST.fullmatch(address, len(public_url)) is not None


def _links(raw: str) -> list[tuple[str, str]]:
    """The addresses, each with its name."""
    pairs = (line.partition(" ") for line in raw.split("\n"))
    return [(address, plain(name)) for address, _, name in pairs]


@lru_cache(maxsize=4096)  # an organization's name is in each of its messages
def plain(text: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """One line of at most so many UTF-16 units, without control characters and without what apps turn into a link."""
    kept = (
        c
        for c in unicodedata.normalize("NFC", text)
        if c in _JOINERS or unicodedata.category(c)[0] != "C" or c.isspace()
    )
    line = _BLANKS.sub(" ", "".join(kept)).strip()
    line = _DOMAIN_DOT.sub(". ", _SCHEME.sub(": ", line))
    if _end(line, max_length) == len(line):
        return line
    end = _end(line, max_length - 3)
    while end and _is_joined(line, end):
        end -= 1
    return f"{line[:end].rstrip()}..."


def _end(text: str, units: int) -> int:
    """How many characters fit into so many UTF-16 units, as an SMS counts them."""
    for end, character in enumerate(text):
        units -= 1 + (character > "\uffff")
        if units < 0:
            return end
    return len(text)


def _is_joined(text: str, at: int) -> bool:
    """Whether people see one sign where the text would be cut: a mark, a joined emoji, a flag (Unicode annex 29)."""
    before, character = text[at - 1], text[at]
    if character in _FLAG_LETTERS:
        return (at - len(text[:at].rstrip(_FLAG_LETTERS))) % 2 == 1
    return (
        unicodedata.category(character)[0] == "M"
        or character in _JOINING
        or before in _JOINERS
        or unicodedata.combining(before) == _VIRAMA
    )


def locale_of(language: str) -> Locale:
    """The locale of a language tag; English for an unknown one."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _moment(raw: str, zone: str, language: str, channel: Channel) -> str:
    instant = _instant(raw)
    assert instant is not None  # noqa: S101 (checked when the message was stored)
    # To the minute: the messages of a batch expire within seconds of each other, and Babel takes 0.2 ms.
    return _formatted(instant.replace(second=0, microsecond=0), zone, language, channel)


@lru_cache(maxsize=1024)
def _formatted(instant: datetime, zone: str, language: str, channel: Channel) -> str:
    """`Sunday, August 16, 2026, 5:00 PM (New York)`; in an SMS `Aug 16, 2026, 5:00 PM (New York)`."""
    locale, local = locale_of(language), instant.astimezone(ZoneInfo(zone))
    date = format_date(local, "medium" if channel is Channel.SMS else "full", locale=locale)
    if get_global("zone_territories").get(zone) in TWELVE_HOURS:
        time = format_time(local, "short", locale=Locale(locale.language, territory="US"))
    else:
        time = format_time(local, "short", locale=locale)
    place = get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True) if "/" in zone else zone
    return _without_narrow_spaces(f"{date}, {time} ({place})")


def _device(user_agent: str, language: str) -> str:
    """In our own words alone: by the rest of a user agent, whoever signs in could write to the account's person."""
    device = device_of(user_agent)
    words = _DEVICE_WORDS.get(locale_of(language).language, _DEVICE_WORDS["en"])
    if device.browser and device.system:
        return words["both"].format(device.browser, device.system)
    return device.browser or device.system or words["PROGRAM" if device.kind == "PROGRAM" else ""]


def _without_narrow_spaces(words: str) -> str:
    """CLDR writes narrow no-break spaces, which would turn an SMS from GSM-7 to UCS-2."""
    return words.replace("\u202f", " ").replace("\u00a0", " ")


def _instant(raw: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _zone(raw: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(raw)
    except (ValueError, OSError, KeyError):  # a bad key, a folder, an unknown zone
        return None
