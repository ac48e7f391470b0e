"""Codes that people type, on a real database."""

import asyncio

import pytest
from portico_errors.applications import CodeBlocked, NumberMismatch

from applications.application.domain.invitation import InvitationStatus
from applications.claims.usecases.claims import check_invitation
from applications.claims.usecases.proofs import TypedCode
from applications.shared.deps import Deps
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.tries import NUMBER, answers
from services.applications.tests.world import World, an_address, visitor


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
    assert (
        await check_invitation(world.deps, visitor(an_address()), typed)
    ).invitation_status is InvitationStatus.VALID


async def test_a_code_finds_its_organization_by_itself(
    world: World, deps: Deps, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-09: two organizations have an A-000001; each code opens its own."""
    other = await World.with_organization(deps, clock, identity)
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


async def test_a_burst_of_numbers_gets_five_looks(world: World) -> None:
    """AP-09: of fifty numbers that come with a code at once five are looked at, also when the last one is right."""
    await world.submit()
    secret = await world.secret()
    numbers = [*(f"A-{serial:06d}" for serial in range(2, 51)), NUMBER]
    told = await answers(
        *(check_invitation(world.deps, visitor(an_address()), secret.typed(number)) for number in numbers)
    )
    assert {"NumberMismatch": 5, "CodeBlocked": 45} == told


async def test_what_cannot_be_a_code_is_no_try(world: World) -> None:
    """CASE-A4, CASE-A21: half a code, or a word, is unknown and counts for nothing."""
    address = an_address()
    typed = [check_invitation(world.deps, visitor(address), TypedCode(code, NUMBER)) for code in ["nonsense"] * 30]
    assert {"UNKNOWN": 30} == await answers(*typed)
    one = [check_invitation(world.deps, visitor(address), TypedCode("N0NSENSE00", NUMBER))]
    assert {"UNKNOWN": 1} == await answers(*one)
