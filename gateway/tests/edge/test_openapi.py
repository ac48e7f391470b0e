"""The document and the page that shows it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from buf.validate import validate_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from openapi_spec_validator import validate
from typer.testing import CliRunner

from gateway import docs, openapi, styles
from gateway.__main__ import app
from gateway.config import EnvoySettings
from gateway.contract import Contract
from gateway.docs import Part
from gateway.examples import Examples
from gateway.rules import RuleNotKnown

from .portal import Page


@pytest.fixture(scope="session")
def document(contract: Contract) -> Mapping[str, Any]:
    """The document as a client reads it."""
    parsed: Mapping[str, Any] = json.loads(openapi.as_text(openapi.build(contract)))
    return parsed


def test_the_document_is_valid(document: Mapping[str, Any]) -> None:
    """GW-02: a public validator finds nothing wrong with the document."""
    validate(dict(document))


async def test_the_document_is_served(rest: httpx.AsyncClient, document: Mapping[str, Any]) -> None:
    """GW-02: `/openapi.json` is the document that the protos give."""
    answer = await rest.get("/openapi.json")

    assert (200, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert document == answer.json()


def test_no_internal_service_is_in_the_document(document: Mapping[str, Any]) -> None:
    """GW-01: the document tells nothing of what is internal."""
    assert "Internal" not in json.dumps({key: document[key] for key in ("paths", "tags")})


def test_an_operation_says_who_may_call_it_and_what_can_go_wrong(document: Mapping[str, Any]) -> None:
    """GW-02: security, roles and every reason with an example come from the contract."""
    invite = document["paths"]["/v1/applications/{application_id}:invite"]["post"]
    login = document["paths"]["/v1/auth/login"]["post"]

    assert ([{"bearer": []}], {"roles": ["STAFF_ADMIN", "STAFF"]}) == (invite["security"], invite["x-portico-access"])
    assert ([], {"anonymous": True}) == (login["security"], login["x-portico-access"])
    assert {"200", "400", "401", "403", "404", "409", "413", "415", "429", "500", "503", "504", "default"} == invite[
        "responses"
    ].keys()
    assert "403" not in login["responses"]
    refusal = resolve(document, invite["responses"]["400"])
    reasons = re.findall(r"^- `(\w+)`", refusal["description"], re.MULTILINE)
    assert ["ACTION_NOT_ALLOWED", "METHOD_MISSING", "INVALID_REQUEST"] == reasons
    example = resolve(document, refusal["content"]["application/json"]["examples"]["METHOD_MISSING"])["value"]
    assert (9, "The guardian has no phone number.") == (example["code"], example["message"])
    assert {"reason": "METHOD_MISSING", "domain": "applications"}.items() <= example["details"][0].items()
    assert "retry-after" in resolve(document, invite["responses"]["503"])["headers"]


@pytest.mark.parametrize(
    ("schema", "field", "expected"),
    [
        ("identity.LoginRequest", "password", {"format": "password", "writeOnly": True, "x-portico-sensitive": True}),
        ("identity.Tokens", "accessToken", {"format": "password", "x-portico-sensitive": True}),
        ("identity.Tokens", "accessExpireTime", {"type": "string", "format": "date-time"}),
        ("applications.InviteGuardianRequest", "requestId", {"type": "string", "format": "uuid"}),
        ("applications.CreateApplicationRequest", "guardians", {"type": "array", "minItems": 1, "maxItems": 2}),
        ("applications.CreateApplicationRequest", "answers", {"type": "object", "additionalProperties": True}),
        ("applications.Child", "birthDate", {"$ref": "#/components/schemas/google.type.Date"}),
        ("identity.CreateLoginUserRequest", "role", {"enum": ["STAFF_ADMIN", "STAFF"]}),
        ("identity.CreateLoginUserRequest", "language", {"enum": ["en", "es"]}),
        ("identity.CreateLoginUserRequest", "username", {"minLength": 1, "maxLength": 254}),
    ],
)
def test_a_field_has_its_form_and_its_limits(
    schema: str, field: str, expected: dict[str, object], document: Mapping[str, Any]
) -> None:
    """GW-02: fields are in proto JSON form, with the limits of their validation rules."""
    assert expected.items() <= document["components"]["schemas"][schema]["properties"][field].items()


def test_a_secret_in_an_answer_is_not_write_only(document: Mapping[str, Any]) -> None:
    """GW-02: `writeOnly` is for what only travels towards us."""
    assert "writeOnly" not in document["components"]["schemas"]["identity.Tokens"]["properties"]["accessToken"]


def test_one_of_several_ways_is_one_of(document: Mapping[str, Any]) -> None:
    """GW-02: a required oneof allows exactly one of its fields."""
    proof = document["components"]["schemas"]["applications.InvitationProof"]

    assert [{"oneOf": [{"required": ["token"]}, {"required": ["typed"]}]}] == proof["allOf"]


def test_a_rule_that_cannot_be_said_is_not_left_out(descriptor_set: Path) -> None:
    """GW-02: a validation rule without a counterpart stops the build and names its field."""
    descriptors = FileDescriptorSet.FromString(descriptor_set.read_bytes())
    [file] = [file for file in descriptors.file if file.name == "portico/identity/v1/sessions.proto"]
    [message] = [message for message in file.message_type if message.name == "LoginRequest"]
    message.field[0].options.Extensions[validate_pb2.field].string.prefix = "x"

    with pytest.raises(RuleNotKnown, match=r"LoginRequest\.realm: string\.prefix"):
        openapi.build(Contract(descriptors))


def test_a_stale_document_is_found(tmp_path: Path, descriptor_set: Path) -> None:
    """GW-02: the command that compares ends with 1 and says what to do when the document is stale."""
    file = tmp_path / "openapi.json"

    def run(option: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["openapi", option, str(file), "--descriptors", str(descriptor_set)])
        return result.exit_code, result.output

    assert (1, True) == (run("--check")[0], "python -m gateway openapi --out" in run("--check")[1])
    assert 0 == run("--out")[0]
    assert (0, "") == run("--check")
    file.write_text(file.read_text().replace("Signs a person in", "Signs nobody in"))
    assert 1 == run("--check")[0]


async def test_the_page_is_served_and_asks_nothing_of_others(
    rest: httpx.AsyncClient, settings: EnvoySettings, document: Mapping[str, Any]
) -> None:
    """GW-02: the pages show every operation and message, and ask for nothing else, under a CSP that permits no more."""
    shown: dict[str, Page] = {}
    for part in Part:
        answer = await rest.get(part)
        shown[part] = page = Page(answer.text)
        assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
        assert styles.policy("docs") == answer.headers["content-security-policy"]
        assert page.asks_nothing_of_others(scripts=1)
        assert len(page.ids) == len(set(page.ids))
        assert [] == page.open
    for path, page in shown.items():
        links = {link if link.startswith("/") else path + link for link in page.links}
        leads_on = {link.partition("#")[0] for link in links} - shown.keys()
        assert leads_on == ({"/openapi.json", "/descriptors.binpb"} if path == Part.CALLS else set())
        anchors = {(at, anchor) for at, _, anchor in (link.partition("#") for link in links) if anchor}
        assert [] == [(at, anchor) for at, anchor in anchors if anchor not in shown[at].ids]
    operations = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert operations <= {*shown[Part.CALLS].ids, *shown[Part.CASEMANAGER].ids}


async def test_the_page_begins_with_what_comes_first(rest: httpx.AsyncClient, document: Mapping[str, Any]) -> None:
    """CASE-U20: signing in with its realm and errors with their statuses come first, then a command for each call."""
    html, more = [(await rest.get(part)).text for part in (Part.CALLS, Part.CASEMANAGER)]
    headings = re.findall(r"<h2>(.*?)</h2>", html.partition("<main")[2])
    signing_in, errors = (
        re.search(rf'<section id="{part}">(.*?)</section>', html, re.S) for part in ("signing-in", "errors")
    )
    assert signing_in is not None
    assert errors is not None

    assert ["Signing in", "Errors"] == headings[:2]
    assert "<code>family</code>" in signing_in[1]
    assert {"400", "401", "403", "404", "409", "413", "415", "429", "431", "500", "503", "504"} == set(
        re.findall(r"<strong>(\d+)</strong>", errors[1])
    )
    operations = re.findall(r'<section id="\w+Service_\w+">.*?</section>', html + more, re.S)
    assert sum(map(len, document["paths"].values())) == len(operations)
    with_answer: set[str] = set()
    for operation in operations:
        command, *answer = re.findall(r"<pre>(.*?)</pre>", operation, re.DOTALL)
        # Whose answer another call has shown before says which.
        same = re.findall(r'The same as that of <a href="#(\w+)">', operation)
        assert set(same) <= with_answer
        with_answer |= {re.findall(r'<section id="(\w+)">', operation)[0]} if answer else set()
        is_file = "Service_Export" in operation or "Service_Download" in operation
        assert ("curl ", [] if is_file else ["{"]) == (
            command[:5],
            [shown[:1] for shown in answer] or ["{"] * len(same),
        )


@pytest.mark.parametrize("path", [*Part, "/openapi.json", "/descriptors.binpb"])
async def test_what_a_browser_has_already_is_not_sent_again(path: str, rest: httpx.AsyncClient) -> None:
    """CASE-U20: a file may be kept for a while, and whoever asks with its tag gets no more than 304."""
    answer = await rest.get(path)
    repeated = await rest.get(path, headers={"if-none-match": answer.headers["etag"]})
    other = await rest.get(path, headers={"if-none-match": 'W/"0123456789abcdef"'})

    assert "max-age=300" == answer.headers["cache-control"]
    assert (304, b"", answer.headers["etag"]) == (repeated.status_code, repeated.content, repeated.headers["etag"])
    assert (200, answer.content) == (other.status_code, other.content)


@pytest.mark.parametrize("path", Part)
async def test_the_page_is_small_on_the_way(path: str, rest: httpx.AsyncClient) -> None:
    """CASE-U20: a page comes compressed, with less than 50 kB, and with its tag."""
    async with rest.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        size = sum([len(chunk) async for chunk in answer.aiter_raw()])

    assert "gzip" == answer.headers["content-encoding"]
    assert size < 50_000
    assert answer.headers["etag"].startswith('W/"')


def test_no_field_is_without_an_example(contract: Contract) -> None:
    """CASE-U20: each field of a public call has a value in `gateway.examples` that somebody could read."""
    unnamed = set()
    for rpc in (rpc for service in contract.public_services for rpc in service.rpcs):
        examples = Examples(rpc)
        examples.message(rpc.request), examples.message(rpc.reply)
        unnamed |= examples.unnamed

    assert set() == unnamed


def test_words_from_comments_are_no_markup() -> None:
    """GW-02: what stands in a proto's comment is shown, never run."""
    assert "<p>&lt;b&gt; <code>x &lt; y</code></p>" == docs.prose("<b> `x < y`")


def resolve(document: Mapping[str, Any], reference: Mapping[str, str]) -> Any:
    """What a `$ref` leads to."""
    _, *parts = reference["$ref"].split("/")
    found: Any = document
    for part in parts:
        found = found[part]
    return found
