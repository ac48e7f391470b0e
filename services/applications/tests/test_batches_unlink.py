"""Batches that unlink, and what takes them back, on a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from portico.applications.v1.events_pb2 import GuardianEvents
from sqlalchemy import bindparam, select, update

from applications.application.domain.link_state import Action
from applications.application.domain.timeline import Kind as Line
from applications.application.storage.tables import guardians, unlink_notices
from applications.batches.domain.batch import MAX_PASSES, BatchState, Kind, Outcome
from applications.batches.usecases.taking_back import undo_rows
from applications.batches.usecases.unlink import preview_unlink, unlink_rows
from chassis.db import statement
from chassis.ids import new_id
from services.applications.tests.batched import Batched
from services.applications.tests.batches import Batches, counts
from services.applications.tests.world import World, state

_INVITE = Action.INVITE
_NOTICES = statement(
    select(unlink_notices.c.username, unlink_notices.c.due_time, unlink_notices.c.batch_id).where(
        unlink_notices.c.org_id == bindparam("org_id")
    )
)


async def previewed(world: World, *applications: Any, **changes: Any) -> Batched:
    batched = await Batched.over(world, applications, **changes)
    await batched.handle(preview_unlink)
    return batched


async def test_the_preview_says_who_is_linked(world: World) -> None:
    """AP-13: the preview of an unlink marks who has a link, and skips who has none."""
    linked, _ = await world.linked()
    batched = await previewed(world, linked, await world.submit())

    assert await batched.outcomes() == ["PENDING", "SKIPPED_NOT_LINKED"]


async def test_links_are_taken_away(world: World) -> None:
    """AP-13: a run unlinks whoever the preview marked, at once and with a line by who started it."""
    one, account = await world.linked()
    batched = await previewed(world, one)
    events = len(await world.events())

    assert await batched.handle(unlink_rows) == [True]
    now = await world.get(one)
    line = (await world.lines(one))[0]
    told = (await world.events())[events:]

    assert state(now) == "NOT_INVITED"
    assert await batched.outcomes() == ["UNLINKED"]
    assert (line.kind, line.actor_id) == (Line.UNLINKED, batched.batch.starter_id)
    assert [subject for subject, _, _ in told] == ["guardian.changed"]
    assert isinstance(told[0][2], GuardianEvents)
    assert [event.unlinked.account_id for event in told[0][2].events] == [str(account)]
    assert [event.version for event in told[0][2].events] == [4]


async def test_a_notice_has_no_time_yet(world: World) -> None:
    """AP-13: nobody is told of an unlink before its batch has ended."""
    one, _ = await world.linked()
    batched = await previewed(world, one)
    await batched.handle(unlink_rows)

    assert await world.deps.database.all(_NOTICES, org_id=world.org_id) == [
        ("maria@example.org", None, batched.batch.id)
    ]


async def test_who_lost_the_link_meanwhile_is_changed(world: World) -> None:
    """AP-13: who is not linked any more when the batch comes to them is SKIPPED_CHANGED, and it says into what."""
    one, _ = await world.linked()
    batched = await previewed(world, one)
    await world.unlink(one)
    await batched.handle(unlink_rows)
    (row,) = await batched.rows()

    assert (Outcome.SKIPPED_CHANGED, Outcome.SKIPPED_NOT_LINKED) == (row["outcome"], row["changed_outcome"])


async def hold(world: World, guardian_id: str) -> psycopg.AsyncConnection[Any]:
    """A person who is just changing a guardian."""
    connection = await psycopg.AsyncConnection.connect(world.deps.database.url)
    await connection.execute("SELECT 1 FROM guardians WHERE id = %s FOR NO KEY UPDATE", [guardian_id])
    return connection


async def test_who_is_held_waits_for_the_next_pass(world: World) -> None:
    """AP-13: a chunk waits for nobody: a guardian whom somebody holds is tried once more, and the others are done."""
    one, two = (await world.linked())[0], (await world.linked())[0]
    batched = await previewed(world, one, two)
    holder = await hold(world, one.guardians[0].id)
    try:
        assert await batched.handle(unlink_rows) == [False]
        assert await batched.outcomes() == ["PENDING", "UNLINKED"]
    finally:
        await holder.close()

    assert await batched.handle(unlink_rows, pass_count=1) == [True]
    assert await batched.outcomes() == ["UNLINKED", "UNLINKED"]


async def test_who_is_held_at_each_pass_fails(world: World) -> None:
    """AP-13: who is still held at the last pass has FAILED, because somebody was BUSY with them."""
    one, _ = await world.linked()
    batches = Batches(world)
    preview = await batches.preview([one], kind=Kind.UNLINK)
    holder = await hold(world, one.guardians[0].id)
    try:
        assert {"FAILED": 1} == counts(await batches.run(preview))
    finally:
        await holder.close()

    assert state(await world.get(one)) == "LINKED"


async def test_who_is_held_at_each_pass_is_not_given_back(world: World) -> None:
    """AP-13: whom somebody holds at each pass of an undo is UNDO_SKIPPED, because somebody was BUSY with them."""
    one, _ = await world.linked()
    batched = await previewed(world, one)
    await batched.handle(unlink_rows)
    holder = await hold(world, one.guardians[0].id)
    try:
        assert await batched.handle(undo_rows) == [False]
        assert await batched.outcomes() == ["UNLINKED"]
        await batched.handle(undo_rows, pass_count=MAX_PASSES - 1)
    finally:
        await holder.close()
    (row,) = await batched.rows()

    assert (Outcome.UNDO_SKIPPED, "BUSY") == (row["outcome"], row["reason"])


async def test_who_changed_since_they_were_loaded_is_left(world: World) -> None:
    """AP-13: only the loaded version of a guardian is written; a newer one is decided anew at the next pass."""
    one, _ = await world.linked()
    batched = await previewed(world, one)
    later = statement(
        update(guardians).where(guardians.c.org_id == bindparam("org_id")).values(version=guardians.c.version + 1)
    )

    async def change_between(deps: Any, tx: Any, *rest: Any) -> bool:
        class Late:
            """Another session commits between the load and the save."""

            async def all(self, stmt: Any, /, **params: Any) -> Any:
                rows = await tx.all(stmt, **params)
                await deps.database.run(later, org_id=world.org_id)
                return rows

            run, first = tx.run, tx.first

        return await unlink_rows(deps, Late(), *rest)

    assert await batched.handle(change_between) == [False]
    assert await batched.outcomes() == ["PENDING"]
    assert state(await world.get(one)) == "LINKED"


async def test_an_undo_gives_the_links_back(world: World) -> None:
    """AP-13: an undo gives back what the batch took, also later than 15 minutes after the row, and tells nobody."""
    one, account = await world.linked()
    batched = await previewed(world, one)
    await batched.handle(unlink_rows)
    world.clock.advance(timedelta(minutes=40))
    batched.batch = replace(batched.batch, ender_id=new_id())
    events = len(await world.events())

    assert await batched.handle(undo_rows) == [True]
    line = (await world.lines(one))[0]
    (told,) = (await world.events())[events:]

    assert state(await world.get(one)) == "LINKED"
    assert await batched.outcomes() == ["UNDONE"]
    assert (line.kind, line.actor_id) == (Line.UNLINK_UNDONE, batched.batch.ender_id)
    assert [event.relinked.account_id for event in told[2].events] == [str(account)]  # type: ignore[attr-defined]
    assert await world.deps.database.all(_NOTICES, org_id=world.org_id) == []


async def test_an_undo_leaves_what_happened_since(world: World) -> None:
    """AP-13: who was invited or given back singly since stays so, and the row says that it was skipped."""
    invited, undone = (await world.linked())[0], (await world.linked())[0]
    batched = await previewed(world, invited, undone)
    await batched.handle(unlink_rows)
    await world.invite(invited, label=_INVITE)
    await world.undo(undone)
    await batched.handle(undo_rows)

    assert await batched.outcomes() == ["UNDO_SKIPPED", "UNDO_SKIPPED"]
    assert state(await world.get(invited)) == "INVITED"
    assert state(await world.get(undone)) == "LINKED"


async def test_an_undo_knows_its_own_unlink(world: World) -> None:
    """AP-13: a link that was given back and taken once more is not the batch's to give."""
    one, _ = await world.linked()
    batched = await previewed(world, one)
    await batched.handle(unlink_rows)
    await world.undo(one)
    world.clock.advance(timedelta(seconds=1))
    await world.unlink(await world.get(one))
    await batched.handle(undo_rows)

    assert await batched.outcomes() == ["UNDO_SKIPPED"]
    assert state(await world.get(one)) == "NOT_INVITED"


