"""What to know before the first call, in Markdown: the description of the OpenAPI document, and the top of its page."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.contract import code_name
from gateway.curl import curl
from gateway.errors import Failures


def guide(login: Mapping[str, Any], failures: Failures) -> str:
    """The guide; `login` is the operation that signs in, as the document has it."""
    environment = Environment(
        loader=PackageLoader("gateway", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown, from our own words
    )
    environment.filters["code_name"] = code_name
    environment.filters["indented"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    common = failures.common
    [example] = [failure for failure in common if failure.reason.name == "OVERLOADED"]
    return environment.get_template("guide.md.j2").render(
        curl=curl("post", "/v1/auth/login", login),
        answer=login["responses"]["200"]["content"]["application/json"]["example"],
        failures=common,
        error=replace(example, domain="identity").example,
    )
