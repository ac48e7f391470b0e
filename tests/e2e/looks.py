"""Walks over pages, on which axe and a ruler look for faults."""

import re
from collections.abc import Mapping
from typing import Literal

import html5lib
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Response

from tests.e2e.browser import DESK, HEIGHT, PHONE, Window
from tests.e2e.page_states import Walk
from tests.e2e.world import World

LOOKS: Mapping[str, tuple[tuple[int, Literal["light", "dark"]], ...]] = {
    "en": ((PHONE, "light"), (DESK, "dark")),
    "es": ((PHONE, "dark"), (DESK, "light")),
}
"""Widths and schemes by language: each meets each. No fault needs all three, and all eight would take twice as long."""
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
AXE = """
options => axe.run(options).then(found => found.violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`)))
"""
TOO_WIDE = """
() => document.documentElement.scrollWidth > innerWidth ? [`scrolls: ${document.documentElement.scrollWidth}`] : []
"""
TOO_LOW = """
() => [...document.querySelectorAll("a:not(.skip), button, input:not([type=hidden]), summary")]
  .map(one => one.closest("label") ?? one)
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 24)
  .map(one => `lower than 24 pixels: ${one.outerHTML.slice(0, 200)}`)
"""


async def begun(walk: Walk, window: Window, world: World, language: str) -> Window:
    """The window where a walk begins, signed in as who walks."""
    if walk.login is None:
        await window.open("/")
    else:
        await window.sign_in(*walk.login(world))
    return await window.speaking(language)


async def faults_on(walk: Walk, window: Window, world: World, language: str) -> dict[str, list[str]]:
    """What is wrong, by the state of the page in which it is."""
    await window.page.add_init_script(AXE_SCRIPT)  # past the content policy, which would not let a page have it
    window = await begun(walk, window, world, language)
    found: dict[str, list[str]] = {}
    answers: list[Response] = []

    def note(answer: Response) -> None:  # Playwright takes no method of a list
        answers.append(answer)

    window.page.on("response", note)
    for name, state in walk.states.items():
        await state.reach(window, world)
        document = next(filter(_is_page, reversed(answers)))
        if faults := [*_unsound(await document.text()), *await faults_of(window)]:
            found[name] = faults
    return found


def _is_page(answer: Response) -> bool:
    return answer.request.resource_type == "document" and not 300 <= answer.status < 400


def _unsound(html: str) -> list[str]:
    """What a strict parser finds (WHATWG HTML, 13.2.2), and instants that are more exact than a second."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    faults = [f"HTML: {code} {values}" for _, code, values in parser.errors]
    return faults + re.findall(r'datetime="[^"]*\.[^"]*"', html)


async def faults_of(window: Window) -> list[str]:
    """What is wrong with the page that is open."""
    page, faults = window.page, list[str]()
    for width, scheme in LOOKS[window.language]:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        await page.emulate_media(color_scheme=scheme)
        for script in (AXE, TOO_WIDE, TOO_LOW):
            faults += [f"{width} {scheme}: {fault}" for fault in await page.evaluate(script, OPTIONS)]
    return faults
