"""Codes that people type, on a real database."""

import asyncio
from datetime import timedelta

import pytest

from applications.domain.errors import (
    CodeBlocked,
    NumberMismatch,
    TooManyCodes,
)
from applications.domain.invitation import Standing
from applications.usecases.families import (
    check_invitation,
)
from applications.usecases.ports import Ports
from applications.usecases.proofs import TypedCode
from chassis.ids import new_id
from chassis.secrets import typed_code
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.world import (
    World,
    an_address,
    visitor,
)

NUMBER = "A-000001"
FORTNIGHT = timedelta(days=14)


def look_alikes(code: str) -> str:
    return code.replace("0", "o").replace("1", "l")


@pytest.mark.parametrize(
    "write", [str.lower, lambda code: f"{code[:5]}-{code[5:]}", lambda code: f" {code[:5]} {code[5:]}", look_alikes]
)
async def test_a_code_may_be_typed_carelessly(world: World, write) -> None:
    """AP-04: case, blanks, the hyphen and look-alikes do not matter."""
    await world.submit()
    secret = await world.secret()
    typed = TypedCode(write(secret.code), "a 1")
    assert (await check_invitation(world.ports, visitor(an_address()), typed)).standing is Standing.VALID


async def test_a_code_finds_its_organization_by_itself(
    world: World, ports: Ports, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-09: two organizations have an A-000001; each code opens its own."""
    other = await World.with_organization(ports, clock, identity)
    mine, theirs = await world.submit(), await other.submit()
    account_id = world.an_account()
    seen = [await w.accept((await w.secret()).typed(NUMBER), account_id) for w in (world, other)]
    assert [application.id for application in seen] == [mine.id, theirs.id]


async def test_five_wrong_numbers_kill_the_code_but_not_the_link(world: World) -> None:
    """AP-09: twenty wrong numbers at once: five count, then the code is dead, said once; the link still opens."""
    application, account_id = await world.submit(), world.an_account()
    secret = await world.secret()
    answers = await asyncio.gather(
        *(world.accept(secret.typed("A-000002"), account_id) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(answer, NumberMismatch) for answer in answers) == 5
    assert sum(isinstance(answer, CodeBlocked) for answer in answers) == 15
    with pytest.raises(CodeBlocked):
        await world.accept(secret.typed(NUMBER), account_id)
    assert (await world.timeline(application)).count("CODE_BLOCKED") == 1
    await world.accept(secret.link, account_id)


async def test_unknown_codes_count_against_their_address(world: World) -> None:
    """AP-09: ten an hour from an address, however many come at once; then a good code is refused there, too."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    tries = [check_invitation(world.ports, visitor(address), TypedCode(typed_code(10), NUMBER)) for _ in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, TooManyCodes) for answer in answers) == 30
    world.clock.advance(timedelta(minutes=20))
    with pytest.raises(TooManyCodes) as refused:
        await check_invitation(world.ports, visitor(address), secret.typed(NUMBER))
    assert refused.value.retry_after == timedelta(minutes=40)
    elsewhere = await check_invitation(world.ports, visitor(an_address()), secret.typed(NUMBER))
    by_link = await check_invitation(world.ports, visitor(address), secret.link)
    world.clock.advance(timedelta(minutes=40))
    later = await check_invitation(world.ports, visitor(address), secret.typed(NUMBER))
    assert {each.standing for each in (elsewhere, by_link, later)} == {Standing.VALID}


async def test_the_hour_of_unknown_codes_slides(world: World) -> None:
    """AP-09: never more than ten within any hour."""
    address, answers = an_address(), []
    for _ in range(30):
        try:
            await check_invitation(world.ports, visitor(address), TypedCode(typed_code(10), NUMBER))
            answers.append(world.clock())
        except TooManyCodes:
            pass
        world.clock.advance(timedelta(minutes=5))
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in zip(answers, answers[10:], strict=False))
    assert len(answers) > 20


async def test_addresses_of_one_household_count_together(world: World) -> None:
    """AP-09: of IPv6 the /64 counts, so that changing the address within it helps nobody."""
    network = f"2001:db8:{new_id().int % 65536:x}:{new_id().int % 65536:x}"
    for host in range(10):
        await check_invitation(world.ports, visitor(f"{network}::{host:x}"), TypedCode("nonsense", NUMBER))
    with pytest.raises(TooManyCodes):
        await check_invitation(world.ports, visitor(f"{network}::ffff"), TypedCode("nonsense", NUMBER))
