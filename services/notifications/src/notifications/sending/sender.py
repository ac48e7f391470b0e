"""Sends what is due on one channel: claims a few messages, hands them over, records what came of it.

A claim is a lease. A sender that dies between the provider's yes and the record lets it run out, and the message is
sent again with the same Message-ID; nothing is ever lost. An attempt never outlives its lease, and after an outage of
the database whoever holds a yes has time to record it before others take over what ran out meanwhile.
"""

import asyncio
from datetime import datetime, timedelta

from chassis import telemetry
from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import ServiceError
from chassis.quiet_hours import quiet_zones
from chassis.tasks import cancel, to_its_end
from notifications.providers.domain import MAX_ATTEMPT_SECONDS
from notifications.sending.attempts import Attempts
from notifications.sending.domain import RETRY_WINDOW, retries_end
from notifications.sending.storage import (
    CLAIM_MESSAGES,
    RECORD_RESULTS,
    RELEASE_MESSAGES,
    Claimed,
    Result,
    result_params,
)
from notifications.sending.turns import CLAIM_BULK
from notifications.shared.domain import Channel

LEASE = timedelta(seconds=4 * MAX_ATTEMPT_SECONDS)
"""How long a claimed message is its sender's: longer than it waits here and an attempt takes, together."""

_MIN_LEASE = timedelta(seconds=2 * MAX_ATTEMPT_SECONDS)
"""No attempt begins with less of the lease left: it lasts for the attempt, and as long again for the record."""
SETTLING = timedelta(seconds=15)
"""How long the database must have been there without a break before a sender takes over from another one.

A reconnect takes some seconds; longer than that no living sender has a provider's yes that it could not record.
"""
_MIN_POLL_SECONDS, _MAX_POLL_SECONDS = 0.001, 0.25
"""Between looks into the queue: for a message that is about to be committed, and when nothing is known."""
_MIN_CLAIM, _MAX_CLAIM = 8, 256
_AHEAD_SECONDS = 0.1
"""How much work is claimed ahead: enough to claim seldom, so little that an urgent message overtakes soon."""
_GATHER_SECONDS, _MAX_RECORDS = 0.02, 500
"""How long results come together, and how many are recorded by one statement at most."""
_RETRY_SECONDS = 0.5
_log = telemetry.logger(__name__)


