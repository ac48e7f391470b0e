"""Searching slots, and reading what weeks hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from portico_errors.casemanager import PlaceNotFound
from psycopg.types.range import TimestamptzRange

from casemanager.reservations.domain import Reservation
from casemanager.reservations.storage import LIST_RESERVATIONS
from casemanager.shared.deps import Deps
from casemanager.slots.calendar import Week
from casemanager.slots.domain import (
    MAX_REACH,
    FoundSlot,
    Hindrance,
    Reason,
    Schedule,
    Slot,
    Terms,
    find_slot,
    find_slots,
    hindrances,
)
from casemanager.slots.storage import (
    ANYTHING,
    COUNT_PLACES,
    LIST_CALENDAR_SPECIALISTS,
    LIST_CANDIDATES,
    LIST_FIRST_SPECIALISTS,
    LIST_OFFERED,
    Candidate,
    Offered,
)
from casemanager.specialists.domain import AccountStatus
from casemanager.specialists.usecases import load_specialist

MAX_HINDRANCES = 50
"""What an explanation names at most."""
MAX_SPECIALISTS = 50
"""At most so many are looked at for a page, and stand in a calendar."""
_AT_ONCE = timedelta(days=7)
"""A page is seldom longer than a week of many specialists, so that more is not computed at once."""
_MARGIN = timedelta(days=2)
"""Local dates are at most one away from those in UTC, and blocks reach one further."""

Position = tuple[UUID, datetime, UUID, datetime]
"""After which specialist the ones begin who are looked at, and after which key their slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which slots: those that begin from `start` to before `end`; `filters` are the parameters of LIST_OFFERED."""

    start: datetime
    end: datetime
    filters: Mapping[str, object]

    @property
    def first(self) -> Position:
        """Before all of them."""
        return (UUID(int=0), *self.first_key)

    @property
    def first_key(self) -> tuple[datetime, UUID, datetime]:
        """Before all slots of the window."""
        return (self.start, UUID(int=0), self.start)


async def search_slots(
    deps: Deps, org_id: UUID, wanted: Wanted, terms: Terms, position: Position, limit: int
) -> tuple[Sequence[FoundSlot], Position | None]:
    """At most so many slots after a position, of at most MAX_SPECIALISTS, and where the next ones begin."""
    group, after = position[0], position[1:]
    offered = await deps.database.all(
        LIST_OFFERED,
        org_id=org_id,
        after_id=group,
        limit=MAX_SPECIALISTS + 1,
        from_date=(wanted.start - _MARGIN).date(),
        to_date=(wanted.end + _MARGIN).date(),
        **wanted.filters,
    )
    by_specialist = {
        specialist_id: list(each) for specialist_id, each in groupby(offered, lambda each: each.specialist.id)
    }
    ids = list(by_specialist)[:MAX_SPECIALISTS]
    schedules = await _schedules(deps, org_id, by_specialist, ids, after[0], wanted.end)
    slots = _page(schedules, wanted, terms, after, limit)
    found = [_found(slot, by_specialist[slot.specialist_id]) for slot in slots]
    if len(slots) == limit:
        return found, (group, *slots[-1].key)
    return found, (ids[-1], *wanted.first_key) if len(by_specialist) > len(ids) else None


def _page(
    schedules: Sequence[Schedule], wanted: Wanted, terms: Terms, after: tuple[datetime, UUID, datetime], limit: int
) -> list[Slot]:
    slots: list[Slot] = []
    start = max(wanted.start, after[0], terms.now)
    while start < wanted.end and len(slots) < limit:
        end = min(start + _AT_ONCE, wanted.end)
        slots += find_slots(schedules, start, end, terms, after=after, limit=limit - len(slots))
        start = end
    return slots


def _found(slot: Slot, offered: Sequence[Offered]) -> FoundSlot:
    its = next(each for each in offered if each.availability.id == slot.availability.id)
    return FoundSlot(slot, its.specialist, its.place_name)


async def _schedules(
    deps: Deps,
    org_id: UUID,
    offered: Mapping[UUID, Sequence[Offered]],
    ids: Sequence[UUID],
    start: datetime,
    end: datetime,
) -> list[Schedule]:
    taken = await _taken(deps, org_id, ids, start, end + MAX_REACH)
    return [
        Schedule(
            specialist_id=specialist_id,
            availabilities=[each.availability for each in offered[specialist_id]],
            reservations=taken.get(specialist_id, ()),
        )
        for specialist_id in ids
    ]


async def _taken(
    deps: Deps, org_id: UUID, ids: Sequence[UUID], start: datetime, end: datetime
) -> dict[UUID, list[Reservation]]:
    during = TimestamptzRange(start, end)
    taken = await deps.database.all(LIST_RESERVATIONS, org_id=org_id, specialist_ids=list(ids), during=during)
    return {specialist_id: list(each) for specialist_id, each in groupby(taken, lambda each: each.specialist_id)}


async def explain_slot(
    deps: Deps,
    org_id: UUID,
    specialist_id: UUID,
    start: datetime,
    filters: Mapping[str, object],
    terms: Terms,
    *,
    places: Sequence[UUID] = (),
) -> FoundSlot | list[Hindrance]:
    """The slot of a specialist that begins at an instant, or what is in its way; SpecialistNotFound, PlaceNotFound.

    The filters are the parameters of LIST_OFFERED, and judge here as they do there; `places` are those among them.
    """
    specialist = await load_specialist(deps.database, org_id=org_id, specialist_id=specialist_id)
    if places and await deps.database.first(COUNT_PLACES, org_id=org_id, place_ids=places) != len(places):
        raise PlaceNotFound()
    if specialist.account_status is not AccountStatus.ACTIVE:
        return [Hindrance(reason=Reason.SPECIALIST_INACTIVE)]
    found = await deps.database.all(
        LIST_CANDIDATES,
        org_id=org_id,
        from_date=(start - _MARGIN).date(),
        to_date=(start + _MARGIN).date(),
        **{**filters, "specialist_ids": [specialist_id]},
    )
    taken = await _taken(deps, org_id, [specialist_id], start, start + MAX_REACH)
    offered = [each.offered for each in found if not each.misfits]
    schedule = Schedule(
        specialist_id=specialist_id,
        availabilities=[each.availability for each in offered],
        reservations=taken.get(specialist_id, ()),
    )
    slot = find_slot(schedule, start, terms)
    return _explained(found, schedule, start, terms) if slot is None else _found(slot, offered)


_OF_SPECIALIST = frozenset({Reason.OTHER_SPECIALTY, Reason.OTHER_LANGUAGE})


def _explained(candidates: Sequence[Candidate], schedule: Schedule, start: datetime, terms: Terms) -> list[Hindrance]:
    """All that is in the way, each thing once: of the specialist, and of each availability that has a block then."""
    explained: dict[Hindrance, None] = {}
    for each in candidates:
        availability = each.offered.availability
        of_time = hindrances(schedule, availability, start, terms)
        if [Reason.NO_AVAILABILITY] == [hindrance.reason for hindrance in of_time]:
            continue
        for reason in each.misfits:
            its = None if reason in _OF_SPECIALIST else availability.id
            explained[Hindrance(reason=reason, availability_id=its)] = None
        explained.update(dict.fromkeys(of_time))
    return list(explained)[:MAX_HINDRANCES] or [Hindrance(reason=Reason.NO_AVAILABILITY)]


async def load_weeks(deps: Deps, org_id: UUID, ids: Sequence[UUID], start: datetime, end: datetime) -> Iterator[Week]:
    """What a stretch holds of these specialists, or of the first MAX_SPECIALISTS active ones by name."""
    if not ids:
        ids = await deps.database.all(LIST_FIRST_SPECIALISTS, org_id=org_id, limit=MAX_SPECIALISTS)
    specialists = await deps.database.all(LIST_CALENDAR_SPECIALISTS, org_id=org_id, specialist_ids=list(ids))
    offered = await deps.database.all(
        LIST_OFFERED,
        org_id=org_id,
        after_id=UUID(int=0),
        limit=MAX_SPECIALISTS,
        from_date=(start - _MARGIN).date(),
        to_date=(end + _MARGIN).date(),
        **{**ANYTHING, "specialist_ids": list(ids)},
    )
    taken = await _taken(deps, org_id, ids, start, end)
    return (
        Week(
            specialist=specialist,
            availabilities=[each.availability for each in offered if each.specialist.id == specialist.id],
            reservations=taken.get(specialist.id, ()),
        )
        for specialist in specialists
    )
