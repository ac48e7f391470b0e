"""What a service stands on goes away and comes back: NATS, PostgreSQL, the neighbours, its own connections.

Anomalies looked for: a call that fails because NATS is away; an event marked as failed by an outage; events that a
wiped NATS never gets again, or that have a second effect when it does; half of a command after PostgreSQL died; a
service that does not recover by itself, or does not start while a neighbour is away; a transaction that stays open.
"""

import asyncio
import json
import shutil
from random import Random

from google.rpc.code_pb2 import Code

from chassis.testing.eventually import eventually
from local_stack.topology import SERVICES
from tests.chaos.places import Place, held
from tests.chaos.seeds import IS_LONG, at_length, seeds
from tests.chaos.workload import SUBMIT, Workload


@seeds
async def test_nats_is_away(scene, judge, seed):
    """OP-06: every call succeeds at once, no event is marked as failed, and soon after its return all is done."""
    await scene.kill("nats")
    history = await Workload(scene, seed).run()
    assert history.calls == history.commands
    if IS_LONG and seed == 0:  # how long it is away must not matter; once is enough
        await asyncio.sleep(60)
    await scene.start("nats")
    await judge(history)
    for service in SERVICES:
        assert [] == scene.rows(service, "SELECT reason FROM dead_letters")


@seeds
async def test_nats_is_killed_at_any_moment(scene, judge, seed):
    """OP-06: what NATS acknowledged is on its disk, and what it did not is published again."""
    running = await Workload(scene, seed).at_any_moment()
    await scene.kill("nats")
    await scene.start("nats")
    await judge(await running)


@seeds
async def test_nats_is_wiped(scene, judge, seed):
    """OP-06: NATS comes back without a memory; the relays publish the last days again, with one effect each."""
    await judge(await Workload(scene, seed).run())  # which everybody has by then
    await scene.kill("notifications")
    history = await Workload(scene, seed).run()  # which notifications never got
    await eventually(lambda: not scene.rows("applications", "SELECT FROM outbox WHERE publish_time IS NULL"))
    await scene.kill("nats")
    shutil.rmtree(scene.stack.data / "nats" / "jetstream")
    await scene.start("nats")
    await scene.start("notifications")
    await judge(history)


@seeds
async def test_postgres_is_killed_at_any_moment(scene, judge, seed):
    """OP-06: what was answered is on the disk, what was not is done by the repeated call, and all services recover."""
    running = await Workload(scene, seed).at_any_moment()
    await scene.kill("postgres")
    await scene.start("postgres")
    await judge(await running)
    await eventually(scene.is_ready, timeout=30)


@seeds
async def test_every_connection_is_taken(scene, judge, seed):
    """OP-06: with the pool exhausted calls are refused in time; it recovers, and no transaction stays open."""
    workload = Workload(scene, seed, families=40, only=SUBMIT)
    with held(scene, Place.SAVED) as place:
        running = asyncio.create_task(workload.run())
        told = await eventually(lambda: [text for family in workload.history.families for text in family.told])
        assert {"RESOURCE_EXHAUSTED", "UNAVAILABLE"} >= {Code.Name(json.loads(text)["code"]) for text in told}
        assert place.waiting()
    await judge(await running)
    open_transactions = "SELECT query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    assert [] == scene.rows("applications", open_transactions)


@at_length
@seeds
async def test_every_service_is_restarted(scene, judge, seed):
    """OP-05: a rolling restart of all services under load: no accepted call is lost, and a repeated one counts once."""
    workload = Workload(scene, seed, families=40)
    running = asyncio.create_task(workload.run())
    for service in Random(seed).sample(sorted(SERVICES), len(SERVICES)):
        await scene.restart(service)
    await judge(await running)


@seeds
async def test_everything_starts_in_any_order(scene, judge, seed):
    """OP-06: each part waits for what is not there yet, and none has to be started twice."""
    order = Random(seed).sample(sorted(scene.stack.parts), len(scene.stack.parts))
    await scene.kill(*order)
    for part in order:
        await scene.appear(part)
    await eventually(scene.is_ready, timeout=30)
    assert [] == [name for name, child in scene.stack.parts.items() if not child.is_running]
    await judge(await Workload(scene, seed).run())
