"""What happens to bookings, as others hear of it: ids and states, no name, no contact."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import events_pb2

from casemanager.bookings.domain.decision import Decision, Kind
from casemanager.bookings.domain.states import State
from casemanager.bookings.messages import messages_of
from casemanager.bookings.recipients import Sender
from casemanager.shared.people import Contact
from casemanager.tasks.domain.task import Assignee, AssigneeKind, Change, Happened, Person
from casemanager.tasks.events import task_event
from casemanager.tasks.messages import assigned_messages
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
    booking, asked = decision.booking, list(messages_of(decision, sender))
    messages = [
        message.event(id=ids(), org_id=booking.org_id, aggregate_id=booking.id, version=booking.version, now=act.now)
        for message in asked
    ]
    tasks = (*decision.tasks.opened, *(task for task in decision.tasks.changed if task.done_time is not None))
    told = [task_event(task, event_id=ids(), now=act.now) for task in tasks]
    for change in _handed_on(decision, sender, {message.contact for message in asked}):
        told.append(task_event(change.task, change.happened, event_id=ids(), now=act.now))
        messages += assigned_messages(change, sender.organization, sender.public_url, ids, act.now)
    return [*_booking_events(decision, ids, act), *told, *messages]


def _handed_on(decision: Decision, sender: Sender, written_to: Collection[str]) -> Iterator[Change]:
    """The tasks that somebody else has now, and who is told of it: nobody who is `written_to` of the booking itself."""
    before = {task.id: task.assignee for task in decision.before.open_tasks} if decision.before else {}
    for task in decision.tasks.changed:
        if task.done_time is None and task.assignee != before.get(task.id):
            person = _holder(task.assignee, decision, sender)
            is_told = person is None or person.contact is None or person.contact.email in written_to
            yield Change(task, Happened.REASSIGNED, told=None if is_told else person)


def _holder(assignee: Assignee, decision: Decision, sender: Sender) -> Person | None:
    """Whom a task is for now; None: the pool, or who hands it on to themselves."""
    actor, people, zone = decision.seen.actor, decision.booking.people, sender.organization.time_zone
    if assignee.id in {actor.account_id, actor.person_id}:
        return None
    match assignee.kind:
        case AssigneeKind.CASE_MANAGER:
            contact = Contact(people.manager_name, people.manager_email, people.manager_language)
            return Person(assignee=assignee, zone=people.manager_zone or zone, contact=contact)
        case AssigneeKind.STAFF:
            return Person(assignee=assignee, zone=zone, contact=decision.seen.staff)
    return None


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
