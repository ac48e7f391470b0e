"""What the script adds to the parts: keys, walks through tables, a bar for what is chosen, a countdown; and paper."""

import pytest
from playwright.async_api import expect

from tests.e2e.families import Submission, fresh_email, submit

LABEL = "Number, name, email or phone"


@pytest.fixture
async def table(agency, desk):
    """The list of staff, with three applications at least."""
    for name in ("Abara", "Abbas", "Abreu"):
        submit(agency, Submission(names=("Kim", name), email=fresh_email()))
    await desk.open("/staff/applications")
    return desk


async def test_a_slash_searches_and_a_question_mark_lists_the_keys(table):
    """PO-13: `/` leads to the search, where it is a letter like others; `?` opens the list of keys; both can be off."""
    keyboard = table.page.keyboard
    await keyboard.press("/")
    await expect(table.field(LABEL)).to_be_focused()
    await keyboard.press("/")
    await expect(table.field(LABEL)).to_have_value("/")

    await table.open("/staff/applications")
    await keyboard.press("?")
    await expect(table.dialog).to_have_accessible_name("Keys")
    await table.dialog.get_by_role("checkbox").uncheck()
    await keyboard.press("Escape")
    await expect(table.dialog).to_have_count(0)
    await keyboard.press("?")
    await keyboard.press("/")
    await expect(table.dialog).to_have_count(0)
    await expect(table.field(LABEL)).not_to_be_focused()
    await table.press("Keys")
    await expect(table.dialog.get_by_role("checkbox")).not_to_be_checked()


async def test_arrows_walk_through_a_table(table):
    """PO-13: down and up lead to the same place of the next row, right and left from stop to stop within a row."""
    keyboard, rows = table.page.keyboard, table.page.locator("tbody tr")
    numbers = rows.locator("th a")
    await numbers.first.focus()
    await keyboard.press("ArrowDown")
    await expect(numbers.nth(1)).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(numbers.first).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(numbers.first).to_be_focused()
    await keyboard.press("ArrowRight")
    await expect(rows.first.get_by_role("link", name="Reinvite")).to_be_focused()
    await keyboard.press("ArrowRight")
    await expect(rows.first.locator("summary")).to_be_focused()
    await keyboard.press("ArrowLeft")
    await expect(rows.first.get_by_role("link", name="Reinvite")).to_be_focused()


async def test_a_bar_says_how_many_rows_are_chosen(open_window):
    """PO-13: the bar with what can be done appears with the first chosen row, counts, and goes with the last."""
    window = await open_window()
    await window.open("/patterns")
    bar, boxes = window.page.locator(".selection-bar"), window.page.locator("tbody input")
    await expect(bar).to_contain_text("1 chosen")
    await boxes.nth(1).check()
    await expect(bar).to_contain_text("2 chosen")
    for box in (0, 1):
        await boxes.nth(box).uncheck()
    await expect(bar).not_to_be_visible()


@pytest.mark.parametrize(("language", "words"), [("en", "in 12 minutes"), ("es", "dentro de 12 minutos")])
async def test_a_countdown_says_how_long_something_holds(open_window, language, words):
    """PO-13: beside an instant stands how long it is until then, in the reader's language."""
    window = await open_window(accepts=language)
    await window.open("/patterns")
    await expect(window.page.locator("[data-countdown]")).to_contain_text(words)


async def test_paper_has_what_is_read_and_nothing_that_is_pressed(open_window):
    """CASE-U21, PO-13: a printed page has no navigation, no button and no field, and is black on white at night too."""
    window = await open_window()
    await window.page.emulate_media(media="print", color_scheme="dark")
    await window.open("/patterns")
    await expect(window.page.locator("h1")).to_be_visible()
    await expect(window.page.locator("table")).to_be_visible()
    assert 0 == await window.page.locator("nav, button, .button, .menu, main input").filter(visible=True).count()
    await expect(window.page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    await expect(window.page.locator("h1")).to_have_css("color", "rgb(0, 0, 0)")
