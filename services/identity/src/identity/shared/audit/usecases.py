"""Who did it: what the use cases write to the audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.call import Call
from chassis.ids import Ids
from identity.shared.audit.domain import Action
from identity.shared.audit.refusals import count_refusal
from identity.shared.audit.storage import AuditEntry, audit_params
from identity.shared.deps import Deps

_MAX_USER_AGENT_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """The account that acts."""

    account_id: UUID
    org_id: UUID


def signed_in(call: Call) -> Actor | None:
    """The person who is signed in behind the call, if anybody is."""
    caller = call.caller
    if caller.account_id is None or caller.org_id is None:
        return None
    return Actor(account_id=caller.account_id, org_id=caller.org_id)


def device_of(call: Call) -> str:
    """What the caller's device says of itself, cut where nobody reads on."""
    return call.caller.user_agent[:_MAX_USER_AGENT_LENGTH]


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
            event_time=now,
        )
        for action in actions
    ]


def audit_written(
    deps: Deps, call: Call, actions: tuple[Action, ...], *, subject: UUID, actor: Actor | None, now: datetime
) -> dict[str, object]:
    """The parameters that write these actions to the audit beside a change."""
    return audit_params(entries(call, actions, subject=subject, actor=actor, ids=deps.ids, now=now))


async def audit_refusal(deps: Deps, call: Call, action: Action, *, org_id: UUID, subject: UUID | None) -> None:
    """Writes to the audit what a stranger was kept from doing; many such are one row a minute."""
    for entry in entries(call, [action], subject=subject, actor=None, ids=deps.ids, now=deps.clock()):
        await count_refusal(deps.database, entry, org_id=org_id)
