"""P-19: how long people wait for the free times of specialists, and for a week of their calendar."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from statistics import quantiles
from uuid import UUID

import psycopg
from google.protobuf.message import Message
from portico.casemanager.v1.slots_pb2 import ListCalendarEntriesRequest, SearchSlotsRequest
from psycopg.types.range import TimestamptzRange

from chassis.ids import new_id
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_SERVICE = "portico.casemanager.v1.SlotsService"
_SPECIALISTS, _FEW, _WEEKS, _FEW_WEEKS = 50, 10, 12, 4
_RATE = 10
_PAGE = 50
_FIRST_HOUR, _LAST_HOUR = 9, 17
_TAKEN = 3
"""Each so manieth hour is taken."""
_CONFIRMED = 2
"""The kind of a reservation that a booking has."""
_RESERVATION = ("org_id", "id", "specialist_id", "during", "kind", "booking_id", "booking_number")
_ASKED = "10 specialists over 4 weeks"


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite, with specialists who work on every weekday from a Monday on, by telehealth."""

    suite: Suite
    specialist_ids: Sequence[str]
    monday: datetime
    generator: Worker


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    today = datetime.now(UTC).date()
    monday = datetime.combine(today + timedelta(days=7 - today.weekday()), time(), UTC)
    ids = await asyncio.to_thread(_specialists, suite, monday)
    with psycopg.connect(suite.stack.owner_url("casemanager"), autocommit=True) as connection:
        _take(connection, suite.agency.slug, [UUID(each) for each in ids], monday)
        connection.execute("ANALYZE specialists, availabilities, reservations")
    yield Ground(suite, ids, monday, await site.generator())


def _specialists(suite: Suite, monday: datetime) -> list[str]:
    """So many, each with a series of hours for the whole window."""
    admin = suite.agency.admin
    block = {
        "kind": "AVAILABLE",
        "startMinute": _FIRST_HOUR * 60,
        "endMinute": _LAST_HOUR * 60,
        "startDate": monday.date().isoformat(),
        "endDate": (monday + timedelta(weeks=_WEEKS)).date().isoformat(),
        "weekdays": [1, 2, 3, 4, 5],
        "appointmentMinutes": 60,
    }
    ids = []
    for number in range(_SPECIALISTS):
        person = {"givenName": "Rui", "familyName": f"Zhang {number}", "timeZone": "UTC"}
        ids.append(str(admin.post("/v1/specialists", specialist=person)["id"]))
        admin.post("/v1/availabilities", specialistId=ids[-1], mode="TELEHEALTH", block=block)
    return ids


def _take(connection: psycopg.Connection, slug: str, ids: Sequence[UUID], monday: datetime) -> None:
    """Every third hour of everybody's weeks is a booking's."""
    [org_id] = connection.execute("SELECT org_id FROM organizations WHERE slug = %s", [slug]).fetchone() or ()
    hours = [
        monday + timedelta(weeks=week, days=day, hours=hour)
        for week in range(_WEEKS)
        for day in range(5)
        for hour in range(_FIRST_HOUR, _LAST_HOUR)
    ]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY reservations ({', '.join(_RESERVATION)}) FROM STDIN") as rows,
    ):
        for number, specialist_id in enumerate(ids):
            for start in hours[number % _TAKEN :: _TAKEN]:
                during = TimestamptzRange(start, start + timedelta(hours=1))
                rows.write_row((org_id, new_id(), specialist_id, during, _CONFIRMED, new_id(), "B-000001"))


def _asked(ground: Ground) -> dict[str, tuple[str, Sequence[Message]]]:
    """By name: the RPC, and what it is asked in turn."""
    few = [ground.specialist_ids[start : start + _FEW] for start in range(0, _SPECIALISTS, _FEW)]
    month, quarter, week = (_written(ground.monday + timedelta(weeks=weeks)) for weeks in (_FEW_WEEKS, _WEEKS, 1))
    first = _written(ground.monday)
    search, calendar = f"{_SERVICE}/SearchSlots", f"{_SERVICE}/ListCalendarEntries"
    every = SearchSlotsRequest(start_time=first, end_time=quarter, page_size=_PAGE)
    return {
        _ASKED: (
            search,
            [SearchSlotsRequest(start_time=first, end_time=month, page_size=_PAGE, specialist_ids=ids) for ids in few],
        ),
        "50 specialists over 12 weeks": (search, [every]),
        "a calendar week of 50 specialists": (
            calendar,
            [ListCalendarEntriesRequest(start_time=first, end_time=week)],
        ),
    }


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    suite, asked = ground.suite, _asked(ground)

    async def run(seconds: float) -> Sample:
        with watched([suite.pid("casemanager")], suite.beside("postgres")) as usage:
            took = {name: await _latencies(ground, *each, seconds / len(asked)) for name, each in asked.items()}
        slowest = {name: quantiles(of_one, n=100)[98] * 1000 for name, of_one in took.items()}
        return Sample(
            operations=sum(map(len, took.values())),
            seconds=seconds,
            cpu=usage.own,
            beside=usage.beside,
            figures={_ASKED: slowest.pop(_ASKED)},
            details=slowest,
        )

    yield run


async def _latencies(ground: Ground, method: str, requests: Sequence[Message], seconds: float) -> Sequence[float]:
    suite = ground.suite
    address = suite.around.addresses["casemanager"]
    calls = grpc_calls(address, "casemanager", method, requests, client=suite.client, tokens=[suite.token])
    return (await send(ground.generator, at_rate(calls, _RATE), seconds)).latencies


P_19 = Measurement(
    id="P-19",
    what="p99 of a page of 50 free times: 10 specialists over 4 weeks, a third of whose time is taken",
    ground=_ground,
    ours=_ours,
    figure=Figure(of=lambda sample: sample.figures[_ASKED], unit="ms", digits=1),
    goal="20 ms",
    limit="10 ms",
)
