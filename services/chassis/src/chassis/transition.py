"""load → decide → save: optimistic, and once for each request id."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from psycopg.errors import UniqueViolation
from sqlalchemy import bindparam, select

from chassis.call import Call
from chassis.db import Executor, statement
from chassis.errors import Aborted, AlreadyExists, ServiceError
from chassis.outbox import OutboxEvent, event_params
from chassis.saves import Save, request_params
from chassis.tables import requests

S = TypeVar("S")
D = TypeVar("D")
M = TypeVar("M", bound=Message)

_TRIES = 3


class RequestIdReused(AlreadyExists):
    """The request id came before with another body."""

    reason = "REQUEST_ID_REUSED"
    message = "The request id belongs to another request."


async def transition(
    database: Executor,
    call: Call,
    *,
    org_id: UUID,
    load: Callable[[], Awaitable[S]],
    decide: Callable[[S], D],
    save: Save,
    params: Callable[[D], Mapping[str, object]],
    events: Callable[[D], Sequence[OutboxEvent]],
    reply: Callable[[D], M],
    reply_type: type[M],
) -> M:
    """Change an aggregate, and answer a repeated call as the first time.

    When the save hits no row, the state is loaded and decided anew, three times in all; then Aborted. A call whose
    request id was answered before gets that answer, whatever the state is by now; RequestIdReused when its body
    differs. `org_id` must be the same whenever the call is repeated. Other violated constraints arrive as psycopg's.
    """
    for _ in range(_TRIES):
        try:
            decided = decide(await load())
        except ServiceError:
            kept = await _kept_reply(database, call, org_id, reply_type)
            if kept is None:
                raise
            return kept
        answer = reply(decided)
        saved = await _save(database, call, org_id, save, params(decided), events(decided), answer, reply_type)
        if saved is not None:
            return saved
    raise Aborted()


async def create(
    database: Executor,
    call: Call,
    *,
    org_id: UUID,
    save: Save,
    params: Mapping[str, object],
    events: Sequence[OutboxEvent],
    reply: M,
    reply_type: type[M],
) -> M:
    """Like `transition`, where there is nothing to load: an insert is the guard. No row: Aborted."""
    saved = await _save(database, call, org_id, save, params, events, reply, reply_type)
    if saved is None:
        raise Aborted()
    return saved


async def _save(
    database: Executor,
    call: Call,
    org_id: UUID,
    save: Save,
    params: Mapping[str, object],
    events: Sequence[OutboxEvent],
    answer: M,
    reply_type: type[M],
) -> M | None:
    """The answer, or the kept one of an earlier call; None when the guard hit no row."""
    request = request_params(call, answer.SerializeToString())
    try:
        hit = await database.first(save, **{"org_id": org_id, **params, **request, **event_params(org_id, events)})
    except UniqueViolation:
        kept = await _kept_reply(database, call, org_id, reply_type)
        if kept is None:
            raise
        return kept
    return answer if hit else await _kept_reply(database, call, org_id, reply_type)


@dataclass(frozen=True, slots=True)
class _KeptRequest:
    body_hash: bytes
    reply: bytes


_kept_request = statement(
    select(requests.c.body_hash, requests.c.reply).where(
        requests.c.org_id == bindparam("org_id"),
        requests.c.caller == bindparam("caller"),
        requests.c.method == bindparam("method"),
        requests.c.request_id == bindparam("request_id"),
    ),
    into=_KeptRequest,
)


async def _kept_reply(database: Executor, call: Call, org_id: UUID, reply_type: type[M]) -> M | None:
    request = call.request
    if request is None:
        return None
    kept = await database.first(
        _kept_request, org_id=org_id, caller=request.caller, method=call.method, request_id=request.request_id
    )
    if kept is None:
        return None
    if kept.body_hash != request.body_hash:
        raise RequestIdReused()
    return reply_type.FromString(kept.reply)
