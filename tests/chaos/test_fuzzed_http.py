"""Any request at all gets an answer that the OpenAPI document describes, and no fault of ours."""

import json
from pathlib import Path

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chassis.call import Role
from tests.chaos.seeds import EXAMPLES
from tests.e2e.signing import signer_of

DOCUMENT = json.loads((Path(__file__).parents[2] / "gateway/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [(path, verb) for path, verbs in DOCUMENT["paths"].items() for verb in verbs]
VALUES = {"date"}
"""What a path says that is no object's id."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What the gateway says before it knows which operation is meant.
BEFORE_ANY_OPERATION = {(404, "ROUTE_NOT_FOUND"), (431, "HEADERS_TOO_LARGE"), (400, "INVALID_REQUEST")}


@pytest.fixture(scope="module")
def tokens(fuzzed, tenant):
    """Of a staff administrator and of a family; nobody has one, but may invent it."""
    signer = signer_of(fuzzed, tenant.agency.admin.tokens["accessToken"])
    return {"nobody": "", **{role.name: tenant.token(signer, role) for role in (Role.STAFF_ADMIN, Role.FAMILY)}}


@pytest.fixture(scope="module")
def served(fuzzed):
    """The document as it is served."""
    return schemathesis.openapi.from_dict(httpx.get(f"{fuzzed.gateway}/openapi.json", trust_env=False).json())


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def described(path, verb):
    """Status and reason of every error that the document names for an operation."""
    responses = DOCUMENT["paths"][path][verb]["responses"]
    for status, reference in responses.items():
        if status not in {"200", "default"}:
            response = DOCUMENT["components"]["responses"][reference["$ref"].rpartition("/")[2]]
            for reason in response["content"]["application/json"]["examples"]:
                yield int(status), reason


@pytest.mark.parametrize(("path", "verb"), OPERATIONS)
def test_any_request(fuzzed, tenant, tokens, served, session, path, verb):
    """GW-02, GW-04: whoever sends whatever, there is no 5xx, and nothing that the document does not describe."""
    operation = served[path][verb]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    objects = {**tenant.ids, "slug": tenant.agency.slug}
    known = {*described(path, verb), *BEFORE_ANY_OPERATION}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, token=st.sampled_from(sorted(tokens.values())), has_objects=st.booleans())
    def holds(case, token, has_objects):
        if token:
            case.headers["Authorization"] = f"Bearer {token}"
        if has_objects:
            named = set(case.path_parameters) - VALUES
            case.path_parameters.update({name: objects[name] for name in named})
        answer = case.call(base_url=fuzzed.gateway, session=session, timeout=20)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code != 200:
            reason = next(detail["reason"] for detail in answer.json()["details"] if "reason" in detail)
            assert {(answer.status_code, reason)} <= known

    holds()
