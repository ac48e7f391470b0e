"""A batch on the wire."""

from datetime import datetime

from portico.applications.v1 import batch_resources_pb2 as res

from applications.application.wire import contact_method
from applications.batches.domain.batch import PREVIEW_LIFE, BatchState, Kind
from applications.batches.domain.duration import duration
from applications.batches.domain.listing import ListedRow
from applications.batches.storage.batches import BatchView
from chassis.contacts import mask
from chassis.text import full_name
from chassis.wire import timestamp

_UNSTARTED = {BatchState.PREVIEWING, BatchState.PREVIEWED, BatchState.SCHEDULED}


def batch_message(view: BatchView, now: datetime) -> res.Batch:
    """A batch as it is now."""
    batch = view.batch
    message = res.Batch(
        id=str(batch.id),
        kind=res.Batch.Kind.ValueType(batch.kind),
        state=res.Batch.State.ValueType(batch.present_state(now)),
        display_name=batch.display_name,
        allowed_actions=[res.Batch.Action.ValueType(action) for action in batch.allowed_actions(now)],
        row_count=batch.row_count,
        repeated_count=batch.repeated_count,
        outcomes=[
            res.OutcomeCount(outcome=res.BatchRow.Outcome.ValueType(outcome), count=count)
            for outcome, count in view.outcomes.items()
        ],
        creator_id=str(batch.creator_id),
        starter_id=str(batch.starter_id or ""),
        create_time=timestamp(batch.create_time),
        start_time=timestamp(batch.start_time),
        run_time=timestamp(batch.run_time),
        end_time=timestamp(batch.end_time),
        preview_expire_time=timestamp(batch.preview_time and batch.preview_time + PREVIEW_LIFE),
        undo_expire_time=timestamp(batch.undo_expire_time),
        source_batch_id=str(batch.source_id or ""),
    )
    if batch.kind is Kind.UNLINK:
        message.unlink.reason = res.UnlinkOptions.Reason.ValueType(batch.unlink_reason or 0)
        return message
    message.invite.CopyFrom(
        res.InviteOptions(
            method=contact_method(batch.method),
            reissue_live=batch.reissue_live,
            expire_days=batch.expire_days or 0,
            send_rate_per_minute=batch.send_rate,
        )
    )
    _add_messages(message.messages, view, now)
    if batch.run_time is not None:
        _add_deliveries(message.deliveries, view)
    return message


def row_message(row: ListedRow) -> res.BatchRow:
    """A row; its contact is masked."""
    return res.BatchRow(
        position=row.position,
        application_id=str(row.application_id),
        application_number=row.number,
        guardian_id=str(row.guardian_id),
        guardian_name=full_name(row.given_name, row.family_name),
        outcome=res.BatchRow.Outcome.ValueType(row.outcome),
        method=contact_method(row.method),
        contact=mask(row.contact) if row.contact else "",
        reason=row.reason,
        changed_outcome=res.BatchRow.Outcome.ValueType(row.changed_outcome or 0),
        duplicate_of=row.duplicate_of,
        delivery=res.BatchRow.Delivery.ValueType(row.delivery or 0),
        failed_before=row.failed_before,
        suggested_domain=row.suggested_domain,
    )


def _add_messages(messages: res.BatchMessages, view: BatchView, now: datetime) -> None:
    batch, counts = view.batch, view.messages
    messages.email_count, messages.sms_count = counts.get("emails", 0), counts.get("texts", 0)
    messages.repeated_contact_count = counts.get("repeated", 0)
    messages.failed_before_count = counts.get("failed_before", 0)
    messages.mistyped_count = counts.get("mistyped", 0)
    if batch.state in _UNSTARTED:
        begin = max(batch.start_time or now, now)
        messages.duration.FromTimedelta(
            duration(
                messages.email_count, messages.sms_count, rate=batch.send_rate, now=begin, time_zone=view.time_zone
            )
        )


def _add_deliveries(deliveries: res.BatchDeliveries, view: BatchView) -> None:
    for name, count in view.deliveries.items():
        setattr(deliveries, f"{name}_count", count)
