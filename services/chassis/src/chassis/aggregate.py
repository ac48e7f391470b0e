"""load → decide → save: what is constant about an aggregate, said once; optimistic, and once for each request id."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message
from psycopg.errors import IntegrityError
from sqlalchemy import bindparam, select

from chassis.call import Call
from chassis.clock import Clock
from chassis.db import Executor, statement
from chassis.errors import Aborted, AlreadyExists, ServiceError
from chassis.etags import V, as_seen
from chassis.outbox import OutboxEvent, event_params
from chassis.saves import Save, request_params, run_save
from chassis.tables import requests

S = TypeVar("S")
C = TypeVar("C")
D = TypeVar("D")
M = TypeVar("M", bound=Message)
R = TypeVar("R")

TRIES = 3
"""How often a change is decided on what is there, before the caller is told to come again."""


class RequestIdReused(AlreadyExists):
    """The request id came before with another body."""

    reason = "REQUEST_ID_REUSED"
    message = "The request id belongs to another request."


@dataclass(frozen=True, slots=True)
class Act:
    """Who changes something (`call`), and when (`now`, aware UTC)."""

    call: Call
    now: datetime

    @property
    def actor_id(self) -> UUID | None:
        """The account of the signed-in person; None when nobody is signed in, or in a background job."""
        return self.call.caller.account_id


@dataclass(frozen=True, slots=True)
class Source(Generic[S]):
    """Which record a call is about: its organization, and how to load it; `load` raises NotFound, or gives the state.

    `org_id` must be the same whenever the call is repeated.
    """

    call: Call
    org_id: UUID
    load: Callable[[], Awaitable[S]]

    def seen(self: "Source[V]", etag: str) -> "Source[V]":
        """The same record, as long as it is the version that the caller has seen; `load` raises Aborted for another."""

        async def load() -> V:
            return as_seen(await self.load(), etag)

        return replace(self, load=load)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Generic[D, M]):
    """All that is constant about changing one kind of record; bound once, in a service's `app.py`.

    `D` is what a decision comes to, `M` the answer. `params` and `events` are functions of the decision and of who
    acts, called anew for each try: only what the try that hits has made is written. `answer` makes the reply from the
    decision and the time. Where decisions write in different ways, `save` is a function that says which save is one's.

    >>> import asyncio
    >>> from dataclasses import replace
    >>> from datetime import UTC
    >>> from google.protobuf.wrappers_pb2 import Int64Value
    >>> from sqlalchemy import BigInteger, Column, MetaData, Table, Uuid, update
    >>> from chassis.call import Caller
    >>> from chassis.saves import save
    >>> tills = Table("tills", MetaData(), *(Column(name, Uuid, primary_key=True) for name in ("org_id", "id")),
    ...     *(Column(name, BigInteger) for name in ("balance", "version")))
    >>> SAVE_TILL = save(
    ...     update(tills)
    ...     .where(*(tills.c[name] == bindparam(name) for name in ("org_id", "id")))
    ...     .where(tills.c.version == bindparam("loaded"))
    ...     .values(balance=bindparam("balance"), version=tills.c.version + 1)
    ...     .returning(tills.c.id)
    ... )
    >>> @dataclass(frozen=True)
    ... class Till:
    ...     id: UUID
    ...     balance: int
    ...     version: int
    >>> def pay_in(till: Till, amount: int, now: datetime) -> Till:
    ...     return replace(till, balance=till.balance + amount)
    >>> class OneRow:  # stands for the database here
    ...     async def first(self, stmt, /, **params):
    ...         return 1
    >>> aggregate = Aggregate(
    ...     database=OneRow(),
    ...     clock=lambda: datetime(2026, 1, 2, tzinfo=UTC),
    ...     save=SAVE_TILL,
    ...     params=lambda till, act: {"id": till.id, "balance": till.balance, "loaded": till.version},
    ...     events=lambda till, act: [],
    ...     answer=lambda till, now: Int64Value(value=till.balance),
    ...     reply=Int64Value,
    ... )
    >>> async def load() -> Till:
    ...     return Till(id=UUID(int=7), balance=10, version=1)
    >>> source = Source(Call(Caller(), "/tills/PayIn"), UUID(int=1), load)
    >>> asyncio.run(aggregate.change(source, pay_in, 5)).value
    15
    """

    database: Executor
    clock: Clock
    save: Save | Callable[[D], Save]
    params: Callable[[D, Act], Mapping[str, object]]
    events: Callable[[D, Act], Sequence[OutboxEvent]]
    answer: Callable[[D, datetime], M]
    reply: type[M]

    async def change(
        self,
        source: Source[S],
        decide: Callable[[S, C, datetime], D],
        command: C,
        *,
        effect: Callable[[D], Awaitable[object]] | None = None,
        complete: Callable[[D], Awaitable[D]] | None = None,
    ) -> M:
        """Load, decide and save, and answer a repeated call as the first time.

        A save that hits no row lost the race (version conflict): the state is loaded and decided anew, TRIES times in
        all; then Aborted. A call whose request id was answered before gets that answer, whatever the state is by now;
        RequestIdReused when its body differs. Raises what `load`, `decide` and the save's conflicts raise; other
        violated constraints arrive as psycopg's.

        `effect` changes something at a neighbour: it is called once, after the first decision that is allowed and
        before the save. A call that comes again after a failed save runs it again, with the same request id: the
        neighbour answers that from what it has kept.

        `complete` gives the decision what only a neighbour knows; it is called for each try, after the kept answer was
        looked for. The neighbour must answer the same decision the same.
        """
        call, org_id = source.call, source.org_id
        if (effect or complete) is not None and (kept := await self._kept(call, org_id)) is not None:
            return kept
        for _ in range(TRIES):
            now = self.clock()
            try:
                decision = decide(await source.load(), command, now)
            except ServiceError as error:
                return await self._kept_or_raise(call, org_id, error)
            if effect is not None:
                await effect(decision)
                effect = None
            if complete is not None:
                decision = await complete(decision)
            if (answer := await self._save(call, org_id, decision, now)) is not None:
                return answer
        raise Aborted()

    async def add(self, call: Call, org_id: UUID, decision: D) -> M:
        """Save a new record, where there is nothing to load: the insert itself is the target. No row: Aborted."""
        if (answer := await self._save(call, org_id, decision, self.clock())) is None:
            raise Aborted()
        return answer

    async def _save(self, call: Call, org_id: UUID, decision: D, now: datetime) -> M | None:
        """The answer, or the kept one of an earlier call; None when the race was lost."""
        act, answer = Act(call, now), self.answer(decision, now)
        params = {
            "org_id": org_id,
            **self.params(decision, act),
            **request_params(call, answer.SerializeToString()),
            **event_params(org_id, self.events(decision, act)),
        }
        try:
            save = self.save if isinstance(self.save, Save) else self.save(decision)
            hit = await run_save(self.database, save, params)
        except (IntegrityError, ServiceError) as error:
            return await self._kept_or_raise(call, org_id, error)
        return answer if hit else await self._kept(call, org_id)

    async def _kept_or_raise(self, call: Call, org_id: UUID, error: Exception) -> M:
        """The answer that this request id had before, else the error of this time."""
        kept = await self._kept(call, org_id)
        if kept is None:
            raise error
        return kept

    async def _kept(self, call: Call, org_id: UUID) -> M | None:
        reply = await kept_reply(self.database, call, org_id)
        return None if reply is None else self.reply.FromString(reply)


async def retried(attempt: Callable[[], Awaitable[R | None]]) -> R:
    """What an attempt gives, the first time that it is not None; Aborted after TRIES lost races.

    For saves whose answer is a secret and not kept: there is no `Aggregate` then, only load, decide and `write`.
    """
    for _ in range(TRIES):
        if (result := await attempt()) is not None:
            return result
    raise Aborted()


@dataclass(frozen=True, slots=True)
class _KeptRequest:
    body_hash: bytes
    reply: bytes


_KEPT_REQUEST = statement(
    select(requests.c.body_hash, requests.c.reply).where(
        requests.c.org_id == bindparam("org_id"),
        requests.c.caller == bindparam("caller"),
        requests.c.method == bindparam("method"),
        requests.c.request_id == bindparam("request_id"),
    ),
    into=_KeptRequest,
)


async def is_answered(database: Executor, call: Call, org_id: UUID, request_id: UUID) -> bool:
    """Whether a request id was answered before, of a stream whose body is not known yet."""
    key = {"caller": call.caller.key, "method": call.method, "request_id": request_id}
    return await database.first(_KEPT_REQUEST, org_id=org_id, **key) is not None


async def kept_reply(database: Executor, call: Call, org_id: UUID) -> bytes | None:
    """The serialized answer that this call's request id had before; RequestIdReused when the body was another."""
    request = call.request
    if request is None:
        return None
    kept = await database.first(
        _KEPT_REQUEST, org_id=org_id, caller=request.caller, method=call.method, request_id=request.request_id
    )
    if kept is None:
        return None
    if kept.body_hash != request.body_hash:
        raise RequestIdReused()
    return kept.reply
