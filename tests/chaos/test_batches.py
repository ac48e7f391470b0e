"""A process dies in the middle of a batch, or staff change their mind while it is being sent.

Anomalies looked for: a row that is invited twice, or never; a message that is sent twice, or never; an invitation that
is good though nobody was told of it; a batch that never ends; two batches that wait for each other.
"""

import asyncio
from random import Random

import pytest

from chassis.testing.eventually import eventually
from tests.chaos.batches import CANCELLED, ROWS, SENT, batch_run
from tests.chaos.seeds import at_length, seeds


@seeds
@pytest.mark.parametrize(
    "part", ["applications", *(pytest.param(part, marks=at_length) for part in ("notifications", "postgres", "nats"))]
)
async def test_killed_in_the_middle_of_a_batch(scene, seed, part):
    """AP-12, OP-06: one of two processes of applications, or what it leans on, dies; each row is done exactly once."""
    run = await batch_run(scene)
    batch_id = await run.previewed()
    with scene.second("applications"):
        await run.begun(seed, batch_id)
        await scene.kill(part)
        if part in {"postgres", "nats"}:
            await scene.start(part)
        else:
            await scene.start_again(part)
        await run.judge(sender_died=part == "notifications")
    await eventually(scene.is_ready, timeout=30)


@at_length
@seeds
async def test_a_cancellation_races_the_sending(scene, seed):
    """AP-12: what was not sent opens nothing, what was sent lives on, and every row says which."""
    run = await batch_run(scene)
    batch_id = await run.previewed()
    await run.begun(seed, batch_id)
    await run("POST", f"/v1/batches/{batch_id}:cancel")
    await run.until(lambda: run.state(batch_id) in {8, 9})
    invited = run.invited(batch_id)
    await run.until(
        lambda: sum(run.messages(batch_id).values()) == invited and set(run.messages(batch_id)) <= {SENT, CANCELLED}
    )
    assert {2: invited, 10: ROWS - invited} == {2: 0, 10: 0} | dict(run.outcomes(batch_id))
    await run.until(lambda: len(run.sent()) == run.messages(batch_id)[SENT])
    # Reports about what was taken back are on their way until none is left.
    await run.until(lambda: run.open_but_unsent(batch_id) == 0)
    await run.until(lambda: len(run.open_invitations()) == run.messages(batch_id)[SENT])


@at_length
@seeds
async def test_a_batch_is_paused_and_resumed_under_load(scene, seed):
    """AP-12: pausing and resuming at any moment, again and again, loses and doubles nothing."""
    run = await batch_run(scene)
    batch_id = await run.previewed()
    await run.begun(seed, batch_id)
    for _ in range(Random(seed).randint(1, 4)):
        if run.state(batch_id) == 9:
            break
        await run("POST", f"/v1/batches/{batch_id}:pause")
        await run("POST", f"/v1/batches/{batch_id}:resume")
    await run.judge()


@at_length
@seeds
async def test_two_batches_over_the_same_families(scene, seed):
    """AP-12: two processes, two batches, the same guardians: no deadlock, and each batch invites everybody once."""
    run = await batch_run(scene)
    previews = [await run.previewed(reissueLive=True) for _ in range(2)]
    with scene.superuser("applications") as database:
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'applications'"
        before = database.execute(query).fetchall()
        with scene.second("applications"):
            await asyncio.gather(*(run.begun(seed + at, each) for at, each in enumerate(previews)))
            await run.until(lambda: [9, 9] == [run.state(each) for each in previews])
        assert before == database.execute(query).fetchall()
    for each in previews:
        assert {2: ROWS} == dict(run.outcomes(each))
        assert ROWS == sum(run.messages(each).values())
    opened = run.open_invitations()
    assert (ROWS, {1}) == (len(opened), set(opened.values()))
