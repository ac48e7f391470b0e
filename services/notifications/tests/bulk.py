"""Messages in bulk as a test asks for them: the requests, the transaction of their event, and their group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from chassis.db import statement
from chassis.ids import new_id
from notifications.dead_letters.deps import Deps
from notifications.messages.storage import messages
from notifications.requests.usecases.bulk import send_messages, withdraw_group
from notifications.shared.domain import Channel, Request, Urgency
from services.notifications.tests.world import message_request, request_for

_ROWS = statement(
    select(messages.c.id, messages.c.state, messages.c.due_time, messages.c.group)
    .where(messages.c.org_id == bindparam("org_id"))
    .order_by(messages.c.id)
)


@dataclass(frozen=True)
class Row:
    """What a test looks at of a stored message."""

    id: UUID
    state: int
    due_time: datetime | None
    group: str


@dataclass(frozen=True)
class Batch:
    """A group of one organization."""

    deps: Deps
    org_id: UUID
    group: str

    def request(self, channel: Channel = Channel.EMAIL, **changes: Any) -> Request:
        """One invitation of the batch."""
        template = self.deps.composer.catalogue.template("FAMILY_INVITATION", channel)
        return request_for(template, **{"urgency": Urgency.BULK, "group": self.group, **changes})

    def requests(self, count: int, channel: Channel = Channel.EMAIL, **changes: Any) -> list[Request]:
        """So many invitations, each to another recipient; sealed once, because a box takes a while."""
        sealed = self.request(channel).sealed_values
        return [self.request(channel, sealed_values=sealed, **changes) for _ in range(count)]

    async def store(self, requests: Sequence[Request], *, event_id: UUID | None = None) -> None:
        """Stores them as one event does."""
        async with self.deps.database.transaction() as tx:
            await send_messages(
                self.deps,
                tx,
                org_id=self.org_id,
                requester="applications",
                event_id=event_id or new_id(),
                asked=[message_request(request) for request in requests],
            )

    async def withdraw(self) -> None:
        """Takes the group back as its event does."""
        async with self.deps.database.transaction() as tx:
            await withdraw_group(self.deps, tx, org_id=self.org_id, requester="applications", group=self.group)

    async def rows(self) -> list[Row]:
        """What is stored of the organization, in the order of their ids."""
        rows = await self.deps.database.all(_ROWS, org_id=self.org_id)
        return [Row(*row) for row in rows]  # type: ignore[arg-type]


def batch_of(deps: Deps, org_id: UUID, group: str = "") -> Batch:
    """A batch that no other test has."""
    return Batch(deps, org_id, group or f"batches/{new_id()}")


class Inside:
    """A transaction that is open already, where a database is asked for one."""

    def __init__(self, tx: object) -> None:
        self._tx = tx

    def transaction(self) -> "Inside":
        return self

    async def __aenter__(self) -> object:
        return self._tx

    async def __aexit__(self, *_: object) -> None:
        return None
