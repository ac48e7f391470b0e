"""Messages about bookings, their paperwork and their reports: what is optional, what is one of our words, and times."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from portico.notifications.v1.events_pb2 import MessageRequest
from portico_errors.notifications import TemplateValuesInvalid

from chassis.notification import Notification
from notifications.shared.domain import Channel, Request
from notifications.templates.catalogue import Template
from notifications.templates.composition import Composer
from services.notifications.tests.servers import body, parsed
from services.notifications.tests.test_templates_catalogue import LANGUAGES, OF_BOOKINGS
from services.notifications.tests.world import composed, request_for

OPTIONS = [
    {
        "start_time": datetime(2026, 8, 16, 23, tzinfo=UTC),
        "minutes": 45,
        "time_zone": "Australia/Sydney",
        "specialist": "Dr R. <Zhang>",
        "place": "Harbour Rooms",
    },
    {"start_time": datetime(2026, 8, 18, 2, tzinfo=UTC), "time_zone": "Australia/Perth", "place": ""},
]


def _template(composer: Composer, key: str) -> Template:
    return composer.catalogue.template(key, Channel.EMAIL)


def _message(composer: Composer, request: Request) -> EmailMessage:
    composer.check(request)
    return parsed(composed(composer, request).content)


def _text(message: EmailMessage) -> str:
    """The plain body with the line ends of this file."""
    return body(message, "plain").replace("\r\n", "\n")


def _with(template: Template, changes: Mapping[str, str], language: str = "en") -> Request:
    """A request with the sample, except for what is said."""
    sample = {name: template.sample[name] for name in template.values}
    return request_for(template, language=language, values={**sample, **changes})


def _asked(key: str, values: Mapping[str, object]) -> MessageRequest:
    return Notification(
        template=key,
        contact="ana@harbour.example",
        language="en",
        values=values,  # type: ignore[arg-type]
        reference="bookings/1",
    ).request()


@pytest.mark.parametrize("key", OF_BOOKINGS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_given_is_not_spoken_of(composer: Composer, key: str, language: str) -> None:
    """CM-08, NT-02: without its optional values, empty or missing, a message has no label without words."""
    template = _template(composer, key)
    missing = {name: template.sample[name] for name in template.values.keys() - template.optional}
    texts = []
    for values in (missing, {**missing, **dict.fromkeys(template.optional, " ")}):
        message = _message(composer, request_for(template, language=language, values=values))
        texts.append(_text(message))
        assert [] == re.findall(r": \n|⟦|\n\n\n", texts[-1])
        assert [] == [sign for sign in ("⟦", "<strong></strong>") if sign in body(message, "html")]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("key", OF_BOOKINGS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_words(composer: Composer, key: str, language: str) -> None:
    """CM-10, NT-03: each code that a message may be given stands there in words of its language, never as a code."""
    template = _template(composer, key)
    for name, words in template.choices.items():
        assert {True} == {len(set(by_language.values())) == len(LANGUAGES) for by_language in words.values()}
        for code, by_language in words.items():
            message = _message(composer, _with(template, {name: code}, language))
            for text in (body(message, "plain"), body(message, "html")):
                assert (True, False) == (by_language[language] in text, code in text)


@pytest.mark.parametrize("key", OF_BOOKINGS)
def test_a_code_without_words_is_refused(composer: Composer, key: str) -> None:
    """CM-10, NT-02: a code that the template does not declare is refused by the name of the value."""
    template = _template(composer, key)
    for name in template.choices:
        with pytest.raises(TemplateValuesInvalid) as refused:
            composer.check(_with(template, {name: "BECAUSE"}))
        assert {f"values.{name}": "VALUE_INVALID"} == {v.field: v.reason for v in refused.value.violations}


@pytest.mark.parametrize("key", OF_BOOKINGS)
def test_a_message_about_a_booking_names_nobody_else(composer: Composer, key: str) -> None:
    """CM-08, CASE-U4: no message has a place for the subject's name, or for what somebody said about them."""
    allowed = {
        *("organization_name", "recipient_name", "time_zone", "booking_url", "rebook_url", "booking_number"),
        *("case_number", "company_file_number", "service", "way", "wishes", "options", "hold_expire_time"),
        *("start_time", "old_start_time", "minutes", "specialist", "old_specialist", "place", "old_place"),
        *("directions", "paperwork_due_time", "reason", "kind", "count", "file_name", "version", "replaces"),
    }
    assert set() == _template(composer, key).values.keys() - allowed
    assert "time_zone" in _template(composer, key).values


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            """
Monday, August 17, 2026, 9:00 AM (Sydney), 45 minutes
Dr R. <Zhang>, Harbour Rooms

Tuesday, August 18, 2026, 10:00 AM (Perth)
by telehealth
""",
        ),
        (
            "es",
            """
lunes, 17 de agosto de 2026, 9:00 (Sídney), 45 minutos
Dr R. <Zhang>, Harbour Rooms

martes, 18 de agosto de 2026, 10:00 (Perth)
por telesalud
""",
        ),
    ],
)
def test_offered_times_are_shown_each_with_its_zone(composer: Composer, language: str, expected: str) -> None:
    """CM-08, CASE-A11: offered times travel as they are written, and stand there with zone, length, who and where."""
    template = _template(composer, "BOOKING_OFFERED")
    values = _asked("BOOKING_OFFERED", {"options": OPTIONS}).values
    message = _message(composer, _with(template, {"options": values["options"]}, language))
    assert expected in _text(message)
    page = body(message, "html")
    assert "Dr R. &lt;Zhang&gt;, Harbour Rooms<br /><br />" in page
    assert "<Zhang>" not in page


