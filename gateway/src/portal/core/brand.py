"""An organization's colour on pages: a style sheet of a few lines for each colour, in which everything can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from chassis.colors import is_color, legible, on_ground

if TYPE_CHECKING:
    from starlette.requests import Request

LIGHT, DARK = ("#ffffff", "#f6f7f4"), ("#111613", "#212a25")
"""The grounds of pages on which it must be read, the darkest of the light ones and the lightest of the dark ones."""
DAY = 24 * 60 * 60


def stylesheet_address(color: str) -> str:
    """Where the style sheet of a colour is; empty for none, which leaves the pages as they are."""
    return f"/brand/{color[1:]}.css" if is_color(color) else ""


def shade(color: str) -> str:
    """The colour as light pages and emails show it."""
    return legible(color, *LIGHT)


async def stylesheet(request: Request) -> Response:
    """The style sheet; it depends on its address alone."""
    color = f"#{request.path_params['color']}"
    if not is_color(color):
        return PlainTextResponse("There is no such colour.", status_code=404)
    dark = f"@media (prefers-color-scheme: dark) {{ {_rules(legible(color, *DARK))} }}"
    headers = {"cache-control": f"public, max-age={DAY}", "x-content-type-options": "nosniff"}
    return Response(f"{_rules(shade(color))}\n{dark}\n", media_type="text/css", headers=headers)


def _rules(brand: str) -> str:
    text = on_ground(brand).text
    soft = "color-mix(in srgb, var(--brand) 12%, var(--surface))"
    return f":root {{ --brand: {brand}; --on-brand: {text}; --accent: {brand}; --accent-soft: {soft}; }}"
