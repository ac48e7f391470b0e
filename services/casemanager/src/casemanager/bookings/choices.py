"""The times that somebody chooses, with what is known around them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from portico_errors.casemanager import AvailabilityNotFound, PlaceNotFound, SpecialistNotFound
from psycopg.types.range import TimestamptzRange

from casemanager.bookings.domain.booking import Booking, Seen
from casemanager.bookings.domain.moves import Moving
from casemanager.bookings.domain.offers import Offering
from casemanager.bookings.domain.requests import Accepted
from casemanager.bookings.domain.times import Choice, Chosen, SlotChoice, TimeChoice
from casemanager.bookings.storage.load import COUNT_HELD
from casemanager.bookings.storage.times import (
    FIND_AVAILABILITIES,
    LIST_ACTIVE_SPECIALISTS,
    LIST_AVAILABILITIES_OF,
    LIST_CHOSEN_PLACES,
    FoundAvailability,
)
from casemanager.reservations.domain import Reservation
from casemanager.reservations.storage import LIST_RESERVATIONS
from casemanager.shared.deps import Deps
from casemanager.slots.domain import MAX_REACH
from casemanager.slots.storage import ANYTHING
from chassis.aggregate import S

Load = Callable[[], Awaitable[S]]
"""How what a command is about is loaded, anew for each try."""


async def load_chosen(deps: Deps, org_id: UUID, choices: Sequence[Choice], wanted: Mapping[str, str]) -> list[Chosen]:
    """What is known around the times that somebody chooses; `wanted` are filters of the search.

    AvailabilityNotFound for a slot of none that is there; SpecialistNotFound or PlaceNotFound for staff's own times.
    """
    found = await load_around(deps, org_id, choices, wanted)
    if any(chosen.specialist is None for chosen in found):
        raise AvailabilityNotFound()
    return found


async def load_around(deps: Deps, org_id: UUID, choices: Sequence[Choice], wanted: Mapping[str, str]) -> list[Chosen]:
    """The same where a slot's availability may be gone."""
    if not choices:
        return []
    own = [choice for choice in choices if isinstance(choice, TimeChoice)]
    slots = [choice.availability_id for choice in choices if isinstance(choice, SlotChoice)]
    database = deps.database
    anything = {name: value for name, value in ANYTHING.items() if name != "specialist_ids"}
    filters: Mapping[str, object] = {**anything, **{name: value or None for name, value in wanted.items()}}
    found = await database.all(FIND_AVAILABILITIES, org_id=org_id, availability_ids=slots, **filters) if slots else []
    by_id = {each.availability.id: each for each in found}
    people_ids = [choice.specialist_id for choice in own]
    people, places, theirs = {}, {}, list[FoundAvailability]()
    if own:
        listed = await database.all(LIST_ACTIVE_SPECIALISTS, org_id=org_id, specialist_ids=people_ids)
        people = {each.id: each for each in listed}
        theirs = await database.all(LIST_AVAILABILITIES_OF, org_id=org_id, specialist_ids=people_ids, **filters)
        place_ids = [choice.place_id for choice in own if choice.place_id]
        chosen_places = await database.all(LIST_CHOSEN_PLACES, org_id=org_id, place_ids=place_ids) if place_ids else []
        places = {each.id: each for each in chosen_places}
        if not people.keys() >= {*people_ids}:
            raise SpecialistNotFound()
        if not places.keys() >= {*place_ids}:
            raise PlaceNotFound()
    taken = await _reservations(deps, org_id, {*people_ids, *(each.specialist.id for each in found)}, choices)

    def around(specialist_id: UUID) -> list[Reservation]:
        return [each for each in taken if each.specialist_id == specialist_id]

    def chosen(choice: Choice) -> Chosen:
        if isinstance(choice, TimeChoice):
            return Chosen(
                choice=choice,
                specialist=people[choice.specialist_id],
                place=places.get(choice.place_id) if choice.place_id else None,
                availabilities=[each.availability for each in theirs if each.specialist.id == choice.specialist_id],
                reservations=around(choice.specialist_id),
            )
        one = by_id.get(choice.availability_id)
        return Chosen(
            choice=choice,
            specialist=one.specialist if one else None,
            place=one.place if one else None,
            availabilities=[one.availability] if one else [],
            fits=one is not None and one.fits,
            reservations=around(one.specialist.id) if one else [],
        )

    return [chosen(choice) for choice in choices]


async def _reservations(
    deps: Deps, org_id: UUID, specialist_ids: set[UUID], choices: Sequence[Choice]
) -> Sequence[Reservation]:
    if not specialist_ids:
        return []
    starts = [choice.start_time for choice in choices]
    during = TimestamptzRange(min(starts), max(starts) + MAX_REACH)
    return await deps.database.all(
        LIST_RESERVATIONS, org_id=org_id, specialist_ids=sorted(specialist_ids), during=during
    )


def wanted_by(booking: Booking) -> Mapping[str, str]:
    """What a slot has to fit, as filters of the search, to be offered for a booking or taken by it."""
    return {"service_type": booking.service_type}


async def load_offering(deps: Deps, load: Load[Seen], org_id: UUID, choices: Sequence[Choice]) -> Offering:
    """A booking, and what is known around the times that are to be offered for it."""
    seen = await load()
    chosen = await load_chosen(deps, org_id, choices, wanted_by(seen.booking))
    held = await deps.database.all(
        COUNT_HELD,
        org_id=org_id,
        specialist_ids=sorted({each.specialist.id for each in chosen if each.specialist}),
        now=deps.clock(),
        company_id=seen.booking.company_id,
        booking_id=seen.booking.id,
    )
    return Offering(seen=seen, chosen=chosen, held=dict(held))


async def load_accepted(deps: Deps, load: Load[Seen], org_id: UUID) -> Accepted:
    """A booking, and what is known around the slot that it asks for."""
    seen = await load()
    appointment = seen.booking.appointment
    if appointment is None or appointment.availability_id is None:
        return Accepted(seen=seen, chosen=None)
    slot = SlotChoice(availability_id=appointment.availability_id, start_time=appointment.start_time)
    [chosen] = await load_around(deps, org_id, [slot], wanted_by(seen.booking))
    return Accepted(seen=seen, chosen=chosen)


async def load_moving(deps: Deps, load: Load[Seen], org_id: UUID, choice: Choice | None) -> Moving:
    """A booking, and what is known around the time that it shall have; None: there are wishes alone."""
    seen = await load()
    chosen = await load_chosen(deps, org_id, [choice] if choice else [], wanted_by(seen.booking))
    return Moving(seen=seen, chosen=next(iter(chosen), None))
