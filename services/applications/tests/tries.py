"""Codes as people and attackers type them, and what they are told."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

from applications.claims.usecases.claims import Checked, check_invitation
from applications.claims.usecases.proofs import TypedCode
from chassis.call import FAMILY_ORG
from chassis.db import Database, Statement
from chassis.networks import NEIGHBOURHOOD, network_of
from chassis.secrets import typed_code
from services.applications.tests.world import World, visitor

NUMBER, WRONG_NUMBER = "A-000001", "A-000002"


class Counting:
    """A database that remembers which statements ran."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ran: list[str] = []

    async def first(self, stmt: Statement[Any], /, **params: object) -> Any:
        self.ran.append(stmt.sql)
        return await self._database.first(stmt, **params)

    async def all(self, stmt: Statement[Any], /, **params: object) -> list[Any]:
        self.ran.append(stmt.sql)
        return await self._database.all(stmt, **params)


async def answers(*tries: Awaitable[Checked]) -> Counter[str]:
    """What tries that come at once are told: a standing or an error, by name."""
    told = await asyncio.gather(*tries, return_exceptions=True)
    return Counter(a.invitation_status.name if isinstance(a, Checked) else type(a).__name__ for a in told)


def unknown() -> TypedCode:
    """A code that nobody has."""
    return TypedCode(typed_code(10), NUMBER)


async def guess(world: World, address: str, times: int) -> None:
    """So many unknown codes from an address, one after the other."""
    for _ in range(times):
        await answers(check_invitation(world.deps, visitor(address), unknown()))


async def fill(world: World, origin: bytes, times: int) -> None:
    """As if so many tries had counted for an address or a network just now."""
    now = world.clock()
    async with await world.deps.database.connect() as connection:
        await connection.execute(
            "INSERT INTO code_attempts (org_id, origin_hash, times, earlier, last_time) VALUES (%s, %s, %s, 0, %s)",
            [FAMILY_ORG, origin, [now] * times, now],
        )


def network_hash(world: World, address: str) -> bytes:
    """What the neighbourhood of an address is known by."""
    return world.deps.hashes("network", network_of(address, NEIGHBOURHOOD))
