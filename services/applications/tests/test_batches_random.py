"""Batches over random families, to which anything happens between the preview and the run."""

from random import Random
from typing import Any

import pytest

from applications.application.domain.link_state import Action
from applications.batches.domain.batch import Kind, Outcome
from services.applications.tests.batches import Batches
from services.applications.tests.test_batches_invite import REISSUE
from services.applications.tests.world import World, a_guardian

_LATE = {Outcome.SKIPPED_CHANGED, Outcome.FAILED, Outcome.CANCELLED}
_DONE = {Kind.INVITE: Outcome.INVITED, Kind.UNLINK: Outcome.UNLINKED}


async def a_family(world: World, chance: Random, number: int) -> Any:
    """A family in any state."""
    email = chance.choice(["", f"f{number}@example.org", "shared@example.org"])
    match chance.choice(["linked", "invited", "revoked", "unlinked"]):
        case "linked":
            return (await world.linked())[0]
        case "unlinked":
            linked, _ = await world.linked()
            return await world.unlink(linked)
        case "revoked" if email:
            return await world.revoke(await world.submit(a_guardian(email=email)))
        case _:
            return await world.submit(a_guardian(email=email))


async def something(world: World, chance: Random, family: Any) -> None:
    """What a colleague may do meanwhile, if it is allowed."""
    allowed = {Action(each) for each in (await world.get(family)).guardians[0].allowed_actions}
    match chance.choice(["nothing", "contact", "move"]):
        case "contact":
            await world.update(family, email=f"moved{chance.random()}@example.org")
        case "move" if Action.UNLINK in allowed:
            await world.unlink(family)
        case "move" if Action.UNDO_UNLINK in allowed:
            await world.undo(family)
        case "move" if Action.REVOKE_INVITATION in allowed:
            await world.revoke(family)


@pytest.mark.parametrize("kind", [Kind.INVITE, Kind.UNLINK])
@pytest.mark.parametrize("seed", range(3))
async def test_a_run_does_nothing_that_was_not_shown(world: World, kind: Kind, seed: int) -> None:
    """AP-12, AP-13: a row ends as the preview said, or SKIPPED_CHANGED, FAILED or CANCELLED; never in another way."""
    chance, batches = Random(seed), Batches(world)
    families = [await a_family(world, chance, number) for number in range(12)]
    preview = await batches.preview(families, kind=kind, options=REISSUE)
    shown = await batches.outcomes(preview)
    for family in families:
        await something(world, chance, family)
    await batches.run(preview)
    done = await batches.outcomes(preview)

    for before, after in zip(shown, done, strict=True):
        fits = {_DONE[kind], *_LATE} if before is Outcome.PENDING else {before}
        assert after in fits
