"""One organization's messages, the servers that they go to, and the senders that a test runs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

from portico.notifications.v1.events_pb2 import MessageEvent

from chassis.db import Database, Statement
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.pagination import NEWEST
from chassis.tasks import cancel
from chassis.testing import FakeClock, eventually
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.storage import DeadLetter
from notifications.dead_letters.usecases import list_dead_letters
from notifications.messages.domain import Message, State
from notifications.messages.storage import MESSAGES_BY_AGE
from notifications.messages.usecases import get_message, list_messages
from notifications.providers.domain import Accepted, OutboundMessage, Outcome, Provider
from notifications.providers.sms import SmsProvider
from notifications.providers.smtp import SmtpProvider, SmtpUrl
from notifications.sending.attempts import Attempts
from notifications.sending.sender import Sender
from notifications.shared.domain import Channel
from services.notifications.tests.servers import SmsServer, SmtpServer
from services.notifications.tests.world import SENDER, events_of, row_of, stored

T = TypeVar("T")


@dataclass
class HeldProvider:
    """A provider that says yes when a test lets it: to everybody, or at once to all but one."""

    holds: str = ""
    begun: list[UUID] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    is_closed: bool = False

    async def send(self, outbound: OutboundMessage) -> Outcome:
        self.begun.append(outbound.id)
        if self.holds in ("", outbound.recipient):
            await self.release.wait()
        return Accepted()

    async def close(self) -> None:
        self.is_closed = True


@dataclass
class Line:
    """A sender's way to the database, which a test cuts and mends; counts what was asked in vain."""

    database: Database
    is_cut: bool = False
    in_vain: int = 0

    @property
    def outbox_filled(self) -> asyncio.Event:
        return self.database.outbox_filled

    async def all(self, stmt: Statement[T], /, **params: object) -> list[T]:
        self._pass()
        return await self.database.all(stmt, **params)

    async def run(self, stmt: Statement[T], /, **params: object) -> int:
        self._pass()
        return await self.database.run(stmt, **params)

    def _pass(self) -> None:
        if self.is_cut:
            self.in_vain += 1
            raise Unavailable()


@dataclass(frozen=True)
class Desk:
    """What a test of the senders works with; the clock stands still, and chance is always the middle."""

    deps: Deps
    org_id: UUID
    clock: FakeClock
    smtp: SmtpServer
    sms: SmsServer

    def provider(self, channel: Channel, *, url: str = "", seconds: float = 5) -> Provider:
        """The provider of a channel, for the test's own server or another one."""
        if channel is Channel.EMAIL:
            return SmtpProvider(SmtpUrl.parse(url or self.smtp.url), sender=SENDER, attempt_seconds=seconds)
        return SmsProvider(
            url or self.sms.url,
            account="AC1",
            token="hush",
            sender="+12135550100",
            clock=self.clock,
            attempt_seconds=seconds,
        )

    @asynccontextmanager
    async def sending(
        self,
        channel: Channel = Channel.EMAIL,
        *,
        provider: Provider | None = None,
        connections: int = 4,
        line: "Line | None" = None,
    ) -> AsyncIterator[Sender]:
        """A sender that runs while the block does, over a line of its own to the database where one is given."""
        attempts = Attempts(
            self.deps.composer, provider or self.provider(channel), self.clock, new_id, chance=lambda: 0.5
        )
        database = cast("Database", line) if line else self.deps.database
        sender = Sender(channel, attempts, database, clock=self.clock, connections=connections)
        task = asyncio.create_task(sender.run())
        await asyncio.sleep(0)  # it has begun
        try:
            yield sender
        finally:
            await cancel(task, poll_seconds=0.01)
            assert task.cancelled()

    async def store(self, key: str = "FAMILY_INVITATION", /, **changes: Any) -> UUID:
        """A message that waits for its first attempt."""
        return await stored(self.deps, self.org_id, key, **changes)

    async def now(self, message_id: UUID) -> Message:
        """The message as it is."""
        return await get_message(self.deps, org_id=self.org_id, message_id=message_id)

    async def until(self, message_id: UUID, state: State, *, attempts: int = 0) -> Message:
        """The message when it is in this state, after so many attempts."""

        async def arrived() -> Message | None:
            message = await self.now(message_id)
            return message if message.state is state and message.attempt_count >= attempts else None

        message = await eventually(arrived)
        assert message is not None
        return message

    async def in_state(self, state: State) -> Sequence[Message]:
        """The messages that are in a state."""
        return await list_messages(self.deps, self.org_id, "", [state], MESSAGES_BY_AGE.first, 10)

    async def events(self, message_id: UUID) -> list[MessageEvent]:
        """What the others were told of a message."""
        return await events_of(self.deps.database, self.org_id, message_id)

    async def told(self, message_id: UUID) -> list[str | None]:
        """What the others were told of a message, in words."""
        return [event.WhichOneof("event") for event in await self.events(message_id)]

    async def row(self, message_id: UUID) -> dict[str, Any]:
        """The message as it lies in the table."""
        return await row_of(self.deps.database, self.org_id, message_id)

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """What was given up."""
        return await list_dead_letters(self.deps, self.org_id, NEWEST, 10)
