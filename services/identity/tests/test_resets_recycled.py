"""Phone numbers change hands: a code alone does not open an account whose number was proven long ago."""

import asyncio
from datetime import timedelta

import pytest
from google.type.date_pb2 import Date
from portico.identity.v1.resets_pb2 import ApplicationAndChild, FamilyProof
from portico_errors.identity import FamilyProofBlocked, FamilyProofNeeded, FamilyProofWrong

from chassis.call import FAMILY_ORG
from chassis.errors import Unavailable
from identity.accounts.usecases import note_family_contact
from identity.resets.domain import MAX_FAMILY_PROOFS, PROVEN_FOR
from identity.sessions.domain import SignedIn
from services.identity.tests.world import BETTER, FAMILIES, World, a_phone_number, opened

BORN = Date(year=2021, month=4, day=30)
RIGHT = FamilyProof(birth_date=BORN)
WRONG = FamilyProof(birth_date=Date(year=2021, month=4, day=29))


async def old_family(world: World, *, is_linked: bool = True) -> SignedIn:
    """A family whose number was proven 45 days ago, and which holds an application or none."""
    family = await world.family(a_phone_number())
    if is_linked:
        FAMILIES.birth_dates[str(family.account.id)] = BORN
    world.clock.advance(PROVEN_FOR + timedelta(seconds=1))
    return family


async def code_for(world: World, family: SignedIn) -> str:
    await world.forget(family.account.username, "family")
    return opened((await world.messages(FAMILY_ORG, to=family.account.username))[-1])["code"]


@pytest.mark.parametrize("is_linked", [True, False])
async def test_an_old_number_asks_for_one_thing_more(world: World, *, is_linked: bool) -> None:
    """CASE-A19: after 45 days a right code asks what only the family knows, linked or not, and uses nothing up."""
    family = await old_family(world, is_linked=is_linked)
    code = await code_for(world, family)
    for _ in range(5):
        with pytest.raises(FamilyProofNeeded):
            await world.reset_by_code(family.account, code)
    await world.reset_by_code(family.account, code, proof=RIGHT)
    await world.sign_in(family.account.username, BETTER, realm="family")


async def test_a_number_that_was_proven_lately_is_enough(world: World) -> None:
    """CASE-A19: the clock is when the number was last proven; a code that was typed proves it again."""
    family = await old_family(world)
    await world.reset_by_code(family.account, await code_for(world, family), proof=RIGHT)
    world.clock.advance(PROVEN_FOR)
    await world.reset_by_code(family.account, await code_for(world, family))


async def test_signing_in_proves_no_number(world: World) -> None:
    """CASE-A19: whoever signs in with the password every day still has not shown that the number is theirs."""
    family = await old_family(world)
    await world.sign_in(family.account.username, realm="family")
    with pytest.raises(FamilyProofNeeded):
        await world.reset_by_code(family.account, await code_for(world, family))


async def test_a_known_device_is_not_asked(world: World) -> None:
    """CASE-A19: the family's own phone is known, and the code is enough there."""
    family = await old_family(world)
    code = await code_for(world, family)
    await world.reset_by_code(family.account, code, device=family.device_token)


async def test_three_wrong_answers_lead_to_the_staff(world: World) -> None:
    """CASE-A19: of five answers at once three are looked at in 30 days; then the right one does not help either."""
    family = await old_family(world)
    code = await code_for(world, family)
    tries = [world.reset_by_code(family.account, code, proof=WRONG) for _ in range(5)]
    outcomes = [type(outcome) for outcome in await asyncio.gather(*tries, return_exceptions=True)]
    assert (MAX_FAMILY_PROOFS, 2) == (outcomes.count(FamilyProofWrong), outcomes.count(FamilyProofBlocked))
    with pytest.raises(FamilyProofBlocked):
        await world.reset_by_code(family.account, code, proof=RIGHT)
    world.clock.advance(timedelta(days=30))
    await world.reset_by_code(family.account, await code_for(world, family), proof=RIGHT)


async def test_the_third_answer_may_be_right(world: World) -> None:
    """CASE-A19: two wrong answers are forgotten with the right one, also one by number and name."""
    family = await old_family(world)
    code = await code_for(world, family)
    strangers = FamilyProof(
        application_and_child=ApplicationAndChild(application_number="A-000001", child_family_name="Ruiz")
    )
    for proof in (WRONG, strangers):
        with pytest.raises(FamilyProofWrong):
            await world.reset_by_code(family.account, code, proof=proof)
    await world.reset_by_code(family.account, code, proof=RIGHT)


async def test_nobody_gets_in_while_nobody_can_say(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """CASE-A19: when applications does not answer, the reset waits, and no try is lost."""
    family = await old_family(world)
    code = await code_for(world, family)
    monkeypatch.setattr(FAMILIES, "is_away", True)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await world.reset_by_code(family.account, code, proof=RIGHT)
    monkeypatch.undo()
    await world.reset_by_code(family.account, code, proof=RIGHT)


async def test_an_sms_invitation_that_was_accepted_proves_the_number(world: World) -> None:
    """CASE-A19: the clock starts anew when an invitation to the number was accepted; one to another changes nothing."""
    family = await old_family(world)
    for contact, is_enough in ((a_phone_number(), False), (family.account.username, True)):
        await note_family_contact(world.deps, account_id=family.account.id, contact=contact)
        code = await code_for(world, family)
        if is_enough:
            await world.reset_by_code(family.account, code)
        else:
            with pytest.raises(FamilyProofNeeded):
                await world.reset_by_code(family.account, code)
        world.clock.advance(timedelta(minutes=2))
