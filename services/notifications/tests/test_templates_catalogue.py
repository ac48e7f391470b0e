import re
import shutil
from pathlib import Path

import pytest
from portico_errors.notifications import TemplateNotFound

from notifications.shared.domain import Channel
from notifications.templates.catalogue import PACKAGED, Catalogue, TemplateBroken, record_versions
from notifications.templates.composition import Composer
from notifications.templates.presentation import Kind
from notifications.templates.segments import parts_of
from services.notifications.tests.servers import body, parsed
from services.notifications.tests.world import PORTAL, composed, request_for

KEYS = [
    "ACCOUNT_LOCKED",
    "APPLICATION_UPDATE_NEEDED",
    "BOOKING_CANCELLED",
    "BOOKING_CHANGED",
    "BOOKING_CONFIRMED",
    "BOOKING_DECLINED",
    "BOOKING_EXPIRED",
    "BOOKING_GIVEN_AWAY",
    "BOOKING_MOVE_DECLINED",
    "BOOKING_MOVE_REQUESTED",
    "BOOKING_NOT_ATTENDED",
    "BOOKING_OFFERED",
    "BOOKING_REQUESTED",
    "FAMILY_INVITATION",
    "FAMILY_UNLINKED",
    "NEW_DEVICE",
    "OFFER_ONLINE_ACCOUNT",
    "PAPERWORK_REFUSED",
    "PAPERWORK_SENT",
    "PASSWORD_CHANGED",
    "REPORT_READY",
    "REPORT_WITHDRAWN",
    "RESET_PASSWORD",
    "SESSION_ENDED",
    "STAFF_ACTIVATION",
    "TASK_ASSIGNED",
    "TEMPLATE_26",
    "TEMPLATE_27",
    "YOUR_ORGANIZATIONS",
]
OF_BOOKINGS = [key for key in KEYS if key.startswith(("BOOKING_", "PAPERWORK_", "REPORT_"))]
BY_EMAIL_ALONE = {"OFFER_ONLINE_ACCOUNT", "TASK_ASSIGNED", "YOUR_ORGANIZATIONS", *OF_BOOKINGS}
SMS_KEYS = [key for key in KEYS if key not in BY_EMAIL_ALONE]
"""Logins are offered to an address, bookings and tasks are told of there; who asks where they sign in has given one."""
WITH_PASSWORD_HELP = ("RESET_PASSWORD", "STAFF_ACTIVATION", "TEMPLATE_26", "TEMPLATE_27", "YOUR_ORGANIZATIONS")
LANGUAGES = ["en", "es"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the templates, to change."""
    return Path(shutil.copytree(PACKAGED, tmp_path / "templates"))


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_templates_are_built_in(catalogue: Catalogue) -> None:
    """NT-03: the built-in templates are there for email and SMS, in English and Spanish."""
    expected = {(key, Channel.EMAIL) for key in KEYS} | {(key, Channel.SMS) for key in SMS_KEYS}
    assert expected == {(t.key, t.channel) for t in catalogue}
    assert [set(LANGUAGES)] * len(expected) == [set(template.wordings) for template in catalogue]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_both_bodies_show_every_value(composer: Composer, key: str, language: str) -> None:
    """NT-03: both bodies of an email show every value, nothing unfilled, and say what to do if it was not meant."""
    template = composer.catalogue.template(key, Channel.EMAIL)
    message = parsed(composed(composer, request_for(template, language=language)).content)
    expected = [
        template.sample[name]
        for name, kind in template.kinds.items()
        if kind in (Kind.TEXT, Kind.WORDS, Kind.LINK) and name != "portal"
    ]
    for words in (body(message, "html"), body(message, "plain")):
        assert [] == [value for value in expected if value not in words]
        assert [] == [sign for sign in ("⟦", "⟧", "{{", "{%", "time_zone") if sign in words]
    assert "?" in body(message, "plain")
    assert "—" not in body(message, "plain")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_email_has_one_clear_button(composer: Composer, key: str, language: str) -> None:
    """NT-03, CASE-U4: an email has one button at most, to its link or our pages, and where passwords are set, help.

    Beside the button that books again stands the way to the booking that is over.
    """
    template = composer.catalogue.template(key, Channel.EMAIL)
    page = body(parsed(composed(composer, request_for(template, language=language)).content), "html")
    links = re.findall(r'<a\s[^>]*href="([^"]*)"', page)
    help_with_passwords = [f"{PORTAL}/help/passwords"] if key in WITH_PASSWORD_HELP else []
    notices = ("ACCOUNT_LOCKED", "APPLICATION_UPDATE_NEEDED", "NEW_DEVICE", "PASSWORD_CHANGED", "SESSION_ENDED")
    sign_ins = [line.partition(" ")[0] for line in template.sample.get("sign_ins", "").splitlines()]
    assert (0 if key in ("FAMILY_UNLINKED", "YOUR_ORGANIZATIONS") else 1) == page.count('class="button"')
    of_booking = [template.sample[name] for name in ("rebook_url", "booking_url") if name in template.sample]
    without_link = {"FAMILY_UNLINKED": [], "YOUR_ORGANIZATIONS": sign_ins, **{notice: [PORTAL] for notice in notices}}
    expected = of_booking or without_link.get(key, [template.sample.get("link", "")])
    assert expected + help_with_passwords == links
    plain = body(parsed(composed(composer, request_for(template, language=language)).content), "plain")
    assert [] == [link for link in sign_ins + help_with_passwords if link not in plain.split()]


@pytest.mark.parametrize("key", SMS_KEYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sms_is_short(composer: Composer, key: str, language: str) -> None:
    """NT-03: an SMS says it in two parts of GSM-7."""
    usual = composed(composer, request_for(composer.catalogue.template(key, Channel.SMS), language=language))
    assert (True, "GSM-7") == (usual.segment_count <= 2, parts_of(usual.content.decode()).encoding)


@pytest.mark.parametrize(("language", "expected"), [("es-MX", "es"), ("ES", "es"), ("fr", "en"), ("", "en")])
def test_language_falls_back(catalogue: Catalogue, language: str, expected: str) -> None:
    """NT-02: a region falls back to its language, a language without words to English."""
    assert expected == catalogue.template("RESET_PASSWORD", Channel.SMS).wording(language).language


def test_unknown_template_is_not_found(catalogue: Catalogue) -> None:
    """NT-02: a key without a template is refused by name."""
    with pytest.raises(TemplateNotFound, match="No template FAMILY_INVITE for SMS"):
        catalogue.template("FAMILY_INVITE", Channel.SMS)


def test_changed_template_needs_a_new_version(folder: Path) -> None:
    """NT-02: words that changed without a new version do not load; with it, they have the next number."""
    before = Catalogue(folder).template("RESET_PASSWORD", Channel.EMAIL).version
    _edit(folder / "RESET_PASSWORD" / "es.txt", "Hola", "Buenos días")
    with pytest.raises(TemplateBroken, match="RESET_PASSWORD: content changed"):
        Catalogue(folder)
    assert ["RESET_PASSWORD"] == record_versions(folder)
    assert before + 1 == Catalogue(folder).template("RESET_PASSWORD", Channel.EMAIL).version
    assert [] == record_versions(folder)


def test_changed_frame_changes_every_version(folder: Path) -> None:
    """NT-02: the frame is part of every template's content."""
    _edit(folder / "frame" / "frame.mjml", "#f3f4f6", "#ffffff")
    assert KEYS == record_versions(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("RESET_PASSWORD/template.toml", 'organization_name = "text"', "", "does not declare organization_name"),
        ("RESET_PASSWORD/es.txt", "{% block subject %}", "{% block subject %}{{ link }}", "words without a secret"),
        ("RESET_PASSWORD/en.sms", "{{ code }}", "{{ cod }}", "'cod' is undefined"),
        ("BOOKING_EXPIRED/template.toml", 'reason = "choice"', 'reason = "text"', "and words for .*reason"),
        ("BOOKING_EXPIRED/template.toml", 'OFFERED = { en = "none', 'OFFERED = { fr = "none', r"see \['OFFERED'\]"),
    ],
)
def test_broken_template_does_not_load(folder: Path, file: str, old: str, new: str, expected: str) -> None:
    """NT-02: a template that shows what is undeclared, a secret in its subject or a bare code stops the start."""
    _edit(folder / file, old, new)
    record_versions(folder)
    with pytest.raises(Exception, match=expected):
        Catalogue(folder)


