"""What every page holds: whose forms count, what leaves the browser, how much comes, where the focus is."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.cases import entered
from tests.e2e.people import ADMIN_PASSWORD

MAX_FIRST_PAGE_BYTES = 50_000
"""Bytes on the wire: headers and bodies of the document, its style and its script."""


@asynccontextmanager
async def elsewhere(page):
    """Another origin on the same host, which answers everything with one page."""
    body = page.encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_form_of_another_origin_does_nothing(stack, agency, open_window):
    """PO-01: a page of another origin cannot act for staff who are signed in, though the browser sends their cookie."""
    case = entered(stack, agency)
    target = f"{stack.gateway}{case.page}/guardians/{case.guardian['id']}/revoke"
    form = f'<form method="post" action="{target}"><button>Win a prize</button></form>'
    async with elsewhere(form) as origin:
        desk = await open_window(beside=origin)
        await desk.sign_in(f"/o/{agency.slug}", agency.username, ADMIN_PASSWORD)
        await desk.page.goto(origin)
        async with desk.page.expect_response(target) as response:
            await desk.press("Win a prize")
        answer = await response.value
        assert 403 == answer.status
        assert "portico=" in (await answer.request.all_headers()).get("cookie", "")
        await desk.sees("This form did not come from our own pages, so nothing was done. Please start here again.")
        await desk.press("Go to the start page")
        await desk.is_titled("Start")
    assert "INVITED" == case.guardian["linkState"]


async def test_the_sign_in_is_for_the_browser_alone(desk):
    """PO-01: no script reads the cookie of the sign-in, and no other site's form or picture takes it along."""
    cookies = {cookie["name"]: cookie for cookie in await desk.page.context.cookies()}
    kept = cookies["portico"]
    assert (True, "Lax", "/") == (kept["httpOnly"], kept["sameSite"], kept["path"])
    assert "portico=" not in await desk.page.evaluate("document.cookie")
    assert 5 == len(kept["value"].split("."))  # sealed: RFC 7516, 7.1


@pytest.mark.parametrize("door", ["home", "invitation", "sign-in"])
async def test_a_first_page_is_small(stack, agency, open_window, door):
    """PO-01: whichever page comes first, with its style and its script it is less than 50 kB."""
    paths = {"home": "/", "sign-in": f"/o/{agency.slug}/sign-in"}
    path = paths[door] if door in paths else entered(stack, agency).link()
    window, requests = await open_window(width=PHONE), []
    window.page.on("requestfinished", lambda request: requests.append(request))
    await window.open(path)
    sizes = {request.resource_type: await request.sizes() for request in requests}
    assert {"document", "stylesheet", "script"} <= sizes.keys()
    assert MAX_FIRST_PAGE_BYTES > sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes.values())


async def test_a_link_with_a_token_tells_nobody(open_window):
    """PO-01: the page behind a link with a token sends no referrer, to our own pages neither."""
    window = await open_window(width=PHONE)
    await window.open("/i/AaIbyrnud1")
    async with window.page.expect_request(f"{window.gateway}/link") as request:
        await window.press("Type a code")
    assert "referer" not in await (await request.value).all_headers()


async def test_the_keyboard_sees_where_it_is(desk):
    """PO-01: the first stop leads past the header, and each stop has a frame around it that can be seen."""
    await desk.open("/account")
    await desk.page.keyboard.press("Tab")
    await expect(desk.focus).to_have_text("Skip to the content")
    await expect(desk.focus).to_be_in_viewport()
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("main")).to_be_focused()
    await desk.page.keyboard.press("Tab")
    await expect(desk.field("Current password")).to_be_focused()
    stops = []
    while "English" not in stops:
        await expect(desk.focus).to_have_css("outline-style", "solid")
        await expect(desk.focus).to_have_css("outline-width", "3px")
        stops.append(await desk.focus.inner_text())
        await desk.page.keyboard.press("Tab")
    assert ["", "Show password", "", "Show password", "Change password"] == stops[:5]


@pytest.mark.parametrize(
    ("accepts", "title"), [("es-MX", "Bienvenidos"), ("de-DE", "Welcome")], ids=["Mexico", "Germany"]
)
async def test_a_browser_says_what_its_owner_reads(open_window, accepts, title):
    """PO-01: a first page is in the language that the browser prefers, or in English where we do not speak it."""
    window = await open_window(accepts=accepts)
    await window.open("/")
    await expect(window.page.locator("h1")).to_have_text(title)


async def test_dates_are_those_of_the_device(stack, agency, open_window):
    """PO-01: a time of day is the organization's at first, and the device's as soon as that has told its zone."""
    case = entered(stack, agency)
    window = await open_window(width=PHONE, zone="Europe/Madrid")
    await window.open(case.link())
    until = window.page.get_by_text("good until")
    await expect(until).to_contain_text(re.compile("C[SD]T"))
    await window.page.reload()
    await expect(until).to_contain_text(re.compile("CES?T"))
