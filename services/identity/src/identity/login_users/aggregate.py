"""How an administrator, or casemanager, changes a login: all that is constant about it, said once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from portico.identity.v1 import resources_pb2 as res

from chassis.aggregate import Act, Aggregate
from chassis.mapping import Params
from chassis.outbox import OutboxEvent
from identity.accounts.domain import Change
from identity.accounts.events import account_events
from identity.accounts.wire import account_message
from identity.login_users.storage import SAVE_LOGIN_USER, login_user_params
from identity.organizations.domain import Organization
from identity.resets.deps import Deps
from identity.shared.audit.usecases import audit_written, signed_in

Told = Callable[[Change, datetime], Sequence[OutboxEvent]]


def login_users(deps: Deps, organization: Organization, told: Told) -> Aggregate[Change, res.Account]:
    """Changes of logins that are there; `told` is what their person gets to read of it."""

    def params(change: Change, act: Act) -> Params:
        subject, actor = change.account.id, signed_in(act.call)
        audit = audit_written(deps, act.call, change.actions, subject=subject, actor=actor, now=act.now)
        return {**login_user_params(change, now=act.now), **audit}

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_LOGIN_USER,
        params=params,
        events=lambda change, act: [
            *account_events(change, ids=deps.ids, now=act.now),
            *told(change, act.now),
        ],
        answer=lambda change, _: account_message(change.account, organization),
        reply=res.Account,
    )
