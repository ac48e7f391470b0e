"""How many requests one client address and one bearer token get through."""

from collections.abc import Awaitable, Callable

import grpc
import httpx
import pytest
from msgspec.structs import replace
from portico.identity.v1.accounts_pb2 import GetMyAccountRequest
from portico.identity.v1.stub import IdentityStub

from gateway.config import EnvoySettings

from .neighbours import AnotherEdge

BURST = 3
OF_ADDRESS = {"address_burst": BURST, "address_per_second": 1}
OF_TOKEN = {"token_burst": BURST, "token_per_second": 1}
TRIES = 100
"""More than a second each is needed to stay within the rate."""
TOKEN = "A" * 1000


def at(address: str, **headers: str) -> dict[str, str]:
    """The headers of a request that our own proxy in front says to come from there."""
    return {"x-forwarded-for": address, **headers}


async def until(refused: Callable[[], Awaitable[bool]]) -> int:
    """Asks until it is refused, and says how often it asked."""
    for count in range(1, TRIES):
        if await refused():
            return count
    pytest.fail("Everything got through.")


async def refusal(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> tuple[httpx.Response, int]:
    """What is answered when too much was asked, and to which request."""
    answers: list[httpx.Response] = []

    async def refused() -> bool:
        answers.append(await client.get(path, headers=headers))
        return answers[-1].status_code == 429

    count = await until(refused)
    return answers[-1], count


@pytest.mark.parametrize(
    ("address", "neighbour", "stranger"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("2001:db8:0:1::7", "2001:db8:0:1:ffff::8", "2001:db8:0:2::7"),
    ],
)
async def test_an_address_over_its_rate_is_refused(
    another_edge: AnotherEdge, settings: EnvoySettings, address: str, neighbour: str, stranger: str
) -> None:
    """CASE-S1, GW-03, GW-04: over the rate of an address, or a /64, comes 429 in the one shape; others are served."""
    async with another_edge(replace(settings, trusted_hops=1, **OF_ADDRESS)) as (client, _):
        answer, count = await refusal(client, "/openapi.json", at(address))
        _, at_once = await refusal(client, "/v1/nothing", at(neighbour))
        other = await client.get("/openapi.json", headers=at(stranger))
        probe = await client.get("/healthz", headers=at(address))

    assert at_once <= BURST < count
    assert ("1", "application/json") == (answer.headers["retry-after"], answer.headers["content-type"])
    assert "x-envoy-ratelimited" not in answer.headers
    body = answer.json()
    assert 8 == body["code"]
    assert {"reason": "OVERLOADED", "domain": "gateway"}.items() <= body["details"][0].items()
    assert answer.headers["x-request-id"] == body["details"][1]["requestId"]
    assert [200, 200] == [other.status_code, probe.status_code]


async def test_pages_and_what_belongs_to_them_count(another_edge: AnotherEdge, settings: EnvoySettings) -> None:
    """CASE-S1, GW-03: the portal's static files count like all else, and a browser is told by a page."""
    async with another_edge(replace(settings, trusted_hops=1, **OF_ADDRESS)) as (client, _):
        await refusal(client, "/static/layout.css", at("203.0.113.7"))
        page, _ = await refusal(client, "/", at("203.0.113.8", accept="text/html"))

    assert ("1", "text/html; charset=utf-8") == (page.headers["retry-after"], page.headers["content-type"])
    assert "Please try again in a moment" in page.text


async def test_a_grpc_client_over_its_rate_is_told_by_its_own_status(
    another_edge: AnotherEdge, settings: EnvoySettings
) -> None:
    """CASE-S1, GW-04: gRPC says RESOURCE_EXHAUSTED, and the message."""
    errors: list[grpc.aio.AioRpcError] = []
    async with (
        another_edge(replace(settings, **OF_ADDRESS)) as (client, _),
        grpc.aio.insecure_channel(client.base_url.netloc.decode()) as channel,
    ):

        async def refused() -> bool:
            try:
                await IdentityStub(channel).GetMyAccount(GetMyAccountRequest(), wait_for_ready=True)
            except grpc.aio.AioRpcError as error:
                errors.append(error)
                return error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            return False

        await until(refused)

    assert "Too many requests. Try again shortly." == errors[-1].details()


@pytest.mark.parametrize(
    ("token", "same"),
    [
        (f"Bearer {TOKEN}", f"bearer  {TOKEN}"),
        (f"Bearer \xff{TOKEN}\xff", f"bearer \xff{TOKEN}\xff"),
        ("Bearer short", "Bearer short"),
    ],
)
async def test_a_token_over_its_rate_is_refused(
    another_edge: AnotherEdge, settings: EnvoySettings, token: str, same: str
) -> None:
    """CASE-S1, GW-03: over the rate of a token comes 429, from whatever address; others, and nobody, are served."""
    async with another_edge(replace(settings, trusted_hops=1, **OF_TOKEN)) as (client, log):

        async def ask(address: str, authorization: str) -> int:
            headers = [(b"x-forwarded-for", address.encode()), (b"authorization", authorization.encode("latin-1"))]
            return (await client.get("/openapi.json", headers=headers)).status_code

        async def refused(address: str, authorization: str) -> bool:
            return await ask(address, authorization) == 429

        count = await until(lambda: refused("203.0.113.7", token))
        at_once = await until(lambda: refused("203.0.113.8", same))
        served = [await ask("203.0.113.7", f"{token}B"), (await client.get("/openapi.json")).status_code]

    assert at_once <= BURST < count
    assert [200, 200] == served
    assert TOKEN[:64] not in log.read_text(encoding="utf-8")
