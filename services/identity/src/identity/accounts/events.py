"""What identity tells the other services: what happened to accounts, and which sessions ended."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from portico.identity.v1 import events_pb2 as pb
from portico.options.v1 import options_pb2

from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp
from identity.accounts.domain import Account, Change, Proof
from identity.lockout.domain import LOCK
from identity.shared.audit.domain import Action


def account_events(change: Change, *, ids: Ids, now: datetime) -> list[OutboxEvent]:
    """The events of a change; those that are the account's count its version up to the present one."""
    told = [event for event in (_told(action, change, now) for action in change.actions) if event]
    first = change.account.version - len(told) + 1
    events = [
        _event(change.account, subject, message, version=version, id=ids(), now=now)
        for version, (subject, message) in enumerate(told, start=first)
    ]
    if change.revoked:
        account = change.account
        events.append(
            revocation(org_id=account.org_id, account_id=account.id, session_ids=change.revoked, ids=ids, now=now)
        )
    return events


def signed_in(account: Account, *, id: UUID, now: datetime) -> OutboxEvent:  # noqa: A002 the event's
    """Tells that the account's person has signed in, with the version that this has given it."""
    message = _message(account)
    message.signed_in.SetInParent()
    return _event(account, "account.signed_in", message, version=account.version, id=id, now=now)


def revocation(*, org_id: UUID, account_id: UUID, session_ids: Iterable[UUID], ids: Ids, now: datetime) -> OutboxEvent:
    """Tells every process of every service that these sessions have ended; it has no version, each one counts."""
    return OutboxEvent(
        id=ids(),
        org_id=org_id,
        subject="revocation.revoked",
        message=pb.RevocationEvent(
            session_ids=[str(session_id) for session_id in session_ids], revoke_time=timestamp(now)
        ),
        aggregate_id=account_id,
        version=0,
        event_time=now,
    )


_KINDS: Mapping[Action, str] = {
    Action.ACCOUNT_CREATED: "created",
    Action.ACTIVATION_ASKED: "activation_sent",
    Action.ACCOUNT_ACTIVATED: "activated",
    Action.PASSWORD_RESET: "password_changed",
    Action.PASSWORD_CHANGED: "password_changed",
    Action.ACCOUNT_DISABLED: "disabled",
    Action.ACCOUNT_ENABLED: "enabled",
    Action.ACCOUNT_LOCKED: "locked",
    Action.ACCOUNT_UNLOCKED: "unlocked",
    Action.USERNAME_CHANGED: "username_changed",
    Action.ADMINISTRATOR_GRANTED: "role_changed",
    Action.ADMINISTRATOR_REVOKED: "role_changed",
}
"""What others are told of; everything else stands in the audit alone."""


def _told(action: Action, change: Change, now: datetime) -> tuple[str, pb.AccountEvent] | None:
    account, kind = change.account, _KINDS.get(action)
    if kind is None:
        return None
    event = _message(account)
    getattr(event, kind).SetInParent()
    match action:
        case Action.ACCOUNT_CREATED if change.proof:
            event.created.activation.CopyFrom(_activation(change.proof))
        case Action.ACTIVATION_ASKED if change.proof:
            event.activation_sent.activation.CopyFrom(_activation(change.proof))
        case Action.ACCOUNT_ENABLED:
            event.enabled.activated = account.activate_time is not None
        case Action.PASSWORD_RESET:
            event.password_changed.by_reset = True
        case Action.ACCOUNT_LOCKED:
            event.locked.expire_time.CopyFrom(timestamp(now + LOCK))
    return f"account.{kind}", event


def _activation(proof: Proof) -> pb.Activation:
    return pb.Activation(id=str(proof.id), expire_time=timestamp(proof.expire_time))


def _message(account: Account) -> pb.AccountEvent:
    return pb.AccountEvent(account_id=str(account.id), role=options_pb2.Role.ValueType(account.role))


def _event(
    account: Account,
    subject: str,
    message: pb.AccountEvent,
    *,
    version: int,
    id: UUID,  # noqa: A002 the event's
    now: datetime,
) -> OutboxEvent:
    message.version = version
    return OutboxEvent(
        id=id,
        org_id=account.org_id,
        subject=subject,
        message=message,
        aggregate_id=account.id,
        version=version,
        event_time=now,
    )
