import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.shared.domain import Channel
from notifications.templates.presentation import Kind, NamedLinks, plain, problem, shown

PUBLIC = "https://portico.example"


def _moment(instant: str, zone: str, language: str, channel: Channel = Channel.EMAIL) -> str:
    kinds = {"expire_time": Kind.MOMENT, "time_zone": Kind.ZONE}
    return shown(kinds, {"expire_time": instant, "time_zone": zone}, language=language, channel=channel)["expire_time"]


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "America/New_York", "Sunday, August 16, 2026, 5:00 PM (New York)"),
        ("en-GB", "Europe/Madrid", "Sunday 16 August 2026, 23:00 (Madrid)"),
        ("es", "America/New_York", "domingo, 16 de agosto de 2026, 5:00 p.m. (Nueva York)"),
        ("es-MX", "UTC", "domingo, 16 de agosto de 2026, 9:00 p.m. (UTC)"),
        ("tlh", "UTC", "Sunday, August 16, 2026, 9:00 PM (UTC)"),
    ],
)
def test_moment_is_shown_in_the_recipients_language(language: str, zone: str, expected: str) -> None:
    """NT-03: an instant is shown as date and time in the recipient's language and the given zone."""
    assert expected.replace(",", "") == _moment("2026-08-16T21:00:00Z", zone, language).replace(",", "")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Aug 16, 2026, 5:00 PM (New York)"), ("es", "16 ago 2026, 5:00 p.m. (Nueva York)")],
)
def test_moment_is_short_in_an_sms(language: str, expected: str) -> None:
    """CASE-A11, NT-03: in an SMS the instant is short, names its zone, and holds nothing that GSM-7 lacks."""
    assert expected == _moment("2026-08-16T21:00:00Z", "America/New_York", language, Channel.SMS)


@pytest.mark.parametrize(
    ("seconds", "language", "expected"),
    [("3600", "en", "1 hour"), ("3600", "es", "1 hora"), ("86400", "en", "1 day"), ("604800", "es-MX", "1 semana")],
)
def test_a_duration_is_shown_in_the_recipients_language(seconds: str, language: str, expected: str) -> None:
    """CASE-A11: how long something is valid is said in one unit, and the same in an SMS as in an email."""
    for channel in Channel:
        texts = shown({"valid_for": Kind.DURATION}, {"valid_for": seconds}, language=language, channel=channel)
        assert {"valid_for": expected} == texts


def test_moment_follows_daylight_saving_time() -> None:
    """NT-03: the wall clock is the zone's at that instant, on both sides of a change of clocks."""
    before = _moment("2026-11-01T05:30:00Z", "America/New_York", "es")
    after = _moment("2026-11-01T06:30:00Z", "America/New_York", "es")
    assert ["1:30", "1:30"] == [re.findall(r"\d+:\d+", text)[0] for text in (before, after)]


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (Kind.TEXT, "Ana", ""),
        (Kind.TEXT, " \n\u200b", "is empty"),
        (Kind.MOMENT, "2026-08-16T21:00:00+02:00", ""),
        (Kind.MOMENT, "2026-08-16T21:00:00", "is not an instant with a zone (RFC 3339)"),
        (Kind.MOMENT, "tomorrow", "is not an instant with a zone (RFC 3339)"),
        (Kind.ZONE, "America/New_York", ""),
        (Kind.ZONE, "../../etc/passwd", "is not a time zone"),
        (Kind.ZONE, "America", "is not a time zone"),
        (Kind.ZONE, "", "is not a time zone"),
        (Kind.DURATION, "3600", ""),
        (Kind.DURATION, "0", "is not a number of seconds"),
        (Kind.DURATION, "an hour", "is not a number of seconds"),
        (Kind.CODE, "7K3QW9XZ4M", ""),
        (Kind.CODE, "7K3Q W9XZ", "is not 4 to 16 letters and digits"),
        (Kind.LINK, f"{PUBLIC}/i/abc-_1", ""),
        (Kind.LINK, f"{PUBLIC}.evil.example/i/abc", "does not lead to our own pages"),
        (Kind.LINK, f"{PUBLIC}@evil.example/i/abc", "does not lead to our own pages"),
        (Kind.LINK, f'{PUBLIC}/"onclick="', "does not lead to our own pages"),
        (Kind.LINK, "javascript:alert(1)", "does not lead to our own pages"),
        (Kind.LINK, PUBLIC, "does not lead to our own pages"),
    ],
)
def test_value_is_checked_by_its_kind(kind: Kind, raw: str, expected: str) -> None:
    """NT-02: a value that is not of its declared kind is refused, and a link leads nowhere but to our own pages."""
    assert expected == problem(kind, raw, public_url=PUBLIC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ana  María\tGarcía ", "Ana María García"),
        ("J.R. Smith", "J.R. Smith"),
        ("2026.004711", "2026.004711"),
        ("St.Mary's", "St. Mary's"),
        ("win at evil.example/x", "win at evil. example/x"),
        ("https://evil.example", "https: evil. example"),
        ("me@evil.example", "me@evil. example"),
        ("evil。example", "evil. example"),
        ("Ana\r\nBcc: all@evil.example", "Ana Bcc: all@evil. example"),
        ("\u202egnp.exe", "gnp. exe"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("a" * 90, "a" * 77 + "..."),
    ],
)
def test_text_becomes_harmless(raw: str, expected: str) -> None:
    """NT-02: words of people stay readable, and apps find no link, no address and no second line in them."""
    assert expected == plain(raw)


