"""Telling families of an unlink, once it can no longer be undone."""

import asyncio
from datetime import datetime
from typing import NoReturn

from portico.notifications.v1.resources_pb2 import Urgency

from applications.links.storage import DUE_NOTICES, SAVE_NOTICE_SENT, DueNotice
from applications.shared.deps import Deps
from chassis.notification import Notification
from chassis.outbox import OutboxEvent
from chassis.saves import write
from chassis.text import full_name

_LIMIT = 100
_PAUSE_SECONDS = 5.0


async def send_due_unlink_notices(deps: Deps) -> int:
    """Asks for the message of each notice that is due: once, by one of the processes. How many this one asked for."""
    sent = 0
    while due := await deps.database.all(DUE_NOTICES, now=deps.clock(), limit=_LIMIT):
        for notice in due:
            now = deps.clock()
            # Zero: another process has sent it.
            sent += await write(
                deps.database,
                SAVE_NOTICE_SENT,
                org_id=notice.org_id,
                params={"notice_id": notice.id, "now": now},
                events=[_message(deps, notice, now)],
            )
    return sent


async def keep_sending_unlink_notices(deps: Deps) -> NoReturn:
    """Looks every few seconds; never returns."""
    while True:
        await send_due_unlink_notices(deps)
        await asyncio.sleep(_PAUSE_SECONDS)


def _message(deps: Deps, notice: DueNotice, now: datetime) -> OutboxEvent:
    """That the account does not see the application any more."""
    return Notification(
        template="FAMILY_UNLINKED",
        contact=notice.username,
        language=notice.language,
        values={
            "guardian_name": full_name(notice.given_name, notice.family_name),
            "organization_name": notice.organization_name,
            "application_number": notice.number,
        },
        reference=f"unlinks/{notice.guardian_id}",
        key=f"unlinks/{notice.id}",
        urgency=Urgency.BULK if notice.batch_id else Urgency.NORMAL,
    ).event(id=deps.ids(), org_id=notice.org_id, aggregate_id=notice.guardian_id, version=0, now=now)
