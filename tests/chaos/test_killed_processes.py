"""A process dies, or sleeps, at the worst moment: between two things that belong together.

Anomalies looked for: an event that was saved and never published; one that has two effects because it was published
twice; an email that is never sent, or sent as another one, because nobody knows whether the provider took it; a call
that is done twice because its answer was lost.
"""

from random import Random

import pytest

from chassis.testing.eventually import eventually
from tests.chaos.places import Place, held, without_relay
from tests.chaos.seeds import at_length, seeds
from tests.chaos.workload import SUBMIT, Workload


@seeds
async def test_killed_between_save_and_publish(scene, judge, seed):
    """OP-06: what was saved by a process that died before it published is published by the next one."""
    workload = Workload(scene, seed)
    with without_relay(scene, "applications"):
        history = await workload.run()
        await scene.kill("applications")
    await scene.start("applications")
    await judge(history)


@seeds
async def test_killed_between_acknowledgement_and_mark(scene, judge, seed):
    """NT-07: NATS has the events, the outbox does not know: they are published again, and have one effect."""
    workload = Workload(scene, seed, only=SUBMIT)
    with held(scene, Place.PUBLISHED) as place:
        history = await workload.run()
        await eventually(place.waiting)
        await scene.kill("applications")
        place.end_the_waiting()
    await scene.start_again("applications")
    await judge(history)


@seeds
async def test_killed_between_the_yes_and_the_record(scene, judge, seed):
    """NT-05: the provider took an email and the sender died before it noted that: at most the same one again."""
    workload = Workload(scene, seed, only=SUBMIT, by_sms=0)
    async with scene.changed("notifications", settling=0.1):
        scene.smtp.hold()
        history = await workload.run()
        await eventually(
            lambda: {family.contact for family in history.families} <= {to for to, _ in scene.smtp.received}
        )
        with held(scene, Place.HANDED_OVER) as place:
            scene.smtp.let_go()
            await eventually(place.waiting)
            await scene.kill("notifications")
            place.end_the_waiting()
        await scene.start_again("notifications")
        figures = await judge(history)
    assert figures.copies > 0


@seeds
async def test_a_consumer_sleeps_longer_than_nats_waits(scene, judge, seed):
    """NT-07: its events go to another process; when it wakes, it finds them done and does nothing."""
    sleeper = scene.stack.parts["applications"]
    with held(scene, Place.RECEIVED) as place:
        history = await Workload(scene, seed).run()
        await eventually(place.waiting)
        before = len(scene.rows("applications", "SELECT FROM inbox"))
        sleeper.pause()
        if Random(seed).random() < 0.5:
            place.end_the_waiting()  # otherwise it sleeps with an open transaction
    with scene.second("applications"):
        await scene.hurry("applications")
        await eventually(lambda: len(scene.rows("applications", "SELECT FROM inbox")) > before, timeout=20)
        sleeper.resume()
        await judge(history)


@seeds
@pytest.mark.parametrize("service", ["applications", "identity"])
async def test_killed_at_any_moment(scene, judge, seed, service):
    """OP-06: under load a service dies anywhere; clients repeat what they do not know, and each command counts once."""
    running = await Workload(scene, seed).at_any_moment()
    await scene.kill(service)
    await scene.start_again(service)
    await judge(await running)


@at_length
@seeds
async def test_a_sender_is_killed_at_any_moment(scene, judge, seed):
    """NT-05, NT-07: notifications dies anywhere between event and email: each message is sent, none as another one."""
    async with scene.changed("notifications", settling=0.1):
        running = await Workload(scene, seed).at_any_moment()
        await scene.kill("notifications")
        await scene.start_again("notifications")
        await judge(await running, sender_died=True)