@given(st.text(max_size=200))
def test_text_is_one_short_line(raw: str) -> None:
    """NT-02: whatever comes in, what is shown is one line without control characters, of at most 80."""
    text = plain(raw)
    assert len(text) <= 80
    assert text.splitlines() in ([], [text])
    assert not [c for c in text if unicodedata.category(c)[0] == "C" and c not in "\u200c\u200d"]
    assert not re.search(r"\w\.[a-zA-Z]{2}|\w://", text)


def test_code_is_shown_in_two_groups() -> None:
    """NT-03: a code is shown in two groups."""
    assert {"code": "7K3QW-9XZ4M"} == shown(
        {"code": Kind.CODE}, {"code": "7K3QW9XZ4M"}, language="en", channel=Channel.EMAIL
    )


@pytest.mark.parametrize(
    ("user_agent", "language", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "en", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Safari/604.1", "es-MX", "Safari en iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X)", "es", "iPhone"),
        ("Mozilla/5.0 Firefox/143.0", "fr", "Firefox"),
        ("Mozilla/5.0 (Android 14; call 900 555 0100) Firefox/143.0", "en", "Firefox on Android"),
        ("call-900-555-0100/1.0", "en", "a program"),
        ("curl/8.5.0", "es", "un programa"),
        ("Mozilla/5.0", "en", "an unknown device"),
        ("", "es", "un dispositivo desconocido"),
    ],
)
def test_a_device_is_shown_in_our_own_words(user_agent: str, language: str, expected: str) -> None:
    """ID-16, NT-02: of a user agent a message shows browser and system, and nothing that its sender could choose."""
    assert "" == problem(Kind.DEVICE, user_agent, public_url=PUBLIC)
    for channel in Channel:
        texts = shown({"device": Kind.DEVICE}, {"device": user_agent}, language=language, channel=channel)
        assert {"device": expected} == texts


MAPLE = f"{PUBLIC}/o/maple/sign-in Maple County Childcare"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (MAPLE, ""),
        ("\n".join([MAPLE] * 10), ""),
        ("\n".join([MAPLE] * 11), "is not one to ten lines of an address and a name"),
        *(
            (raw, "is not one to ten lines of an address and a name")
            for raw in ("", MAPLE.split()[0], f"{MAPLE}\n", f"{MAPLE.split()[0]} \u200b")
        ),
        *(
            (raw, "does not lead to our own pages")
            for raw in (
                f"https://evil.example/o/maple {PUBLIC}",
                f"{PUBLIC}.evil.example Maple",
                f'{PUBLIC}/"onclick="x Maple',
                f"{MAPLE}\njavascript:alert(1) Maple",
            )
        ),
    ],
)
def test_links_with_names_lead_to_our_pages(raw: str, expected: str) -> None:
    """NT-02, CASE-U4: each of several links leads to our pages and has a name, and there are ten at most."""
    assert expected == problem(Kind.LINKS, raw, public_url=PUBLIC)


def test_links_with_names_are_harmless_markup() -> None:
    """NT-02, CASE-U4: a name over its address in plain text, a link in markup; no name becomes markup or a link."""
    raw = f"{MAPLE}\n{PUBLIC}/o/b?a=1&b=2 <b>B & B</b> https://evil.example"
    links = shown({"sign_ins": Kind.LINKS}, {"sign_ins": raw}, language="en", channel=Channel.EMAIL)["sign_ins"]
    assert isinstance(links, NamedLinks)
    name = "<b>B & B</b> https: evil. example"
    assert f"Maple County Childcare\n{PUBLIC}/o/maple/sign-in\n\n{name}\n{PUBLIC}/o/b?a=1&b=2" == links
    assert (
        f'<a href="{PUBLIC}/o/maple/sign-in">Maple County Childcare</a><br />'
        f'<a href="{PUBLIC}/o/b?a=1&amp;b=2">&lt;b&gt;B &amp; B&lt;/b&gt; https: evil. example</a>'
    ) == links.html
