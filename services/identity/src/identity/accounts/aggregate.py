"""How an account is made and changed: all that is constant about it, said once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from chassis.aggregate import Act, Aggregate, Source
from chassis.call import Call
from chassis.mapping import Params
from chassis.outbox import OutboxEvent
from chassis.saves import Save
from identity.accounts.domain import Account, Change
from identity.accounts.events import account_events
from identity.accounts.storage import LOAD_ACCOUNT, SAVE_ACCOUNT, SAVE_NEW_ACCOUNT, account_params, new_account_params
from identity.organizations.deps import Deps
from identity.shared.audit.usecases import Actor, audit_written

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner(Generic[M]):
    """What differs from verb to verb: who acts, what the person is told, and the answer."""

    actor: Callable[[Change, Act], Actor | None]
    told: Callable[[Change, datetime], Sequence[OutboxEvent]]
    answer: Callable[[Change, datetime], M]
    reply: type[M]


def changed_accounts(deps: Deps, manner: Manner[M]) -> Aggregate[Change, M]:
    """Changes of accounts that are there."""
    return _accounts(deps, manner, SAVE_ACCOUNT, lambda change, act: account_params(change, now=act.now))


def new_accounts(deps: Deps, manner: Manner[M]) -> Aggregate[Change, M]:
    """Accounts as they are made; `add` raises UsernameTaken."""
    return _accounts(deps, manner, SAVE_NEW_ACCOUNT, lambda change, _: new_account_params(change))


def source(deps: Deps, call: Call, account: Account) -> Source[Account | None]:
    """An account that was seen before, as it is now; None when it is gone."""
    return Source(call, account.org_id, lambda: account_by_id(deps, org_id=account.org_id, account_id=account.id))


async def account_by_id(deps: Deps, *, org_id: UUID, account_id: UUID) -> Account | None:
    """The account with this id, its live sessions and its proofs."""
    return await deps.database.first(LOAD_ACCOUNT, org_id=org_id, id=account_id, now=deps.clock())


def _accounts(
    deps: Deps, manner: Manner[M], save: Save, columns: Callable[[Change, Act], Params]
) -> Aggregate[Change, M]:
    def params(change: Change, act: Act) -> Params:
        actor, subject = manner.actor(change, act), change.account.id
        audit = audit_written(deps, act.call, change.actions, subject=subject, actor=actor, now=act.now)
        return {**columns(change, act), **audit}

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=save,
        params=params,
        events=lambda change, act: [*account_events(change, ids=deps.ids, now=act.now), *manner.told(change, act.now)],
        answer=manner.answer,
        reply=manner.reply,
    )
