"""The codes of an SMS, on a real database."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from portico.identity.v1.resets_pb2 import PasswordCode
from portico_errors.identity import (
    PasswordWeak,
    ResetTokenInvalid,
)

from chassis.call import FAMILY_ORG
from chassis.db import Database
from identity.resets.storage import COUNT_CODE_TRY
from identity.resets.usecases.passwords import reset_with_code
from identity.shared.audit.domain import Action
from identity.shared.audit.refusals import MAX_OWN_ROWS
from services.identity.tests.world import (
    BETTER,
    STRANGER,
    Counting,
    World,
    a_phone_number,
    at,
    opened,
)


async def test_five_codes_can_be_tried(world: World) -> None:
    """CASE-S6, ID-07: a network that has tried five wrong codes is refused for an hour, also with the right one."""
    for wrong_tries, survives in ((4, True), (5, False)):
        family, code = await world.family_with_code()
        for _ in range(wrong_tries):
            with pytest.raises(ResetTokenInvalid):
                await world.reset_by_code(family.account, "0000-0000")
        if survives:
            await world.reset_by_code(family.account, code)
        else:
            with pytest.raises(ResetTokenInvalid):
                await world.reset_by_code(family.account, code)
            world.clock.advance(timedelta(hours=1))
            await world.forget(family.account.username, "family")
            newer = opened((await world.messages(FAMILY_ORG, to=family.account.username))[-1])["code"]
            await world.reset_by_code(family.account, newer)


async def test_a_stranger_cannot_kill_the_owners_code(world: World) -> None:
    """CASE-S6, ID-07: fifty wrong codes at once from one household leave five looked at, and the owner's code alive."""
    family, code = await world.family_with_code()
    household = [at(f"2001:db8::{n:x}") for n in range(49)]
    tries = [world.reset_by_code(family.account, f"{n:04}-0000", call=call) for n, call in enumerate(household)]
    guessed = world.reset_by_code(family.account, code, call=household[0])
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert {ResetTokenInvalid} == {type(outcome) for outcome in outcomes}
    with pytest.raises(ResetTokenInvalid):
        await guessed
    assert MAX_OWN_ROWS == Counter(await world.actions(family.account))[Action.RESET_REFUSED]
    await world.reset_by_code(family.account, code)


async def test_a_crowd_of_strangers_guesses_a_hundred_times(world: World) -> None:
    """CASE-S6, ID-07: however many networks try at once, no more than a hundred codes of an account are looked at."""
    family, code = await world.family_with_code()
    crowd = [at(f"203.0.113.{n % 25}") for n in range(125)]
    outcomes = await asyncio.gather(
        *(world.reset_by_code(family.account, "0000-0000", call=call) for call in crowd), return_exceptions=True
    )
    assert {ResetTokenInvalid} == {type(outcome) for outcome in outcomes}
    with pytest.raises(ResetTokenInvalid):
        await world.reset_by_code(family.account, code)
    other, another = await world.family_with_code()
    await world.reset_by_code(other.account, another)


async def test_a_weak_password_after_a_right_code_is_no_try(world: World) -> None:
    """CASE-S6, ID-09: whoever has the right code may choose as many weak passwords as it takes."""
    family, code = await world.family_with_code()
    for _ in range(7):
        with pytest.raises(PasswordWeak):
            await world.reset_by_code(family.account, code, "password")
    await world.reset_by_code(family.account, code)


async def test_a_code_of_nobody_runs_the_statements_of_a_wrong_one(world: World) -> None:
    """CASE-S6, ID-07: what a wrong code costs tells nothing: it is counted and audited for nobody's number as well."""
    family, _ = await world.family_with_code()
    ran = []
    for username in (family.account.username, a_phone_number()):
        counting = Counting(world.deps.database)
        watched = replace(world, deps=replace(world.deps, database=cast("Database", counting)))
        with pytest.raises(ResetTokenInvalid):
            await watched.reset_by_code(replace(family.account, username=username), "0000-0000")
        ran.append(counting.ran)
    assert ran[0] == ran[1]
    assert [COUNT_CODE_TRY] * 2 == [stmt for stmt in ran[0] if stmt is COUNT_CODE_TRY]


@pytest.mark.parametrize(
    ("realm", "username"), [("nowhere", "+12135550100"), ("family", "+12135550100"), ("family", "x")]
)
async def test_code_of_nobody_is_refused(world: World, realm: str, username: str) -> None:
    """ID-07: a code for an unknown realm, an unknown person or no username at all gets the answer of a wrong code."""
    typed = PasswordCode(realm=realm, username=username, code="0000-0000")
    with pytest.raises(ResetTokenInvalid):
        await reset_with_code(world.deps, STRANGER, typed=typed, new_password=BETTER)
