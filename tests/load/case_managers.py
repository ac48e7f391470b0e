"""P-22, of case managers: how long staff wait for a list of 100,000 and for its search, beside one of 1,000."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import product
from statistics import quantiles

import psycopg
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersRequest
from portico.casemanager.v1.resources_pb2 import CaseManager, Login

from chassis.ids import new_id
from chassis.name_search import search_entry
from tests.e2e.agencies import founded
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_METHOD = "portico.casemanager.v1.CaseManagersService/ListCaseManagers"
_PEOPLE, _HUNDREDTH, _COMPANIES = 100_000, 1_000, 50
_RATE = 50
_PAGE = 25
_GIVEN = ("Ana", "Anabel", "Ben", "Carla", "Diego", "José", "Lucía", "Mary", "Noor", "Zoë")
_FAMILY = ("Abbott", "Brooks", "Castro", "García", "Herrera", "Kowalska", "López", "Nowak", "O’Neil", "Young")
_PERSON = (
    *("org_id", "id", "company_id", "given_name", "family_name", "email", "language", "account_status", "create_time"),
    *("update_time", "version", "sort_name", "company_key", "spellings", "search_keys"),
)
_LOGIN = (
    *("org_id", "person_id", "account_id", "username", "generation", "expected_status", "heard_version"),
    "command_time",
)
_THEN = "2026-01-15T12:00:00Z"

LISTS = [
    ListCaseManagersRequest(page_size=_PAGE),
    ListCaseManagersRequest(page_size=_PAGE, order_by="family_name"),
    ListCaseManagersRequest(page_size=_PAGE, order_by="company_name", account_status=CaseManager.ACTIVE),
    ListCaseManagersRequest(page_size=_PAGE, login_statuses=[Login.ACTIVE]),
]
SEARCHES = [
    ListCaseManagersRequest(page_size=_PAGE, query=query)
    for query in (
        "garcia",
        "an",
        "zoe young",
        "company 7",
        "brooks company 12",
        "jos garc",
        "person-77@example.org",
        "xq",
    )
]


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite with two organizations: the large one is the suite's own."""

    suite: Suite
    small: Suite
    generator: Worker


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    small = replace(suite, agency=await asyncio.to_thread(founded, suite.stack))
    with psycopg.connect(suite.stack.owner_url("casemanager"), autocommit=True) as connection:
        _fill(connection, suite.agency.slug, _PEOPLE)
        _fill(connection, small.agency.slug, _HUNDREDTH)
        connection.execute("ANALYZE case_managers, logins, companies")
    yield Ground(suite, small, await site.generator())


def _fill(connection: psycopg.Connection, slug: str, count: int) -> None:
    """So many people in fifty companies, of whom two in three have a login; names come often, as they do."""
    [org_id] = connection.execute("SELECT org_id FROM organizations WHERE slug = %s", [slug]).fetchone() or ()
    companies = [(new_id(), f"Company {number}") for number in range(_COMPANIES)]
    for company_id, name in companies:
        connection.execute(
            "INSERT INTO companies (org_id, id, name, name_key, create_time, version) VALUES (%s, %s, %s, %s, %s, 1)",
            [org_id, company_id, name, name.casefold(), _THEN],
        )
    names = list(product(_GIVEN, _FAMILY))
    people = [(new_id(), *companies[number % _COMPANIES], *names[number % len(names)]) for number in range(count)]
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY case_managers ({', '.join(_PERSON)}) FROM STDIN") as rows:
            for number, (person_id, company_id, company, given, family) in enumerate(people):
                email = f"person-{number}@example.org"
                entry = search_entry(f"{family} {given}", given, company, is_first=True, email=email)
                written = (org_id, person_id, company_id, given, family, email, "en", 1, _THEN, _THEN, 1)
                rows.write_row((*written, entry.sort_key, company.casefold(), entry.spellings, entry.keys))
        with cursor.copy(f"COPY logins ({', '.join(_LOGIN)}) FROM STDIN") as rows:
            for number, (person_id, *_) in enumerate(people):
                if number % 3:
                    rows.write_row((org_id, person_id, new_id(), f"person-{number}@example.org", 1, 2, 0, _THEN))


def _asked(ground: Ground, suite: Suite) -> Run:
    async def run(seconds: float) -> Sample:
        with watched([suite.pid("casemanager")], suite.beside("postgres")) as usage:
            took = {
                name: await _latencies(ground, suite, requests, seconds / 2)
                for name, requests in (("list", LISTS), ("search", SEARCHES))
            }
        return Sample(
            operations=sum(map(len, took.values())),
            seconds=seconds,
            cpu=usage.own,
            beside=usage.beside,
            figures={name: quantiles(of_one, n=100)[98] * 1000 for name, of_one in took.items()},
        )

    return run


async def _latencies(
    ground: Ground, suite: Suite, requests: Sequence[ListCaseManagersRequest], seconds: float
) -> Sequence[float]:
    address = suite.around.addresses["casemanager"]
    calls = grpc_calls(address, "casemanager", _METHOD, requests, client=suite.client, tokens=[suite.token])
    return (await send(ground.generator, at_rate(calls, _RATE), seconds)).latencies


@asynccontextmanager
async def _large(ground: Ground) -> AsyncIterator[Run]:
    yield _asked(ground, ground.suite)


@asynccontextmanager
async def _small(ground: Ground) -> AsyncIterator[Run]:
    yield _asked(ground, ground.small)


P_22B = Measurement(
    id="P-22b",
    what="the slower p99 of the list of 100,000 case managers and of its search / of 1,000",
    ground=_ground,
    ours=_large,
    anchor=_small,
    figure=Figure(of=lambda sample: max(sample.figures.values()), unit="ms", digits=1),
    goal="3",
    limit="1.3",
)
