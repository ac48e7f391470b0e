"""A message shows who speaks in it: name, phone, email, hours, web page, colour."""

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.colors import MIN_CONTRAST, contrast
from notifications.shared.domain import Channel, Profile
from notifications.templates.branding import DEFAULT_COLOR, SAMPLE_PROFILE, branding
from notifications.templates.catalogue import Catalogue
from notifications.templates.composition import Composer
from notifications.templates.segments import MAX_PARTS
from services.notifications.tests.servers import body, parsed
from services.notifications.tests.test_templates_catalogue import KEYS, LANGUAGES, SMS_KEYS
from services.notifications.tests.world import PORTAL, composed, request_for

OF_FAMILIES = ["RESET_PASSWORD", "PASSWORD_CHANGED", "SESSION_ENDED", "ACCOUNT_LOCKED", "NEW_DEVICE"]
MAPLE = replace(SAMPLE_PROFILE, name="Maple & Daughters")
SHOWN = ("(312) 555-0100", "hello@maple.example", "Mon to Fri, 8 am to 5 pm", "https://maple.example/childcare")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_email_says_how_to_reach_who_speaks(composer: Composer, key: str, language: str) -> None:
    """CASE-U6, CASE-M18: both bodies have phone, email, hours and web page; replies go to the organization."""
    request = request_for(composer.catalogue.template(key, Channel.EMAIL), language=language)
    message = parsed(composed(composer, request, profile=MAPLE).content)
    plain, page = body(message, "plain"), body(message, "html")
    assert [] == [words for words in SHOWN if words not in plain]
    links = {"tel:+13125550100", "mailto:hello@maple.example", "https://maple.example/childcare"}
    assert set() == links - set(re.findall(r'href="([^"]*)"', page))
    assert "Mon to Fri, 8 am to 5 pm" in page
    assert ("hello@maple.example", "Maple & Daughters") == (
        message["Reply-To"],
        message["From"].addresses[0].display_name,
    )
    nobody = parsed(composed(composer, request, profile=Profile()).content)
    assert nobody["Reply-To"] is None
    assert "tel:" not in body(nobody, "html")
    for word in ("Nobody reads", "Nadie lee"):
        assert (word in body(nobody, "plain"), word in plain) == ((word[:2] == "No") == (language == "en"), False)


@pytest.mark.parametrize("key", OF_FAMILIES)
@pytest.mark.parametrize("channel", list(Channel))
def test_the_agency_speaks_and_not_the_product(composer: Composer, key: str, channel: Channel) -> None:
    """CASE-U5: a message about a family's account has the agency's name wherever a name stands."""
    template = composer.catalogue.template(key, channel)
    values = {name: template.sample[name] for name in template.values} | {"organization_name": "Portico"}
    message = composed(composer, request_for(template, values=values), profile=MAPLE)
    assert "Maple & Daughters" in message.text
    assert "Portico" not in message.text
    assert "Portico" in composed(composer, request_for(template, values=values)).text


@pytest.mark.parametrize("profile", [MAPLE, Profile()])
def test_an_email_has_one_colour(composer: Composer, profile: Profile) -> None:
    """CASE-U22: head and button have the organization's colour, else that of the pages, in the dark as well."""
    request = request_for(composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL))
    page = body(parsed(composed(composer, request, profile=profile).content), "html")
    brand = branding(profile, PORTAL)["brand_color"]
    assert brand == (profile.color or DEFAULT_COLOR)
    dark = page[page.index("prefers-color-scheme: dark") :]
    assert f"background-color: {brand} !important" in dark
    assert f'bgcolor="{brand}"' in page
    assert f"6px solid {brand}" in page
    assert [] == [blue for blue in ("#1d4ed8", "#2563eb", "#93c5fd", "#eef2ff") if blue in page]


@given(st.integers(0, 0xFFFFFF))
def test_whatever_the_colour_the_button_can_be_read(number: int) -> None:
    """CASE-U22: the words on the button have a contrast of 4.5 or more for every colour."""
    shown = branding(Profile(color=f"#{number:06x}"), PORTAL)
    assert MIN_CONTRAST <= contrast(shown["brand_color"], shown["on_brand_color"])


