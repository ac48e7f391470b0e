"""A storm of wrong passwords from one address, and somebody else who signs in meanwhile."""

import asyncio
import os
import time

import httpx

from tests.e2e.people import ADMIN_PASSWORD

CONNECTIONS = 90
SECONDS = float(os.environ.get("STORM_SECONDS", "4"))
ATTACKER, VICTIM = "127.0.0.2", "127.0.0.3"


def client_from(address: str, gateway: str) -> httpx.AsyncClient:
    """Somebody whose packets come from this address."""
    return httpx.AsyncClient(
        base_url=gateway, transport=httpx.AsyncHTTPTransport(local_address=address, retries=0), timeout=30
    )


async def guess(gateway: str, slug: str, number: int) -> int:
    """Wrong passwords, one after the other, until cancelled: how many were sent is of no interest."""
    async with client_from(ATTACKER, gateway) as client:
        while True:
            fields = {"realm": slug, "username": f"person{number}@example.org", "password": "wrong password"}
            answer = await client.post("/v1/auth/login", json=fields)
            assert answer.status_code in {401, 429}, answer.text


async def sign_in_for(seconds: float, gateway: str, fields: dict[str, str]) -> list[tuple[int, float]]:
    """Status and seconds of a login twice a second."""
    seen = []
    async with client_from(VICTIM, gateway) as client:
        ends = time.monotonic() + seconds
        while (started := time.monotonic()) < ends:
            answer = await client.post("/v1/auth/login", json=fields)
            took = time.monotonic() - started
            seen.append((answer.status_code, took))
            await asyncio.sleep(max(0.0, 0.5 - took))  # the rate of the victim, and no wait for anything
    return seen


async def test_a_storm_from_one_address_delays_only_that_address(stack, agency):
    """CASE-S1: ninety connections with wrong passwords from one address; another address is never refused."""
    fields = {"realm": agency.slug, "username": agency.username, "password": ADMIN_PASSWORD}
    idle = await sign_in_for(SECONDS / 2, stack.gateway, fields)
    storm = [asyncio.create_task(guess(stack.gateway, agency.slug, number)) for number in range(CONNECTIONS)]
    stormy = await sign_in_for(SECONDS, stack.gateway, fields)
    for task in storm:
        task.cancel()
    ended = await asyncio.gather(*storm, return_exceptions=True)
    assert {""} == {str(end) for end in ended}  # cancelled, and nothing else
    assert {200} == {status for status, _ in (*idle, *stormy)}
    calm, windy = (max(took for _, took in seen) for seen in (idle, stormy))
    print(f"the longest login: idle {calm * 1000:.0f} ms, in the storm {windy * 1000:.0f} ms")