def test_template_without_english_does_not_load(folder: Path) -> None:
    """NT-02: English is what every other language falls back to, so it must be there."""
    (folder / "RESET_PASSWORD" / "en.sms").unlink()
    record_versions(folder)
    with pytest.raises(TemplateBroken, match=r"RESET_PASSWORD: no en\.sms"):
        Catalogue(folder)


@pytest.mark.parametrize(("language", "words"), [("en", "alid for 1 hour"), ("es", "por 1 hora")])
def test_a_reset_says_how_long_it_is_valid(composer: Composer, language: str, words: str) -> None:
    """CASE-A11: the SMS and both bodies of the email say the same: for how long, in no zone that could be another."""
    sms, email = (
        composed(composer, request_for(composer.catalogue.template("RESET_PASSWORD", channel), language=language))
        for channel in (Channel.SMS, Channel.EMAIL)
    )
    message = parsed(email.content)
    for text in (sms.content.decode(), body(message, "plain"), body(message, "html")):
        assert words in text.replace("<strong>", "").replace("</strong>", "")


@pytest.mark.parametrize("key", ["PASSWORD_CHANGED", "FAMILY_INVITATION", "STAFF_ACTIVATION", "NEW_DEVICE"])
@pytest.mark.parametrize(("language", "place"), [("en", "(New York)"), ("es", "(Nueva York)")])
@pytest.mark.parametrize("channel", list(Channel))
def test_every_time_names_its_zone(composer: Composer, key: str, language: str, place: str, channel: Channel) -> None:
    """CASE-A11: a time in a message names its zone, in an SMS as in an email."""
    template = composer.catalogue.template(key, channel)
    assert place in composed(composer, request_for(template, language=language)).text


@pytest.mark.parametrize(("language", "words"), [("en", "Chrome on Windows"), ("es", "Chrome en Windows")])
def test_a_new_device_is_named(composer: Composer, language: str, words: str) -> None:
    """ID-16, NT-03: the text and both bodies of the email say on which device somebody signed in."""
    sms, email = (
        composed(composer, request_for(composer.catalogue.template("NEW_DEVICE", channel), language=language))
        for channel in (Channel.SMS, Channel.EMAIL)
    )
    message = parsed(email.content)
    for text in (sms.content.decode(), body(message, "plain"), body(message, "html")):
        assert words in text
