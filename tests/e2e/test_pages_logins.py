"""Administrators hand out logins: made, found, disabled, enabled, reset, unlocked, and all of it read in the audit."""

import csv
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from chassis.testing.eventually import eventually
from tests.e2e.browser import PHONE, Window
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.hands import Hand, Keyboard, Pointer
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=45)

SEARCH = "Name, email or phone"
NETWORKS = tuple(f"127.0.0.{number}" for number in range(2, 7))
"""From each come ten wrong passwords: fifty lock a login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How an administrator uses the browser; `name` is their colleague's, `typed` what is searched for."""

    name: str
    typed: str
    hand: Hand
    language: str = "en"
    has_scripts: bool = True


WAYS = [
    pytest.param(Way(name="Rosa Delgado", typed="del ro", hand=Pointer()), id="by-pointer"),
    pytest.param(Way(name="Íñigo Peña", typed="pena", hand=Keyboard(), language="es"), id="by-keyboard-in-Spanish"),
    pytest.param(Way(name="Olena Shevchenko", typed="shev", hand=Pointer(), has_scripts=False), id="without-scripts"),
]


@pytest.fixture
def agency(new_agency):
    """One whose logins are these alone."""
    return new_agency()


async def desk_of(open_window, agency, way: Way) -> Window:
    """Where the administrator sits, at the list of logins."""
    desk: Window = await open_window(hand=way.hand, has_scripts=way.has_scripts)
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    desk = await desk.speaking(way.language)
    await desk.press("People")
    return desk


async def begun(stack, open_window, agency, way: Way, mailbox: Mailbox) -> Window:
    """The colleague's phone, once the link of the activation has set the first password."""
    phone: Window = await open_window(width=PHONE, accepts=way.language, language=way.language)
    await phone.open(f"/o/{agency.slug}/activate/{mailbox.link('activate')}")
    await phone.write("New password", PASSWORD)
    await phone.press("Set the password")
    await phone.is_titled("Start")
    return phone


def made(agency, mailbox: Mailbox, way: Way) -> str:
    """The id of the colleague's login, made past the pages."""
    login = {"username": mailbox.contact, "displayName": way.name, "language": way.language}
    return str(agency.admin.post("/v1/login-users", role="STAFF", **login)["id"])


async def is_out(window: Window) -> bool:
    await window.open("/start")
    return "/sign-in" in window.path


@pytest.mark.parametrize("way", WAYS)
async def test_a_colleague_gets_a_login_loses_it_and_gets_it_back(stack, agency, open_window, way):
    """CASE-U9, PO-06, ID-03, ID-13, ID-14: made, activated, found, disabled at once, enabled by Undo, and reset."""
    mailbox = Mailbox(stack, fresh_email())
    desk = await desk_of(open_window, agency, way)
    await desk.press("New login")
    await desk.write("Name", way.name)
    await desk.write("Email address or phone number", mailbox.contact)
    await desk.choose("Español" if way.language == "es" else "English")
    await desk.press("Make the login")
    await desk.sees("The login is made, and its activation message is on its way.")
    await desk.is_titled(way.name)
    await desk.sees("Activation link good until")
    phone = await begun(stack, open_window, agency, way, mailbox)

    await desk.press("Login Users")
    await desk.write(SEARCH, way.typed)
    await desk.press("Search")
    await expect(desk.page.get_by_role("rowheader")).to_have_text([way.name])
    row = desk.row(way.name)
    await expect(row).to_contain_text(desk.say("Active"))
    assert "query=" in desk.path

    await desk.pick(row, "Disable")
    await expect(desk.dialog).to_have_count(int(way.has_scripts))
    await desk.sees("All devices of this person are signed out at once, and there is no way in until you enable it.")
    await desk.press("Disable")
    await desk.sees("The login is disabled.")
    await eventually(lambda: is_out(phone))
    await expect(row).to_contain_text(desk.say("Disabled"))

    await desk.press("Undo")
    await desk.sees("The login is enabled.")
    await phone.sign_in(f"/o/{agency.slug}", mailbox.contact, PASSWORD)
    await phone.is_titled("Start")

    await desk.pick(desk.row(way.name), "Reset password")
    await desk.sees("A message for a new password is on its way. It is good for 24 hours.")
    assert "query=" in desk.path
    assert mailbox.link("reset", count=2)


def lines_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


async def wrong_passwords(stack, agency, username: str) -> None:
    """Ten from each of five networks."""
    fields = {"realm": agency.slug, "username": username, "password": "wrong password"}
    for network in NETWORKS:
        transport = httpx.AsyncHTTPTransport(local_address=network)
        async with httpx.AsyncClient(base_url=stack.gateway, transport=transport, timeout=30) as client:
            for _ in range(10):
                assert 401 == (await client.post("/v1/auth/login", json=fields)).status_code


