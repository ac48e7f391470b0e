"""How files are added, changed and sent: all that is constant about it, said once."""

from portico.casemanager.v1 import booking_resources_pb2
from portico.casemanager.v1 import paperwork_resources_pb2 as res

from casemanager.bookings.aggregate import bookings_of
from casemanager.bookings.recipients import Sender
from casemanager.bookings.storage.bounds import InTurn
from casemanager.paperwork.domain.decisions import Change, Sent
from casemanager.paperwork.events import events_of
from casemanager.paperwork.messages import refused_messages, sent_messages
from casemanager.paperwork.storage import ADD_FILE, LOCKS, SAVE_FILE, SEND_FILES, file_params, sent_params
from casemanager.paperwork.wire import paperwork_message
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization
from chassis.aggregate import Act, Aggregate
from chassis.outbox import OutboxEvent

Files = Aggregate[Change, res.Paperwork]
Sendings = Aggregate[Sent, booking_resources_pb2.Booking]


def files_of(deps: Deps, organization: Organization) -> Files:
    """Files of an organization's bookings, new ones and changes."""
    sender = Sender(organization=organization, public_url=deps.public_url)

    def events(change: Change, act: Act) -> list[OutboxEvent]:
        file = change.file
        messages = [
            message.event(id=deps.ids(), org_id=file.org_id, aggregate_id=file.id, version=file.version, now=act.now)
            for message in refused_messages(change, sender)
        ]
        return [*events_of(change, deps.ids, act), *messages]

    return Aggregate(
        database=InTurn(deps.database, LOCKS),
        clock=deps.clock,
        save=lambda change: ADD_FILE if change.before is None else SAVE_FILE,
        params=lambda change, _: file_params(change),
        events=events,
        answer=lambda change, now: paperwork_message(change.shelf, change.file, now),
        reply=res.Paperwork,
    )


def sendings_of(deps: Deps, organization: Organization) -> Sendings:
    """What is sent of an organization's bookings: changes of the bookings, and of their files beside."""
    sender = Sender(organization=organization, public_url=deps.public_url)
    bookings = bookings_of(deps, organization)

    def events(sent: Sent, act: Act) -> list[OutboxEvent]:
        booking = sent.decision.booking
        messages = [
            message.event(
                id=deps.ids(), org_id=booking.org_id, aggregate_id=booking.id, version=booking.version, now=act.now
            )
            for message in sent_messages(sent, sender)
        ]
        return [*bookings.events(sent.decision, act), *messages]

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SEND_FILES,
        params=lambda sent, act: {
            **bookings.params(sent.decision, act),
            **sent_params(sent, act.actor_id, act.now),
        },
        events=events,
        answer=lambda sent, now: bookings.answer(sent.decision, now),
        reply=booking_resources_pb2.Booking,
    )