class Sender:
    """One channel's sender in one process; any number of processes share the work."""

    def __init__(
        self, channel: Channel, attempts: Attempts, database: Database, *, clock: Clock, connections: int
    ) -> None:
        """`connections` messages are handed over at once."""
        self._channel = channel
        self._attempts = attempts
        self._database = database
        self._clock = clock
        self._connections = connections
        self._woken = asyncio.Event()
        self._expected = 0
        self._reset()

    def wake(self) -> None:
        """Says that a message was stored; its transaction may still be about to commit."""
        self._expected += 1
        self._woken.set()

    async def run(self) -> None:
        """Never returns. When cancelled, it hands back what it did not begin, and finishes and records the rest."""
        try:
            await self._run()
        except asyncio.CancelledError:
            await to_its_end(self._attempts.provider.close())
            raise

    async def _run(self) -> None:
        self._reset()
        claimer = asyncio.create_task(self._keep_claiming(), name="claim")
        workers = [asyncio.create_task(self._work(), name="send") for _ in range(self._connections)]
        recorder = asyncio.create_task(self._keep_recording(), name="record")
        try:
            done, _ = await asyncio.wait([claimer, recorder, *workers], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # none of them ends by itself: this raises what broke it
        finally:
            await to_its_end(self._stop(claimer, workers, recorder))

    def _reset(self) -> None:
        self._buffer: asyncio.Queue[Claimed | None] = asyncio.Queue()
        self._results: asyncio.Queue[Result | None] = asyncio.Queue()
        self._low = asyncio.Event()
        self._low_mark = 0
        self._begun = 0
        self._held_until: datetime | None = None
        self._is_stopping = False
        self._settle()

    def _settle(self) -> None:
        self._takeover_time = self._clock() + SETTLING

    async def _keep_claiming(self) -> None:
        loop = asyncio.get_running_loop()
        since, pause = loop.time(), _MAX_POLL_SECONDS
        while not self._is_stopping:
            rate = self._begun / max(loop.time() - since, 0.001)
            since, self._begun = loop.time(), 0
            limit = int(min(max(rate * _AHEAD_SECONDS, _MIN_CLAIM, self._connections), _MAX_CLAIM))
            self._woken.clear()
            found = await self._claim(limit)
            self._expected = max(self._expected - found, 0)
            # Of a backlog of one urgency a claim takes five eighths at least; the rest is kept for the others.
            if found > limit // 2:
                await self._until_low(limit // 2)
                continue
            # A wake comes a moment before the commit: look again after 1, 2, 4 ms … until it is there.
            pause = (_MIN_POLL_SECONDS if found else pause * 2) if self._expected else _MAX_POLL_SECONDS
            if pause >= _MAX_POLL_SECONDS and not self._woken.is_set():  # what came while it looked is still expected
                pause, self._expected = _MAX_POLL_SECONDS, 0
            if await _is_set_within(self._woken, pause):
                pause = _MIN_POLL_SECONDS / 2

    async def _claim(self, limit: int) -> int:
        now = self._clock()
        # While the provider wants to be left alone, what has waited for too long is still given up.
        stored_before = now - RETRY_WINDOW if self._is_held(now) else now
        due = {
            "channel": self._channel,
            "now": now,
            "stored_before": stored_before,
            "lease_until": now + LEASE,
            "takes_over": now >= self._takeover_time,
        }
        quiet = quiet_zones(now.replace(second=0, microsecond=0)) if self._channel is Channel.SMS else ()
        found = 0
        try:
            claimed = await self._database.all(CLAIM_MESSAGES, **due, limit=limit)
            found = self._put(claimed)
            claimed = await self._database.all(CLAIM_BULK, **due, limit=limit - found, quiet_zones=[*quiet])
            return found + self._put(claimed)
        except ServiceError as error:
            self._settle()
            _log.warning("sender.cannot_claim", channel=self._channel.name, reason=error.reason)
            return found

    def _put(self, claimed: list[Claimed]) -> int:
        for message in sorted(claimed, key=lambda message: message.urgency):
            self._buffer.put_nowait(message)
        return len(claimed)

    def _is_held(self, now: datetime) -> bool:
        return self._held_until is not None and now < self._held_until

    async def _until_low(self, mark: int) -> None:
        self._low_mark = mark
        self._low.clear()
        if self._buffer.qsize() > mark and not self._is_stopping:
            await self._low.wait()

    async def _work(self) -> None:
        while (claimed := await self._buffer.get()) is not None:
            self._begun += 1
            if self._buffer.qsize() <= self._low_mark:
                self._low.set()
            if self._clock() > claimed.due_time - _MIN_LEASE:
                continue  # it waited here too long: whoever claims it next sends it
            end = retries_end(claimed.retry_since)
            if self._held_until is not None and self._is_held(now := self._clock()) and now < end:
                await self._release([claimed], due_time=min(self._held_until, end))
                continue
            result, held_until = await self._attempts.attempt(claimed)
            self._results.put_nowait(result)
            if held_until is not None:
                self._held_until = held_until
                _log.warning("sender.held", channel=self._channel.name, until=held_until.isoformat())

    async def _keep_recording(self) -> None:
        while (first := await self._results.get()) is not None:
            results = [first]
            if not self._is_stopping:
                await asyncio.sleep(_GATHER_SECONDS)
            while len(results) < _MAX_RECORDS and not self._results.empty():
                further = self._results.get_nowait()
                if further is None:
                    self._results.put_nowait(None)
                    break
                results.append(further)
            await self._record(results)

    async def _record(self, results: list[Result]) -> None:
        while True:
            try:
                await self._database.run(RECORD_RESULTS, **result_params(results))
            except ServiceError as error:
                # What the provider took must not be forgotten, however long the outage is.
                self._settle()
                _log.warning("sender.cannot_record", channel=self._channel.name, reason=error.reason)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._database.outbox_filled.set()
                return

    async def _release(self, claimed: list[Claimed], *, due_time: datetime) -> None:
        try:
            await self._database.run(
                RELEASE_MESSAGES,
                org_id=[message.org_id for message in claimed],
                id=[message.id for message in claimed],
                version=[message.version for message in claimed],
                due_time=due_time,
            )
        except ServiceError as error:
            # Their leases run out by themselves.
            _log.warning("sender.cannot_give_back", channel=self._channel.name, reason=error.reason)

    async def _stop(
        self, claimer: asyncio.Task[None], workers: list[asyncio.Task[None]], recorder: asyncio.Task[None]
    ) -> None:
        self._is_stopping = True
        self._woken.set()
        self._low.set()
        await asyncio.wait([claimer])  # not cancelled: what it is claiming would be lost until the lease runs out
        waiting = [self._buffer.get_nowait() for _ in range(self._buffer.qsize())]
        for _ in workers:
            self._buffer.put_nowait(None)
        unbegun = [message for message in waiting if message is not None]
        if unbegun:
            await self._release(unbegun, due_time=self._clock())
        await asyncio.wait(workers)  # to cancel an attempt might forget the provider's yes; each ends by itself
        self._results.put_nowait(None)
        await asyncio.wait([recorder], timeout=MAX_ATTEMPT_SECONDS)
        await cancel(recorder)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
