"""Codes that people type, on a real database."""

import asyncio
from dataclasses import replace

import pytest
from portico_errors.applications import CodeBlocked, InvitationUnknown, NumberMismatch

from applications.application.domain.invitation import InvitationStatus
from applications.claims.usecases.claims import check_invitation, claim_invitation, resend_invitation
from applications.claims.usecases.proofs import TypedCode
from applications.shared.deps import Deps
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.tries import NUMBER, Counting, answers
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


@pytest.mark.parametrize("between", [*"-\u2013\u2011\u2014\u2212\u00a0\t\n\u200b\u200e"])
@pytest.mark.parametrize(
    "number", ["A–000001", "#A-000001", "A-000001.", "No. A-000001", "A-OOO001", "Ａ－０００００１", "A-٠٠٠٠٠١"]
)
async def test_code_and_number_are_read_however_they_were_pasted(world: World, between: str, number: str) -> None:
    """CASE-A4, CASE-A5: any dash, blank and script, and the full stop that follows in our own message."""
    await world.submit()
    code = (await world.secret()).code
    typed = TypedCode(f"{code[:5]}{between}{code[-5:]}.", number)
    assert {"VALID": 1} == await answers(check_invitation(world.deps, visitor(an_address()), typed))


@pytest.mark.parametrize("number", ["2 A-000001", "A-000001 of 2", "A-1, A-2", "-", "A-"])
async def test_a_number_is_one_run_of_digits(world: World, number: str) -> None:
    """CASE-A5: of two numbers neither is taken for what was meant."""
    await world.submit()
    typed = (await world.secret()).typed(number)
    assert {"NumberMismatch": 1} == await answers(check_invitation(world.deps, visitor(an_address()), typed))


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
    """CASE-A4, CASE-A21: half a code, or a word, is unknown, counts for nothing, and the database never hears of it."""
    counting = Counting(world.deps.database)
    deps = replace(world.deps, database=counting)  # type: ignore[arg-type] # as much of one as is needed
    for code in ("nonsense", "ABCDE", "ABCDE-FGHJK-M", "ABCDE-FGHJU", "‐‐‐", "ÄBCDE-FGHJK"):
        typed = TypedCode(code, NUMBER)
        assert {"UNKNOWN": 1} == await answers(check_invitation(deps, visitor(), typed))
        with pytest.raises(InvitationUnknown):
            await claim_invitation(deps, visitor(), typed)
        await resend_invitation(deps, visitor(), typed)
    assert [] == counting.ran
