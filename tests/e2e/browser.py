"""Chromium as people use it: windows, and a note of what no page of ours may do in them."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    async_playwright,
    expect,
)

from portal.core.i18n import LANGUAGES, i18n_for
from tests.e2e.hands import Hand, Pointer

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = 360, 1280
"""Widths in CSS pixels."""
HEIGHT = 800
MILLISECONDS = 10_000
REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d \(")
"""What Chromium's console says of a page that is a refusal; whatever else stands there is a fault."""


def installed() -> str:
    """Where the browser of this machine is; when there is none the test is skipped, and in CI it fails."""
    path = next(filter(None, map(shutil.which, NAMES)), "")
    if not path:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("No Chromium on the PATH: the browser tests did not run (Debian: apt-get install chromium)")
    return path


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine, running."""
    expect.set_options(timeout=MILLISECONDS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        yield browser
        await browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One person's browser. Words are given in English, and looked for in the `language` that its pages speak."""

    page: Page
    gateway: str
    hand: Hand
    strays: list[str]
    language: str = "en"

    def say(self, words: str, **values: str) -> str:
        """The words as these pages say them."""
        said = i18n_for(self.language)(words)
        return said % values if values else said

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=self.say(name), exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.say(name), exact=True)

    def field(self, label: str) -> Locator:
        """What a person types into; a label may go on with «(optional)»."""
        typed = self.page.locator("textarea, select, input:not([type=radio], [type=checkbox])")
        beginning = re.compile(rf"^{re.escape(self.say(label))}\s*(\(|$)")
        return typed.and_(self.page.get_by_label(beginning)).filter(visible=True).first

    def choice(self, label: str, **values: str) -> Locator:
        """A radio button or a box to tick; a label may go on with how many there are, or with a hint."""
        ticked, words = self.page.locator("input:is([type=radio], [type=checkbox])"), self.say(label, **values)
        whole = re.compile(rf"^\s*{re.escape(words)}(\s+[\d.,]+)?\s*$")
        hinted = self.page.locator(
            "label", has=self.page.locator(".hint"), has_text=re.compile(rf"^\s*{re.escape(words)}")
        )
        return ticked.and_(self.page.get_by_label(whole).or_(hinted.locator("input")))

    def row(self, number: str) -> Locator:
        """An application's row in the table of staff."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=number, exact=True))

    def menu(self, scope: Locator) -> Locator:
        """What opens the actions."""
        return scope.locator("summary")

    @property
    def account(self) -> Locator:
        """What opens the menu of who is signed in."""
        return self.page.locator("header summary")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def problem(self) -> Locator:
        """What was refused."""
        return self.page.get_by_role("alert")

    @property
    def focus(self) -> Locator:
        """What has the focus."""
        return self.page.locator(":focus")

    @property
    def path(self) -> str:
        """Path and query of the page that is open."""
        return self.page.url.removeprefix(self.gateway)

    async def open(self, path: str) -> int:
        """Type an address of ours; the status of what comes."""
        response = await self.page.goto(self.gateway + path)
        assert response
        return response.status

    async def press(self, name: str) -> None:
        """The first link or button of this name."""
        await self.hand.press(self.link(name).or_(self.button(name)).filter(visible=True).first)

    async def choose(self, label: str, **values: str) -> None:
        await self.hand.press(self.choice(label, **values))

    async def pick(self, scope: Locator, name: str) -> None:
        """An entry of a menu of actions."""
        entry = self.link(name).or_(self.button(name))
        text = re.compile(rf"^\s*{re.escape(self.say(name))}\s*$")
        menu = scope.locator(".menu").filter(has=self.page.locator("li").filter(has_text=text))  # closed: no role yet
        await self.hand.pick(self.menu(menu), menu.locator(entry))

    async def write(self, label: str, text: str) -> None:
        await self.hand.write(self.field(label), text)

    async def sees(self, words: str, **values: str) -> None:
        await expect(self.page.get_by_text(self.say(words, **values)).filter(visible=True).first).to_be_visible()

    async def is_titled(self, words: str, **values: str) -> None:
        await expect(self.page.locator("h1")).to_have_text(self.say(words, **values))

    async def speaking(self, language: str) -> "Window":
        """The same window, whose pages speak another language: by the buttons at their end."""
        if language == self.language:
            return self
        await self.hand.press(self.page.get_by_role("button", name=LANGUAGES[language].own_name, exact=True))
        await expect(self.page.locator("html")).to_have_attribute("lang", language)
        return replace(self, language=language)

    async def beside(self) -> "Window":
        """Another tab of the same browser, at the first page."""
        tab = replace(self, page=await self.page.context.new_page())
        await tab.open("/")
        return tab

    async def sign_in(self, realm: str, username: str, password: str) -> None:
        """On the page of a realm (`/family`, `/o/<slug>`), or on the one that is open when the realm is empty."""
        if realm:
            await self.open(f"{realm}/sign-in")
        await self.write("Email address or phone number", username)
        await self.write("Password", password)
        await self.press("Sign in")
        await expect(self.account).to_be_visible()

    async def sign_out(self) -> None:
        await self.hand.pick(self.account, self.button("Sign out"))


@dataclass(frozen=True, slots=True)
class Windows:
    """Opens them, and knows afterwards what they did."""

    browser: Browser
    gateway: str
    opened: list[Window] = field(default_factory=list)

    async def __call__(
        self,
        *,
        width: int = DESK,
        hand: Hand | None = None,
        accepts: str = "en-US",
        language: str = "en",
        zone: str = "America/Chicago",
        has_scripts: bool = True,
        beside: str = "",
    ) -> Window:
        """A new one, with cookies of its own.

        `accepts` is what the browser prefers, `language` what we expect of its pages; `beside` is another origin that
        it may visit.
        """
        context = await self.browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            locale=accepts,
            timezone_id=zone,
            java_script_enabled=has_scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(MILLISECONDS)
        strays = _noted(context, tuple(filter(None, (self.gateway, beside))))
        window = Window(
            page=await context.new_page(),
            gateway=self.gateway,
            hand=hand or Pointer(),
            strays=strays,
            language=language,
        )
        self.opened.append(window)
        return window

    async def close(self) -> list[str]:
        """Closes all; what they did and should not have done."""
        for window in self.opened:
            await window.page.context.close()
        return [stray for window in self.opened for stray in window.strays]


def _noted(context: BrowserContext, origins: tuple[str, ...]) -> list[str]:
    """Requests to other origins, faults of scripts, and complaints of the console, as of a breach of content policy."""
    strays: list[str] = []
    roots = tuple(f"{origin}/" for origin in origins)

    def ask(request: Request) -> None:
        if not request.url.startswith(roots):
            strays.append(f"asked {request.url}")

    def answer(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            strays.append(f"{response.status} for {response.url}")

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not REFUSAL.match(message.text):
            strays.append(f"console: {message.text}")

    context.on("request", ask)
    context.on("response", answer)
    context.on("console", complain)
    context.on("weberror", lambda fault: strays.append(f"script: {fault.error}"))
    return strays
