"""The list of staff: search, filters, order, pages; menus and dialogs."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.e2e.browser import HEIGHT
from tests.e2e.cases import entered
from tests.e2e.families import Submission, fresh_email, submit
from tests.e2e.hands import Keyboard
from tests.e2e.people import ADMIN_PASSWORD

NAMES = [f"{first}{second}son" for first in ("An", "Ber", "Car", "Dag", "Er") for second in "abcdef"]
"""Thirty, in alphabetical order."""
FIRST_PAGE = 25


@pytest.fixture(scope="module")
def crowded(new_agency):
    """An organization with thirty applications; one of them, the family Ericson's, is invited."""
    agency = new_agency()
    for place in range(len(NAMES)):
        name = NAMES[place * 7 % len(NAMES)]  # in no order
        submit(agency, Submission(names=("Kim", name), email=fresh_email() if name == "Ercson" else ""))
    return agency


@pytest.fixture
async def crowd(open_window, crowded):
    """Where its staff sit."""
    window = await open_window()
    await window.sign_in(f"/o/{crowded.slug}", crowded.username, ADMIN_PASSWORD)
    await window.open("/staff/applications")
    return window


def families(window):
    """The column of names."""
    return window.page.locator("tbody td:nth-of-type(2)")


def of(*names):
    return [f"Kim {name}" for name in names]


async def test_thirty_applications_in_order(crowd):
    """PO-05, AP-02: the list is sorted by family both ways, goes on on a second page, and back to the first."""
    await expect(families(crowd)).to_have_count(FIRST_PAGE)
    await crowd.press("Family")
    await expect(families(crowd)).to_have_text(of(*NAMES[:FIRST_PAGE]))
    await expect(crowd.page.get_by_role("columnheader", name="Family")).to_have_attribute("aria-sort", "ascending")
    await crowd.press("Next page")
    await expect(families(crowd)).to_have_text(of(*NAMES[FIRST_PAGE:]))
    await crowd.page.go_back()
    await expect(families(crowd)).to_have_text(of(*NAMES[:FIRST_PAGE]))
    await crowd.page.go_forward()
    await crowd.sees("26–30 of 30")
    await crowd.press("Previous page")
    await expect(families(crowd)).to_have_text(of(*NAMES[:FIRST_PAGE]))
    await crowd.sees("1–25 of 30")
    await crowd.press("Family")
    await expect(families(crowd)).to_have_text(of(*NAMES[: -FIRST_PAGE - 1 : -1]))
    await expect(crowd.page.get_by_role("columnheader", name="Family")).to_have_attribute("aria-sort", "descending")


async def test_much_is_seen_at_once(crowd):
    """PO-13: on a first screen of 1280 by 800 stand fourteen rows of the list."""
    await expect(families(crowd)).to_have_count(FIRST_PAGE)
    fourteenth = await crowd.page.locator("tbody tr").nth(13).bounding_box()
    assert fourteenth["y"] + fourteenth["height"] <= HEIGHT


async def test_filters_and_search_together(crowd):
    """PO-05, AP-02: boxes and typing narrow the list at once, the address keeps both, and Back from details too."""
    await crowd.choose("Invited")
    await expect(families(crowd)).to_have_text(of("Ercson"))
    await crowd.choose("No contact")
    await expect(families(crowd)).to_have_count(FIRST_PAGE)
    await crowd.write("Number, name, email or phone", "erdsn")
    await expect(families(crowd)).to_have_text(of("Erdson"))
    for kept in ("query=erdsn", "state=INVITED&state=NO_CONTACT"):
        assert kept in crowd.path
    await expect(crowd.field("Number, name, email or phone")).to_be_focused()
    crowd = await crowd.speaking("es")
    await expect(families(crowd)).to_have_text(of("Erdson"))
    await crowd.page.get_by_role("rowheader").get_by_role("link").click()
    await expect(crowd.page.locator("h1")).to_contain_text("Solicitud A-")
    await crowd.page.go_back()
    await expect(families(crowd)).to_have_text(of("Erdson"))
    await expect(crowd.field("Number, name, email or phone")).to_have_value("erdsn")
    await expect(crowd.choice("No contact")).to_be_checked()
    await crowd.press("Show all")
    await expect(families(crowd)).to_have_count(FIRST_PAGE)


async def test_rows_are_chosen_together(crowd):
    """AP-12, PO-05, U15: a box, those between two with Shift, all of the page, or all that match."""
    boxes, bar = crowd.page.get_by_role("checkbox", name="Choose A-"), crowd.page.locator(".selection-bar")
    await expect(bar).to_be_hidden()
    await boxes.nth(1).click()
    await expect(bar.locator("output")).to_have_text("1")
    await boxes.nth(4).click(modifiers=["Shift"])
    await expect(bar.locator("output")).to_have_text("4")
    await crowd.page.get_by_role("link", name="Choose all on this page").click()
    await expect(bar.locator("output")).to_have_text(str(FIRST_PAGE))
    await crowd.page.get_by_role("link", name="Choose all on this page").click()
    await expect(bar).to_be_hidden()
    await boxes.first.click()
    await crowd.press("Choose all 30 that match")
    await crowd.sees("All 30 that match are chosen.")
    await expect(boxes.first).to_be_disabled()
    await bar.get_by_role("link", name="Choose none").click()
    await expect(bar).to_be_hidden()


