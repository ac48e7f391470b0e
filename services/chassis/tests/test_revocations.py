"""ID-06: what a process knows of sessions that have ended."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico.identity.v1.events_pb2 import RevocationEvent

from chassis.bus import Bus, OwnStream, subject_of
from chassis.ids import new_id
from chassis.revocations import ACCESS_TOKEN_LIFE, STREAM, Revocations, follow
from chassis.testing.clock import FakeClock
from chassis.testing.eventually import eventually

SESSIONS = [new_id() for _ in range(6)]
LIFE = timedelta(seconds=ACCESS_TOKEN_LIFE)


@given(st.lists(st.tuples(st.sampled_from(SESSIONS), st.integers(0, 900)), max_size=30))
def test_a_revocation_is_remembered_as_long_as_a_token_lives(steps):
    """ID-06: a revoked session is refused for the life of a token, however often and in what order it is revoked."""
    clock = FakeClock()
    revocations, last = Revocations(clock), {}
    for session_id, seconds in steps:
        revocations.add([session_id])
        last[session_id] = clock()
        clock.advance(timedelta(seconds=seconds))
        assert all(known in revocations for known, instant in last.items() if clock() < instant + LIFE)
    clock.advance(LIFE)
    revocations.add([])
    assert len(revocations) == 0


@pytest.fixture
async def bus(nats_url):
    bus = Bus(nats_url, service="identity")
    await bus.open()
    await bus.ensure_streams([OwnStream(name=STREAM, service="identity", aggregates=("revocation",))])
    yield bus
    await bus.close()


async def test_a_new_process_learns_the_past_and_the_present(bus, clock):
    """ID-06: a process that starts reads all revocations that are kept before it is ready, and each new one at once."""
    jetstream = await bus.jetstream()

    async def revoke(*sessions):
        event = RevocationEvent(session_ids=map(str, sessions))
        subject = subject_of(new_id(), "identity", "revocation.revoked")
        await jetstream.publish(subject, event.SerializeToString())

    past, present = [new_id() for _ in range(50)], new_id()
    for session_id in past:
        await revoke(session_id)
    await jetstream.publish(subject_of(new_id(), "identity", "revocation.revoked"), b"\xff")
    revocations, caught_up = Revocations(clock), asyncio.Event()
    following = asyncio.create_task(follow(bus, revocations, caught_up))
    async with asyncio.timeout(5):
        await caught_up.wait()
    assert [session_id for session_id in past if session_id not in revocations] == []
    await revoke(present)
    await eventually(lambda: present in revocations, timeout=1)
    following.cancel()
