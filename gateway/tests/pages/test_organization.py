"""Who is behind a page: the organization's name, how to reach it, and its colour; and where administrators set them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico.applications.v1.families_pb2 import ListMyApplicationsResponse
from portico.applications.v1.resources_pb2 import OrganizationProfile
from portico.identity.v1.resources_pb2 import Organization

from chassis.call import Role
from chassis.colors import MIN_CONTRAST, contrast, legible
from chassis.errors import FieldViolation
from portal.areas.settings.organization import PORTICO_COLOR
from portal.core.brand import DARK, LIGHT, shade

from .neighbours import Neighbours, refusal
from .people import Browser, Registry, SignedIn
from .reading import Page
from .samples import APPLICATION_ID, SUNRISE, TOKEN, family_application, invitation

PROFILE = OrganizationProfile(
    **{name: getattr(SUNRISE, name) for name in ("name", "phone", "email", "hours", "web_page", "color")}
)
LINKS = ["tel:+13125550100", "mailto:hello@sunrise.example", "https://sunrise.example/"]
OF_AN_ORGANIZATION = ["sign-in", "forgot", "reset", f"reset/{TOKEN}", f"activate/{TOKEN}"]


def _footer(page: Page) -> str:
    found = re.search(r"<address.*?</address>", page.answer.text, re.DOTALL)
    return found[0] if found else ""


def _says_all(page: Page) -> bool:
    footer = _footer(page)
    return all(f'href="{link}"' in footer for link in LINKS) and all(
        words in footer
        for words in ("Sunrise Childcare", "(312) 555-0100", "Mon to Fri, 8 am to 5 pm", ">sunrise.example<")
    )


@pytest.mark.parametrize("page", OF_AN_ORGANIZATION)
async def test_an_organizations_pages_say_whose_they_are(anybody: Browser, page: str) -> None:
    """CASE-U6, CASE-U22: each page of an organization has its name, its phone to call, and its colour."""
    shown = await anybody.get(f"/o/sunrise/{page}")
    assert _says_all(shown)
    assert "/brand/ffe100.css" in shown.answer.text
    assert '<meta name="format-detection" content="telephone=no">' in shown.answer.text


async def test_a_family_sees_whom_to_ask(neighbours: Neighbours, anybody: Browser, signed_in: SignedIn) -> None:
    """CASE-U6: an invitation, an application, and a list with one agency say how to reach it; also within sentences."""
    neighbours.answers["CheckInvitation"] = invitation("REVOKED", organization=PROFILE)
    neighbours.answers["GetMyApplication"] = mine = family_application(organization=PROFILE)
    family, call = signed_in(Role.FAMILY), '<a href="tel:+13125550100">(312) 555-0100</a>'
    revoked = await anybody.get(f"/i/{TOKEN}")
    application = await family.get(f"/applications/{APPLICATION_ID}")
    assert [True, True] == [_says_all(page) for page in (revoked, application)]
    assert f"Please ask <bdi>Sunrise Childcare</bdi>, {call} if you still want" in revoked.answer.text
    assert f"Something is not right? Please tell <bdi>Sunrise Childcare</bdi>, {call}." in application.answer.text
    neighbours.answers["ListMyApplications"] = ListMyApplicationsResponse(applications=[mine, mine])
    assert _says_all(await family.get("/applications"))
    other = family_application(organization_name="Cedar")
    neighbours.answers["ListMyApplications"] = ListMyApplicationsResponse(applications=[mine, other])
    assert "" == _footer(await family.get("/applications"))


async def test_an_older_service_tells_the_name_alone(neighbours: Neighbours, anybody: Browser) -> None:
    """CASE-U6: while applications is still of the release before, a page has the agency's name and no empty lines."""
    neighbours.answers["CheckInvitation"] = invitation("REVOKED")
    page = await anybody.get(f"/i/{TOKEN}")
    assert "Please ask <bdi>Sunrise Childcare</bdi> if you" in page.answer.text
    assert re.fullmatch(
        r'<address class="organization">\s*<strong><bdi>Sunrise Childcare</bdi></strong>\s*</address>', _footer(page)
    )
    assert "/brand/" not in page.answer.text


