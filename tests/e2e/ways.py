"""How people use the browser in a story that is told in each way."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.browser import DESK, Window
from tests.e2e.hands import Hand, Keyboard, Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """With which hand, in which language, with scripts or without."""

    hand: Hand
    language: str = "en"
    has_scripts: bool = True


WAYS = [
    pytest.param(Way(hand=Pointer()), id="by-pointer"),
    pytest.param(Way(hand=Keyboard(), language="es"), id="by-keyboard-in-Spanish"),
    pytest.param(Way(hand=Pointer(), has_scripts=False), id="without-scripts"),
]


async def opened(open_window: Any, agency: Any, way: Way, username: str, password: str, *, width: int = DESK) -> Window:
    """A window in which somebody of an organization is signed in."""
    window: Window = await open_window(hand=way.hand, has_scripts=way.has_scripts, width=width)
    await window.sign_in(f"/o/{agency.slug}", username, password)
    return await window.speaking(way.language)
