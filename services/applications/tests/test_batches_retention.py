"""What happens to a batch by the clock alone."""

from datetime import timedelta

import pytest
from portico.notifications.v1.resources_pb2 import Urgency
from sqlalchemy import Uuid, bindparam, func, select, update

from applications.application.domain.link_state import UNDO_WINDOW
from applications.batches.domain.batch import PREVIEW_LIFE, BatchAction, Kind
from applications.batches.storage.tables import batch_chunks, batch_contacts, batch_rows
from applications.batches.storage.tables import batches as table
from applications.batches.usecases.retention import ROW_RETENTION, forget_rows, forget_selections, release_notices
from applications.links.usecases import send_due_unlink_notices
from chassis.db import statement
from services.applications.tests.batches import Batches, counts, state
from services.applications.tests.test_batches_invite import REISSUE
from services.applications.tests.world import World
from services.applications.tests.world import state as link_state

_LEFT = [
    statement(select(func.count()).select_from(table).where(table.c.org_id == bindparam("org_id")), into=int)
    for table in (batch_rows, batch_contacts, batch_chunks)
]

_SELECTIONS = statement(
    select(table.c.id, table.c.selection["matching"]["query"].astext.label("query")).where(
        table.c.org_id == bindparam("org_id", type_=Uuid), table.c.selection.is_not(None)
    )
)
_LEAVE = statement(
    update(table)
    .where(table.c.org_id == bindparam("org_id", type_=Uuid))
    .values(selection=bindparam("left", type_=table.c.selection.type))
)


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def left(world: World) -> list[int]:
    """How many rows, contacts and chunks there are."""
    return [await world.deps.database.first(each, org_id=world.org_id) or 0 for each in _LEFT]


async def searched_for(world: World) -> dict[str, object]:
    """What the batches that still know it were searched by, if they were."""
    found = await world.deps.database.all(_SELECTIONS, org_id=world.org_id)
    return {str(batch_id): query for batch_id, query in found}


async def notices(world: World) -> list[str]:
    """The urgencies of the notices that were sent."""
    sent = [message for message in await world.messages() if message.template == "FAMILY_UNLINKED"]
    return [Urgency.Name(message.urgency) for message in sent]


async def test_families_are_told_when_the_undo_is_over(world: World, batches: Batches) -> None:
    """AP-13: notices go out 15 minutes after the last row, in no hurry and once; not before."""
    one, _ = await world.linked()
    await batches.run(await batches.preview([one], kind=Kind.UNLINK))
    world.clock.advance(UNDO_WINDOW - timedelta(seconds=1))
    await release_notices(world.deps)
    await send_due_unlink_notices(world.deps)
    assert [] == await notices(world)

    world.clock.advance(timedelta(seconds=1))
    for _ in range(2):
        await release_notices(world.deps)
        await send_due_unlink_notices(world.deps)
    assert ["BULK"] == await notices(world)


async def test_nobody_is_told_of_what_was_undone(world: World, batches: Batches) -> None:
    """AP-13: who has the link back is told nothing; who was undone singly neither."""
    one, _ = await world.linked()
    batch = await batches.run(await batches.preview([one], kind=Kind.UNLINK))
    await batches.act(batch, BatchAction.UNDO)
    await batches.work()
    world.clock.advance(UNDO_WINDOW)
    await release_notices(world.deps)
    await send_due_unlink_notices(world.deps)

    assert "UNDONE" == state(await batches.get(batch))
    assert "LINKED" == link_state(await world.get(one))
    assert [] == await notices(world)


async def test_rows_go_after_ninety_days(world: World, batches: Batches) -> None:
    """AP-12: 90 days after its end a batch says how many, and not whom any more."""
    batch = await batches.run(await batches.preview([await world.submit()], options=REISSUE))
    await batches.act(batch, BatchAction.CANCEL)
    await batches.work()
    before = await batches.get(batch)
    world.clock.advance(ROW_RETENTION - timedelta(seconds=1))
    await forget_rows(world.deps)
    assert [1, 1, 1] == await left(world)

    world.clock.advance(timedelta(seconds=1))
    await forget_rows(world.deps)
    after = await batches.get(batch)
    assert [0, 0, 0] == await left(world)
    assert {"INVITED": 1} == counts(after)
    assert (before.messages.email_count, before.run_time) == (after.messages.email_count, after.run_time)
    assert before.messages.email_count == 1


async def test_rows_of_a_preview_go_when_nobody_can_start_it(world: World, batches: Batches) -> None:
    """AP-12: rows of a cancelled preview go at once, and those of an expired one soon after."""
    one = await world.submit()
    await batches.act(await batches.preview([one], options=REISSUE), BatchAction.CANCEL)
    await forget_rows(world.deps)
    assert [0, 0, 0] == await left(world)

    expired = await batches.preview([one], options=REISSUE)
    await forget_rows(world.deps)
    assert [1, 1, 1] == await left(world)
    world.clock.advance(PREVIEW_LIFE + timedelta(hours=1))
    await forget_rows(world.deps)
    assert [0, 0, 0] == await left(world)
    assert "EXPIRED" == state(await batches.get(expired))


async def test_what_was_searched_for_is_forgotten(world: World, batches: Batches) -> None:
    """AP-12: a batch whose chunks say whom it is about, or that was cancelled before, knows no search and no ids."""
    one = await world.submit()
    waiting = await batches.create([], matching={"query": "garcia"})
    assert {waiting.id: "garcia"} == await searched_for(world)
    await forget_selections(world.deps)
    assert {waiting.id: "garcia"} == await searched_for(world)
    await batches.work()
    assert {} == await searched_for(world)

    cancelled = await batches.create([one], options=REISSUE)
    await batches.act(cancelled, BatchAction.CANCEL)
    assert {cancelled.id: None} == await searched_for(world)
    await forget_selections(world.deps)
    assert {} == await searched_for(world)


async def test_an_earlier_release_is_tidied_after(world: World, batches: Batches) -> None:
    """AP-12: what a release before has left in a batch with chunks is forgotten too, and the batch goes on."""
    batch = await batches.preview([await world.submit()], options=REISSUE)
    await world.deps.database.run(_LEAVE, org_id=world.org_id, left={"matching": None})
    await forget_selections(world.deps)
    assert {} == await searched_for(world)
    assert {"INVITED": 1} == counts(await batches.run(batch))


async def test_a_cancelled_run_keeps_its_rows(world: World, batches: Batches) -> None:
    """AP-12: a batch that ran before it was cancelled says whom it was about, as any other."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    await batches.act(preview, BatchAction.START)
    await batches.act(preview, BatchAction.CANCEL)
    await batches.work()
    await forget_rows(world.deps)

    assert {"CANCELLED": 1} == counts(await batches.get(preview))
    assert [1, 1, 1] == await left(world)
