"""P-22: how long an administrator of 100,000 logins waits for their list and for its search, beside one of 1,000."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import product
from statistics import quantiles

import psycopg
from portico.identity.v1.login_users_pb2 import ListLoginUsersRequest, LoginUser
from portico.options.v1 import options_pb2

from chassis.ids import new_id
from identity.accounts.words import words_of_login
from tests.e2e.agencies import founded
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_METHOD = "portico.identity.v1.LoginUsersService/ListLoginUsers"
_LOGINS, _HUNDREDTH = 100_000, 1_000
_RATE = 50
_PAGE = 25
_GIVEN = ("Ana", "Anabel", "Ben", "Carla", "Diego", "José", "Lucía", "Mary", "Noor", "Zoë")
_FAMILY = ("Abbott", "Brooks", "Castro", "García", "Herrera", "Kowalska", "López", "Nowak", "O’Neil", "Young")
_COLUMNS = "org_id, id, role, username, display_name, language, status, create_time, version"
_ORGANIZATION = "SELECT org_id FROM organizations WHERE slug = %s"

LISTS = [
    ListLoginUsersRequest(page_size=_PAGE),
    ListLoginUsersRequest(page_size=_PAGE, states=[LoginUser.PENDING_ACTIVATION]),
    ListLoginUsersRequest(page_size=_PAGE, states=[LoginUser.LOCKED]),
    ListLoginUsersRequest(page_size=_PAGE, roles=[options_pb2.SPECIALIST], states=[LoginUser.ACTIVE]),
]
SEARCHES = [
    ListLoginUsersRequest(page_size=_PAGE, query=query)
    for query in ("garcia", "an", "zoe young", "mary brooks", "jos garc", "login-77@example.org", "login-5", "nobody")
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
    with psycopg.connect(suite.stack.owner_url("identity"), autocommit=True) as connection:
        _fill(connection, suite.agency.slug, _LOGINS)
        _fill(connection, small.agency.slug, _HUNDREDTH)
        connection.execute("ANALYZE accounts, account_words")
    yield Ground(suite, small, await site.generator())


def _fill(connection: psycopg.Connection, slug: str, count: int) -> None:
    """So many logins, of whom nine in ten are active, beside the administrator; names come often, as they do."""
    [org_id] = connection.execute(_ORGANIZATION, [slug]).fetchone() or ()
    names = [f"{given} {family}" for given, family in product(_GIVEN, _FAMILY)]
    logins = [
        (new_id(), 2 + number % 3, f"login-{number}@example.org", names[number % len(names)], 2 if number % 10 else 1)
        for number in range(count)
    ]
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY accounts ({_COLUMNS}) FROM STDIN") as rows:
            for login_id, role, username, name, status in logins:
                rows.write_row((org_id, login_id, role, username, name, "en", status, "2026-01-15T12:00:00Z", 1))
        with cursor.copy("COPY account_words (org_id, account_id, word) FROM STDIN") as rows:
            for login_id, _, username, name, _ in logins:
                for word in words_of_login(name, username):
                    rows.write_row((org_id, login_id, word))


def _asked(ground: Ground, suite: Suite) -> Run:
    async def run(seconds: float) -> Sample:
        with watched([suite.pid("identity")], suite.beside("postgres")) as usage:
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
    ground: Ground, suite: Suite, requests: Sequence[ListLoginUsersRequest], seconds: float
) -> Sequence[float]:
    address = suite.around.addresses["identity"]
    calls = grpc_calls(address, "identity", _METHOD, requests, client=suite.client, tokens=[suite.token])
    return (await send(ground.generator, at_rate(calls, _RATE), seconds)).latencies


@asynccontextmanager
async def _large(ground: Ground) -> AsyncIterator[Run]:
    yield _asked(ground, ground.suite)


@asynccontextmanager
async def _small(ground: Ground) -> AsyncIterator[Run]:
    yield _asked(ground, ground.small)


P_22 = Measurement(
    id="P-22",
    what="the slower p99 of the list of 100,000 logins and of its search / of 1,000 logins",
    ground=_ground,
    ours=_large,
    anchor=_small,
    figure=Figure(of=lambda sample: max(sample.figures.values()), unit="ms", digits=1),
    goal="3",
    limit="1.3",
)
