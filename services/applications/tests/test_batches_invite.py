"""Batches of invitations, from the preview to the last message."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from portico.applications.v1.resources_pb2 import Application
from portico.notifications.v1.events_pb2 import GroupWithdrawal
from portico_errors.applications import (
    ApplicationNotFound,
    BatchExpired,
    BatchNotFound,
    RateTooHigh,
    SelectionEmpty,
    StartTimeInvalid,
)

from applications.application.domain.invitation import Method
from applications.batches.domain.batch import PREVIEW_LIFE, Batch, BatchAction, BatchState, Kind, Outcome
from applications.batches.domain.rows import Options
from applications.batches.usecases.invite import invite_rows
from applications.batches.usecases.worker import HANDLERS
from applications.shared.deps import Deps
from chassis.db import Executor
from chassis.errors import Unavailable
from chassis.ids import new_id
from services.applications.tests.batches import Batches, counts, state
from services.applications.tests.world import World, a_guardian

REISSUE = Options(method=None, reissue_live=True, expire_days=None)


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def test_a_batch_invites_exactly_whom_its_preview_names(world: World, batches: Batches) -> None:
    """AP-12: the preview decides each row, and nothing is sent before the start; then each pending row is invited."""
    live = await world.submit(a_guardian(email="live@example.org"))
    nobody = await world.submit(a_guardian(email=""))
    revoked = await world.submit(a_guardian(email="revoked@example.org"))
    await world.revoke(revoked)
    linked, _ = await world.linked()

    preview = await batches.preview([live, nobody, revoked, linked])

    assert ("PREVIEWED", []) == (state(preview), await batches.requests())
    assert {"PENDING": 1, "SKIPPED_LINKED": 1, "SKIPPED_LIVE": 1, "SKIPPED_NO_CONTACT": 1} == counts(preview)
    assert (1, 0) == (preview.messages.email_count, preview.messages.sms_count)
    started = await batches.run(preview)
    assert {"INVITED": 1, "SKIPPED_LINKED": 1, "SKIPPED_LIVE": 1, "SKIPPED_NO_CONTACT": 1} == counts(started)
    (request,) = await batches.requests()
    assert ("revoked@example.org", f"batches/{preview.id}") == (request.recipient.address, request.group)
    assert ["INVITED", "REVOKED", "INVITED", "SUBMITTED"] == await world.timeline(revoked)


async def test_the_run_leaves_alone_what_changed_since_the_preview(world: World, batches: Batches) -> None:
    """AP-12: another contact, another method or a link since the preview is SKIPPED_CHANGED, and gets nothing."""
    moved = await world.submit(a_guardian(email="old@example.org"))
    phoned = await world.submit(a_guardian(email="both@example.org", phone="+12125550118"))
    preview = await batches.preview([moved, phoned], options=REISSUE)
    await world.update(moved, email="new@example.org")
    await world.update(phoned, preferred_method=Method.SMS)

    assert {"SKIPPED_CHANGED": 2} == counts(await batches.run(preview))
    assert [] == await batches.requests()


async def test_a_run_sends_nowhere_else_than_previewed_though_more_would_fit(world: World, batches: Batches) -> None:
    """AP-12: who was skipped in the preview stays skipped, also when they could be invited by now."""
    application = await world.submit(a_guardian(email="live@example.org"))
    preview = await batches.preview([application])
    await world.revoke(application)

    assert {"SKIPPED_LIVE": 1} == counts(await batches.run(preview))


async def test_a_contact_gets_five_messages_a_minute_apart(world: World, batches: Batches) -> None:
    """AP-12, CASE-duplicates: siblings get one each, up to five; from the sixth on it is a case worker's address."""
    siblings = [await world.submit(a_guardian(email="six@example.org")) for _ in range(7)]

    preview = await batches.preview(siblings, options=REISSUE)
    assert {"PENDING": 5, "SKIPPED_DUPLICATE": 2} == counts(preview)
    assert 1 == preview.messages.repeated_contact_count
    await batches.run(preview)
    due = [request.not_before.seconds for request in await batches.requests()]
    assert [0, *(int(world.deps.clock().timestamp()) + 60 * turn for turn in range(1, 5))] == due


async def test_one_address_of_two_guardians_gets_one_message(world: World, batches: Batches) -> None:
    """AP-12: of two guardians of an application with the same contact the first is invited."""
    application = await world.submit(a_guardian(), a_guardian())

    preview = await batches.preview([application], options=REISSUE, all_guardians=True)
    assert [Outcome.PENDING, Outcome.SKIPPED_DUPLICATE] == await batches.outcomes(preview)


async def test_what_cannot_be_selected_is_refused(world: World, batches: Batches) -> None:
    """AP-12: nothing, strangers' applications, and a rate above the organization's."""
    stranger = await World.with_organization(world.deps, batches.clock, world.identity)
    with pytest.raises(SelectionEmpty):
        await batches.create([])
    with pytest.raises(ApplicationNotFound):
        await batches.create([await stranger.submit(), await world.submit()])
    with pytest.raises(RateTooHigh) as refused:
        await batches.create([await world.submit()], send_rate=3001)
    assert "3000" == refused.value.metadata["send_rate_per_minute"]


