"""Who did it: what the use cases write to the audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.call import Call
from chassis.ids import Ids
from identity.accounts.domain import Account
from identity.shared.audit.domain import Action
from identity.shared.audit.storage import AuditEntry

_LONGEST_USER_AGENT = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """The account that acts."""

    account_id: UUID
    org_id: UUID


def themselves(account: Account) -> Actor:
    """The account's own person, who has just proven to be it."""
    return Actor(account_id=account.id, org_id=account.org_id)


def signed_in(call: Call) -> Actor | None:
    """The person who is signed in behind the call, if anybody is."""
    caller = call.caller
    if caller.account_id is None or caller.org_id is None:
        return None
    return Actor(account_id=caller.account_id, org_id=caller.org_id)


def device_of(call: Call) -> str:
    """What the caller's device says of itself, cut where nobody reads on."""
    return call.caller.user_agent[:_LONGEST_USER_AGENT]


def entries(
    call: Call, actions: Iterable[Action], *, subject: UUID | None, actor: Actor | None, ids: Ids, now: datetime
) -> list[AuditEntry]:
    """One entry for each action; `subject` is the account that it was done to."""
    return [
        AuditEntry(
            id=ids(),
            action=action,
            outcome="REFUSED" if action.is_refusal else "SUCCEEDED",
            subject_id=subject,
            actor_id=actor.account_id if actor else None,
            actor_org_id=actor.org_id if actor else None,
            address=call.caller.address,
            user_agent=device_of(call),
            occurred_at=now,
        )
        for action in actions
    ]
