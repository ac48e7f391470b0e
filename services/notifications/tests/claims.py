"""What a sender does to the table, without a sender."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.db import Database
from chassis.ids import new_id
from notifications.messages import events
from notifications.messages.domain import State, Verdict
from notifications.sending import storage as sending
from notifications.sending.sender import LEASE
from notifications.sending.storage import Claimed, Result
from notifications.shared.domain import Channel


async def claimed_now(
    database: Database, now: datetime, *, most: int = 100, channel: Channel = Channel.EMAIL
) -> list[Claimed]:
    return await database.all(
        sending.claim, channel=channel, now=now, most=most, lease_until=now + LEASE, takes_over=True
    )


def result_of(claimed: Claimed, verdict: Verdict, now: datetime, **changes: Any) -> Result:
    version = claimed.version + (2 if verdict.state is State.SENT else 1)
    tail, event = events.followed(
        verdict,
        message_id=claimed.message_id,
        template=claimed.template,
        reference=claimed.reference,
        channel=claimed.channel,
        version=version,
        now=now,
    )
    result = Result(
        org_id=claimed.org_id,
        message_id=claimed.message_id,
        version=version,
        state=verdict.state,
        failure_reason=verdict.reason,
        due_at=verdict.due_at,
        send_time=now if verdict.state is State.SENT else None,
        dead_at=now if verdict.is_dead else None,
        template_version=None,
        subject="",
        text="as sent" if verdict.state is State.SENT else "",
        segment_count=0,
        event_id=new_id(),
        event_subject=tail,
        event_payload=event.SerializeToString(),
        event_time=now,
        traceparent=None,
    )
    return replace(result, **changes)


async def recorded(database: Database, *results: Result) -> int:
    return await database.run(sending.record, **sending.result_params(results))


SENT = Verdict(State.SENT)

REFUSED = Verdict(State.PERMANENT_FAILURE, "550 no")