async def test_two_starts_are_one(world: World, batches: Batches) -> None:
    """AP-12: who starts a started batch gets it as it is, and the first stays its starter."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    first = await batches.act(preview, BatchAction.START)
    second = await batches.act(preview, BatchAction.START, actor=new_id())

    assert first.starter_id == second.starter_id == str(world.staff_id)
    await batches.work()
    assert 1 == len(await batches.requests())


async def test_a_preview_is_good_for_a_day(world: World, batches: Batches) -> None:
    """AP-12: after 24 hours it is EXPIRED, by the clock, and cannot be started."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    batches.clock.advance(PREVIEW_LIFE)

    assert ("EXPIRED", []) == (state(await batches.get(preview)), list((await batches.get(preview)).allowed_actions))
    with pytest.raises(BatchExpired):
        await batches.act(preview, BatchAction.START)


async def test_a_batch_begins_at_its_time(world: World, batches: Batches) -> None:
    """AP-12: SCHEDULED until then; a start in the past or more than a week ahead is refused."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    now = batches.clock()
    for wrong in (now - timedelta(seconds=1), now + timedelta(days=7, seconds=1)):
        with pytest.raises(StartTimeInvalid):
            await batches.act(preview, BatchAction.START, start_time=wrong)
    await batches.act(preview, BatchAction.START, start_time=now + timedelta(hours=1))
    await batches.work()
    assert ("SCHEDULED", []) == (state(await batches.get(preview)), await batches.requests())
    batches.clock.advance(timedelta(hours=1))
    await batches.work()
    assert {"INVITED": 1} == counts(await batches.get(preview))


async def test_a_paused_batch_goes_on_where_it_stopped(world: World, batches: Batches) -> None:
    """AP-12: nothing is invited while it is paused, and each row once after it."""
    preview = await batches.preview([await world.submit() for _ in range(3)], options=REISSUE)
    await batches.act(preview, BatchAction.START)
    await batches.act(preview, BatchAction.PAUSE)
    await batches.work()
    assert ("PAUSED", {"PENDING": 3}) == (state(await batches.get(preview)), counts(await batches.get(preview)))
    await batches.act(preview, BatchAction.RESUME)
    await batches.work()
    assert {"INVITED": 3} == counts(await batches.get(preview))


async def test_cancelling_takes_back_what_waits(world: World, batches: Batches) -> None:
    """AP-12: rows that were not begun become CANCELLED, and notifications is told that nothing of it may go out."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    await batches.act(preview, BatchAction.START)
    await batches.act(preview, BatchAction.CANCEL)
    await batches.work()

    ended = await batches.get(preview)
    assert ("CANCELLED", {"CANCELLED": 1}) == (state(ended), counts(ended))
    (withdrawal,) = [message for _, _, message in await world.events() if isinstance(message, GroupWithdrawal)]
    assert f"batches/{preview.id}" == withdrawal.group


async def test_a_strangers_batch_is_not_known(world: World, batches: Batches) -> None:
    """AP-12: another organization's batch is not found, by whatever command."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    stranger = Batches(await World.with_organization(world.deps, batches.clock, world.identity))
    for action in (BatchAction.START, BatchAction.CANCEL):
        with pytest.raises(BatchNotFound):
            await stranger.act(preview, action)
    with pytest.raises(BatchNotFound):
        await stranger.get(preview)


@contextlib.asynccontextmanager
async def held_by_somebody(world: World, application: Application) -> AsyncIterator[None]:
    """Somebody changes the application's guardians for as long as the block lasts."""
    async with await world.deps.database.connect() as connection, connection.transaction():
        await connection.execute(
            "SELECT 1 FROM guardians WHERE org_id = %s AND application_id = %s FOR NO KEY UPDATE",
            (world.org_id, UUID(application.id)),
        )
        yield


async def test_a_batch_waits_for_nobody_and_keeps_nobody_waiting(world: World, batches: Batches) -> None:
    """AP-12: a row that somebody holds is left for the next pass, and the others are done meanwhile."""
    busy, free = await world.submit(a_guardian(email="busy@example.org")), await world.submit()
    preview = await batches.preview([busy, free], options=REISSUE)
    await batches.act(preview, BatchAction.START)
    async with held_by_somebody(world, busy):
        assert await batches.worker.work()
        assert {"INVITED": 1, "PENDING": 1} == counts(await batches.get(preview))
    await batches.work()
    assert {"INVITED": 2} == counts(await batches.get(preview))


async def test_a_row_that_is_always_held_fails_in_the_end(world: World, batches: Batches) -> None:
    """AP-12: after five passes it is FAILED, so that the batch comes to an end."""
    busy = await world.submit()
    preview = await batches.preview([busy], options=REISSUE)
    await batches.act(preview, BatchAction.START)
    async with held_by_somebody(world, busy):
        await batches.work()
    assert ("SUCCEEDED", {"FAILED": 1}) == (state(await batches.get(preview)), counts(await batches.get(preview)))


