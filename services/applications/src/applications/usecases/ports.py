"""What the use cases are handed, and the way that every change of a guardian goes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from portico.identity.v1.stub import IdentityStub
from portico_errors.applications import ApplicationNotFound

from applications.domain.application import Application
from applications.domain.decision import Decision
from applications.domain.invitation import CODE_LENGTH
from applications.domain.timeline import Scribe, TimelineEntry
from applications.events import decision_events
from applications.messages import Messages, Secrets
from applications.storage.loading import LOAD_APPLICATION, application_of
from applications.storage.saving import KeyHashes
from chassis.call import Call
from chassis.clock import Clock
from chassis.contacts import mask
from chassis.db import Database
from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.saving import Save
from chassis.secrets import KeyedHash, opaque_token, typed_code
from chassis.transition import transition

M = TypeVar("M", bound=Message)
Reply = Callable[[Application, datetime], M]
"""Makes the answer of an application as it is at a moment."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside of a use case."""

    database: Database
    clock: Clock
    ids: Ids
    hashes: KeyedHash
    messages: Messages
    identity: IdentityStub


@dataclass(frozen=True, slots=True)
class Change:
    """A decision with the lines that tell of it."""

    decision: Decision
    entries: tuple[TimelineEntry, ...]


def scribe(ports: Ports, call: Call, now: datetime) -> Scribe:
    """Writes what the caller did now."""
    return Scribe(ids=ports.ids, mask=mask, actor_id=call.caller.account_id, now=now)


def new_secrets(org_id: UUID) -> Secrets:
    """A token and a code that nobody has seen."""
    return Secrets(token=opaque_token(org_id), code=typed_code(CODE_LENGTH))


def hashes_of(ports: Ports, secrets: Secrets) -> KeyHashes:
    """What is kept of them."""
    return KeyHashes(token=token_hash(ports, secrets.token), code=code_hash(ports, secrets.code))


def token_hash(ports: Ports, token: str) -> bytes:
    """What an invitation's token is known by."""
    return ports.hashes("invitation token", token)


def code_hash(ports: Ports, code: str) -> bytes:
    """What an invitation's code, in its one form, is known by."""
    return ports.hashes("invitation code", code)


async def load_application(ports: Ports, *, org_id: UUID, application_id: UUID) -> Application:
    """The application with its guardians; raises ApplicationNotFound."""
    rows = await ports.database.all(LOAD_APPLICATION, org_id=org_id, application_id=application_id)
    if not rows:
        raise ApplicationNotFound()
    return application_of(rows)


async def change(
    ports: Ports,
    call: Call,
    *,
    org_id: UUID,
    load: Callable[[], Awaitable[Application]],
    decide: Callable[[Application, datetime], Decision],
    save: Save,
    params: Callable[[Change], Mapping[str, object]],
    reply: Callable[[Change, datetime], M],
    reply_type: type[M],
    messages: Callable[[Decision], Sequence[OutboxEvent]] = lambda _: (),
) -> M:
    """Load, decide and save a guardian of an application; `messages` are sent along with the events."""
    now = ports.clock()
    writer = scribe(ports, call, now)

    def decided(application: Application) -> Change:
        decision = decide(application, now)
        return Change(decision, writer.entries(decision.events))

    return await transition(
        ports.database,
        call,
        org_id=org_id,
        load=load,
        decide=decided,
        save=save,
        params=params,
        events=lambda made: [
            *decision_events(made.decision, ids=ports.ids, now=now),
            *messages(made.decision),
        ],
        reply=lambda made: reply(made, now),
        reply_type=reply_type,
    )


async def change_by_staff(
    ports: Ports,
    call: Call,
    application_id: UUID,
    *,
    decide: Callable[[Application, datetime], Decision],
    save: Save,
    params: Callable[[Change], Mapping[str, object]],
    reply: Reply[M],
    reply_type: type[M],
    messages: Callable[[Decision], Sequence[OutboxEvent]] = lambda _: (),
) -> M:
    """A change in the caller's own organization; raises ApplicationNotFound."""
    return await change(
        ports,
        call,
        org_id=call.org_id,
        load=lambda: load_application(ports, org_id=call.org_id, application_id=application_id),
        decide=decide,
        save=save,
        params=params,
        reply=lambda made, now: reply(made.decision.application, now),
        reply_type=reply_type,
        messages=messages,
    )
