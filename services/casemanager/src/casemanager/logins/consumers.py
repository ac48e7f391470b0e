"""What identity tells of accounts, and notifications of their messages: kept for whoever has one."""

from datetime import UTC
from uuid import UUID

from portico.identity.v1.events_pb2 import AccountEvent, Activation
from portico.notifications.v1.events_pb2 import MessageEvent
from portico.options.v1 import options_pb2

from casemanager.logins.domain import AccountStatus
from casemanager.logins.storage import HEAR_ACCOUNT, HEAR_MESSAGE
from chassis.consumer import Consumers
from chassis.db import Executor
from chassis.envelope import Incoming
from chassis.mapping import Params

_ROLES = {options_pb2.CASE_MANAGER, options_pb2.SPECIALIST}
_STATUSES = {
    "created": AccountStatus.PENDING_ACTIVATION,
    "activation_sent": AccountStatus.PENDING_ACTIVATION,
    "username_changed": AccountStatus.PENDING_ACTIVATION,
    "disabled": AccountStatus.DISABLED,
}
"""Every other event that is known is told of an active account; `enabled` says it, and `locked` says nothing of it."""
_ABOUT = {"activations", "login-offers"}


def subscribe(consumers: Consumers) -> None:
    """Each event once; the statements know the latest of each fact by themselves, so that no order matters."""
    consumers.every("IDENTITY", AccountEvent, on_account)
    consumers.every("NOTIFICATIONS", MessageEvent, on_message)


async def on_account(event: AccountEvent, incoming: Incoming, tx: Executor) -> None:
    """Keeps what an event tells of a case manager's or a specialist's account."""
    # Of an event that a newer identity tells nothing is known, not even whether the account is active.
    if event.role in _ROLES and event.WhichOneof("event") is not None:
        await tx.run(HEAR_ACCOUNT, org_id=incoming.org_id, account_id=UUID(event.account_id), **_told(event, incoming))


def _told(event: AccountEvent, incoming: Incoming) -> Params:
    kind = event.WhichOneof("event") or ""
    activation: Activation = getattr(event, kind).activation if kind in {"created", "activation_sent"} else Activation()
    is_pending = kind == "enabled" and not event.enabled.activated
    is_unlocked = kind == "unlocked" or event.password_changed.by_reset
    is_signed_in = kind in {"signed_in", "activated"}
    return {
        "status": AccountStatus.PENDING_ACTIVATION if is_pending else _STATUSES.get(kind, AccountStatus.ACTIVE),
        # Strangers can try passwords on any account: a lock opens none.
        "status_version": 0 if kind == "locked" else event.version,
        "status_time": incoming.event_time,
        "lock_expire_time": event.locked.expire_time.ToDatetime(UTC) if kind == "locked" else None,
        "lock_version": event.version if is_unlocked or kind == "locked" else 0,
        "activation_id": UUID(activation.id) if activation.id else None,
        "activation_expire_time": activation.expire_time.ToDatetime(UTC) if activation.id else None,
        "activation_version": event.version if activation.id else 0,
        "last_login_time": incoming.event_time if is_signed_in else None,
    }


async def on_message(event: MessageEvent, incoming: Incoming, tx: Executor) -> None:
    """Keeps whether the message of an activation or an offer arrived."""
    kind, _, about_id = event.reference.partition("/")
    if kind in _ABOUT:
        about = {"org_id": incoming.org_id, "about_id": UUID(about_id)}
        await tx.run(HEAR_MESSAGE, **about, version=event.version, problem=_problem(event))


def _problem(event: MessageEvent) -> str:
    match event.WhichOneof("event"):
        case "failed" if not event.failed.retrying:
            return event.failed.reason
        case "suppressed":
            return event.suppressed.reason
    return ""
