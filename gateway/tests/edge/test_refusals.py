"""What the gateway refuses by itself: one shape for every error, whatever is wrong with the request."""

import asyncio
import json
import re
from collections.abc import Mapping

import httpx
import pytest
from portico.applications.v1.applications_pb2 import UpdateGuardianRequest

from gateway.config import EnvoySettings
from gateway.envoy import SECURITY_HEADERS
from local_stack.processes import Child

from .neighbours import Neighbour

JSON = {"content-type": "application/json"}
SECRET = "correct horse battery"


def refused(answer: httpx.Response, status: int, reason: str, code: int) -> str:
    """The description in BadRequest, if any, of an error that the gateway made; AssertionError when it is not one."""
    assert status == answer.status_code
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert {"code", "message", "details"} == body.keys()
    assert code == body["code"]
    by_type = {detail.pop("@type").rpartition(".")[2]: detail for detail in body["details"]}
    assert {"reason": reason, "domain": "gateway"} == by_type["ErrorInfo"]
    assert answer.headers["x-request-id"] == by_type["RequestInfo"]["requestId"]
    violations: list[dict[str, str]] = by_type.get("BadRequest", {}).get("fieldViolations", [{}])
    return violations[0].get("description", "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"realm": "family"', "Unexpected end of string. Expected , or } after key:value pair."),
        (b'{"realm": "family", "password": "%b' % SECRET.encode(), "Closing quote expected in string."),
        (b'{"realm": {"a": 1}}', ": invalid value"),
        (b'{"realm": 5}', "realm: invalid value"),
        (b"[]", ": Root element must be a message."),
        (b'{"realm": "\xff"}', "Encountered non UTF-8 code points."),
        (b'{"realm": "\\ud800"}', "Missing low surrogate."),
        (b'{"password": ["%b"]}' % SECRET.encode(), None),
        (b'{"password": %d}' % 10**400, None),
        (b'{"password": {"%b": 1}}' % SECRET.encode(), None),
        (b"%b" % SECRET.encode(), "Unexpected token."),
        (b"[" * 1000, None),
    ],
)
async def test_a_body_that_is_no_json_or_does_not_fit_is_400_and_not_quoted(
    body: bytes, words: str | None, rest: httpx.AsyncClient, identity: Neighbour
) -> None:
    """GW-04: a malformed body gets 400 with what is wrong, and without the value, which can be a password."""
    answer = await rest.post("/v1/auth/login", content=body, headers=JSON)

    said = refused(answer, 400, "INVALID_REQUEST", 3)
    assert words in {None, said}
    assert SECRET not in answer.text
    assert [] == identity.received


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "reason", "code"),
    [
        ("GET", "/v1/", {}, 404, "ROUTE_NOT_FOUND", 5),
        ("GET", "/v1/nothing", {}, 404, "ROUTE_NOT_FOUND", 5),
        ("GET", "/.well-known/nothing", {}, 404, "ROUTE_NOT_FOUND", 5),
        ("PUT", "/v1/me", {}, 404, "ROUTE_NOT_FOUND", 5),
        ("OPTIONS", "/v1/me", {}, 404, "ROUTE_NOT_FOUND", 5),
        ("POST", "/v1/auth/logout", {"content-type": "text/plain"}, 415, "CONTENT_TYPE_INVALID", 3),
        (
            "POST",
            "/v1/auth/logout",
            {"content-type": "application/x-www-form-urlencoded"},
            415,
            "CONTENT_TYPE_INVALID",
            3,
        ),
        ("POST", "/v1/auth/logout", {"content-type": "application/jsonp"}, 415, "CONTENT_TYPE_INVALID", 3),
        ("GET", "/v1/me?colour=blue", {}, 400, "INVALID_REQUEST", 3),
        ("GET", "/v1/applications?pageSize=many", {}, 400, "INVALID_REQUEST", 3),
        ("GET", "/v1/applications?statuses=NICE", {}, 400, "INVALID_REQUEST", 3),
        ("POST", "/v1/auth/logout", {"grpc-encoding": "none such"}, 400, "INVALID_REQUEST", 3),
    ],
)
async def test_what_fits_no_route_is_refused_in_the_one_shape(
    method: str, path: str, headers: dict[str, str], status: int, reason: str, code: int, rest: httpx.AsyncClient
) -> None:
    """GW-04: unknown paths, methods, content types, query parameters and values are refused in the one shape."""
    refused(await rest.request(method, path, headers=headers), status, reason, code)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8", None])
async def test_json_and_nothing_at_all_are_content_types_that_pass(
    content_type: str | None, rest: httpx.AsyncClient
) -> None:
    """GW-01: JSON passes whatever its parameters, and a POST without a body needs no content type."""
    headers = {"content-type": content_type} if content_type else {}
    answer = await rest.post("/v1/auth/logout", content=b"{}" if content_type else b"", headers=headers)

    assert (200, {}) == (answer.status_code, answer.json())


