"""How a booking is requested and changed: all that is constant about it, said once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from portico.casemanager.v1 import booking_resources_pb2 as res

from casemanager.bookings.domain.booking import PREFIX
from casemanager.bookings.domain.decision import Decision
from casemanager.bookings.domain.follow_ups import with_follow_ups
from casemanager.bookings.events import events_of
from casemanager.bookings.messages import told_version
from casemanager.bookings.recipients import Sender
from casemanager.bookings.storage.bounds import InTurn
from casemanager.bookings.storage.save import LOCKS, save_of, save_params
from casemanager.bookings.storage.tables import ENTRY, HistoryEntry, booking_history
from casemanager.bookings.wire import booking_message
from casemanager.shared.deps import Deps
from casemanager.shared.numbers import next_number, written_number
from casemanager.shared.organizations import Organization
from casemanager.tasks.storage import beside_params
from chassis.aggregate import Act, Aggregate, C, S
from chassis.mapping import Params
from chassis.saves import rows_of

Bookings = Aggregate[Decision, res.Booking]


def bookings_of(deps: Deps, organization: Organization) -> Bookings:
    """Bookings of an organization, new ones and changes."""
    sender = Sender(organization=organization, public_url=deps.public_url)

    def params(decision: Decision, act: Act) -> Params:
        tasks = decision.tasks
        return {
            **save_params(_told(decision, sender), deps.ids, act.now),
            **beside_params(opened=tasks.opened, changed=tasks.changed),
            **rows_of(booking_history, [ENTRY.params(_entry(deps, decision, act))]),
        }

    return Aggregate(
        database=InTurn(deps.database, LOCKS),
        clock=deps.clock,
        save=save_of,
        params=params,
        events=lambda decision, act: events_of(decision, sender, deps.ids, act),
        answer=lambda decision, now: booking_message(decision.seen, now),
        reply=res.Booking,
    )


def finished(deps: Deps, decide: Callable[[S, C, datetime], Decision]) -> Callable[[S, C, datetime], Decision]:
    """The decision of a command on a booking that is there, with what follows from it."""

    def decided(state: S, command: C, now: datetime) -> Decision:
        return with_follow_ups(decide(state, command, now), deps.ids, now)

    return decided


async def numbered(deps: Deps, decision: Decision) -> Decision:
    """A new booking under the next number, with what follows from it; one that comes to nothing leaves a gap."""
    booking = decision.booking
    number = written_number(PREFIX, await next_number(deps.database, booking.org_id, PREFIX))
    return with_follow_ups(decision.numbered(number), deps.ids, booking.create_time)


def _told(decision: Decision, sender: Sender) -> Decision:
    booking = replace(decision.booking, told_version=told_version(decision, sender))
    return replace(decision, seen=replace(decision.seen, booking=booking))


def _entry(deps: Deps, decision: Decision, act: Act) -> HistoryEntry:
    booking, actor = decision.booking, decision.seen.actor
    return HistoryEntry(
        id=deps.ids(),
        booking_id=booking.id,
        event_time=act.now,
        kind=decision.kind,
        actor=actor.part,
        actor_id=actor.account_id,
        actor_name=actor.name,
        from_state=decision.before.state if decision.before else None,
        to_state=booking.state,
        reason=decision.because.reason,
        comment=decision.because.comment,
        changes="\n".join(decision.changes),
    )
