"""The page that shows the OpenAPI document: one HTML file that asks nothing of anybody, without a script."""

import re

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from gateway.rules import Schema
from gateway.styles import style


def render(document: Schema) -> str:
    """The page as HTML."""
    # What a schema does not say is simply not there, so an absent key is no mistake in the template.
    environment = Environment(
        loader=PackageLoader("gateway", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["prose"] = prose
    return environment.get_template("docs.html.j2").render(document=document, style=style("docs"))


def prose(text: str) -> Markup:
    """Comments as HTML: paragraphs, lists with `- `, `code` and **words** that stand out."""
    html = ""
    for block in filter(None, text.split("\n\n")):
        lines = block.splitlines()
        if all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
            html += f"<ul>{items}</ul>"
        else:
            html += f"<p>{_inline(block)}</p>"
    return Markup(html)  # noqa: S704 - every part is escaped


def _inline(text: str) -> str:
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped)
