"""Every SMS can be sent: names are shortened, and spelt in GSM-7 where that says the same."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.settings import BaseUrl
from notifications.shared.domain import Channel
from notifications.templates.catalogue import ORGANIZATION
from notifications.templates.composition import Composed, Composer
from notifications.templates.presentation import Kind, plain
from notifications.templates.segments import MAX_PARTS, in_gsm7, parts_of
from services.notifications.tests.test_templates_catalogue import SMS_KEYS
from services.notifications.tests.world import SEALER, composed, request_for

MAPLE = "Departamento de Educación Temprana y Cuidado Infantil de Maple"
MAX_ORGANIZATION_LENGTH, MAX_SLUG_LENGTH = 200, 63  # identity's organizations/domain.py
TOKEN = "t" * 43
LONG_URL = "https://" + "u" * (BaseUrl.MAX_LENGTH - len("https://"))
NUMBER = "A-1234567890"
LONG_MOMENT = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)


def _sms(composer: Composer, key: str, language: str, organization: str, *, url: str = LONG_URL) -> Composed:
    """A text with the longest of all that is allowed beside the organization's name; it must pass the check."""
    template = composer.catalogue.template(key, Channel.SMS)
    link = f"{url}/i/{TOKEN}" if key == "FAMILY_INVITATION" else f"{url}/o/{'s' * MAX_SLUG_LENGTH}/activate/{TOKEN}"
    longest: Mapping[str, str] = {
        **template.sample,
        ORGANIZATION: organization,
        "application_number": NUMBER,
        "update_request": "🧾 Falta el comprobante. " * 40,
        "time_zone": "UTC",
        "link": link,
    }
    longest = {
        name: LONG_MOMENT.isoformat() if template.kinds.get(name) is Kind.MOMENT else value
        for name, value in longest.items()
    }
    composer = replace(composer, public_url=url)
    request = request_for(
        template,
        language=language,
        values={name: longest[name] for name in template.values},
        sealed_values=SEALER.seal({name: longest[name] for name in template.sealed}),
    )
    composer.check(request)
    return composed(composer, request)


def _encoding(message: Composed) -> str:
    return parts_of(message.content.decode()).encoding


def test_an_agency_with_a_long_spanish_name_can_text(composer: Composer) -> None:
    """CASE-M2: a long Spanish name and a public address of 54 characters make a Spanish SMS that is sent, in GSM-7."""
    message = _sms(composer, "FAMILY_INVITATION", "es", MAPLE, url="https://" + "u" * 46)
    assert "Departamento de Educacion Temprana y..." == message.content.decode().partition(":")[0]
    assert ("GSM-7", 3) == (_encoding(message), message.segment_count)


@pytest.mark.parametrize("key", SMS_KEYS)
@pytest.mark.parametrize("language", ["en", "en-GB", "es", "es-MX", "es-US", "vi"])
def test_the_longest_of_all_fits(composer: Composer, key: str, language: str) -> None:
    """CASE-M2: every template fits in every language with the longest names and address, and no number is cut."""
    numbered = "application_number" in composer.catalogue.template(key, Channel.SMS).values
    for sign in ("W", "Á", "€", "Ž", "育", "🏫", "👩‍👧", "🇺🇸", "e\u0301\u0323"):
        message = _sms(composer, key, language, (sign * MAX_ORGANIZATION_LENGTH)[:MAX_ORGANIZATION_LENGTH])
        assert MAX_PARTS >= message.segment_count
        assert numbered == (NUMBER in message.content.decode())


def test_look_alikes_do_not_double_the_parts(composer: Composer) -> None:
    """CASE-M3: typographic apostrophes and the like are spelt as GSM-7 has them: two parts."""
    template = composer.catalogue.template("FAMILY_INVITATION", Channel.SMS)
    values = {**template.sample, ORGANIZATION: "St. Mary’s Children’s Centre"}
    request = request_for(template, values={name: values[name] for name in template.values})
    message = composed(composer, request)
    assert "St. Mary's Children's Centre" == message.content.decode().partition(":")[0]
    assert ("GSM-7", 2) == (_encoding(message), message.segment_count)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Niños” – María’s… ¿Qué?", '"Niños" - Maria\'s... ¿Qué?'),
        ("ÁÉÍÓÚÜÑ áéíóúüñ", "AÉIOUÜÑ aéiouüñ"),
        ("Łódź ｆｕｌｌ\u202fçaà", "Lodz full caà"),
        ("Ana 育", "Ana 育"),
    ],
)
def test_text_is_spelt_with_what_gsm_has(text: str, expected: str) -> None:
    """CASE-M3: what GSM-7 has stays as it is, what looks like it is spelt so, and nothing else is touched."""
    assert expected == in_gsm7(text)


def test_another_alphabet_keeps_its_accents(composer: Composer) -> None:
    """CASE-M3: a text that needs UCS-2 anyway is not spelt in ASCII for nothing."""
    assert "Educación 育:" in _sms(composer, "FAMILY_INVITATION", "es", "Educación 育").content.decode()


@given(name=st.text(min_size=1, max_size=MAX_ORGANIZATION_LENGTH).filter(plain), language=st.sampled_from(["en", "es"]))
def test_whatever_the_name_it_is_sent(composer: Composer, name: str, language: str) -> None:
    """CASE-M2, CASE-M3: with any name, an SMS takes no more parts than allowed, and is GSM-7 when the name can be."""
    message = _sms(composer, "FAMILY_INVITATION", language, name)
    assert MAX_PARTS >= message.segment_count
    assert parts_of(in_gsm7(message.content.decode())).encoding == _encoding(message)


_GRAPHEMES = ["a", "ñ", " ", "育", "🏫", "👩‍👧‍👦", "👍🏽", "🇺🇸", "🇲🇽", "e\u0323\u0301", "น้ำ", "❤️", "क्षि"]


@given(pieces=st.lists(st.sampled_from(_GRAPHEMES), max_size=60), length=st.integers(3, 60))
def test_what_people_see_as_one_sign_is_never_cut(pieces: list[str], length: int) -> None:
    """CASE-M2: a name is cut between signs as people see them, never within one, and never longer than asked for."""
    whole = [plain("".join(pieces[:end]), 1000) for end in range(len(pieces) + 1)]
    cut = plain("".join(pieces), length)
    assert cut == whole[-1] or cut.removesuffix("...") in whole
    assert len(cut.encode("utf-16-le")) // 2 <= length