async def test_nothing_there(new_agency, open_window):
    """PO-05: an organization without applications, and a search without results, each say how to go on."""
    agency = new_agency()
    desk = await open_window()
    await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
    await desk.press("All 0 applications")
    await desk.sees("There is no application yet.")
    await desk.write("Number, name, email or phone", "nobody")
    await desk.sees("Nothing found.")
    await desk.press("Show all")
    await desk.sees("There is no application yet.")
    await desk.page.locator("main").get_by_role("link", name="New application").last.click()
    await desk.is_titled("New application")


async def test_the_newest_search_wins(crowd):
    """PO-05: an answer that comes late does not take the place of what was asked for after it."""
    late = asyncio.Event()

    async def hold(route):
        await late.wait()
        await route.continue_()

    await crowd.page.route("**/staff/applications?*query=Ana*", hold)
    async with crowd.page.expect_request("**/*query=Ana*"):
        await crowd.write("Number, name, email or phone", "Ana")
    await crowd.write("Number, name, email or phone", "Berb")
    await expect(families(crowd)).to_have_text(of("Berbson"))
    async with crowd.page.expect_response("**/*query=Ana*"):
        late.set()
    await expect(crowd.page.locator("#results")).not_to_have_attribute("aria-busy", "true")
    await expect(families(crowd)).to_have_text(of("Berbson"))
    assert "query=Berb" in crowd.path


async def test_menus_by_keyboard(crowd):
    """PO-01: arrows open a menu and walk around in it, Escape closes it where it was opened, Tab leaves it closed."""
    keyboard, hand = crowd.page.keyboard, Keyboard()
    summary = crowd.menu(crowd.page.get_by_role("row").nth(1))
    entries = crowd.page.locator(".menu[open] li").locator("a, button")
    await hand.focus(summary)
    await keyboard.press("ArrowDown")
    await expect(entries.first).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(entries.last).to_be_focused()
    await keyboard.press("ArrowDown")
    await expect(entries.first).to_be_focused()
    await keyboard.press("Escape")
    await expect(entries).to_have_count(0)
    await expect(summary).to_be_focused()
    await keyboard.press("Enter")
    await expect(entries.first).to_be_visible()
    await hand.focus(crowd.menu(crowd.page.get_by_role("row").nth(2)))
    await expect(entries).to_have_count(0)
    await crowd.menu(crowd.page.get_by_role("row").nth(3)).click()
    await expect(entries.first).to_be_visible()
    await crowd.page.locator("h1").click()
    await expect(entries).to_have_count(0)


async def test_a_dialog_gives_the_focus_back(stack, agency, desk):
    """PO-01, PO-05: a dialog takes the focus, and gives it back to what opened it, however it ends."""
    case = entered(stack, agency)
    keyboard, hand = desk.page.keyboard, Keyboard()
    await desk.open(f"/staff/applications?query={case.number}")
    link, summary = desk.row(case.number).get_by_role("link", name="Reinvite"), desk.menu(desk.row(case.number))
    inside = desk.dialog.locator(":focus")

    await hand.press(link.first)
    await expect(desk.dialog).to_have_accessible_name("Invite again: Lucía Morales")
    await expect(inside).to_have_count(1)
    await keyboard.press("Escape")
    await expect(desk.dialog).to_have_count(0)
    await expect(link).to_be_focused()

    await hand.pick(summary, desk.row(case.number).locator(".menu").get_by_role("link", name="Reinvite"))
    await expect(desk.dialog).to_be_visible()
    await hand.press(desk.dialog.get_by_role("link", name="Cancel"))
    await expect(desk.dialog).to_have_count(0)
    await expect(summary).to_be_focused()

    await link.click()
    await expect(desk.dialog).to_be_visible()
    await desk.page.mouse.click(5, 5)
    await expect(desk.dialog).to_have_count(0)
    await expect(link).to_be_focused()
    assert "INVITED" == case.guardian["linkState"]


async def test_names_are_only_text(stack, agency, desk):
    """PO-01: what a family is called is shown as it is written, whatever a browser could read in it."""
    name = "<img src=/x onerror=alert(1)>"
    case = entered(stack, agency, Submission(names=(name, "O'Neill & Søns"), email=fresh_email()))
    for path in (f"/staff/applications?query={case.number}", case.page):
        await desk.open(path)
        await desk.sees(f"{name} O'Neill & Søns")
