"""What no library sends: JSON that is hardly JSON, and HTTP/2 that nobody means, before real services."""

import asyncio

import httpx
import pytest

from tests.e2e.frames import HEADERS, PREFACE, SETTINGS, frame, frames, request, reset

# Half of 500 is what Envoy bears; beyond 2,000 another of its limits would do.
STREAMS = 600
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def rest(stack, agency):
    headers = {"authorization": f"Bearer {agency.admin.access_token}", **JSON}
    with httpx.Client(base_url=stack.gateway, headers=headers, trust_env=False, timeout=20) as rest:
        yield rest


def refusal(answer):
    """Status and reason; AssertionError where it is none, or in another shape."""
    body = answer.json()
    assert {"code", "message", "details"} == body.keys()
    details = {detail["@type"].rpartition(".")[2]: detail for detail in body["details"]}
    return answer.status_code, details["ErrorInfo"]["reason"]


def application(answers):
    """A submission in which only the answers are odd; as text, because no library would write them."""
    return b'{"guardians": [{"givenName": "A", "familyName": "B"}], "answers": ' + answers + b"}"


DEEP = 10_000
ODD_ANSWERS = {
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep lists": b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep, and never closed": b'{"a":' * DEEP,
    "as deep as JSON may be here, deeper than a message": b'{"a":' * 90 + b"1" + b"}" * 90,
    "a number beyond all numbers": b'{"a": 1e999}',
    "NaN": b'{"a": NaN}',
    "no object": b"[1]",
    "no UTF-8": b'{"a": "\xff"}',
    "half a pair": b'{"a": "\\ud800"}',
    "larger than an application": b'{"a": "' + b"x" * 70_000 + b'"}',
}


@pytest.mark.parametrize("answers", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_odd_answers(rest, answers):
    """GW-04, AP-01: free-form answers that no database or message can hold are refused as bad input."""
    status, reason = refusal(rest.post("/v1/applications", content=application(answers)))
    assert (400, True) == (status, reason in {"INVALID_REQUEST", "ANSWERS_TOO_LARGE"})


@pytest.mark.parametrize(
    "body",
    [
        b'{"guardians": [{"givenName": "A", "familyName": "B"}], "guardians": [{"givenName": "C", "familyName": "D"}]}',
        b'{"guardians": [{"givenName": "A", "givenName": "C", "familyName": "D"}]}',
        b'{"guardians": [{"givenName": "A", "given_name": "C", "familyName": "D"}]}',
        application(b'{"a": 1, "a": 2}'),
    ],
)
def test_a_key_that_comes_twice(rest, body):
    """GW-04: of a key that comes twice one value counts, or the body is refused; it is never a fault."""
    answer = rest.post("/v1/applications", content=body)
    if answer.status_code == 200:
        [guardian, *_] = answer.json()["guardians"]
        assert guardian["givenName"] in {"A", "C"}
    else:
        assert (400, "INVALID_REQUEST") == refusal(answer)


@pytest.mark.parametrize("path", ["%ff%fe", "%00", "%c3%28", "..%2f..%2fetc", "a%2Fb", "x" * 5000])
def test_odd_words_in_an_address(rest, path):
    """GW-04: words in an address that are no text, or no id, get 400 or 404."""
    for prefix in ("/v1/applications/", "/v1/organizations/", "/v1/messages/"):
        status, _ = refusal(rest.get(prefix + path))
        assert status in {400, 404}


async def test_rapid_reset(stack, rest):
    """GW-03: who asks and takes it back hundreds of times loses the connection, and nobody else notices."""
    # CVE-2023-44487.
    reader, writer = await asyncio.open_connection(*stack.gateway.removeprefix("http://").split(":"))
    asked = b"".join(request(stream, "/v1/me") + reset(stream) for stream in range(1, 2 * STREAMS, 2))
    writer.write(PREFACE + frame(SETTINGS, 0) + asked)
    async with asyncio.timeout(10):
        assert HEADERS not in await frames(reader)
    writer.close()
    assert 200 == rest.get("/v1/me").status_code
    assert 200 == rest.get("/readyz").status_code