@pytest.mark.parametrize(
    ("language", "end_time", "expected"),
    [
        ("en", datetime(2026, 8, 17, 2, tzinfo=UTC), "Monday, August 17, 2026, 9:00 AM – 12:00 PM (Sydney)"),
        (
            "en",
            datetime(2026, 8, 18, 7, tzinfo=UTC),
            "Monday, August 17, 2026, 9:00 AM – Tuesday, August 18, 2026, 5:00 PM (Sydney)",
        ),
        ("es", datetime(2026, 8, 17, 2, tzinfo=UTC), "lunes, 17 de agosto de 2026, 9:00 – 12:00 (Sídney)"),
    ],
)
def test_wished_times_are_windows(composer: Composer, language: str, end_time: datetime, expected: str) -> None:
    """CM-08: a wished window has its beginning and its end, the date once where it is one, in the message's zone."""
    wish = {"start_time": datetime(2026, 8, 16, 23, tzinfo=UTC), "end_time": end_time}
    wishes = _asked("BOOKING_REQUESTED", {"wishes": [wish]}).values["wishes"]
    message = _message(composer, _with(_template(composer, "BOOKING_REQUESTED"), {"wishes": wishes}, language))
    for subtype in ("plain", "html"):
        assert expected in body(message, subtype)


def test_a_request_without_wishes_speaks_of_none(composer: Composer) -> None:
    """CM-08: no wishes travel as an empty value, and the message does without."""
    wishes = _asked("BOOKING_REQUESTED", {"wishes": []}).values["wishes"]
    message = _message(composer, _with(_template(composer, "BOOKING_REQUESTED"), {"wishes": wishes}))
    assert ("", False) == (wishes, "Times:" in body(message, "plain"))


@pytest.mark.parametrize(
    "raw",
    [
        *("[]", "{}", "Monday", '[{"start_time": "2026-08-16T23:00:00"}]', '[{"minutes": 45}]'),
        '[{"start_time": "2026-08-16T23:00:00Z", "minutes": 0}]',
        '[{"start_time": "2026-08-16T23:00:00Z", "link": "https://evil.example"}]',
        '[{"start_time": "2026-08-16T23:00:00Z", "time_zone": "../etc"}]',
        "[1]",
    ],
)
def test_times_that_are_none_are_refused(composer: Composer, raw: str) -> None:
    """NT-02: what is not one to ten instants with a zone is refused before it is stored."""
    with pytest.raises(TemplateValuesInvalid) as refused:
        composer.check(_with(_template(composer, "BOOKING_OFFERED"), {"options": raw}))
    assert ["values.options"] == [violation.field for violation in refused.value.violations]


