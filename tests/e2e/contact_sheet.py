"""`make looks`: every page in every state, in each language, width and scheme, on one sheet to look at."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment

from local_stack.stack import Stack
from portal.core.i18n import LANGUAGES
from tests.e2e.agencies import founded
from tests.e2e.browser import DESK, HEIGHT, PHONE, Window, Windows, chromium
from tests.e2e.looks import begun
from tests.e2e.page_states import WALKS
from tests.e2e.people import Person
from tests.e2e.world import world_of

FOLDER = Path("build/looks")
MAX_HEIGHT = 2400
"""Pixels of a picture; below them a page repeats itself."""
WAYS = tuple(product((PHONE, DESK), ("light", "dark")))
SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Portico, page by page</title>
<style>body{font:16px/1.4 system-ui;margin:1rem}img{height:22rem;border:1px solid #999}
div{display:flex;gap:.5rem;align-items:start;overflow-x:auto}</style>
<h1>Portico, page by page</h1>
{% for state, pictures in states.items() %}<h2>{{ state }}</h2><div>{% for picture in pictures %}
<a href="{{ picture }}"><img loading="lazy" src="{{ picture }}" alt="{{ picture }}"></a>{% endfor %}</div>
{% endfor %}</html>
"""


async def pictures(stack: Stack, chosen: Iterable[str]) -> AsyncIterator[tuple[str, str]]:
    """The name of a state and of a picture of it, one after the other."""
    world = await world_of(stack, founded(stack), founded(stack), Person(stack.gateway))
    async with chromium() as browser:
        windows = Windows(browser, stack.gateway)
        for language, who in product(LANGUAGES, chosen):
            window = await begun(WALKS[who], await windows(), world, language)
            for name, state in WALKS[who].states.items():
                await state.reach(window, world)
                for picture in await _taken(window, f"{who}-{name}"):
                    yield f"{who}: {name}", picture
        await windows.close()


async def _taken(window: Window, name: str) -> list[str]:
    """The page as it is now, in each width and scheme."""
    page, taken = window.page, list[str]()
    for width, scheme in WAYS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        height = min(MAX_HEIGHT, await page.evaluate("document.documentElement.scrollHeight"))
        file = re.sub(r"[^a-z0-9]+", "-", f"{name}-{window.language}-{width}-{scheme}".lower()) + ".png"
        await page.screenshot(
            path=FOLDER / file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": max(height, HEIGHT)}
        )
        taken.append(file)
    return taken


async def _sheet(stack: Stack, chosen: Iterable[str]) -> Mapping[str, list[str]]:
    states: dict[str, list[str]] = {"visitor: patterns": []}  # the sheet begins with the parts
    async for state, picture in pictures(stack, chosen):
        states.setdefault(state, []).append(picture)
    return {state: taken for state, taken in states.items() if taken}


def main(*chosen: str) -> None:
    """Takes them; `chosen` are walks of `page_states`, all when there are none."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as data:
        Path(data).chmod(0o755)  # as root, PostgreSQL runs as somebody else
        with Stack(Path(data)) as stack:
            states = asyncio.run(_sheet(stack, chosen or tuple(WALKS)))
    html = Environment(autoescape=True).from_string(SHEET).render(states=states)
    (FOLDER / "index.html").write_text(html, encoding="utf-8")
    print(f"{sum(map(len, states.values()))} pictures of {len(states)} states: {FOLDER / 'index.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
