"""P-22, of bookings: how long staff and case managers wait for a list of 1,000,000, beside one of 10,000."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from statistics import quantiles
from uuid import UUID

import psycopg
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import ListBookingsRequest

from tests.e2e.agencies import founded
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import Person
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_METHOD = "portico.casemanager.v1.BookingsService/ListBookings"
_BOOKINGS, _HUNDREDTH = 1_000_000, 10_000
_CASE_MANAGERS, _UNIT_SIZE, _RARE = 50, 5, 7
_RATE = 50
_PAGE = 25
_ENDED = (Booking.REPORTED, Booking.CANCELLED, Booking.DECLINED, Booking.NOT_ATTENDED)
_FILL = """
INSERT INTO bookings (
    org_id, id, number, case_id, company_id, case_manager_id, business_unit_id, way, specialty, note, service_type,
    wishes, state, state_time, request_time, create_time, update_time, outside_reason, options, report_version,
    calendar_sequence, version, told_version
)
SELECT
    cases.org_id, gen_random_uuid(), 'B-' || lpad(n::text, greatest(6, length(n::text)), '0'),
    cases.id, cases.company_id, cases.case_manager_id,
    case_managers.business_unit_id, 2, '', '', 'IME', '[]', (%(ended)s::int[])[1 + n %% 4], t, t, t, t,
    '', '[]', 0, 0, 1, 1
FROM generate_series(1, %(count)s) AS n
CROSS JOIN LATERAL (SELECT now() - n * interval '1 minute' AS t) AS times
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM cases WHERE org_id = %(org_id)s) AS cases
    ON cases.place = n %% %(cases)s
JOIN case_managers ON (case_managers.org_id, case_managers.id) = (cases.org_id, cases.case_manager_id)
"""
STAFFS = [
    ListBookingsRequest(page_size=_PAGE),
    ListBookingsRequest(page_size=_PAGE, states=[Booking.CANCELLED]),
    ListBookingsRequest(page_size=_PAGE, states=[Booking.REQUESTED, Booking.OFFERED, Booking.EXPIRED]),
    ListBookingsRequest(page_size=_PAGE, order_by="start_time"),
    ListBookingsRequest(page_size=_PAGE, order_by="number desc", with_counts=True),
    *(
        ListBookingsRequest(page_size=_PAGE, query=query)
        for query in ("Noah", "Whitfield", "Okonkwo", "B-004321", "C-000007")
    ),
]
CASE_MANAGERS = [
    ListBookingsRequest(page_size=_PAGE, scope=ListBookingsRequest.MINE),
    ListBookingsRequest(page_size=_PAGE, scope=ListBookingsRequest.UNIT),
    ListBookingsRequest(page_size=_PAGE, scope=ListBookingsRequest.UNIT, states=[Booking.CONFIRMED]),
]


@dataclass(frozen=True, slots=True)
class Office:
    """An organization with its bookings, and one of the case managers who made them, signed in."""

    suite: Suite
    case_manager: Person


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite with two organizations."""

    large: Office
    small: Office
    generator: Worker


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    small = replace(suite, agency=await asyncio.to_thread(founded, suite.stack))
    large_office, small_office = [await asyncio.to_thread(office_of, each) for each in (suite, small)]
    with psycopg.connect(suite.stack.owner_url("casemanager"), autocommit=True) as connection:
        fill_bookings(connection, suite.agency.slug, site.rows(_BOOKINGS))
        fill_bookings(connection, small.agency.slug, site.rows(_HUNDREDTH))
        connection.execute("VACUUM ANALYZE bookings, cases, case_managers, companies")
    yield Ground(large_office, small_office, await site.generator())


def office_of(suite: Suite) -> Office:
    """A company with case managers in units of five, a case of each; the first one has a login."""
    admin, stack = suite.agency.admin, suite.stack
    company = admin.post("/v1/companies", name="Northwind Insurance")["id"]
    unit, email, first = "", fresh_email(), ""
    for number in range(_CASE_MANAGERS):
        if number % _UNIT_SIZE == 0:
            unit = admin.post(f"/v1/companies/{company}/business-units", name=f"Unit {number}")["id"]
        written = {
            "givenName": "Ana",
            "familyName": "Okonkwo" if number == _RARE else "Whitfield",
            "businessUnitId": unit,
        }
        written |= {} if first else {"email": email}
        person = admin.post("/v1/case-managers", companyId=company, caseManager=written)["id"]
        admin.post("/v1/cases", case={"caseManagerId": person, "subject": {"givenName": "Noah"}, "serviceType": "IME"})
        first = first or person
    admin.post(f"/v1/case-managers/{first}:enableLogin")
    anybody, token = Person(stack.gateway), Mailbox(stack, email).link("activate")
    tokens = anybody.post("/v1/auth/activate", token=token, password=PASSWORD)["tokens"]
    return Office(suite, anybody.signed_in(tokens))


def fill_bookings(connection: psycopg.Connection, slug: str, count: int) -> None:
    """So many bookings that are over, a minute apart, of all cases in turn."""
    row = connection.execute("SELECT org_id FROM organizations WHERE slug = %s", [slug]).fetchone()
    org_id: UUID = row[0] if row else UUID(int=0)
    given = {"org_id": org_id, "count": count, "cases": _CASE_MANAGERS, "ended": list(_ENDED)}
    connection.execute(_FILL, given)


def _asked(ground: Ground, office: Office) -> Run:
    async def run(seconds: float) -> Sample:
        suite = office.suite
        sides = {"staff": (STAFFS, suite.token), "case managers": (CASE_MANAGERS, office.case_manager.access_token)}
        with watched([suite.pid("casemanager")], suite.beside("postgres")) as usage:
            took = {name: await _latencies(ground, suite, *each, seconds / 2) for name, each in sides.items()}
        return Sample(
            operations=sum(map(len, took.values())),
            seconds=seconds,
            cpu=usage.own,
            beside=usage.beside,
            figures={name: quantiles(of_one, n=100)[98] * 1000 for name, of_one in took.items()},
        )

    return run


async def _latencies(
    ground: Ground, suite: Suite, requests: Sequence[ListBookingsRequest], token: str, seconds: float
) -> Sequence[float]:
    address = suite.around.addresses["casemanager"]
    calls = grpc_calls(address, "casemanager", _METHOD, requests, client=suite.client, tokens=[token])
    return (await send(ground.generator, at_rate(calls, _RATE), seconds)).latencies


@asynccontextmanager
async def _large(ground: Ground) -> AsyncIterator[Run]:
    yield _asked(ground, ground.large)


@asynccontextmanager
async def _small(ground: Ground) -> AsyncIterator[Run]:
    yield _asked(ground, ground.small)


P_22C = Measurement(
    id="P-22c",
    what="the slower p99 of staff's lists of 1,000,000 bookings and of case managers' / of 10,000",
    ground=_ground,
    ours=_large,
    anchor=_small,
    figure=Figure(of=lambda sample: max(sample.figures.values()), unit="ms", digits=1),
    goal="3",
    limit="1.3",
)
