"""What identity tells of accounts, kept for whoever has one."""

from datetime import UTC
from uuid import UUID

from portico.identity.v1.events_pb2 import AccountEvent, Activation
from portico.options.v1 import options_pb2

from casemanager.logins.domain import AccountStatus
from casemanager.logins.storage import HEAR
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
"""Every other event is told of an active account; `enabled` says it."""


def subscribe(consumers: Consumers) -> None:
    """Each event once; the statement knows the latest of each fact by itself, so that no order matters."""
    consumers.every("IDENTITY", AccountEvent, _hear)


async def _hear(event: AccountEvent, incoming: Incoming, tx: Executor) -> None:
    if event.role in _ROLES:
        await tx.run(HEAR, org_id=incoming.org_id, account_id=UUID(event.account_id), **_told(event, incoming))


def _told(event: AccountEvent, incoming: Incoming) -> Params:
    kind = event.WhichOneof("event") or ""
    activation: Activation | None = None
    if kind in {"created", "activation_sent"}:
        activation = getattr(event, kind).activation
    is_pending = kind == "enabled" and not event.enabled.activated
    status = AccountStatus.PENDING_ACTIVATION if is_pending else _STATUSES.get(kind, AccountStatus.ACTIVE)
    is_there = activation is not None and bool(activation.id)
    return {
        "version": event.version,
        "status": status,
        "tells_status": True,
        "tells_lock": kind in {"locked", "unlocked", "password_changed"},
        "lock_expire_time": event.locked.expire_time.ToDatetime(UTC) if kind == "locked" else None,
        "tells_activation": is_there,
        "activation_id": UUID(activation.id) if activation and is_there else None,
        "activation_expire_time": activation.expire_time.ToDatetime(UTC) if activation and is_there else None,
        "last_login_time": incoming.event_time if kind in {"signed_in", "activated"} else None,
    }
