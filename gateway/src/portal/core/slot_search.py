"""Which times can be booked: what is looked for, as it stands in the address, and what is found, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.bookings_pb2 import SlotChoice
from portico.casemanager.v1.schedule_resources_pb2 import APPOINTMENT_MODE_UNSPECIFIED, TELEHEALTH, Slot
from portico.casemanager.v1.slots_pb2 import SearchSlotsRequest, SearchSlotsResponse
from portico.casemanager.v1.value_lists_pb2 import ValueList

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from chassis.tasks import together
from chassis.wire import timestamp
from portal.core.calendars import midnight
from portal.core.clocks import day_words
from portal.core.context import PageContext
from portal.core.forms import Form, day_of
from portal.core.i18n import N_, zone_named
from portal.core.paging import forward_ways
from portal.core.places import all_places
from portal.core.specialists import known_specialties
from portal.core.values import Values, values_of

PAGE = 50
FIRST_YEAR, LAST_YEAR = 2000, 2199
USUAL_DAYS = 14
AT_A_DISTANCE = "telehealth"
SLOT_KINDS: Mapping[str, str] = {"AVAILABLE": N_("Books at once"), "ON_DEMAND": N_("We ask first")}
"""What a request of a time comes to."""
SLOT_COLORS: Mapping[str, str] = {"AVAILABLE": "ACTIVE", "ON_DEMAND": "PENDING"}
"""The states whose colours their badges have."""
_MAX_EMPTY_PAGES = 5
"""A page is of some specialists alone, and may have no slot where a later one has."""
_FIELDS = {"start_time": "from", "end_time": "to"}
"""The fields of the form, by those of the contract that it makes."""
_REFUSED = frozenset({"INVALID_REQUEST", "WINDOW_TOO_LONG"})
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A specialty, a place or telehealth, first and last day; `kept` is what else stands in the address."""

    here: str
    kept: Mapping[str, Any]
    specialty: str
    where: str
    first: date
    last: date

    def address(self, **changes: Any) -> str:
        """The same search with something changed, from its first page on."""
        asked = {"specialty": self.specialty, "where": self.where, "from": self.first, "to": self.last, **changes}
        named = {name: value for name, value in {**self.kept, **asked}.items() if value}
        return f"{self.here}?{urlencode(named, doseq=True)}"

    @property
    def everything(self) -> str:
        """All times of the next weeks, with what else stands in the address."""
        named = {name: value for name, value in self.kept.items() if value}
        return f"{self.here}?{urlencode(named, doseq=True)}" if named else self.here

    def moved(self, days: int) -> str:
        """The same number of days, so many days later; earlier for less than none."""
        by = timedelta(days=days)
        return self.address(**{"from": self.first + by, "to": self.last + by})

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a page of times shows: days with their slots, what can be chosen, the ways on; `is_gone`: it is no more."""

    wanted: Wanted
    form: Form
    days: Sequence[tuple[str, Sequence[Slot]]]
    count: int
    is_gone: bool
    values: Values
    specialties: Choices
    places: Choices
    earlier: str
    later: str
    ways: Choices
    kinds: Mapping[str, str] = field(default_factory=lambda: SLOT_KINDS)
    colors: Mapping[str, str] = field(default_factory=lambda: SLOT_COLORS)


async def search(
    context: PageContext, kept: Mapping[str, Any], *, earliest: datetime | None = None, **narrowed: Any
) -> Found:
    """The times of the address's search; a window that cannot be is said beside its field.

    `kept` is what else stands in the address, `narrowed` are further fields of the request. Times before the
    `earliest` instant are left out.
    """
    today = context.now.astimezone(context.zone).date()
    form = Form({name: context.query(name) for name in ("from", "to")})
    wanted, answer = _usual(context, today, kept), SearchSlotsResponse()
    try:
        wanted = _chosen(form, wanted)
        places, values, specialties, answer = await together(
            all_places(context),
            values_of(context),
            known_specialties(context, wanted.specialty),
            _answer(context, wanted, narrowed, earliest),
        )
    except ServiceError as error:
        if error.reason not in _REFUSED:
            raise
        refused = form.refused(error, context.i18n, about="to" if error.reason == "WINDOW_TOO_LONG" else "")
        form = replace(refused, problems={_FIELDS.get(name, name): said for name, said in refused.problems.items()})
        places, values, specialties = await together(
            all_places(context), values_of(context), known_specialties(context, wanted.specialty)
        )
    i18n = context.i18n
    if not form.problem:
        form = Form({"from": wanted.first.isoformat(), "to": wanted.last.isoformat()})
    return Found(
        wanted=wanted,
        form=form,
        days=_days(context, answer.slots),
        count=len(answer.slots),
        is_gone=bool(context.query("page")) and not answer.slots and not answer.next_page_token,
        values=values,
        specialties=values.filters(ValueList.SPECIALTIES, specialties),
        places=[
            ("", i18n(N_("anywhere"))),
            (AT_A_DISTANCE, i18n(N_("Telehealth"))),
            *((place.id, place.name) for place in places),
        ],
        earlier=wanted.moved(-wanted.length) if wanted.first > today else "",
        later=wanted.moved(wanted.length),
        ways=forward_ways(context, answer.next_page_token, wanted.address),
    )


def key_of(slot: Slot) -> str:
    """What names a slot in an address: its specialist, its availability, its start."""
    return f"{slot.specialist_id}@{slot.availability_id}@{_written(slot.start_time.ToDatetime(UTC))}"


def choice_of(key: str) -> SlotChoice | None:
    """The slot that is named, for a request of the contract; None for what is no name of a slot."""
    _, _, rest = key.partition("@")
    availability_id, _, start = rest.partition("@")
    instant = _instant(start)
    return SlotChoice(availability_id=availability_id, start_time=timestamp(instant)) if instant else None


async def slots_named(context: PageContext, keys: Sequence[str], **narrowed: Any) -> list[Slot]:
    """The slots with these names that are still free; the others are left out."""
    found = await together(*(_named(context, key, narrowed) for key in keys))
    return [slot for slot in found if slot is not None]


async def next_slots(context: PageContext, error: ServiceError) -> list[Slot]:
    """The free times of the specialist that come next, as a refusal (SLOT_TAKEN) names them."""
    names = filter(None, error.metadata.get("next_slots", "").split(","))
    return await slots_named(context, [f"{error.metadata.get('specialist_id', '')}@{name}" for name in names])


async def _named(context: PageContext, key: str, narrowed: Mapping[str, Any]) -> Slot | None:
    specialist_id, _, rest = key.partition("@")
    availability_id, _, written = rest.partition("@")
    start = _instant(written)
    if start is None:
        return None
    request = SearchSlotsRequest(
        **narrowed,
        specialist_ids=[specialist_id],
        start_time=_written(start),
        end_time=_written(start + timedelta(minutes=1)),
    )
    try:
        found = await context.services.casemanager.SearchSlots(request)
    except ServiceError as error:
        if error.reason != "INVALID_REQUEST":
            raise
        return None
    return next((slot for slot in found.slots if slot.availability_id == availability_id), None)


def _usual(context: PageContext, today: date, kept: Mapping[str, Any]) -> Wanted:
    """The next two weeks."""
    return Wanted(
        here=context.request.url.path,
        kept=kept,
        specialty=context.query("specialty")[:100],
        where=context.query("where")[:36],
        first=today,
        last=today + timedelta(days=USUAL_DAYS - 1),
    )


def _chosen(form: Form, usual: Wanted) -> Wanted:
    """What the address says; InvalidArgument for a day that there is not."""
    first = _day(form, "from") if form["from"] else usual.first
    last = _day(form, "to") if form["to"] else first + timedelta(days=USUAL_DAYS - 1)
    return replace(usual, first=first, last=last)


def _day(form: Form, name: str) -> date:
    """A day of the years that the contract knows."""
    day = day_of(form[name], name)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidArgument(violations=[FieldViolation(name, "DATE_INVALID", "is too far away.")])
    return date(day.year, day.month, day.day)


async def _answer(
    context: PageContext, wanted: Wanted, narrowed: Mapping[str, Any], earliest: datetime | None
) -> SearchSlotsResponse:
    """A page of slots; an empty one only when nothing comes for long, or no more."""
    is_distant = wanted.where == AT_A_DISTANCE
    start, end = (midnight(day, context.zone) for day in (wanted.first, wanted.last + timedelta(days=1)))
    if earliest is not None and earliest < end:
        start = max(start, earliest)
    request = SearchSlotsRequest(
        **narrowed,
        page_size=PAGE,
        page_token=context.query("page"),
        start_time=_written(start),
        end_time=_written(end),
        specialty=wanted.specialty,
        place_ids=[wanted.where] if wanted.where and not is_distant else [],
        mode=TELEHEALTH if is_distant else APPOINTMENT_MODE_UNSPECIFIED,
    )
    for _ in range(_MAX_EMPTY_PAGES):
        found = await context.services.casemanager.SearchSlots(request)
        if found.slots or not found.next_page_token:
            break
        request.page_token = found.next_page_token
    return found


def _days(context: PageContext, slots: Sequence[Slot]) -> Sequence[tuple[str, Sequence[Slot]]]:
    """The slots by the day on which they take place there, each day in the order of the search."""
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(slot.start_time.ToDatetime(_zone(slot)).date(), []).append(slot)
    return [(_words(context, shown[0]), shown) for _, shown in sorted(days.items())]


def _words(context: PageContext, slot: Slot) -> str:
    return day_words(replace(context.times, zone=_zone(slot)), slot.start_time.ToDatetime(UTC))


def _zone(slot: Slot) -> tzinfo:
    return zone_named(slot.time_zone) or UTC


def _instant(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
