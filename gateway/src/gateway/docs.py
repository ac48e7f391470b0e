"""The pages that show the OpenAPI document, its calls and its messages: one HTML file each, with a search."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from gateway.curl import curl
from gateway.rules import Schema
from gateway.styles import script, style


class Part(StrEnum):
    """The pages, by their addresses: together they would be more than somebody on the road should wait for."""

    CALLS = "/docs"
    """The guide, and the calls of the services that have no page of their own."""
    CASEMANAGER = "/docs/casemanager"
    MESSAGES = "/docs/messages"
    """What the calls take and answer."""


TITLES = {Part.CALLS: "Calls", Part.CASEMANAGER: "Case managers and bookings", Part.MESSAGES: "Messages"}


def render(document: Mapping[str, Any], part: Part = Part.CALLS) -> str:
    """A page as HTML."""
    # What a schema does not say is simply not there, so an absent key is no mistake in the template.
    environment = Environment(
        loader=PackageLoader("gateway", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"prose": prose, "inline": inline, "indented": _indented}
    return environment.get_template("docs.html.j2").render(
        document=document,
        part=part,
        titles=TITLES,
        tags=[tag for tag in document["tags"] if _shown_on(tag) is part],
        messages=_messages(document) if part is Part.MESSAGES else {},
        style=style("docs"),
        script=script("docs"),
        curl=curl,
        guide=_guide,
        refusals=_refusals,
        first_with=_first_with(),
    )


def _shown_on(tag: Mapping[str, Any]) -> Part:
    """Where the calls of a group stand."""
    return Part.CASEMANAGER if tag["x-portico-service"] == "casemanager" else Part.CALLS


def _messages(document: Mapping[str, Any]) -> Mapping[str, Schema]:
    """The messages that something refers to; a body is shown with its call, and not once more."""
    bodies = json.dumps(
        [
            operation["requestBody"]
            for operations in document["paths"].values()
            for operation in operations.values()
            if "requestBody" in operation
        ]
    )
    everything = json.dumps(document)
    return {
        name: schema
        for name, schema in document["components"]["schemas"].items()
        if everything.count(f'/{name}"') > bodies.count(f'/{name}"')
    }


def prose(text: str) -> Markup:
    """Comments as HTML: paragraphs, lists with `- `, `code`, **words** that stand out, and code between fences."""
    html = ""
    for place, part in enumerate(re.split(r"^```\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)):
        # What stands between fences has every second place.
        html += f"<pre>{escape(part.rstrip())}</pre>" if place % 2 else "".join(map(_block, part.strip().split("\n\n")))
    return Markup(html)  # noqa: S704 - every part is escaped


def _block(text: str) -> str:
    if not text:
        return ""
    first, *items = re.split(r"(?:^|\n)- ", text)
    listed = "".join(f"<li>{inline(item)}</li>" for item in items)
    return (f"<p>{inline(first)}</p>" if first else "") + (f"<ul>{listed}</ul>" if listed else "")


def inline(text: str) -> Markup:
    """The same of a few words without a paragraph around them."""
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", escaped))  # noqa: S704 - escaped


def _guide(description: str) -> Iterator[tuple[str, str, str]]:
    """The parts of a description: id, heading and text; the first has neither id nor heading."""
    first, *parts = re.split(r"^## (.*)\n", description, flags=re.MULTILINE)
    yield "", "", first
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        yield heading.lower().replace(" ", "-"), heading, text


def _refusals(operation: Mapping[str, Any], components: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an operation refuses itself: the status, and the line of its response about a reason."""
    for status, response in operation["responses"].items():
        name = response.get("$ref", "").rpartition("/")[2]
        for line in components["responses"][name]["description"].splitlines() if name else ():
            if any(line.startswith(f"- `{reason}` ") for reason in operation["x-portico-reasons"]):
                yield status, line.removeprefix("- ")


def _first_with() -> Callable[[object, str], str]:
    """Which call shows an answer first: another one with the same says so, and the page stays small on the way."""
    shown: dict[str, str] = {}
    return lambda answer, operation_id: shown.setdefault(_indented(answer), operation_id)


def _indented(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
