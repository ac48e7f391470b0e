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
from typing import Annotated, Self, TypeVar

from babel.dates import format_timedelta
from babel.units import format_unit
from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder

from chassis.devices import device_of
from chassis.secrets import grouped
from notifications.shared.domain import Channel
from notifications.templates.moments import (
    is_zone,
    locale_of,
    moment,
    parsed_instant,
    period,
    without_narrow_spaces,
)

_Words = TypeVar("_Words")
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
    MINUTES = "minutes"
    """How long an appointment takes: `90 minutes`."""
    TIMES = "times"
    """One to ten times to choose from, a JSON array of `Time`; each with its zone, or in the value `time_zone`."""
    CHOICE = "choice"
    """A code; the template declares its words in each language."""
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
_TELEHEALTH = {"en": "by telehealth", "es": "por telesalud"}
_PLAIN = {
    Kind.DURATION: (re.compile(r"[1-9][0-9]{0,7}"), "is not a number of seconds"),
    Kind.MINUTES: (re.compile(r"[1-9][0-9]{0,3}"), "is not a number of minutes"),
    Kind.CODE: (re.compile(r"[0-9A-Za-z]{4,16}"), "is not 4 to 16 letters and digits"),
}
_MAX_LINKS = 10
_LINK_REST = re.compile(r"[/?#][\w./~%?&=#:@!,;+-]*", re.ASCII)


_Instant = Annotated[datetime, Meta(tz=True)]
_Minutes = Annotated[int, Meta(ge=1, le=24 * 60)]


class Time(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time to choose from: a window that somebody wishes, or an appointment; without a place by telehealth."""

    start_time: _Instant
    end_time: _Instant | None = None
    minutes: _Minutes | None = None
    time_zone: str = ""
    specialist: str = ""
    place: str | None = None


_times = Decoder(Annotated[list[Time], Meta(min_length=1, max_length=10)]).decode


class Lines(str):
    """Several lines as a plain text shows them; `html` is what stands in their place in markup."""

    __slots__ = ("html",)
    html: str


class NamedLinks(Lines):
    """Links, each name over its address; in markup the name is the link."""

    __slots__ = ()

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
            return "" if parsed_instant(raw) else "is not an instant with a zone (RFC 3339)"
        case Kind.ZONE:
            return "" if is_zone(raw) else "is not a time zone"
        case Kind.DURATION | Kind.MINUTES | Kind.CODE:
            pattern, words = _PLAIN[kind]
            return "" if pattern.fullmatch(raw) else words
        case Kind.TIMES:
            return _problem_of_times(raw)
        case Kind.LINK:
            return "" if _is_ours(raw, public_url) else "does not lead to our own pages"
        case Kind.LINKS:
            links = _links(raw)
            if len(links) > _MAX_LINKS or not all(name for _, name in links):
                return "is not one to ten lines of an address and a name"
            is_ours = all(_is_ours(address, public_url) for address, _ in links)
            return "" if is_ours else "does not lead to our own pages"
        case Kind.DEVICE | Kind.CHOICE:
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
    lengths = {Kind.TEXT: max_text_length, Kind.WORDS: _MAX_WORDS_LENGTH[channel]}
    return {
        name: plain(values[name], lengths[kind])
        if kind in lengths
        else _shown(kind, values[name], zone=zone, language=language, channel=channel)
        for name, kind in kinds.items()
    }


def _shown(kind: Kind, raw: str, *, zone: str, language: str, channel: Channel) -> str:
    match kind:
        case Kind.MOMENT:
            return moment(_instant(raw), zone, language, channel)
        case Kind.DURATION:
            return without_narrow_spaces(format_timedelta(timedelta(seconds=int(raw)), locale=locale_of(language)))
        case Kind.MINUTES:
            return _minutes(int(raw), language)
        case Kind.TIMES:
            return _shown_times(raw, zone, language, channel)
        case Kind.CODE:
            return grouped(raw)
        case Kind.DEVICE:
            return _device(raw, language)
        case Kind.LINKS:
            return NamedLinks.of(_links(raw))
        case Kind.TEXT | Kind.WORDS | Kind.ZONE | Kind.LINK | Kind.CHOICE:
            return raw


def _is_ours(address: str, public_url: str) -> bool:
    return address.startswith(public_url) and _LINK_REST.fullmatch(address, len(public_url)) is not None


def _instant(raw: str) -> datetime:
    instant = parsed_instant(raw)
    assert instant is not None  # noqa: S101 (checked when the message was stored)
    return instant


def _problem_of_times(raw: str) -> str:
    try:
        times = _times(raw)
    except DecodeError:
        return "is not one to ten times"
    return "" if all(is_zone(time.time_zone) for time in times if time.time_zone) else "has no time zone"


def _shown_times(raw: str, zone: str, language: str, channel: Channel) -> Lines:
    """Each time on a line of its own, who and where below it."""
    text = "\n\n".join(_time(time, time.time_zone or zone, language, channel) for time in _times(raw))
    shown = Lines(text)
    shown.html = html.escape(text).replace("\n", "<br />")
    return shown


def _time(time: Time, zone: str, language: str, channel: Channel) -> str:
    if time.end_time is None:
        line = moment(time.start_time, zone, language, channel)
    else:
        line = period(time.start_time, time.end_time, zone, language, channel)
    if time.minutes is not None:
        line = f"{line}, {_minutes(time.minutes, language)}"
    where = plain(time.place) or _own(_TELEHEALTH, language) if time.place is not None else ""
    below = ", ".join(filter(None, (plain(time.specialist), where)))
    return f"{line}\n{below}" if below else line


def _minutes(count: int, language: str) -> str:
    return without_narrow_spaces(format_unit(count, "duration-minute", locale=locale_of(language)))


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


def _device(user_agent: str, language: str) -> str:
    """In our own words alone: by the rest of a user agent, whoever signs in could write to the account's person."""
    device = device_of(user_agent)
    words = _own(_DEVICE_WORDS, language)
    if device.browser and device.system:
        return words["both"].format(device.browser, device.system)
    return device.browser or device.system or words["PROGRAM" if device.kind == "PROGRAM" else ""]


def _own(words: Mapping[str, _Words], language: str) -> _Words:
    """Our own words in a language that we have; English for the others."""
    return words.get(locale_of(language).language, words["en"])