def test_a_name_calls_nobody(composer: Composer) -> None:
    """CASE-M14: mail programs are asked to make no number, date or address of a message into a link."""
    request = request_for(composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL))
    page = body(parsed(composed(composer, request).content), "html")
    assert '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no"' in page


def test_machines_do_not_answer(composer: Composer) -> None:
    """CASE-M16: Exchange is asked for no automatic reply, as RFC 3834 asks others; bounces still come."""
    request = request_for(composer.catalogue.template("FAMILY_INVITATION", Channel.EMAIL))
    message = parsed(composed(composer, request, profile=MAPLE).content)
    assert ("auto-generated", "DR, RN, NRN, OOF, AutoReply") == (
        message["Auto-Submitted"],
        message["X-Auto-Response-Suppress"],
    )


@pytest.mark.parametrize(("language", "word", "other"), [("en", "code", "código"), ("es", "codigo", "clave")])
def test_an_sms_says_where_its_code_is_typed(composer: Composer, language: str, word: str, other: str) -> None:
    """CASE-U7: the text has the code, the address of the page for it, and one word for it, in two parts."""
    request = request_for(composer.catalogue.template("FAMILY_INVITATION", Channel.SMS), language=language)
    message = composed(composer, request, profile=MAPLE)
    text = message.content.decode()
    assert [True, True, False] == [
        f"{word} 7K3QW-9XZ4M" in text,
        "portico.example/link." in text,
        other in text.lower(),
    ]
    assert 2 == message.segment_count


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["FAMILY_UNLINKED", "APPLICATION_UPDATE_NEEDED", "PASSWORD_CHANGED", "NEW_DEVICE"])
def test_an_sms_that_says_call_us_has_the_phone(composer: Composer, key: str, language: str) -> None:
    """CASE-U6: a text that sends families to the agency has its phone, and is no longer than two parts."""
    message = composed(
        composer, request_for(composer.catalogue.template(key, Channel.SMS), language=language), profile=MAPLE
    )
    assert "(312) 555-0100" in message.content.decode()
    assert 2 >= message.segment_count


@pytest.mark.parametrize("key", SMS_KEYS)
def test_the_phone_never_makes_an_sms_too_long(composer: Composer, key: str) -> None:
    """CASE-M2, CASE-U6: with the longest number and a name in another alphabet a text keeps its bounds."""
    template = composer.catalogue.template(key, Channel.SMS)
    values = {name: template.sample[name] for name in template.values}
    values = {**values, "update_request": "🧾" * 500} if "update_request" in values else values
    long = replace(composer, public_url=f"https://{'u' * 52}")
    profile = replace(MAPLE, name="育" * 200, phone="+4915112345678")
    link = {"link": f"{long.public_url}/i/{'t' * 43}"} if "link" in template.sealed else {}
    secrets = {name: template.sample[name] for name in template.sealed} | link
    assert (
        MAX_PARTS
        >= composed(long, request_for(template, values=values, secrets=secrets), profile=profile).segment_count
    )


@settings(max_examples=20)
@given(st.sets(st.sampled_from([field.name for field in fields(Profile)])))
def test_what_is_not_known_is_not_shown(catalogue: Catalogue, composer: Composer, known: set[str]) -> None:
    """CASE-U6: whatever an organization has said of itself, an email shows that, and nothing in place of the rest."""
    profile = Profile(**{name: getattr(MAPLE, name) for name in known})
    message = parsed(
        composed(composer, request_for(catalogue.template("FAMILY_UNLINKED", Channel.EMAIL)), profile=profile).content
    )
    details = dict(zip(("phone", "email", "hours", "web_page"), SHOWN, strict=True))
    assert {name for name, words in details.items() if words in body(message, "plain")} == known & details.keys()
    assert [] == [sign for sign in ("⟦", "⟧", 'href=""', 'tel:"') if sign in body(message, "html")]
