"""Which times can be booked: for case managers and for staff."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.schedule_resources_pb2 import APPOINTMENT_MODE_UNSPECIFIED, TELEHEALTH, Place, Slot
from portico.casemanager.v1.slots_pb2 import SearchSlotsRequest, SearchSlotsResponse
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.schedules import labels
from portal.areas.schedules.typed import day_of
from portal.core.calendars import midnight
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_, zone_named
from portal.core.labels import choice, label
from portal.core.paging import forward_ways
from portal.core.places import all_places
from portal.core.specialists import known_specialties, mode_words
from portal.core.times import Times

OF_CASE_MANAGERS, OF_STAFF = "/cm/slots", "/staff/slots"
PAGE = 50
USUAL_DAYS = 14
AT_A_DISTANCE = "telehealth"
_MAX_EMPTY_PAGES = 5
"""A page is of some specialists alone, and may have no slot where a later one has."""
_FIELDS = {"start_time": "from", "end_time": "to"}
"""The fields of the form, by those of the contract that it makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address: a specialty, a place or telehealth, first and last day."""

    specialty: str
    where: str
    first: date
    last: date

    def address(self, here: str, **changes: Any) -> str:
        """The same search with something changed, from its first page on."""
        asked = {**asdict(self), **changes}
        named = {"specialty": asked["specialty"], "where": asked["where"], "from": asked["first"], "to": asked["last"]}
        return f"{here}?{urlencode({**{k: v for k, v in named.items() if v}, **_page(changes)})}"

    def moved(self, here: str, days: int) -> str:
        """The same number of days, so many days later; earlier for less than none."""
        by = timedelta(days=days)
        return self.address(here, first=self.first + by, last=self.last + by)

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A slot as it is said: its hours where it takes place, and by the reader's clock where that shows another time."""

    slot: Slot
    hours: str
    zone: str
    mine: str
    where: str
    kind: str
    color: str


async def show(context: PageContext) -> Response:
    """The slots, day by day; a window that cannot be is said beside its field."""
    here, today = context.request.url.path, context.now.astimezone(context.zone).date()
    context.form = Form({name: context.query(name) for name in ("from", "to")})
    chosen, found = _usual(context, today), SearchSlotsResponse()
    try:
        chosen = _chosen(context, today)
        places, specialties, found = await together(
            all_places(context), known_specialties(context, chosen.specialty), _found(context, chosen)
        )
    except ServiceError as error:
        if error.reason not in {"INVALID_REQUEST", "WINDOW_TOO_LONG"}:
            raise
        refused = context.form.refused(error, context.i18n, about="to" if error.reason == "WINDOW_TOO_LONG" else "")
        problems = {_FIELDS.get(name, name): said for name, said in refused.problems.items()}
        context.form = replace(refused, problems=problems)
        places, specialties = await together(all_places(context), known_specialties(context, chosen.specialty))
    if context.query("page") and not found.slots and not found.next_page_token:
        return context.redirect(chosen.address(here))
    if not context.form.problem:
        context.form = Form({"from": chosen.first.isoformat(), "to": chosen.last.isoformat()})
    return context.render(
        "schedules/slots.html",
        here=here,
        is_staff=context.person.role is not Role.CASE_MANAGER,
        chosen=chosen,
        days=_days(context, found.slots),
        count=len(found.slots),
        specialty_options=[("", context.i18n(N_("any"))), *((each, each) for each in specialties)],
        where_options=_where(context, places),
        later=chosen.moved(here, chosen.length),
        earlier=chosen.moved(here, -chosen.length) if chosen.first > today else "",
        ways=forward_ways(context, found.next_page_token, lambda **changes: chosen.address(here, **changes)),
    )


def _usual(context: PageContext, today: date) -> Chosen:
    """The next two weeks."""
    return Chosen(
        specialty=context.query("specialty")[:80],
        where=context.query("where")[:36],
        first=today,
        last=today + timedelta(days=USUAL_DAYS - 1),
    )


def _chosen(context: PageContext, today: date) -> Chosen:
    """What the address says; InvalidArgument for a day that there is not."""
    usual = _usual(context, today)
    form = context.form
    first = day_of(form, "from") if form["from"] else usual.first
    last = day_of(form, "to") if form["to"] else first + timedelta(days=USUAL_DAYS - 1)
    return replace(usual, first=first, last=last)


async def _found(context: PageContext, chosen: Chosen) -> SearchSlotsResponse:
    """A page of slots; an empty one only when nothing comes for long, or no more."""
    is_distant = chosen.where == AT_A_DISTANCE
    request = SearchSlotsRequest(
        page_size=PAGE,
        page_token=context.query("page"),
        start_time=_written(midnight(chosen.first, context.zone)),
        end_time=_written(midnight(chosen.last + timedelta(days=1), context.zone)),
        specialty=chosen.specialty,
        place_ids=[chosen.where] if chosen.where and not is_distant else [],
        mode=TELEHEALTH if is_distant else APPOINTMENT_MODE_UNSPECIFIED,
    )
    for _ in range(_MAX_EMPTY_PAGES):
        found = await context.services.casemanager.SearchSlots(request)
        if found.slots or not found.next_page_token:
            break
        request.page_token = found.next_page_token
    return found


def _days(context: PageContext, slots: Sequence[Slot]) -> Sequence[tuple[str, Sequence[Shown]]]:
    """The slots by the day on which they take place there, each day in the order of the search."""
    days: dict[date, list[Shown]] = {}
    for slot in slots:
        local = replace(context.times, zone=zone_named(slot.time_zone) or UTC)
        days.setdefault(slot.start_time.ToDatetime(local.zone).date(), []).append(_shown(context, slot, local))
    return [(context.i18n.weekday(day), shown) for day, shown in sorted(days.items())]


def _shown(context: PageContext, slot: Slot, local: Times) -> Shown:
    start, end = slot.start_time.ToDatetime(UTC), slot.end_time.ToDatetime(UTC)
    here = context.times
    differs = start.astimezone(local.zone).utcoffset() != start.astimezone(here.zone).utcoffset()
    return Shown(
        slot=slot,
        hours=f"{local.clock(start)}–{local.clock(end)}",
        zone=str(start.astimezone(local.zone).tzname()) if differs else "",
        mine=_mine(here, start, local) if differs else "",
        where=slot.place_name or mode_words(slot.mode, context.i18n),
        kind=context.i18n(label(labels.KINDS, slot, "kind")),
        color=labels.COLORS.get(choice(slot, "kind"), ""),
    )


def _mine(here: Times, start: datetime, local: Times) -> str:
    """The reader's clock, with the day where that is another one."""
    day = start.astimezone(here.zone).date()
    is_same_day = day == start.astimezone(local.zone).date()
    return here.clock(start) if is_same_day else f"{here.i18n.weekday(day)}, {here.clock(start)}"


def _where(context: PageContext, places: Sequence[Place]) -> list[tuple[str, str]]:
    i18n = context.i18n
    return [
        ("", i18n(N_("anywhere"))),
        (AT_A_DISTANCE, i18n(N_("Telehealth"))),
        *((place.id, place.name) for place in places),
    ]


def _page(changes: Mapping[str, Any]) -> Mapping[str, str]:
    return {"page": str(changes["page"])} if changes.get("page") else {}


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
