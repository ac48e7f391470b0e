"""Colours that can be read: contrast as WCAG 2.2 measures it, and the nearest colour that has enough of it.

>>> on_ground("#ffe100")
Pair(ground='#ffe100', text='#111111')
>>> legible("#ffe100", "#ffffff")
'#867700'
"""

import re
from dataclasses import dataclass
from functools import lru_cache

MIN_CONTRAST = 4.5
"""What text needs on its ground (WCAG 2.2, 1.4.3)."""
WHITE, DARK = "#ffffff", "#111111"
_COLOR = re.compile(r"#[0-9a-f]{6}")
_STEPS = 256

_Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Pair:
    """A ground and the text that can be read on it."""

    ground: str
    text: str


def is_color(text: str) -> bool:
    """Whether it is a colour in its one form: `#rrggbb`, in small letters."""
    return _COLOR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=1024)
def on_ground(color: str) -> Pair:
    """The colour as a ground, with white or dark text on it; darker where neither could be read."""
    for text in (WHITE, DARK):
        if contrast(color, text) >= MIN_CONTRAST:
            return Pair(color, text)
    return Pair(legible(color, WHITE), WHITE)


@lru_cache(maxsize=1024)
def legible(color: str, *grounds: str) -> str:
    """The colour as text: moved as little as it takes towards black or white to be read on each of the grounds.

    ValueError when no shade of it can be read on all of them.
    """
    own = _rgb(color)
    for step in range(_STEPS + 1):
        for end in (0, 255):
            shade = _hex(tuple(part + round((end - part) * step / _STEPS) for part in own))
            if all(contrast(shade, ground) >= MIN_CONTRAST for ground in grounds):
                return shade
    raise ValueError(f"nothing can be read on all of {', '.join(grounds)}")


def _rgb(color: str) -> _Rgb:
    if not is_color(color):
        raise ValueError(f"{color!r} is not a colour like #14603a")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in rgb)


def _luminance(rgb: _Rgb) -> float:
    red, green, blue = map(_linear, rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
