"""How instants and durations are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.i18n import i18n_for
from portal.core.times import Times

from .neighbours import Neighbours
from .people import Browser
from .samples import APPLICATION, application, invitation

NOW = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


def times(language: str = "en", zone: str = "America/Chicago", region: str = "US") -> Times:
    """A reader at half past twelve in Chicago."""
    return Times(i18n=i18n_for(language), zone=ZoneInfo(zone), now=NOW, region=region)


def at(*instant: int) -> datetime:
    """An instant of Chicago."""
    return datetime(*instant, tzinfo=CHICAGO)  # type: ignore[misc, arg-type] # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("instant", "english", "spanish"),
    [
        (at(2026, 11, 27, 23, 59), "today", "hoy"),
        (at(2026, 11, 28, 0, 0), "tomorrow", "mañana"),
        (at(2026, 11, 29, 0, 0), "in 2 days", "en 2 días"),
        (at(2029, 11, 27, 0, 0), "in 1,096 days", "en 1,096 días"),
        (at(2026, 11, 27, 12, 30), "late since today", "con retraso desde hoy"),
        (at(2026, 11, 26, 23, 59), "1 day late", "1 día de retraso"),
        (at(2026, 11, 25, 12, 0), "2 days late", "2 días de retraso"),
    ],
)
def test_a_task_is_due_by_the_days_of_the_reader(instant: datetime, english: str, spanish: str) -> None:
    """CM-11: today, tomorrow, in some days; from its instant on it is late, by days of the reader's calendar."""
    assert [english, spanish] == [times(language).due(instant) for language in ("en", "es")]


def test_a_day_begins_where_the_reader_is() -> None:
    """CM-11: what is due in the first hour of tomorrow in Chicago is still due today further west."""
    assert ["tomorrow", "today"] == [
        times(zone=zone).due(at(2026, 11, 28, 1, 0)) for zone in ("America/Chicago", "America/Los_Angeles")
    ]


@pytest.mark.parametrize(
    ("instant", "english", "spanish"),
    [
        (at(2026, 11, 27, 12, 17), "Today 12:17 PM", "Hoy 12:17 p.m."),
        (at(2026, 11, 27, 0, 0), "Today 12:00 AM", "Hoy 12:00 a.m."),
        (at(2026, 11, 26, 23, 59), "Yesterday 11:59 PM", "Ayer 11:59 p.m."),
        (at(2026, 11, 28, 0, 0), "Tomorrow 12:00 AM", "Mañana 12:00 a.m."),
        (at(2026, 11, 29, 8, 5), "Nov 29, 8:05 AM", "29 nov, 8:05 a.m."),
        (at(2026, 1, 2, 8, 5), "Jan 2, 8:05 AM", "2 ene, 8:05 a.m."),
        (at(2025, 12, 31, 8, 5), "Dec 31, 2025, 8:05 AM", "31 dic 2025, 8:05 a.m."),
    ],
)
def test_an_instant_is_said_shortly(instant: datetime, english: str, spanish: str) -> None:
    """CASE-A11: today, yesterday and tomorrow by name, another day of this year without it, another year with it."""
    said = [" ".join(times(language).short(instant).split()) for language in ("en", "es")]
    assert [english, spanish] == said


@pytest.mark.parametrize(
    ("language", "region", "said"),
    [
        ("es", "US", "Hoy 1:05 p.m."),
        ("es", "PR", "Hoy 1:05 p.m."),
        ("es", "MX", "Hoy 13:05"),
        ("es", "", "Hoy 13:05"),
    ],
)
def test_who_lives_in_the_united_states_counts_twelve_hours(language: str, region: str, said: str) -> None:
    """CASE-A11: also who reads Spanish there."""
    assert said == " ".join(times(language, region=region).short(at(2026, 11, 27, 13, 5)).split())


def test_a_day_is_the_readers() -> None:
    """CASE-A11: what is today in Chicago is tomorrow in Auckland, and is called so."""
    instant = at(2026, 11, 27, 12, 17)
    assert "Today 12:17 PM" == " ".join(times().short(instant).split())
    assert "Today 7:17 AM" == " ".join(times(zone="Pacific/Auckland").short(instant).split())


def test_deadlines_name_their_zone_and_the_whole_is_to_the_second() -> None:
    """CASE-A11: where somebody must not be late the zone stands beside the time."""
    instant = datetime(2026, 11, 28, 23, 0, 5, 999999, tzinfo=UTC)
    assert "Tomorrow 5:00 PM CST" == " ".join(times().deadline(instant).split())
    element = times().element(instant, "<soon>")
    assert (
        '<time datetime="2026-11-28T23:00:05Z" title="Saturday, November 28, 2026, 5:00:05 PM CST">&lt;soon&gt;</time>'
        == (element.replace("\u202f", " "))
    )


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [("America/Chicago", "Central Time", "hora central"), ("Etc/UTC", "Etc/UTC", "Etc/UTC")],
)
def test_a_zone_is_said_as_people_call_it(zone: str, english: str, spanish: str) -> None:
    """PO-01, PO-06: a zone has its name in the reader's language; one that lies nowhere is called as it is."""
    assert english == times("en", zone=zone).zone_words
    assert spanish == times("es", zone=zone).zone_words


@pytest.mark.parametrize(
    ("span", "english", "spanish"),
    [
        (timedelta(hours=1), "1 hour", "1 hora"),
        (timedelta(minutes=15), "15 minutes", "15 minutos"),
        (timedelta(days=5), "5 days", "5 días"),
    ],
)
def test_a_duration_is_said_in_one_unit(span: timedelta, english: str, spanish: str) -> None:
    """CASE-A11: as the messages say it."""
    assert (english, spanish) == (times("en").lasting(span), times("es").lasting(span))


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_no_instant_is_too_odd_to_be_said(seconds: int) -> None:
    """CASE-A11: whatever the instant, it has short and whole words, and a machine reads it to the second."""
    instant = datetime.fromtimestamp(seconds, UTC)
    for language in ("en", "es"):
        reader = times(language)
        words = reader.element(instant, reader.deadline(instant))
        assert instant.strftime('datetime="%Y-%m-%dT%H:%M:%SZ"') in words


@pytest.mark.parametrize("path", [APPLICATION, "/staff/applications", "/account"])
async def test_every_time_of_a_page_is_an_element(path: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A11, CASE-U21: a machine reads the instant without microseconds, a person the whole of it on hover."""
    odd = application()
    odd.create_time.nanos = 123_456_789
    neighbours.answers["GetApplication"] = odd
    found = (await staff.get(path)).main.all("time")
    assert found
    assert [] == [time for time in found if len("2026-01-28T09:00:00Z") != len(time["datetime"])]
    assert [] == [time for time in found if " 2026, " not in time["title"]]


async def test_where_no_zone_tells_the_region_the_browser_does(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-A11: whoever reads Spanish in UTC counts twelve hours when the browser says United States."""
    anybody.cookies["zone"] = "UTC"
    anybody.headers["accept-language"] = "es-US,es;q=0.9"
    neighbours.answers["CheckInvitation"] = invitation(language="es", expire_time=application().create_time)
    assert "8:30 a.m. UTC" in (await anybody.get("/i/a-token")).text.replace("\u202f", " ").replace("\xa0", " ")