async def test_families_pages_are_nobodys(anybody: Browser) -> None:
    """CASE-U6: where no organization is known, the footer names none, and the colour is Portico's."""
    page = await anybody.get("/family/sign-in")
    assert ("", False, "Portico") == (
        _footer(page),
        "/brand/" in page.answer.text,
        page.root.one("title").text.rpartition(" · ")[2],
    )


async def test_what_an_organization_says_is_only_text(neighbours: Neighbours, anybody: Browser) -> None:
    """CASE-U6: whatever stands in a profile, it becomes no markup."""
    nasty = Organization(
        name="<b>x</b>", hours='"><script>', email='"@x', web_page='https://a.org/"onclick="', color="red"
    )
    neighbours.answers["GetOrganization"] = nasty
    page = await anybody.get("/o/sunrise/sign-in")
    assert [] == [piece for piece in ("<b>x", '"><script>', '"onclick', "/brand/") if piece in page.answer.text]


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_can_be_read_on_every_page(number: int) -> None:
    """CASE-U22: whatever the colour, links on the pages and words on buttons have a contrast of 4.5 or more."""
    light, dark = shade(f"#{number:06x}"), legible(f"#{number:06x}", *DARK)
    assert MIN_CONTRAST <= min(contrast(light, ground) for ground in LIGHT)
    assert MIN_CONTRAST <= min(contrast(dark, ground) for ground in DARK)


def test_the_grounds_are_those_of_the_pages() -> None:
    """CASE-U22: what can be read on the grounds reckoned with can be read on all that the style sheets have."""
    sheets = "".join(
        sheet.read_text("utf-8") for sheet in files("portal").joinpath("static").iterdir() if ".css" in sheet.name
    )
    grounds = re.findall(r"--(?:ground|surface|raised): (#[0-9a-f]{6});", sheets)
    black, white = "#000000", "#ffffff"
    for ground in grounds:
        is_light = contrast(ground, black) > contrast(ground, white)
        hardest = min(contrast(each, black if is_light else white) for each in (LIGHT if is_light else DARK))
        assert hardest <= contrast(ground, black if is_light else white) + 0.1
    assert len(grounds) >= 4


@pytest.mark.parametrize(("color", "status"), [("ffe100", 200), ("FFE100", 404), ("red", 404), ("12345", 404)])
async def test_a_colour_is_a_style_sheet(anybody: Browser, color: str, status: int) -> None:
    """CASE-U22: a colour's style sheet is kept for a day, has both schemes, and is there for colours only."""
    page = await anybody.get(f"/brand/{color}.css")
    assert status == page.status
    if status == 200:
        assert f"--brand: {shade('#ffe100')}; --on-brand: #ffffff" in page.answer.text
        assert "prefers-color-scheme: dark" in page.answer.text
        assert ("text/css; charset=utf-8", "public, max-age=86400") == (
            page.answer.headers["content-type"],
            page.answer.headers["cache-control"],
        )


async def test_staff_have_their_colour_from_the_sign_in(
    anybody: Browser, neighbours: Neighbours, registry: Registry
) -> None:
    """CASE-U22: who signs in at an organization has its colour on every page, without another call."""
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)
    page = await anybody.get("/o/sunrise/sign-in")
    answer = await anybody.press(page, "Sign in", username="ada@sunrise.example", password="x")
    assert "/brand/ffe100.css" in (await anybody.follow(answer)).answer.text
    assert "#ffe100" == registry.opened(anybody).color


