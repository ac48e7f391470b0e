"""What was booked so far: search, filters, orders, pages, and all of it as a file (CM-14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.booking_exports_pb2 import ExportBookingsRequest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.schedule_resources_pb2 import AppointmentMode
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.bookings import labels
from portal.areas.bookings.history_options import options_of
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF, Side, myself, side_of
from portal.core.context import PageContext
from portal.core.downloads import format_of, sent_file, ways_home
from portal.core.forms import Form
from portal.core.i18n import N_, zone_named
from portal.core.paging import forward_ways
from portal.core.specialists import MODES
from portal.core.values import values_of

PAGE = 25
ORDERS = ("create_time desc", "create_time", "start_time desc", "start_time", "number desc", "number")
MAX_COUNT = 1000
"""As far as the service counts."""
_DAY = timedelta(days=1)
_FIRST_DAY, _LAST_DAY = date(2000, 1, 2), date(2199, 12, 30)
"""What the service takes, in every zone."""
_DAYS = ("first_day", "last_day", "create_first_day", "create_last_day")
_FOLDED = ("needs", "company", "manager", "specialist", "place", "service", "mode")
"""With the days the filters that few need."""
_OTHER_SCOPE = {CASE_MANAGERS: "unit", STAFF: "mine"}
"""Whose a side can look at instead of what it begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for, as it stands in the address; empty: everything. The days are those of the organization."""

    side: Side
    query: str = ""
    scope: str = ""
    state: tuple[str, ...] = ()
    when: str = ""
    needs: str = ""
    first_day: str = ""
    last_day: str = ""
    create_first_day: str = ""
    create_last_day: str = ""
    company: str = ""
    unit: str = ""
    manager: str = ""
    specialist: str = ""
    place: str = ""
    service: str = ""
    mode: str = ""
    order: str = ORDERS[0]

    @classmethod
    def of(cls, context: PageContext) -> Chosen:
        """From the address; what there is not is passed over."""
        side, asked = side_of(context), context.request.query_params.getlist("state")
        one_of = {
            "scope": (_OTHER_SCOPE.get(side, ""),),
            "when": tuple(labels.WHENS),
            "needs": tuple(labels.NEEDS),
            "mode": tuple(MODES),
            "order": ORDERS,
        }
        written = {name: context.query(name) for name in one_of}
        company = _id(context, "company") if side is STAFF else ""
        return cls(
            side=side,
            query=context.query("query")[:100],
            state=tuple(state for state in labels.STATES if state in asked),
            **{name: _day(context.query(name)) for name in _DAYS},
            company=company,
            unit=_id(context, "unit") if company else "",
            manager=_id(context, "manager") if side is STAFF else "",
            specialist=_id(context, "specialist") if side is not SPECIALISTS else "",
            place=_id(context, "place"),
            service=context.query("service")[:100],
            **{name: written[name] for name, values in one_of.items() if written[name] in values},
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.query or self.state or self.when or self.unit or self.folded_count)

    @property
    def folded_count(self) -> int:
        """How many of the filters that few need are used."""
        return sum(bool(getattr(self, name)) for name in (*_DAYS, *_FOLDED))

    @property
    def has_unit(self) -> bool:
        """Whether it shows what others of the unit have, too."""
        return self.side is STAFF or self.scope == "unit"

    def address(self, *, ending: str = "", **changes: Any) -> str:
        """The list with something changed, from its first page on; or its file."""
        asked = {**asdict(self), "order": self.order if self.order != ORDERS[0] else "", **changes}
        del asked["side"]
        query = urlencode({name: value for name, value in asked.items() if value}, doseq=True)
        path = f"{self.side.history}.{ending}" if ending else self.side.history
        return f"{path}?{query}" if query else path

    def everything(self) -> str:
        """The list without its filters."""
        return Chosen(side=self.side, scope=self.scope).address()

    def fields(self, context: PageContext) -> dict[str, Any]:
        """The same for the requests of the contract."""
        zone = _zone_of(context)
        is_mine = (self.scope != "unit") if self.side is CASE_MANAGERS else self.scope == "mine"
        begins, ends = _starts(self.first_day, zone), _starts(self.last_day, zone, later=_DAY)
        begins += [context.now] if self.when == "coming" else []
        ends += [context.now] if self.when == "past" else []
        return {
            "query": self.query,
            "scope": ListBookingsRequest.MINE if is_mine else ListBookingsRequest.UNIT,
            "states": [Booking.State.Value(state) for state in self.state],
            "company_id": self.company,
            "business_unit_id": self.unit,
            "case_manager_id": self.manager,
            "specialist_id": self.specialist,
            "place_id": self.place,
            "service_type": self.service,
            "mode": AppointmentMode.Value(self.mode) if self.mode else None,
            "start_time_from": _written(begins, max),
            "start_time_before": _written(ends, min),
            "create_time_from": _written(_starts(self.create_first_day, zone), max),
            "create_time_before": _written(_starts(self.create_last_day, zone, later=_DAY), min),
            "order_by": self.order,
            **({self.needs: True} if self.needs else {}),
        }


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one. A login without a profile begins at its own page."""
    chosen, i18n = Chosen.of(context), context.i18n
    context.form = Form({name: getattr(chosen, name) for name in _DAYS})
    options = options_of(context, company=chosen.company, manager=chosen.manager, specialist=chosen.specialist)
    try:
        person, found, offered, values = await together(
            myself(context), _found(context, chosen), options, values_of(context)
        )
    except ServiceError as error:
        if error.reason != "CASE_MANAGER_NOT_FOUND":
            raise
        return context.redirect(context.home)
    if context.query("page") and not found.bookings:
        return context.redirect(chosen.address())
    any_ = ("", i18n(N_("any")))
    return context.render(
        "bookings/history.html",
        labels=labels,
        chosen=chosen,
        side=chosen.side,
        is_staff=chosen.side is STAFF,
        is_specialist=chosen.side is SPECIALISTS,
        has_unit=bool(person and person.business_unit_id),
        bookings=found.bookings,
        state_options=[
            (name, i18n(words), name in chosen.state, count) for name, words, count in _states(context, found)
        ],
        when_options=[
            (name, i18n(words), name == chosen.when, None) for name, words in {"": N_("any"), **labels.WHENS}.items()
        ],
        need_options=[any_, *((name, i18n(words)) for name, words in labels.NEEDS.items())],
        mode_options=[any_, *((name, i18n(words)) for name, words in MODES.items())],
        offered=offered,
        service_options=[any_, *values.choices(ValueList.SERVICE_TYPES, chosen.service)[1:]],
        files=ways_home(lambda ending: chosen.address(ending=ending)),
        ways=forward_ways(context, found.next_page_token, chosen.address),
    )


