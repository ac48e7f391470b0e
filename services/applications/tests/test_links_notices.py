"""Families are told of an unlink when it can no longer be undone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from applications.application.domain.link_state import Action
from applications.links.usecases import send_due_unlink_notices
from services.applications.tests.world import EMAIL, World

WINDOW = timedelta(minutes=15)


async def notices(world: World) -> list[str]:
    """To whom FAMILY_UNLINKED was sent."""
    await send_due_unlink_notices(world.deps)
    return [message.recipient.address for message in await world.messages() if message.template == "FAMILY_UNLINKED"]


async def test_the_family_is_told_once_when_the_window_closes(world: World) -> None:
    """AP-11: not before; then one message to the account's contact, whoever looks how often."""
    application, _ = await world.linked()
    await world.unlink(application)
    world.clock.advance(WINDOW - timedelta(seconds=1))
    assert await notices(world) == []
    world.clock.advance(timedelta(seconds=1))
    assert await notices(world) == [EMAIL]
    assert await notices(world) == [EMAIL]
    message = (await world.messages())[-1]
    assert dict(message.values) == {
        "guardian_name": "Maria García",
        "organization_name": "Sunrise Childcare",
        "application_number": "A-000001",
    }
    assert message.reference == f"unlinks/{application.guardians[0].id}"
    assert message.recipient.language == "es"


async def test_several_processes_tell_once(world: World) -> None:
    """AP-11: ten processes that look at the same moment ask for one message."""
    application, _ = await world.linked()
    await world.unlink(application)
    world.clock.advance(WINDOW)
    told = await asyncio.gather(*(send_due_unlink_notices(replace(world.deps)) for _ in range(10)))
    assert sum(told) >= 1
    assert await notices(world) == [EMAIL]


async def test_nobody_is_told_of_an_unlink_that_was_undone(world: World) -> None:
    """AP-11: undone in time, nothing is sent; unlinked once more, the new window counts."""
    application, _ = await world.linked()
    await world.unlink(application)
    world.clock.advance(timedelta(minutes=10))
    await world.undo(application)
    world.clock.advance(WINDOW)
    assert await notices(world) == []
    await world.unlink(application)
    world.clock.advance(WINDOW)
    assert await notices(world) == [EMAIL]


async def test_a_new_invitation_to_another_does_not_silence_the_notice(world: World) -> None:
    """AP-11: the family that lost its access is told, though another contact was invited meanwhile."""
    application, _ = await world.linked()
    await world.unlink(application)
    await world.update(application, email="father@example.org")
    await world.invite(application, label=Action.INVITE)
    await world.accept((await world.secret()).link, world.an_account("father@example.org"))
    world.clock.advance(WINDOW)
    assert await notices(world) == [EMAIL]


async def test_who_is_linked_again_is_not_told(world: World) -> None:
    """AP-11: the same account accepted anew within the window."""
    application, account_id = await world.linked()
    await world.unlink(application)
    await world.invite(application, label=Action.INVITE)
    await world.accept((await world.secret()).link, account_id)
    world.clock.advance(WINDOW)
    assert await notices(world) == []