TYPED: Mapping[str, str] = {
    "name": "Sunrise & Sunset",
    "phone": "(312) 555-0101",
    "email": "",
    "hours": "Lun a vie, 8 a 5",
    "web_page": "sunrise.example",
    "color": "#0b5394",
}


async def test_an_administrator_sets_what_others_see(
    neighbours: Neighbours, signed_in: SignedIn, registry: Registry
) -> None:
    """CASE-U6: the form shows what is known, saves what is typed or emptied, and the pages have it at once."""
    desk = signed_in(Role.STAFF_ADMIN)
    page = await desk.get("/settings")
    assert _says_all(page)
    assert 'value="#ffe100"' in page.answer.text
    assert f"Shown as {shade('#ffe100')}, so that everybody can read it." in page.answer.text
    neighbours.answers["UpdateOrganization"] = Organization(name=TYPED["name"], color=TYPED["color"])
    answer = await desk.press(page, "Save", **TYPED)
    request = neighbours.only("UpdateOrganization")
    assert TYPED == {name: getattr(request.organization, name) for name in TYPED}
    assert sorted([*TYPED, "listed"]) == sorted(request.update_mask.paths)
    assert ("/settings", True) == (answer.goes_to, bool(request.request_id))
    assert (TYPED["name"], TYPED["color"]) == (registry.opened(desk).organization, registry.opened(desk).color)
    assert "Saved. Pages and messages show it within a minute." in (await desk.follow(answer)).answer.text


@pytest.mark.parametrize("listed", [True, False])
async def test_an_administrator_says_whether_strangers_find_it(
    listed: bool, neighbours: Neighbours, signed_in: SignedIn
) -> None:
    """CASE-U4: the box shows whether the organization is listed, and saving as it is leaves it so."""
    neighbours.answers["GetMyOrganization"] = Organization(slug="sunrise", name="Sunrise", listed=listed)
    desk = signed_in(Role.STAFF_ADMIN)
    page = await desk.get("/settings")
    assert listed == ("checked" in page.main.one("input", name="listed").attributes)
    await desk.press(page, "Save")
    assert listed == neighbours.only("UpdateOrganization").organization.listed


async def test_what_is_wrong_stands_beside_its_field(neighbours: Neighbours, signed_in: SignedIn) -> None:
    """CASE-U6: a refused field says why, in the person's language, and everything typed is still there."""
    desk = signed_in(Role.STAFF_ADMIN, language="es")
    wrong = [
        FieldViolation(f"organization.{name}", f"{name.upper()}_INVALID", "wrong")
        for name in ("phone", "email", "hours", "web_page", "color", "name")
    ]
    neighbours.answers["UpdateOrganization"] = refusal("INVALID_REQUEST", *wrong)
    page = await desk.press(await desk.get("/settings"), "Guardar", **TYPED)
    assert 400 == page.status
    assert [] == [name for name in TYPED if f'id="{name}-problem"' not in page.answer.text]
    assert 'value="Sunrise &amp; Sunset"' in page.answer.text
    assert "wrong." not in page.answer.text


async def test_without_a_colour_portico_has_its_own(neighbours: Neighbours, signed_in: SignedIn) -> None:
    """CASE-U22: an organization that has chosen none sees Portico's colour in the field, which is that of the pages."""
    neighbours.answers["GetMyOrganization"] = Organization(slug="sunrise", name="Sunrise")
    page = await signed_in(Role.STAFF_ADMIN).get("/settings")
    assert f'value="{PORTICO_COLOR}"' in page.answer.text
    assert "Shown as" not in re.sub(r'data-adjusted="[^"]*"', "", page.answer.text)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STAFF_ADMIN])
async def test_settings_are_for_administrators(neighbours: Neighbours, signed_in: SignedIn, role: Role) -> None:
    """CASE-U6: nobody else sees the form, or its link in the header."""
    page = await signed_in(role).get("/settings")
    assert (403, False) == (page.status, 'href="/settings"' in page.answer.text)
    assert [] == neighbours.received
