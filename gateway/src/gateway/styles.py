"""The styles of the pages that Envoy serves: each stands in its page, whose policy permits it by its hash alone."""

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup


def style(page: str) -> Markup:
    """What stands between `<style>` and `</style>` in a page: `docs`, `refusal`."""
    return Markup(files("gateway").joinpath(f"{page}.css").read_text(encoding="utf-8"))  # noqa: S704 - ours


def policy(page: str) -> str:
    """The content security policy of a page: its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style(page).encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
