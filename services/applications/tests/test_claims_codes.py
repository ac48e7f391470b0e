"""Codes that people type, on a real database."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from portico_errors.applications import (
    CodeBlocked,
    NumberMismatch,
    TooManyCodes,
)

from applications.application.domain.invitation import InvitationStatus
from applications.claims.usecases.claims import Checked, check_invitation
from applications.claims.usecases.proofs import TypedCode
from applications.shared.deps import Deps
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


async def _answers(*tries: Awaitable[Checked]) -> Counter[str]:
    """What tries that come at once are told: a standing or an error, by name."""
    answers = await asyncio.gather(*tries, return_exceptions=True)
    return Counter(a.invitation_status.name if isinstance(a, Checked) else type(a).__name__ for a in answers)


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


async def test_unknown_codes_count_against_their_address(world: World) -> None:
    """AP-09: ten an hour from an address, however many come at once; then a good code is refused there, too."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    tries = [check_invitation(world.deps, visitor(address), TypedCode(typed_code(10), NUMBER)) for _ in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, TooManyCodes) for answer in answers) == 30
    world.clock.advance(timedelta(minutes=20))
    with pytest.raises(TooManyCodes) as refused:
        await check_invitation(world.deps, visitor(address), secret.typed(NUMBER))
    assert refused.value.retry_after == timedelta(minutes=40)
    elsewhere = await check_invitation(world.deps, visitor(an_address()), secret.typed(NUMBER))
    by_link = await check_invitation(world.deps, visitor(address), secret.link)
    world.clock.advance(timedelta(minutes=40))
    later = await check_invitation(world.deps, visitor(address), secret.typed(NUMBER))
    assert {each.invitation_status for each in (elsewhere, by_link, later)} == {InvitationStatus.VALID}


async def test_a_burst_of_codes_gets_ten_looks(world: World) -> None:
    """AP-09: of fifty codes that come from an address at once ten are looked at, also when the last one is right."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    guesses = [*(TypedCode(typed_code(10), NUMBER) for _ in range(49)), secret.typed(NUMBER)]
    answers = await _answers(*(check_invitation(world.deps, visitor(address), guess) for guess in guesses))
    assert {"UNKNOWN": 10, "TooManyCodes": 40} == answers


async def test_a_burst_of_numbers_gets_five_looks(world: World) -> None:
    """AP-09: of fifty numbers that come with a code at once five are looked at, also when the last one is right."""
    await world.submit()
    secret = await world.secret()
    numbers = [*(f"A-{serial:06d}" for serial in range(2, 51)), NUMBER]
    answers = await _answers(
        *(check_invitation(world.deps, visitor(an_address()), secret.typed(number)) for number in numbers)
    )
    assert {"NumberMismatch": 5, "CodeBlocked": 45} == answers


async def test_what_cannot_be_a_code_is_no_try(world: World) -> None:
    """CASE-A4, CASE-A21: half a code, or a word, is unknown and counts for nothing."""
    address = an_address()
    typed = [check_invitation(world.deps, visitor(address), TypedCode(code, NUMBER)) for code in ["nonsense"] * 30]
    assert {"UNKNOWN": 30} == await _answers(*typed)
    one = [check_invitation(world.deps, visitor(address), TypedCode("N0NSENSE00", NUMBER))]
    assert {"UNKNOWN": 1} == await _answers(*one)


async def test_known_codes_use_nothing_up(world: World) -> None:
    """AP-09: thirty good codes from one address at once, as from an office, are all answered and count for nothing."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    good = [check_invitation(world.deps, visitor(address), secret.typed(NUMBER)) for _ in range(30)]
    assert {"VALID": 30} == await _answers(*good)
    unknown = [check_invitation(world.deps, visitor(address), TypedCode("N0NSENSE00", NUMBER)) for _ in range(11)]
    assert {"UNKNOWN": 10, "TooManyCodes": 1} == await _answers(*unknown)


async def test_nobody_waits_for_the_address_that_is_forgotten(world: World) -> None:
    """AP-09: an address of an hour ago that is just coming back is forgotten later, instead of being waited for."""
    old = an_address()
    await check_invitation(world.deps, visitor(old), TypedCode("N0NSENSE00", NUMBER))
    world.clock.advance(timedelta(hours=1))
    async with await world.deps.database.connect() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM code_attempts FOR UPDATE")
        checked = await check_invitation(world.deps, visitor(an_address()), TypedCode("N0NSENSE00", NUMBER))
    assert InvitationStatus.UNKNOWN is checked.invitation_status


async def test_the_hour_of_unknown_codes_slides(world: World) -> None:
    """AP-09: never more than ten within any hour."""
    address, answers = an_address(), []
    for _ in range(30):
        try:
            await check_invitation(world.deps, visitor(address), TypedCode(typed_code(10), NUMBER))
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
        await check_invitation(world.deps, visitor(f"{network}::{host:x}"), TypedCode("N0NSENSE00", NUMBER))
    with pytest.raises(TooManyCodes):
        await check_invitation(world.deps, visitor(f"{network}::ffff"), TypedCode("N0NSENSE00", NUMBER))


async def test_an_address_is_the_same_in_the_clothes_of_ipv6(world: World) -> None:
    """AP-09: `::ffff:203.0.113.7` counts as 203.0.113.7, and not as the network of all that are written so."""
    address, neighbour = an_address(), an_address()
    for written in [address, f"::ffff:{address}"] * 5:
        await check_invitation(world.deps, visitor(written), TypedCode("N0NSENSE00", NUMBER))
    for written in (address, f"::ffff:{address}", f"::FFFF:{address}"):
        with pytest.raises(TooManyCodes):
            await check_invitation(world.deps, visitor(written), TypedCode("N0NSENSE00", NUMBER))
    checked = await check_invitation(world.deps, visitor(f"::ffff:{neighbour}"), TypedCode("N0NSENSE00", NUMBER))
    assert InvitationStatus.UNKNOWN is checked.invitation_status
