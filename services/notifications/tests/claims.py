"""What a sender does to the table, without a sender."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.db import Database
from chassis.ids import new_id
from chassis.quiet_hours import quiet_zones
from notifications.messages.domain import AttemptResult, State
from notifications.messages.events import attempt_ended, publication
from notifications.sending import storage as sending
from notifications.sending.sender import LEASE
from notifications.sending.storage import Claimed, Result
from notifications.sending.turns import CLAIM_BULK
from notifications.shared.domain import Channel


async def claimed_now(
    database: Database, now: datetime, *, limit: int = 100, channel: Channel = Channel.EMAIL
) -> list[Claimed]:
    due = {"channel": channel, "now": now, "stored_before": now, "lease_until": now + LEASE, "takes_over": True}
    claimed = await database.all(sending.CLAIM_MESSAGES, **due, limit=limit)
    quiet = [*quiet_zones(now.replace(second=0, microsecond=0))] if channel is Channel.SMS else []
    bulk = {**due, "limit": limit - len(claimed), "quiet_zones": quiet}
    return claimed + await database.all(CLAIM_BULK, **bulk)


def result_of(claimed: Claimed, attempt_result: AttemptResult, now: datetime, **changes: Any) -> Result:
    version = claimed.version + (2 if attempt_result.state is State.SENT else 1)
    event = attempt_ended(
        attempt_result,
        message_id=claimed.id,
        template=claimed.template,
        reference=claimed.reference,
        channel=claimed.channel,
        version=version,
        now=now,
    )
    published = publication(event, org_id=claimed.org_id, group=claimed.group)
    result = Result(
        org_id=claimed.org_id,
        id=claimed.id,
        version=version,
        state=attempt_result.state,
        failure_reason=attempt_result.reason,
        due_time=attempt_result.due_time,
        send_time=now if attempt_result.state is State.SENT else None,
        dead_time=now if attempt_result.is_dead else None,
        template_version=None,
        subject="",
        text="as sent" if attempt_result.state is State.SENT else "",
        segment_count=0,
        event_id=new_id(),
        event_subject=published.subject,
        event_type=published.type,
        event_aggregate_id=published.aggregate_id,
        event_head=published.head,
        event_payload=published.payload,
        event_time=now,
        traceparent=None,
    )
    return replace(result, **changes)


async def recorded(database: Database, *results: Result) -> int:
    return await database.run(sending.RECORD_RESULTS, **sending.result_params(results))


SENT = AttemptResult(State.SENT)

REFUSED = AttemptResult(State.PERMANENT_FAILURE, "550 no")
