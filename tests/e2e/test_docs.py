"""The page of the API in a browser."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import expect

from tests.e2e.browser import DESK, HEIGHT, PHONE
from tests.e2e.looks import AXE, OPTIONS

pytestmark = pytest.mark.long(seconds=35)

WORDS = "code_blocked ticket"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/docs", "/docs/casemanager", "/docs/messages"])
async def test_the_page_is_accessible(open_window, path, scheme):
    """CASE-U20: axe finds nothing, light or dark."""
    window = await open_window()
    await window.page.add_init_script(AXE_SCRIPT)
    await window.page.emulate_media(color_scheme=scheme)
    await window.open(path)
    assert [] == await window.page.evaluate(AXE, OPTIONS)


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_somebody_looks_for_a_call(open_window, width):
    """CASE-U20: nothing goes over the edge, the search leaves the calls with every word, the commands come here."""
    window = await open_window()
    page = window.page
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    await window.open("/docs")
    assert width == await page.evaluate("document.documentElement.scrollWidth")
    await expect(page.locator("#signing-in pre").first).to_contain_text(f"curl {window.gateway}/v1/auth/login")

    await page.get_by_label("Search").fill(WORDS)
    await expect(page.get_by_role("status")).to_have_text("1 found")
    await expect(page.locator("main section:visible h3")).to_have_text(["post /v1/invitations:claim"])
    await expect(page.locator("nav li:visible")).to_have_text(["ClaimInvitation"])
    await page.get_by_label("Search").fill("zebra crossing")
    await expect(page.get_by_role("status")).to_have_text("Nothing has all of these words.")
    await page.get_by_label("Search").fill("")
    await expect(page.locator("#signing-in")).to_be_visible()


async def test_somebody_looks_for_a_message(open_window):
    """CASE-U20: an answer leads to its message on the page of messages, and the search there leaves what fits."""
    window = await open_window()
    page = window.page
    await window.open("/docs/casemanager")
    await page.locator("#PlacesService_CreatePlace").get_by_role("link", name="casemanager.Place", exact=True).click()
    await expect(page).to_have_url(f"{window.gateway}/docs/messages#casemanager.Place")
    await page.get_by_label("Search").fill("zone availability directions")
    await expect(page.get_by_role("status")).to_have_text("1 found")
    await expect(page.locator("main section:visible h2")).to_have_text(["casemanager.Place"])
    await expect(page.locator("nav li:visible")).to_have_text(["casemanager.Place"])