async def send(context: PageContext) -> Response:
    """What was looked for as a file, of the kind that its address says."""
    format_ = ExportBookingsRequest.Format.Value(format_of(context).name)
    request = ExportBookingsRequest(format=format_, **Chosen.of(context).fields(context))
    return await sent_file(context, context.services.casemanager.ExportBookings(request), "bookings")


async def _found(context: PageContext, chosen: Chosen) -> ListBookingsResponse:
    request = ListBookingsRequest(
        page_size=PAGE, page_token=context.query("page"), with_counts=True, **chosen.fields(context)
    )
    return await context.services.casemanager.ListBookings(request)


def _states(context: PageContext, found: ListBookingsResponse) -> Iterator[tuple[str, str, str | None]]:
    """Each state with its words, and how many bookings are in it; None where nobody counted."""
    counts = {each.state: each.count for each in found.state_counts}
    for name, words in labels.STATES.items():
        count = counts.get(Booking.State.Value(name), 0)
        shown = f"{context.times.number(count)}{'+' if count >= MAX_COUNT else ''}"
        yield name, words, shown if counts else None


def _zone_of(context: PageContext) -> tzinfo:
    """The organization's zone."""
    return zone_named(context.person.time_zone) or context.zone


def _id(context: PageContext, name: str) -> str:
    """As long as ids are."""
    return context.query(name)[:36]


def _day(written: str) -> str:
    """The day as it was typed; empty where no calendar has it."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return ""
    return day.isoformat() if _FIRST_DAY <= day <= _LAST_DAY else ""


def _starts(day: str, zone: tzinfo, *, later: timedelta = timedelta()) -> list[datetime]:
    """When the day begins, or the one after it; nothing where none is chosen."""
    return [datetime.combine(date.fromisoformat(day) + later, time(), zone)] if day else []


def _written(instants: Sequence[datetime], narrowest: Callable[[Sequence[datetime]], datetime]) -> str:
    return narrowest(instants).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instants else ""