async def test_who_changes_while_a_chunk_is_decided_is_decided_anew(
    world: World, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-12: a row is written only if its guardian is as loaded; the next pass finds the new contact and skips it."""
    application = await world.submit(a_guardian(email="old@example.org"))
    preview = await batches.preview([application], options=REISSUE)
    await batches.act(preview, BatchAction.START)

    async def changed_meanwhile(deps: Deps, tx: Executor, *rest: Any) -> bool:
        loads = tx.all

        async def load_and_change(stmt: Any, /, **params: object) -> Any:
            loaded = await loads(stmt, **params)
            await world.update(application, email="new@example.org")
            return loaded

        monkeypatch.setattr(tx, "all", load_and_change)
        return await invite_rows(deps, tx, *rest)

    monkeypatch.setitem(HANDLERS, (Kind.INVITE, BatchState.RUNNING), changed_meanwhile)
    assert await batches.worker.work()
    assert ({"PENDING": 1}, []) == (counts(await batches.get(preview)), await batches.requests())
    monkeypatch.setitem(HANDLERS, (Kind.INVITE, BatchState.RUNNING), invite_rows)
    await batches.work()
    assert {"SKIPPED_CHANGED": 1} == counts(await batches.get(preview))


async def test_two_workers_invite_each_row_once(
    world: World, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-12: two batches over the same guardians, worked on by four workers at once: one invitation and one message for
    each row of each.
    """
    # How often guardians that the other batch holds are passed over is by chance here; the bound has its own test.
    monkeypatch.setattr("applications.batches.usecases.worker.MAX_PASSES", 1000)
    applications = [await world.submit(a_guardian(email=f"{at}@example.org")) for at in range(40)]
    previews = [await batches.preview(applications[::step], options=REISSUE) for step in (1, -1)]
    for preview in previews:
        await batches.act(preview, BatchAction.START)
    workers = [Batches(world) for _ in range(4)]
    await asyncio.gather(*(worker.work() for worker in workers))

    ended = [await batches.get(preview) for preview in previews]
    assert [{"INVITED": 40}] * 2 == [counts(each) for each in ended]
    asked = [(request.group, request.recipient.address) for request in await batches.requests()]
    assert 80 == len(asked) == len(set(asked))


async def test_a_process_that_dies_leaves_nothing_half_done(
    world: World, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-12, OP-06: what a chunk wrote falls with its process, and is done once by the next."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    await batches.act(preview, BatchAction.START)

    async def dies(*everything: Any) -> bool:
        await invite_rows(*everything)
        raise Unavailable

    monkeypatch.setitem(HANDLERS, (Kind.INVITE, BatchState.RUNNING), dies)
    assert not await batches.worker.work()
    assert ({"PENDING": 1}, []) == (counts(await batches.get(preview)), await batches.requests())
    monkeypatch.setitem(HANDLERS, (Kind.INVITE, BatchState.RUNNING), invite_rows)
    await batches.work()
    assert ({"INVITED": 1}, 1) == (counts(await batches.get(preview)), len(await batches.requests()))


async def test_a_chunk_that_cannot_be_done_holds_up_nobody(
    world: World, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-12: an error of ours fails its rows after five tries; the batch, and those of others, come to their end."""
    preview = await batches.preview([await world.submit()], options=REISSUE)
    other = await batches.preview([await world.submit()], options=REISSUE)

    async def breaks(deps: Deps, tx: Executor, batch: Batch, *rest: Any) -> bool:
        if str(batch.id) == preview.id:
            raise ZeroDivisionError
        return await invite_rows(deps, tx, batch, *rest)

    monkeypatch.setitem(HANDLERS, (Kind.INVITE, BatchState.RUNNING), breaks)
    for each in (preview, other):
        await batches.act(each, BatchAction.START)
    await batches.work()
    ended = await batches.get(preview)
    assert ("SUCCEEDED", {"FAILED": 1}, {"INVITED": 1}) == (
        state(ended),
        counts(ended),
        counts(await batches.get(other)),
    )


async def test_all_that_match_a_search_are_selected(world: World, batches: Batches) -> None:
    """AP-12: a search stands for whom it finds when the batch is made, each by its first guardian, or by all."""
    garcia = [await world.submit(a_guardian(email=f"{at}@example.org"), a_guardian(email="")) for at in range(3)]
    await world.submit(a_guardian(family_name="Okafor"))
    await world.revoke(garcia[0])
    for matching, all_guardians, number in (
        ({"query": "garcia"}, False, 3),
        ({"query": "garcia"}, True, 6),
        ({}, False, 4),
        ({"query": "garcia", "linkStates": ["EXPIRED"]}, False, 1),
    ):
        made = await batches.create([], matching=matching, all_guardians=all_guardians)
        assert number == made.row_count
        await batches.work()
        known = await batches.get(made)
        assert ("PREVIEWED", number) == (state(known), sum(counts(known).values()))
    with pytest.raises(SelectionEmpty):
        await batches.create([], matching={"query": "nobody is called that"})
