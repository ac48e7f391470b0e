"""What was accepted ends within a day, and whoever asked is told one end of it, whatever the provider does."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.notifications.v1.events_pb2 import MessageEvent

from chassis.ids import new_id
from chassis.testing import eventually
from notifications.messages.domain import State
from notifications.providers.domain import Accepted, OutboundMessage, Outcome, Refused
from notifications.sending.attempts import Attempts
from notifications.sending.domain import RETRY_WINDOW
from notifications.sending.sender import LEASE
from notifications.shared.domain import Channel
from services.notifications.tests.claims import claimed_now, recorded
from services.notifications.tests.desk import Desk

DIES = None
"""The sender is gone between the provider's answer and the record."""
_waits = st.none() | st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds))
_answers = st.one_of(
    st.builds(Refused, st.just("451 later"), is_permanent=st.just(value=False), retry_after=_waits),
    st.just(Accepted()),
    st.just(Refused("550 5.1.1 no such user", is_permanent=True)),
    st.just(ValueError("a fault of ours")),
    st.just(DIES),
)


@dataclass
class Script:
    """A provider that answers as drawn, and then refuses for ever."""

    answers: deque[Outcome | Exception | None]
    is_dead: bool = False

    async def send(self, outbound: OutboundMessage) -> Outcome:
        answer = self.answers.popleft() if self.answers else Refused("452 full", is_permanent=False)
        self.is_dead = answer is DIES
        if isinstance(answer, Exception):
            raise answer
        return answer or Accepted()

    async def close(self) -> None: ...


def _ends(events: Sequence[MessageEvent]) -> list[str]:
    """The ends that were told: what says nothing of a further attempt."""
    told = [(event.WhichOneof("event"), event.failed.retrying) for event in events]
    return [str(kind) for kind, is_retrying in told if kind != "queued" and not is_retrying]


async def _ended(desk: Desk, message_id: UUID, script: Script, chance: float) -> datetime:
    """Does what senders do whenever the message is due; when nothing was left to do."""
    attempts = Attempts(desk.deps.composer, script, desk.clock, new_id, chance=lambda: chance)
    while due_time := (await desk.row(message_id))["due_time"]:
        desk.clock.now = max(due_time, desk.clock.now)
        for claimed in await claimed_now(desk.deps.database, desk.clock()):
            result, _ = await attempts.attempt(claimed)
            if not script.is_dead:
                await recorded(desk.deps.database, result)
            script.is_dead = False
    return desk.clock()


@given(
    answers=st.lists(_answers, max_size=12),
    chance=st.floats(0, 1, exclude_max=True),
    hours=st.none() | st.floats(0.01, 72),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_message_ends_within_a_day(
    desk: Desk, answers: list[Outcome | Exception | None], chance: float, hours: float | None
) -> None:
    """CASE-S2, NT-06: whatever the provider answers, a message is done a day later, and one end of it was told."""
    accepted = desk.clock()
    message_id = await desk.store(not_after=None if hours is None else accepted + timedelta(hours=hours))
    ended = await _ended(desk, message_id, Script(deque(answers)), chance)
    assert ended <= accepted + RETRY_WINDOW + (LEASE if DIES in answers else timedelta())
    told, row = await desk.events(message_id), await desk.row(message_id)
    [end] = _ends(told)
    assert (end, "queued", end) == (
        _END[State(row["state"])],
        told[0].WhichOneof("event"),
        told[-1].WhichOneof("event"),
    )
    assert end == "sent" or (told[-1].failed.reason or told[-1].cancelled.reason)


_END = {
    State.SENT: "sent",
    State.PERMANENT_FAILURE: "failed",
    State.TEMPORARY_FAILURE: "failed",
    State.CANCELLED: "cancelled",
}


@dataclass
class Busy:
    """A provider that wants to be left alone by everybody for an hour, each time."""

    asked: int = 0

    def was_asked(self, times: int) -> bool:
        return self.asked >= times

    async def send(self, outbound: OutboundMessage) -> Outcome:
        self.asked += 1
        return Refused("429 later", is_permanent=False, retry_after=timedelta(hours=1))

    async def close(self) -> None: ...


async def test_who_is_never_reached_is_given_up_all_the_same(desk: Desk) -> None:
    """CASE-S2, NT-06: a provider that asks for peace all day long gets few attempts, yet every message ends."""
    busy, end = Busy(), desk.clock() + RETRY_WINDOW
    async with desk.sending(Channel.SMS, provider=busy, connections=1):
        texts = [await desk.store(channel=Channel.SMS) for _ in range(30)]
        for hour in range(1, 24):
            await eventually(partial(busy.was_asked, hour))
            desk.clock.advance(timedelta(hours=1))
        desk.clock.now = end
        for message_id in texts:
            await eventually(partial(_is_over, desk, message_id))
    assert busy.asked < len(texts)
    rows = [await desk.row(message_id) for message_id in texts]
    assert {"429 later", "NOT_ATTEMPTED"} == {row["dead_reason"] for row in rows}
    assert {("failed",)} == {tuple(_ends(await desk.events(message_id))) for message_id in texts}


async def _is_over(desk: Desk, message_id: UUID) -> bool:
    return (await desk.row(message_id))["due_time"] is None
