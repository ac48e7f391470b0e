"""Repeated refusals and the audit, on a real database."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from portico.identity.v1.resets_pb2 import PasswordCode
from portico_errors.identity import LoginFailed, ResetTokenInvalid

from chassis.tasks import cancel
from chassis.testing import FakeClock, eventually
from identity.resets.usecases.passwords import reset_with_code
from identity.sessions.usecases import login
from identity.shared.audit.domain import Action
from identity.shared.audit.refusals import MAX_OWN_ROWS, keep_writing_refusals, write_refusals
from identity.shared.audit.storage import AuditEntry
from services.identity.tests.world import ADMIN, BETTER, World, a_phone_number, at


async def _reset(world: World, address: str) -> None:
    """An anonymous reset with a code that nobody was sent."""
    with suppress(ResetTokenInvalid):
        typed = PasswordCode(realm=world.organization.slug, username=a_phone_number(), code="0000-0000")
        await reset_with_code(world.deps, at(address), typed=typed, new_password=BETTER)


async def _fail(world: World, address: str, username: str = ADMIN) -> None:
    with suppress(LoginFailed):
        await login(world.deps, at(address), realm=world.organization.slug, username=username, password="wrong")


async def _refused(world: World) -> Sequence[AuditEntry]:
    return [entry for entry in await world.audit() if entry.action.is_refusal]


async def test_six_hundred_resets_are_a_few_rows(world: World) -> None:
    """CASE-S3: 600 anonymous resets within two minutes write two rows, whose counts sum to 600."""
    for _ in range(2):
        for _ in range(15):
            await asyncio.gather(*(_reset(world, "192.0.2.7") for _ in range(20)))
        world.clock.advance(timedelta(minutes=1))
    rows = await _refused(world)
    assert [300, 300] == [row.count for row in rows]
    assert {(Action.RESET_REFUSED, "REFUSED", None, "192.0.2.7", "Firefox")} == {
        (row.action, row.outcome, row.subject_id, row.address, row.user_agent) for row in rows
    }
    assert [world.clock() - timedelta(minutes=2), world.clock() - timedelta(minutes=1)] == [
        row.event_time for row in rows
    ]


async def test_a_minute_has_a_row_for_each_network_and_action(world: World) -> None:
    """CASE-S3: an IPv6 household counts as one, another network and another action have rows of their own."""
    for n in range(20):
        await _reset(world, f"2001:db8::{n:x}")
    await _reset(world, "198.51.100.1")
    await _fail(world, "198.51.100.1", "nobody@example.org")
    assert [
        (Action.RESET_REFUSED, 20, "2001:db8::0"),
        (Action.RESET_REFUSED, 1, "198.51.100.1"),
        (Action.SIGN_IN_FAILED, 1, "198.51.100.1"),
    ] == [(row.action, row.count, row.address) for row in await _refused(world)]


async def test_targeted_failures_keep_their_first_ten(world: World) -> None:
    """CASE-S3, CASE-S17: the first ten failures on an account name it, at once too; the others are a count."""
    boss = (await world.sign_in()).account
    await asyncio.gather(*(_fail(world, f"203.0.113.{n % 3}") for n in range(40)))
    rows = [row for row in await _refused(world) if row.action is Action.SIGN_IN_FAILED]
    named = [row for row in rows if row.subject_id == boss.id]
    assert (MAX_OWN_ROWS, {1}) == (len(named), {row.count for row in named})
    assert {None} == {row.subject_id for row in rows if row not in named}
    assert (40, True) == (sum(row.count for row in rows), len(rows) <= MAX_OWN_ROWS + 3)
    world.clock.advance(timedelta(hours=1))
    await _fail(world, "203.0.113.1")
    assert boss.id == (await _refused(world))[-1].subject_id


async def test_a_minute_is_written_once(world: World) -> None:
    """CASE-S3: however many processes write, and while some still count, each refusal is told once."""
    await asyncio.gather(*(_reset(world, "192.0.2.7") for _ in range(50)))
    late = replace(world, deps=replace(world.deps, clock=FakeClock(world.clock())))
    world.clock.advance(timedelta(minutes=1))
    writing = [write_refusals(world.deps.database, world.clock) for _ in range(8)]
    await asyncio.gather(*(_reset(late, "192.0.2.7") for _ in range(30)), *writing)
    assert 80 == sum(row.count for row in await _refused(world))


async def test_what_was_counted_outlives_the_process(world: World) -> None:
    """CASE-S3: a process that stops within the minute leaves its counts to the next one, which writes them."""
    first = asyncio.create_task(keep_writing_refusals(world.deps.database, world.clock))
    await asyncio.gather(*(_reset(world, "192.0.2.7") for _ in range(5)))
    await cancel(first)
    assert [] == [entry for entry in await world.written_audit() if entry.action.is_refusal]
    world.clock.advance(timedelta(minutes=1))
    second = asyncio.create_task(keep_writing_refusals(world.deps.database, world.clock))

    async def written() -> list[int]:
        return [entry.count for entry in await world.written_audit() if entry.action.is_refusal]

    assert [5] == await eventually(written)
    await cancel(second)


async def test_every_refused_login_is_in_the_audit(world: World) -> None:
    """CASE-S17, ID-15: a login by nobody, by a disabled and by a pending login is refused, and told with its count."""
    pending, _ = await world.invited("pending@example.org")
    boss = (await world.sign_in()).account
    async with await world.deps.database.connect() as connection:
        await connection.execute("UPDATE accounts SET status = 3 WHERE id = %s", [boss.id])
    for username in ("nobody@example.org", ADMIN, "pending@example.org", "neither"):
        await _fail(world, "192.0.2.7", username)
    rows = await _refused(world)
    assert {(None, 2), (boss.id, 1), (pending.id, 1)} == {(row.subject_id, row.count) for row in rows}
    assert {(Action.SIGN_IN_FAILED, "REFUSED")} == {(row.action, row.outcome) for row in rows}
