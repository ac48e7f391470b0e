"""What happens to bookings, as others hear of it: ids and states, no name, no contact."""

from collections.abc import Mapping, Sequence

from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import events_pb2

from casemanager.bookings.domain.decision import Decision, Kind
from casemanager.bookings.domain.states import State
from casemanager.bookings.messages import messages_of
from casemanager.bookings.recipients import Sender
from casemanager.tasks.events import task_event
from chassis.aggregate import Act
from chassis.ids import Ids
from chassis.outbox import OutboxEvent
from chassis.wire import timestamp

_VARIANTS: Mapping[Kind, str] = {
    Kind.REQUESTED: "requested",
    Kind.ACCEPTED: "confirmed",
    Kind.OFFERED: "offered",
    Kind.CONFIRMED: "confirmed",
    Kind.REFUSED: "refused",
    Kind.DECLINED: "declined",
    Kind.EXPIRED: "expired",
    Kind.CANCELLED: "cancelled",
    Kind.RESCHEDULED: "rescheduled",
    Kind.OUTCOME_RECORDED: "outcome_recorded",
    Kind.PAPERWORK_SENT: "paperwork_sent",
    Kind.REPORTED: "reported",
}

_FILED = frozenset({Kind.REPORT_FILED, Kind.REPORTED})


def events_of(decision: Decision, sender: Sender, ids: Ids, act: Act) -> Sequence[OutboxEvent]:
    """What a decision tells others, and what it asks notifications to send."""
    booking = decision.booking
    messages = [
        message.event(id=ids(), org_id=booking.org_id, aggregate_id=booking.id, version=booking.version, now=act.now)
        for message in messages_of(decision, sender)
    ]
    tasks = (*decision.tasks.opened, *(task for task in decision.tasks.changed if task.done_time is not None))
    told = [task_event(task, event_id=ids(), now=act.now) for task in tasks]
    return [*_booking_events(decision, ids, act), *told, *messages]


def _booking_events(decision: Decision, ids: Ids, act: Act) -> Sequence[OutboxEvent]:
    """One; a request that is confirmed at once is both, and so is a report that says that somebody has attended."""
    variants = [_VARIANTS.get(decision.kind, "updated")]
    before, booking = decision.before, decision.booking
    if before is None and booking.state is State.CONFIRMED:
        variants.append("confirmed")
    if decision.kind in _FILED and before is not None and before.state is State.CONFIRMED:
        variants.insert(0, "outcome_recorded")
    return [_event(decision, variant, ids, act) for variant in variants]


def _event(decision: Decision, variant: str, ids: Ids, act: Act) -> OutboxEvent:
    booking = decision.booking
    appointment = booking.appointment
    event = events_pb2.BookingEvent(
        version=booking.version,
        booking_id=str(booking.id),
        case_id=str(booking.case_id),
        company_id=str(booking.company_id),
        case_manager_id=str(booking.case_manager_id),
        specialist_id=str(appointment.specialist_id) if appointment else "",
        state=res.Booking.State.ValueType(booking.state),
        start_time=timestamp(appointment.start_time) if appointment else None,
    )
    getattr(event, variant).SetInParent()
    return OutboxEvent(
        id=ids(),
        org_id=booking.org_id,
        subject=f"booking.{variant}",
        message=event,
        aggregate_id=booking.id,
        version=booking.version,
        event_time=act.now,
    )
