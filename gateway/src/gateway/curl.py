"""An operation of the OpenAPI document as a command for a shell, with its examples in place."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

ORIGIN = "https://portico.example"
"""Where it goes; the page puts its own origin there."""


def curl(verb: str, path: str, operation: Mapping[str, Any]) -> str:
    """The command; who has to be signed in sends `$TOKEN`."""
    return " \\\n  ".join(_parts(verb, path, operation))


def _parts(verb: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    examples = [each for each in operation.get("parameters", ()) if "example" in each]
    for each in examples:
        path = path.replace(f"{{{each['name']}}}", quote(str(each["example"])))
    query = urlencode({each["name"]: each["example"] for each in examples if each["in"] == "query"}, doseq=True)
    method = "" if verb in {"get", "post"} else f"-X {verb.upper()} "
    yield f"curl {method}{shlex.quote(ORIGIN + path + (f'?{query}' if query else ''))}"
    if operation["security"]:
        yield '-H "authorization: Bearer $TOKEN"'
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        if "application/json" not in content:
            yield "--data-binary @file.pdf -H 'content-type: application/octet-stream'"
            return
        yield "-H 'content-type: application/json'"
        yield f"-d {shlex.quote(json.dumps(content['application/json']['example'], indent=2, ensure_ascii=False))}"
