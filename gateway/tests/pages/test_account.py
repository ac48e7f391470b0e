"""The person's own account: password and devices."""

from __future__ import annotations

import pytest

from chassis.call import Role
from chassis.devices import KINDS
from chassis.wire import timestamp
from portal.areas.account.labels import DEVICE_KINDS

from .neighbours import Neighbours, refusal, weak_password
from .people import Browser, SignedIn
from .samples import CHROME, DEVICE_ID, DEVICES, OTHER_DEVICE_ID, at

OLD, GOOD, WEAK = "the old one of twelve", "seventeen green umbrellas", "short"


@pytest.mark.parametrize("role", Role)
async def test_everybody_sees_their_account(role: Role, signed_in: SignedIn) -> None:
    """PO-03: name, username and devices, the one in use marked and without a button."""
    page = await signed_in(role).get("/account")

    name, username = (
        ("Lucía Morales", "lucia@example.org") if role is Role.FAMILY else ("Ada Admin", "ada@sunrise.example")
    )
    assert (200, "My account") == (page.status, page.heading)
    assert f"{name} {username}" in page.text
    this, other = (item.text for item in page.main.one("ul", class_="rows").all("li"))
    time = "11:00 AM" if role is Role.FAMILY else "6:00 AM"
    assert f"Phone · Chrome, Android 15 Last used: Jan 28, {time} · 192.0.2.7 This device" == this
    assert other.startswith("A program · curl Last used: Jan 28,")
    assert other.endswith("Sign out")


async def test_a_password_is_changed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-03: old and new password go to identity to the letter, and a word says what follows from it."""
    page = await staff.get("/account")
    form, _ = page.form("Change password")
    # Password managers store the new one under this name.
    assert "ada@sunrise.example" == form.one("input", autocomplete="username")["value"]

    answer = await staff.press(page, "Change password", current_password=f" {OLD} ", new_password=f" {GOOD} ")

    request = neighbours.only("ChangePassword")
    assert (f" {OLD} ", f" {GOOD} ") == (request.current_password, request.new_password)
    assert "/account" == answer.goes_to
    words = "Your password is changed, and all other devices are signed out."
    assert words == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("reason", "status", "words", "beside"),
    [
        ("PASSWORD_WRONG", 403, "The current password is not right.", ""),
        ("PASSWORD_WEAK", 400, "Please choose another password.", "Use at least 12 characters."),
        ("INVALID_REQUEST", 400, "Something in the form is missing or wrong. Please check it.", "This is needed."),
    ],
)
async def test_a_password_that_is_refused_says_why(
    reason: str, status: int, words: str, beside: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-03, ID-09: the same page says what was wrong, shows no password again, and still has the devices."""
    neighbours.answers["ChangePassword"] = (
        weak_password("new_password") if reason == "PASSWORD_WEAK" else refusal("PASSWORD_WRONG")
    )
    new = "" if reason == "INVALID_REQUEST" else WEAK

    page = await staff.press(await staff.get("/account"), "Change password", current_password=OLD, new_password=new)

    assert (status, words, beside) == (page.status, page.problem, page.problem_of("new_password"))
    assert [] == [secret for secret in (OLD, WEAK) if secret in page.answer.text]
    assert 2 == len(page.main.one("ul", class_="rows").all("li"))


async def test_one_device_is_signed_out(staff: Browser, neighbours: Neighbours) -> None:
    """PO-03, ID-06: the button beside a device ends its session."""
    page = await staff.get("/account")
    forms = [form for form in page.main.all("form") if "Sign out" == form.one("button").text]
    assert [OTHER_DEVICE_ID] == [form.one("input", name="device")["value"] for form in forms]

    answer = await staff.post(forms[0]["action"], {"device": OTHER_DEVICE_ID})

    assert OTHER_DEVICE_ID == neighbours.only("RevokeMySession").session_id
    assert "The device is signed out." == (await staff.follow(answer)).notice


async def test_all_other_devices_are_signed_out(staff: Browser, neighbours: Neighbours) -> None:
    """PO-03, ID-06: one button ends all other sessions; where there is no other, there is no button."""
    page = await staff.get("/account")

    answer = await staff.press(page, "Sign out all other devices")

    assert ["ListMySessions", "RevokeMyOtherSessions"] == neighbours.rpcs
    neighbours.answers["ListMySessions"] = type(DEVICES)(sessions=DEVICES.sessions[:1])
    page = await staff.follow(answer)
    assert "All other devices are signed out." == page.notice
    assert DEVICE_ID not in page.answer.text
    assert {"Sign out", "Sign out all other devices"}.isdisjoint(button.text for button in page.main.all("button"))


async def test_a_device_that_is_signed_out_already_is_a_page(staff: Browser, neighbours: Neighbours) -> None:
    """PO-03: a device that is gone says so; what cannot be a device is a word about the form."""
    neighbours.answers["RevokeMySession"] = refusal("SESSION_NOT_FOUND")

    page = await staff.post("/account/devices", {"device": OTHER_DEVICE_ID})
    assert 404 == page.status
    assert "This device is signed out already." in page.text
    assert 400 == (await staff.post("/account/devices", {"device": "7"})).status


def test_every_kind_of_device_has_words() -> None:
    """CASE-U24, PO-03: there are words for whatever a device can be."""
    assert set(KINDS) == DEVICE_KINDS.keys()


async def test_two_phones_can_be_told_apart(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U24: phones that say the same of themselves differ by their last use and by when they were signed in."""
    phones = type(DEVICES)(sessions=DEVICES.sessions)
    for hour, phone in enumerate(phones.sessions, start=8):
        phone.device = CHROME
        phone.create_time.CopyFrom(timestamp(at(hour)))
    neighbours.answers["ListMySessions"] = phones
    this, other = (item.text for item in (await staff.get("/account")).main.one("ul", class_="rows").all("li"))
    assert (
        "Phone · Chrome, Android 15 Last used: Jan 28, 6:00 AM · 192.0.2.7 Signed in: Jan 28, 3:00 AM This device"
        == this
    )
    assert "Phone · Chrome, Android 15 Last used: Jan 28, 2:00 AM Signed in: Jan 28, 4:00 AM Sign out" == other


async def test_a_device_without_a_name_is_unknown(staff: Browser, neighbours: Neighbours) -> None:
    """PO-03: a device that says nothing of itself is listed all the same."""
    nameless = type(DEVICES)(sessions=DEVICES.sessions)
    nameless.sessions[1].device = ""
    neighbours.answers["ListMySessions"] = nameless

    assert "Unknown device" in (await staff.get("/account")).text
