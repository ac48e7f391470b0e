from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifications.shared.domain import Channel, Profile
from notifications.templates.branding import branding
from notifications.templates.catalogue import Catalogue
from notifications.templates.emails import EmailPattern
from notifications.templates.patterns import Pattern, mark, quoted
from notifications.templates.presentation import plain, shown
from services.notifications.tests.servers import body, parsed
from services.notifications.tests.world import PORTAL, SENDER

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ID = UUID("0198c0de-0000-7000-8000-000000000001")
LINK = f"{PORTAL}/i/AZfzNnBcc5yRLgxMk0v4uEw3dXrT2yQpLs8hKfUvWzJ9"
NASTY = (
    'Ana <a href="https://evil.example">x</a>',
    "Ana\r\nBcc: victim@example.org\r\n\r\nHi",
    "=?utf-8?q?Ana=0D=0ABcc=3A_victim=40example=2Eorg?=",
    "--=_portico--",
    "\u2028.\r\n.\r\n",
    '"><script>alert(1)</script>',
    "⟦link⟧ {{ link }} {% raw %}",
    "&lt;b&gt; &amp;amp; =20 =C3=A9",
)


class _Links(HTMLParser):
    """The tags and the links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "action", "background")]


def _letter(catalogue: Catalogue, name: str, *, language: str = "en", organization: str = "Maple County") -> bytes:
    template = catalogue.template("FAMILY_INVITATION", Channel.EMAIL)
    values = {
        **template.sample,
        "portal": PORTAL,
        "link": LINK,
        "guardian_name": name,
        "organization_name": organization,
    }
    texts = {**branding(Profile(), PORTAL), **shown(template.kinds, values, language=language, channel=Channel.EMAIL)}
    pattern = template.wording(language).email
    assert pattern is not None
    email = pattern.filled(
        texts,
        message_id=ID,
        sender_name=texts["organization_name"],
        sender=SENDER,
        reply_to="",
        recipient="ana@example.org",
        now=NOW,
    )
    return email.content


def test_letter_is_a_well_formed_email(catalogue: Catalogue) -> None:
    """NT-02: an email has both bodies, says who it is from, and is plain ASCII in short lines on the wire."""
    content = _letter(catalogue, "Ana García", language="es", organization="Guardería Ñandú")
    message = parsed(content)
    assert {
        "From": f"Guardería Ñandú <{SENDER}>",
        "To": "ana@example.org",
        "Subject": "Guardería Ñandú: vea su solicitud en línea",
        "Date": "Thu, 15 Jan 2026 12:00:00 +0000",
        "Message-ID": f"<{ID}@portico.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "Content-Language": "es",
        "MIME-Version": "1.0",
    } == {name: str(value).strip("<>") if name == "To" else str(value) for name, value in message.items()[:-1]}
    assert ["multipart/alternative", "text/plain", "text/html"] == [part.get_content_type() for part in message.walk()]
    assert "Hola, Ana García:" in body(message, "plain")
    assert "Hola, Ana García:" in body(message, "html")
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78


def test_letter_is_accessible_and_at_ease_in_the_dark(catalogue: Catalogue) -> None:
    """NT-03: an email states its language, works with a screen reader and in dark mode, and has one button."""
    page = body(parsed(_letter(catalogue, "Ana", language="es")), "html")
    assert '<html lang="es"' in page
    assert 'role="presentation"' in page
    assert page.count("<h1") == 1
    assert "prefers-color-scheme: dark" in page
    assert '<meta name="color-scheme" content="light dark"' in page
    assert [LINK] == _Links(page).links
    assert "<img" not in page


@pytest.mark.parametrize("name", NASTY)
def test_nasty_name_changes_nothing_but_its_place(catalogue: Catalogue, name: str) -> None:
    """NT-02: a value injects no markup, no link, no header and no part, wherever it stands."""
    _assert_harmless(catalogue, name)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=100).filter(plain))
@example("ﬁ\u0301")
def test_no_name_changes_anything_but_its_place(catalogue: Catalogue, name: str) -> None:
    """NT-02: no value at all injects markup, a link, a header or a part."""
    _assert_harmless(catalogue, name)


def _assert_harmless(catalogue: Catalogue, name: str) -> None:
    usual = parsed(_letter(catalogue, "Ana", organization="Maple"))
    message = parsed(_letter(catalogue, name, organization=name))
    assert usual.keys() == message.keys()
    assert [SENDER] == [address.addr_spec for address in message["From"].addresses]
    assert ["ana@example.org"] == [address.addr_spec for address in message["To"].addresses]
    assert len(list(usual.walk())) == len(list(message.walk()))
    assert f"{plain(name)}: see your application online" == message["Subject"]
    page, usual_page = _Links(body(message, "html")), _Links(body(usual, "html"))
    assert [LINK] == page.links
    assert usual_page.tags == page.tags
    assert f"Hello {plain(name)}," in body(message, "plain")


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
    )
)
def test_pieces_join_whatever_they_are(text: str) -> None:
    """NT-02: text cut into pieces anywhere and encoded piece by piece reads as before, in lines of at most 76."""
    import quopri

    middle = len(text) // 2
    encoded = quoted(text[:middle]) + quoted(text[middle:])
    assert text == quopri.decodestring(encoded).decode().replace("\r\n", "\n")
    assert max(map(len, encoded.split(b"\r\n"))) <= 76


def test_long_subject_is_folded() -> None:
    """NT-02: a long subject is folded into header lines of at most 78, and reads as it was written."""
    pattern = EmailPattern.of(
        subject=Pattern.of(f"{mark('name')} and {mark('name')}"),
        text=Pattern.of("x"),
        html=Pattern.of("x"),
        language="en",
    )
    name = "Centro de cuidado infantil de la señora Ñuñoa y de sus muchísimas amigas de siempre"
    email = pattern.filled(
        {"name": name},
        message_id=ID,
        sender_name=name,
        sender=SENDER,
        reply_to="",
        recipient="ana@example.org",
        now=NOW,
    )
    assert f"{name} and {name}" == email.subject == parsed(email.content)["Subject"]
    assert max(map(len, email.content.split(b"\r\n"))) <= 78
