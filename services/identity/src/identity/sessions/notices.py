"""What a sign-in tells: its person of a new device (ID-16), the other services that somebody was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.networks import network_of
from chassis.outbox import OutboxEvent
from identity.accounts.domain import Account, Session
from identity.accounts.events import signed_in
from identity.accounts.messages import new_device
from identity.lockout.domain import Source
from identity.organizations.domain import Organization
from identity.sessions.deps import Deps
from identity.sessions.domain import first_of_day, is_new_device, is_told


@dataclass(frozen=True, slots=True)
class Told:
    """What is saved with a session.

    `events` are true only while the last login is before `idle_since`; of `notices` with the same id one is enough.
    """

    notices: Sequence[OutboxEvent] = ()
    events: Sequence[OutboxEvent] = ()
    idle_since: datetime | None = None


def told_with(
    deps: Deps,
    account: Account,
    organization: Organization,
    session: Session,
    source: Source,
    *,
    addresses: Sequence[str],
) -> Told:
    """What a sign-in tells; the account still has its last login, `addresses` are those of like devices before."""
    now = session.create_time
    is_new = is_new_device(account, source, network_of(session.address), map(network_of, addresses))
    notices = [new_device(account, organization, session, id=_notice_id(deps, session))] if is_new else []
    if not is_told(account, now=now):
        return Told(notices)
    return Told(notices, [signed_in(account, id=deps.ids(), now=now)], first_of_day(now))


def _notice_id(deps: Deps, session: Session) -> UUID:
    """The same for all sign-ins of a day on like devices in one network: of many at once, one tells."""
    like = f"{session.account_id} {session.create_time.date()} {network_of(session.address)} {session.device}"
    return UUID(bytes=deps.hashes("new-device", like)[:16])