async def test_a_body_over_the_limit_is_413(rest: httpx.AsyncClient, identity: Neighbour) -> None:
    """GW-03: a body that is larger than allowed gets 413, and one just below the limit passes."""
    fits = await rest.post("/v1/auth/login", json={"realm": "x" * 4000})
    answer = await rest.post("/v1/auth/login", json={"realm": "x" * 4096})
    huge = await rest.post("/v1/auth/login", json={"realm": "x" * 100_000})

    assert 200 == fits.status_code
    refused(answer, 413, "BODY_TOO_LARGE", 3)
    refused(huge, 413, "BODY_TOO_LARGE", 3)
    assert 1 == len(identity.received)


async def test_a_path_and_a_body_that_disagree_are_refused(
    rest: httpx.AsyncClient, services: Mapping[str, Neighbour]
) -> None:
    """GW-04: nobody can act on one guardian while the address names another: it is refused, or the address counts."""
    services["applications"].forget()
    path = "/v1/applications/a/guardians/g"
    answer = await rest.patch(path, json={"guardian_id": "other"})
    camel = await rest.patch(path, json={"guardianId": "other"})

    assert "A field of the address stands in the body with another value." == refused(answer, 400, "INVALID_REQUEST", 3)
    assert 200 == camel.status_code  # Envoy compares the name of the proto only
    assert ["g"] == [
        received.request.guardian_id
        for received in services["applications"].received
        if isinstance(received.request, UpdateGuardianRequest)
    ]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET /v1/me HTTP/1.1\r\n\r\n", 400),
        (b"GET /v1/me HTTP/1.0\r\n\r\n", 426),
        (b"GET /v1/\0me HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: odd\r\n\r\n", 501),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /v1/../../v1/etc HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /v1/me HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 403),
    ],
)
async def test_bytes_that_are_hardly_http_get_an_answer(
    request_bytes: bytes, status: int, edge: Child, settings: EnvoySettings
) -> None:
    """GW-04: what is not HTTP, or odd HTTP, is refused in the one shape, and never with 500."""
    reader, writer = await asyncio.open_connection(*settings.listen.split(":"))
    writer.write(request_bytes)
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    [length] = re.findall(r"content-length: (\d+)", head)
    body = json.loads(await reader.readexactly(int(length)))
    writer.close()

    assert head.startswith(f"HTTP/1.1 {status} ")
    assert {"code", "message", "details"} == body.keys()


async def test_headers_without_end_are_431(rest: httpx.AsyncClient) -> None:
    """GW-03: headers larger than 60 KiB are refused in the one shape."""
    answer = await rest.get("/v1/me", headers={"x-large": "1" * 70_000})

    assert 431 == answer.status_code
    assert "HEADERS_TOO_LARGE" == answer.json()["details"][0]["reason"]


@pytest.mark.parametrize(
    "name", ["x#y", "x!'*+^`|~$%&", "grpc-previous-rpc-attempts", "grpc-retry-pushback-ms", "x-thing-bin"]
)
async def test_a_header_that_grpc_does_not_know_does_no_harm(
    name: str, rest: httpx.AsyncClient, identity: Neighbour
) -> None:
    """GW-04: a header with a name that HTTP allows and gRPC does not, or a value that only gRPC reads, is left out."""
    assert 200 == (await rest.get("/v1/me", headers={name: "words"})).status_code
    assert name not in identity.received[0].metadata


async def test_a_refusal_before_a_request_has_the_one_shape(rest: httpx.AsyncClient) -> None:
    """GW-04: where Envoy gives up before it has a request, the id is left out, and is never null."""
    answer = await rest.get("/v1/me", headers={"x_y": "1"})

    assert 400 == answer.status_code
    assert {"@type": "type.googleapis.com/google.rpc.RequestInfo"} == answer.json()["details"][-1]


async def test_every_answer_has_a_request_id_of_ours_and_security_headers(
    rest: httpx.AsyncClient, identity: Neighbour
) -> None:
    """GW-07: good answers and refusals carry the security headers, and an id that no client can choose."""
    answers = [
        await rest.get("/v1/me", headers={"x-request-id": "mine"}),
        await rest.get("/v1/nothing", headers={"x-request-id": "mine"}),
        await rest.get("/healthz"),
    ]

    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(ids) == len(set(ids) - {"mine"})
    assert ids[0] == identity.received[0].metadata["x-request-id"]
    for answer in answers:
        assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
        assert {"server", "x-envoy-upstream-service-time"}.isdisjoint(answer.headers)