async def test_an_undo_of_a_paused_batch_cancels_the_rest(world: World) -> None:
    """AP-13: rows that a paused batch had not come to are CANCELLED by its undo."""
    one, _ = await world.linked()
    batched = await previewed(world, one, state=BatchState.UNDOING)
    await batched.handle(undo_rows)

    assert await batched.outcomes() == ["CANCELLED"]
    assert state(await world.get(one)) == "LINKED"


async def test_an_undo_races_an_invitation(world: World) -> None:
    """AP-13: of an undo and an invitation at one moment exactly one has its way, each time."""
    for _ in range(5):
        one, _ = await world.linked()
        batched = await previewed(world, one)
        await batched.handle(unlink_rows)
        undone, invited = await asyncio.gather(
            batched.handle(undo_rows), world.invite(one, label=_INVITE), return_exceptions=True
        )
        if undone == [False]:
            await batched.handle(undo_rows, pass_count=1)
        (outcome,) = await batched.outcomes()

        ends = {"UNDONE": "LINKED", "UNDO_SKIPPED": "INVITED"}
        assert state(await world.get(one)) == ends[outcome]
        assert isinstance(invited, Exception) == (outcome == "UNDONE")


async def test_an_undo_races_an_acceptance(world: World) -> None:
    """AP-13: who is just accepting a new invitation is linked, and the undo beside it leaves that as it is."""
    for _ in range(5):
        one, before = await world.linked()
        batched = await previewed(world, one)
        await batched.handle(unlink_rows)
        await world.invite(one, label=_INVITE)
        account = world.an_account()
        undone, accepted = await asyncio.gather(
            batched.handle(undo_rows), world.accept((await world.secret()).link, account), return_exceptions=True
        )
        if undone == [False]:
            await batched.handle(undo_rows, pass_count=1)

        assert not isinstance(accepted, Exception)
        assert await batched.outcomes() == ["UNDO_SKIPPED"]
        assert account != before
        assert (await world.sees(account, one)).id == one.id


async def test_two_batches_over_the_same_guardians(world: World, people: Any) -> None:
    """AP-13: two batches over the same guardians in opposite order end, and each guardian is unlinked once."""
    linked = [(await world.linked())[0] for _ in range(4)]
    one, two = await previewed(world, *linked), await previewed(world, *reversed(linked))
    await asyncio.gather(one.handle(unlink_rows), two.handle(unlink_rows))
    await asyncio.gather(one.handle(unlink_rows, pass_count=1), two.handle(unlink_rows, pass_count=1))
    outcomes = [*await one.outcomes(), *await two.outcomes()]

    assert sorted(outcomes) == ["SKIPPED_CHANGED"] * 4 + ["UNLINKED"] * 4
    assert len(await world.deps.database.all(_NOTICES, org_id=world.org_id)) == 4


async def test_a_batch_stays_in_its_organization(world: World, deps: Any, clock: Any, identity: Any) -> None:
    """AP-13: a guardian of another organization is no row, whoever names their id."""
    other = await World.with_organization(deps, clock, identity)
    theirs, _ = await other.linked()
    batched = await previewed(world, UUID(theirs.guardians[0].id))

    assert await batched.outcomes() == []
