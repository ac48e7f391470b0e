"""What an account's person is told of its safety; these messages hold no secret."""

from datetime import datetime
from uuid import UUID

from chassis.call import FAMILY_ORG
from chassis.notification import Notification
from chassis.outbox import OutboxEvent
from identity.accounts.domain import Account, Session
from identity.organizations.domain import Organization


def session_ended(
    account: Account,
    organization: Organization,
    session: Session,
    *,
    id: UUID,  # noqa: A002 the event's
    now: datetime,
) -> OutboxEvent:
    """Somebody held a copy of a session's token, so that it has ended."""
    return notice("SESSION_ENDED", account, organization, f"sessions/{session.id}/ended", id=id, now=now, end_time=now)


def new_device(
    account: Account,
    organization: Organization,
    session: Session,
    *,
    id: UUID,  # noqa: A002 the event's
) -> OutboxEvent:
    """Somebody has signed in on a device that was not known."""
    key, now = f"sessions/{session.id}/new-device", session.create_time
    return notice("NEW_DEVICE", account, organization, key, id=id, now=now, login_time=now, device=session.device)


def account_locked(
    account: Account,
    organization: Organization,
    *,
    id: UUID,  # noqa: A002 the event's
    now: datetime,
) -> OutboxEvent:
    """Strangers have tried so many passwords that new devices have to wait."""
    key = f"accounts/{account.id}/locked/{account.version}"
    return notice("ACCOUNT_LOCKED", account, organization, key, id=id, now=now, lock_time=now)


def notice(
    template: str,
    account: Account,
    organization: Organization,
    key: str,
    *,
    id: UUID,  # noqa: A002 the event's
    now: datetime,
    **values: str | datetime,
) -> OutboxEvent:
    """A message about the account to its person, its times in the organization's zone; the same `key`, the same one."""
    notification = Notification(
        template=template,
        contact=account.username,
        language=account.language,
        values={**names(account, organization), "time_zone": organization.time_zone, **values},
        reference=f"accounts/{account.id}",
        key=key,
        account_id=family_id(account),
    )
    return notification.event(id=id, org_id=account.org_id, aggregate_id=account.id, version=account.version, now=now)


def names(account: Account, organization: Organization) -> dict[str, str]:
    """What every message to a person says: to whom, and from whom."""
    return {"display_name": account.display_name, "organization_name": organization.name}


def family_id(account: Account) -> UUID | None:
    """The account where it is a family's: notifications knows which organization speaks to it."""
    return account.id if account.org_id == FAMILY_ORG else None
