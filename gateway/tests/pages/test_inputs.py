"""Fields as phones and password managers need them."""

from __future__ import annotations

import pytest

from chassis.call import Role

from .neighbours import Neighbours
from .people import Browser, SignedIn
from .reading import Element
from .samples import TOKEN, invitation

NEW_PASSWORDS = {
    f"/i/{TOKEN}": "",
    "/family/reset/a-token": "",
    "/o/sunrise/activate/a-token": "",
    "/family/reset": None,
    "/account": "lucia@example.org",
}
"""The pages with a new password, and the username that stands ready beside it; None where it is typed."""
EXACT = {
    "/link": ["code", "application_number"],
    "/family/sign-in": ["username"],
    "/o/sunrise/sign-in": ["username"],
    "/family/forgot": ["username"],
    "/family/reset": ["username", "code"],
    f"/i/{TOKEN}": ["other-username"],
}


async def opened(address: str, signed_in: SignedIn, anybody: Browser) -> Element:
    """What stands on the page, for whoever may see it."""
    return (await (signed_in(Role.FAMILY) if address == "/account" else anybody).get(address)).main


@pytest.mark.parametrize("address", NEW_PASSWORDS)
async def test_a_new_password_has_its_username(address: str, signed_in: SignedIn, anybody: Browser) -> None:
    """CASE-A22: beside each new password is a field for the username, by which password managers store it."""
    main = await opened(address, signed_in, anybody)

    [form] = [form for form in main.all("form") if form.all("input", autocomplete="new-password")]
    [username] = form.all("input", autocomplete="username")
    ready = NEW_PASSWORDS[address]
    assert (ready or "") == username["value"]
    # Password managers pass over the type `hidden`.
    assert ("text" if ready is None else "", ready is not None) == (username.get("type"), bool(username.get("hidden")))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", [*NEW_PASSWORDS, "/family/sign-in", "/o/sunrise/sign-in"])
async def test_each_password_can_be_shown(
    address: str, language: str, signed_in: SignedIn, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-A22: every password says, in the reader's language, what the button that shows it is called."""
    neighbours.answers["CheckInvitation"] = invitation(language=language)
    anybody.headers["accept-language"] = language
    browser = signed_in(Role.FAMILY, language=language) if address == "/account" else anybody

    fields = (await browser.get(address)).main.all("input", type="password")

    assert fields
    assert {{"en": "Show password", "es": "Mostrar la contraseña"}[language]} == {each["data-show"] for each in fields}
    assert {("none", "false")} == {(each["autocapitalize"], each["spellcheck"]) for each in fields}


@pytest.mark.parametrize("address", EXACT)
async def test_no_phone_corrects_a_code_or_a_username(address: str, signed_in: SignedIn, anybody: Browser) -> None:
    """CASE-U19: codes and usernames are typed as they are, with the keyboard that fits them."""
    main = await opened(address, signed_in, anybody)
    fields = {name: main.one("input", id=name) for name in EXACT[address]}

    assert {("none", "false")} == {(each["autocapitalize"], each["spellcheck"]) for each in fields.values()}
    for name, each in fields.items():
        if each["name"] == "username":
            assert ("tel" if address == "/family/reset" else "email", "username") == (
                each["inputmode"],
                each["autocomplete"],
            )
            continue
        assert "text" == each["inputmode"]
        if name == "code":
            assert ("one-time-code" if address == "/family/reset" else "off") == each["autocomplete"]
