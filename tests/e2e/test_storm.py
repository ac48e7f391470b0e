"""A storm of wrong passwords from one address, and somebody else who signs in meanwhile."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.people import ADMIN_PASSWORD

pytestmark = pytest.mark.long(seconds=35)

CONNECTIONS = 90
SECONDS = float(os.environ.get("STORM_SECONDS", "4"))
ATTACKER, VICTIM = "127.0.0.2", "127.0.0.3"


def client_from(address: str, gateway: str) -> httpx.AsyncClient:
    """Somebody whose packets come from this address."""
    return httpx.AsyncClient(
        base_url=gateway, transport=httpx.AsyncHTTPTransport(local_address=address, retries=0), timeout=30
    )


async def guess(gateway: str, slug: str, number: int, answers: Counter[int]) -> None:
    """Wrong passwords, one after the other, until cancelled."""
    async with client_from(ATTACKER, gateway) as client:
        while True:
            fields = {"realm": slug, "username": f"person{number}@example.org", "password": "wrong password"}
            answers[(await client.post("/v1/auth/login", json=fields)).status_code] += 1


async def storm(gateway: str, slug: str) -> None:
    """Ninety connections until the input ends; prints which answers came, and how often."""
    answers = Counter[int]()
    guesses = [asyncio.create_task(guess(gateway, slug, number, answers)) for number in range(CONNECTIONS)]
    print("blowing", flush=True)
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    done, _ = await asyncio.wait([ended, *guesses], return_when=asyncio.FIRST_COMPLETED)
    print(dict(answers), "" if done == {ended} else done, flush=True)
    os._exit(0 if done == {ended} else 1)  # in the middle of ninety calls, as storms end


async def sign_in_for(seconds: float, gateway: str, fields: dict[str, str]) -> list[tuple[int, float]]:
    """Status and seconds of a login once a second."""
    seen = []
    async with client_from(VICTIM, gateway) as client:
        ends = time.monotonic() + seconds
        while (started := time.monotonic()) < ends:
            answer = await client.post("/v1/auth/login", json=fields)
            took = time.monotonic() - started
            seen.append((answer.status_code, took))
            await asyncio.sleep(max(0.0, 1.0 - took))  # the rate of the victim, and no wait for anything
    return seen


@pytest.fixture
def bounded(tmp_path: Path) -> Iterator[Stack]:
    """A suite that holds each address to what it may do, as a deployment does."""
    with Stack(tmp_path, bounds_callers=True) as stack:
        yield stack


async def test_a_storm_from_one_address_delays_only_that_address(bounded: Stack) -> None:
    """CASE-S1: ninety connections with wrong passwords from one address; another address is never refused."""
    stack, agency = bounded, founded(bounded)
    fields = {"realm": agency.slug, "username": agency.username, "password": ADMIN_PASSWORD}
    idle = await sign_in_for(SECONDS / 2, stack.gateway, fields)
    # In a process of its own: what the victim's clock sees is the service, and not this event loop.
    blowing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.test_storm", stack.gateway, agency.slug),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert blowing.stdout is not None
    await blowing.stdout.readline()
    stormy = await sign_in_for(SECONDS, stack.gateway, fields)
    answers, _ = await blowing.communicate(b"")  # nothing, so that its input ends
    assert 0 == blowing.returncode
    assert {200} == {status for status, _ in (*idle, *stormy)}
    for name, seen in (("idle", idle), ("in the storm", stormy)):
        took = sorted(seconds * 1000 for _, seconds in seen)
        print(f"{name}: median {took[len(took) // 2]:.0f} ms, longest {took[-1]:.0f} ms of {len(took)}")
    print(f"the storm: {answers.decode().strip()}")


if __name__ == "__main__":
    os.nice(19)  # who attacks has a machine of their own
    asyncio.run(storm(*sys.argv[1:]))
