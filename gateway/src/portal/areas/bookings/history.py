"""What was booked so far: search, filters, orders, pages, and all of it as a file (CM-14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.booking_exports_pb2 import ExportBookingsRequest
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest, ListBookingsResponse
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.schedule_resources_pb2 import AppointmentMode
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.bookings import labels
from portal.areas.bookings.sides import CASE_MANAGERS, SPECIALISTS, STAFF, Side, myself, side_of
from portal.core.companies import companies_to_choose
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
    company: str = ""
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
        return cls(
            side=side,
            query=context.query("query")[:100],
            state=tuple(state for state in labels.STATES if state in asked),
            first_day=_day(context.query("first_day")),
            last_day=_day(context.query("last_day")),
            company=context.query("company")[:36] if side is STAFF else "",
            service=context.query("service")[:100],
            **{name: written[name] for name, values in one_of.items() if written[name] in values},
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.query or self.state or self.when or self.folded_count)

    @property
    def folded_count(self) -> int:
        """How many of the filters that few need are used."""
        return sum(map(bool, (self.needs, self.first_day, self.last_day, self.company, self.service, self.mode)))

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
        begins = [_start_of(self.first_day, zone)] if self.first_day else []
        ends = [_start_of(self.last_day, zone, later=_DAY)] if self.last_day else []
        begins += [context.now] if self.when == "coming" else []
        ends += [context.now] if self.when == "past" else []
        return {
            "query": self.query,
            "scope": ListBookingsRequest.MINE if is_mine else ListBookingsRequest.UNIT,
            "states": [Booking.State.Value(state) for state in self.state],
            "company_id": self.company,
            "service_type": self.service,
            "mode": AppointmentMode.Value(self.mode) if self.mode else None,
            "start_time_from": _written(max(begins)) if begins else "",
            "start_time_before": _written(min(ends)) if ends else "",
            "order_by": self.order,
            **({self.needs: True} if self.needs else {}),
        }


async def show(context: PageContext) -> Response:
    """The table; where a page has nothing any more, the first one. A login without a profile begins at its own page."""
    chosen, i18n = Chosen.of(context), context.i18n
    context.form = Form({"first_day": chosen.first_day, "last_day": chosen.last_day})
    companies = companies_to_choose(context, chosen.company) if chosen.side is STAFF else _none()
    try:
        person, found, companies_found, values = await together(
            myself(context), _found(context, chosen), companies, values_of(context)
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
        company_options=[any_, *((company.id, company.name) for company in companies_found)],
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


async def _none() -> Sequence[Company]:
    return ()


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


def _day(written: str) -> str:
    """The day as it was typed; empty where no calendar has it."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return ""
    return day.isoformat() if _FIRST_DAY <= day <= _LAST_DAY else ""


def _start_of(day: str, zone: tzinfo, *, later: timedelta = timedelta()) -> datetime:
    return datetime.combine(date.fromisoformat(day) + later, time(), zone)


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
