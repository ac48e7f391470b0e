"""Styles and scripts of the pages that Envoy serves: each stands in its page, whose policy permits its hash alone."""

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup


def style(page: str) -> Markup:
    """What stands between `<style>` and `</style>` in a page: `docs`, `refusal`."""
    return _read(f"{page}.css")


def script(page: str) -> Markup:
    """What stands between `<script>` and `</script>` in a page; empty when it has none."""
    return _read(f"{page}.js")


def policy(page: str) -> str:
    """The content security policy of a page: its own style, its own script if it has one, and nothing else."""
    said = script(page)
    scripts = f"script-src '{_hash(said)}'; " if said else ""
    return f"default-src 'none'; style-src '{_hash(style(page))}'; {scripts}base-uri 'none'; frame-ancestors 'none'"


def _read(name: str) -> Markup:
    file = files("gateway").joinpath(name)
    return Markup(file.read_text(encoding="utf-8") if file.is_file() else "")  # noqa: S704 - ours


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"