@pytest.mark.parametrize("way", WAYS[:2])
async def test_a_storm_of_wrong_passwords_is_ended(stack, agency, open_window, anybody, way):
    """PO-06, ID-08, ID-13, ID-15: a locked login is seen, unlocked and used, and the audit and its file tell of all."""
    mailbox = Mailbox(stack, fresh_email())
    account_id = made(agency, mailbox, way)
    await begun(stack, open_window, agency, way, mailbox)
    await wrong_passwords(stack, agency, mailbox.contact)

    desk = await desk_of(open_window, agency, way)
    await desk.choose("Locked")
    await expect(desk.page.get_by_role("rowheader")).to_have_text([way.name])
    await desk.pick(desk.row(way.name), "Details")
    await desk.sees("Locked until")
    await desk.press("Unlock")
    await desk.sees("The login is unlocked. This person can try the password again.")
    await desk.sees("This person can sign in.")
    anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)

    await desk.press("All that happened to this login")
    await desk.is_titled("Audit")
    assert f"/people/audit?subject_id={account_id}" == desk.path
    rows = desk.page.locator("tbody tr")
    await expect(rows.filter(has_text=desk.say("Login unlocked"))).to_contain_text("Dana Brooks")
    await expect(rows.filter(has_text=desk.say("Locked after fifty wrong passwords"))).to_have_count(1)
    await desk.field("What").select_option(label=desk.say("Sign-in failed"))
    await desk.press("Show")
    await expect(rows.filter(has_text=desk.say("Login unlocked"))).to_have_count(0)
    # Ten of a minute are written at once, the others together when it is over.
    await expect(rows.filter(has_text=NETWORKS[0])).to_have_count(10)
    await expect(rows.first).to_contain_text(desk.say("Refused"))
    assert "action=SIGN_IN_FAILED" in desk.path

    async with desk.page.expect_download() as download:
        await desk.pick(desk.page.locator("#results"), "CSV")
    file = await download.value
    assert file.suggested_filename.startswith("audit-")
    lines = lines_of(await file.path())
    assert {"SIGN_IN_FAILED"} == {line["Action"] for line in lines}
    assert 10 == sum(line["Address"] == NETWORKS[0] and line["Username"] == mailbox.contact for line in lines)


async def test_an_address_that_is_taken_leads_to_its_login(stack, agency, open_window):
    """PO-06, ID-13: who makes a login twice is led to the first; its address is corrected, and the new link works."""
    wrong, right = Mailbox(stack, fresh_email()), Mailbox(stack, fresh_email())
    way = Way(name="Rosa Delgado", typed="", hand=Pointer())
    made(agency, wrong, way)
    dead = wrong.link("activate")
    desk = await desk_of(open_window, agency, way)
    await desk.press("New login")
    await desk.write("Name", "Rosa D.")
    await desk.write("Email address or phone number", wrong.contact)
    await desk.press("Make the login")
    await expect(desk.problem).to_have_text("There is a login with this address already.")
    await desk.press("Find that login")
    await desk.pick(desk.row(way.name), "Change address")
    await desk.write("Email address or phone number", right.contact)
    await desk.press("Save and send")
    await desk.sees("The address is changed, and a new activation message is on its way to it.")
    phone = await open_window(width=PHONE)
    await phone.open(f"/o/{agency.slug}/activate/{dead}")
    await phone.is_titled("This link does not work any more")
    await begun(stack, open_window, agency, way, right)


async def test_the_last_administrator_stays(agency, open_window):
    """PO-06, ID-13: of the only administrator nothing can be taken, and a page that was open for long says why."""
    way = Way(name="Dana Brooks", typed="", hand=Pointer())
    desk = await desk_of(open_window, agency, way)
    await desk.pick(desk.row(way.name), "Details")
    await desk.sees(
        "This is the only active administrator of your organization. "
        "Make another one before you disable this login or change its role."
    )
    await expect(desk.link("Disable")).to_have_count(0)
    await desk.open(f"{desk.path.partition('?')[0]}/disable")
    await desk.sees("This is your own login.")
    await desk.press("Disable")
    await expect(desk.problem).to_have_text(
        "This is the only active administrator of your organization. Please make another one first."
    )


async def test_a_member_of_staff_has_no_such_pages(stack, agency, open_window):
    """PO-06, ID-13: logins and audit are for administrators alone; who becomes one signs in again and sees them."""
    way = Way(name="Rosa Delgado", typed="", hand=Pointer())
    mailbox = Mailbox(stack, fresh_email())
    account_id = made(agency, mailbox, way)
    phone = await begun(stack, open_window, agency, way, mailbox)
    for path in ("/people", "/people/audit", f"/people/logins/{account_id}"):
        await phone.open(path)
        await phone.is_titled("This is for others")
    desk = await desk_of(open_window, agency, way)
    await desk.pick(desk.row(way.name), "Make administrator")
    await desk.press("Make administrator")
    await desk.sees("This person is an administrator now.")
    await eventually(lambda: is_out(phone))
    await phone.sign_in(f"/o/{agency.slug}", mailbox.contact, PASSWORD)
    await phone.open("/people")
    await phone.is_titled("Login Users")