@pytest.mark.parametrize("count", [10, 11])
def test_times_are_ten_at_most(composer: Composer, count: int) -> None:
    """NT-02: ten times are shown, eleven are refused."""
    options = _asked("BOOKING_OFFERED", {"options": OPTIONS[:1] * count}).values["options"]
    request = _with(_template(composer, "BOOKING_OFFERED"), {"options": options})
    if count == 10:
        assert 10 == body(_message(composer, request), "plain").count("Harbour Rooms")
    else:
        with pytest.raises(TemplateValuesInvalid):
            composer.check(request)


@pytest.mark.parametrize("key", ["BOOKING_CONFIRMED", "BOOKING_CHANGED"])
@pytest.mark.parametrize(("language", "words"), [("en", "by telehealth"), ("es", "por telesalud")])
def test_an_appointment_without_a_place_is_by_telehealth(
    composer: Composer, key: str, language: str, words: str
) -> None:
    """CM-08: where there is no place, both bodies say that people meet by telehealth, and otherwise do not."""
    template = _template(composer, key)
    places = sorted(template.optional & {"place", "old_place"})
    for given in (True, False):
        values = {} if given else dict.fromkeys(places, "")
        message = _message(composer, _with(template, values, language))
        counts = [body(message, subtype).count(words) for subtype in ("plain", "html")]
        assert [0 if given else len(places)] * 2 == counts


@pytest.mark.parametrize("key", ["BOOKING_CANCELLED", "BOOKING_DECLINED", "BOOKING_EXPIRED", "BOOKING_NOT_ATTENDED"])
def test_only_who_can_book_again_is_asked_to(composer: Composer, key: str) -> None:
    """CM-10: without the link to book again the one button leads to the booking."""
    template = _template(composer, key)
    page = body(_message(composer, _with(template, {"rebook_url": ""})), "html")
    assert [template.sample["booking_url"]] == re.findall(r'<a\s[^>]*href="([^"]*)"', page)
    assert 1 == page.count('class="button"')


@pytest.mark.parametrize(("language", "words"), [("en", "is with somebody else now"), ("es", "pasó a otra persona")])
def test_whose_a_booking_was_is_not_told_that_it_is_cancelled(composer: Composer, language: str, words: str) -> None:
    """CM-08: who had it reads that somebody else has it, and finds a link only where they may still open it."""
    template = _template(composer, "BOOKING_GIVEN_AWAY")
    url = template.sample["booking_url"]
    for given, links in ((url, [url]), ("", [])):
        message = _message(composer, _with(template, {"booking_url": given}, language))
        page = body(message, "html")
        assert links == re.findall(r'<a\s[^>]*href="([^"]*)"', page)
        for text in (page, body(message, "plain")):
            assert (True, bool(links)) == (words in text, "/cm/bookings/" in text)
            assert not {"cancelled", "cancelada"} & {*re.findall(r"\w+", text)}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "This appointment at Harbour Assessments has changed."),
        ("es", "Esta cita en Harbour Assessments cambió."),
    ],
)
def test_who_changed_an_appointment_is_left_open(composer: Composer, language: str, words: str) -> None:
    """CM-10: case managers move appointments, too."""
    message = _message(composer, _with(_template(composer, "BOOKING_CHANGED"), {}, language))
    for subtype in ("plain", "html"):
        assert words in " ".join(body(message, subtype).split())


@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_whose_step_is_next_is_said_in_spanish_too(composer: Composer, subtype: str) -> None:
    """CM-08: after a request the provider acts, and "suyo" would mean who reads it."""
    message = _message(composer, _with(_template(composer, "BOOKING_REQUESTED"), {}, "es"))
    assert "le corresponde a Harbour Assessments: ofrecer horarios" in " ".join(body(message, subtype).split())


def test_minutes_are_not_rounded_to_hours(composer: Composer) -> None:
    """CM-08: an appointment of 90 minutes is not said to take 2 hours."""
    message = _message(composer, _with(_template(composer, "BOOKING_CONFIRMED"), {"minutes": "90"}))
    assert "How long: 90 minutes" in body(message, "plain")
