"""P-09: how many people can sign in. P-10: how little the others notice of it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from statistics import quantiles

import psycopg
from msgspec.structs import fields
from portico.identity.v1.accounts_pb2 import GetMyAccountRequest
from portico.identity.v1.sessions_pb2 import LoginRequest

from chassis.ids import new_id
from identity.config import IdentitySettings
from tests.e2e.people import ADMIN_PASSWORD
from tests.load.calls import Calls, at_rate, grpc_calls, send
from tests.load.measurement import Figure, Measurement, Run, Sample, loaded, per_second
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_SERVICE = {"Login": "SessionsService", "GetMyAccount": "AccountsService"}
_ACCOUNTS = 200
_WAVE = 1.0
"""Seconds until the logins that all came at once, when the storm began, are spread over time."""
_AT_ONCE, _STORM = 8, 64  # identity lets 64 passwords wait, and refuses more
_PROBES = 100
_CONNECTIONS = 4
_DEFAULTS = {field.name: field.default for field in fields(IdentitySettings)}
ARGON2 = {word: _DEFAULTS[f"password_{word}"] for word in ("memory", "passes", "lanes")}
"""The parameters with which identity runs unless it is told otherwise."""

_COPY = """
    INSERT INTO accounts SELECT (copy).* FROM (
        SELECT jsonb_populate_record(original, jsonb_build_object('id', %s::uuid, 'username', %s::text)) AS copy
        FROM accounts AS original WHERE username = %s
    ) AS copies
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite, with people who all have the same password."""

    site: Site
    suite: Suite
    generator: Worker
    usernames: list[str]

    def calls(self, method: str, messages: list[LoginRequest] | list[GetMyAccountRequest], token: str) -> Calls:
        """Calls of identity."""
        return grpc_calls(
            self.suite.around.addresses["identity"],
            "identity",
            f"portico.identity.v1.{_SERVICE[method]}/{method}",
            messages,
            client=self.suite.client,
            tokens=[token] * _CONNECTIONS,
        )

    def logins(self, at_once: int) -> Calls:
        """Everybody signs in, again and again."""
        requests = [
            LoginRequest(realm=self.suite.agency.slug, username=name, password=ADMIN_PASSWORD)
            for name in self.usernames
        ]
        return replace(self.calls("Login", requests, ""), in_flight=at_once)


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    suite = await new_suite(site)
    usernames = [f"staff-{number}@example.org" for number in range(_ACCOUNTS)]
    with psycopg.connect(suite.stack.owner_url("identity")) as connection, connection.cursor() as cursor:
        cursor.executemany(_COPY, [(new_id(), name, suite.agency.username) for name in usernames])
    yield Ground(site, suite, await site.generator(), usernames)


@asynccontextmanager
async def _logins(ground: Ground) -> AsyncIterator[Run]:
    calls, suite = ground.logins(_AT_ONCE), ground.suite

    async def run(seconds: float) -> Sample:
        return await loaded(
            ground.generator, calls, seconds, own=[suite.pid("identity")], beside=suite.beside("postgres", "nats")
        )

    yield run


@asynccontextmanager
async def _argon2(ground: Ground) -> AsyncIterator[Run]:
    yield _run_of(await ground.site.worker("anchors.argon2", **ARGON2, password=ADMIN_PASSWORD))


@asynccontextmanager
async def _django(ground: Ground) -> AsyncIterator[Run]:
    admin = str(ground.suite.around.postgres.admin)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE DATABASE django")
    url = str(replace(ground.suite.around.postgres.admin, database="django"))
    workers = [
        await ground.site.worker(
            "beside.django_logins",
            database_url=url,
            **ARGON2,
            password=ADMIN_PASSWORD,
            makes_accounts=not number,
        )
        for number in range(len(os.sched_getaffinity(0)))
    ]
    yield _run_of(*workers, beside=ground.suite.beside("postgres"))


def _run_of(*workers: Worker, beside: dict[str, int] | None = None) -> Run:
    """The run of workers that are told how long, all at once."""

    async def run(seconds: float) -> Sample:
        with watched([worker.pid for worker in workers], beside or {}) as usage:
            answers = await asyncio.gather(*(worker.ask(seconds=seconds) for worker in workers))
        return Sample(
            operations=sum(answer["operations"] for answer in answers),
            seconds=max(answer["seconds"] for answer in answers),
            cpu=usage.own,
            beside=usage.beside,
        )

    return run


@asynccontextmanager
async def _in_a_storm(ground: Ground) -> AsyncIterator[Run]:
    storm, logins = await ground.site.worker("generator"), ground.logins(_STORM)

    async def run(seconds: float) -> Sample:
        storming = asyncio.create_task(send(storm, logins, seconds + 2 * _WAVE))
        await asyncio.sleep(_WAVE)
        probed = await _probed(ground, seconds)
        await storming
        return probed

    yield run


@asynccontextmanager
async def _idle(ground: Ground) -> AsyncIterator[Run]:
    yield lambda seconds: _probed(ground, seconds)


async def _probed(ground: Ground, seconds: float) -> Sample:
    """How long somebody who is signed in waits for a cheap answer."""
    calls = at_rate(ground.calls("GetMyAccount", [GetMyAccountRequest()], ground.suite.token), _PROBES)
    outcome = await send(ground.generator, calls, seconds)
    figures = {"p99": quantiles(outcome.latencies, n=100)[98] * 1000}
    return Sample(operations=len(outcome.latencies), seconds=outcome.seconds, figures=figures)


P_09 = Measurement(
    id="P-09",
    what="logins / bare argon2 verifications on all cores",
    ground=_ground,
    ours=_logins,
    anchor=_argon2,
    beside={"Django": _django},
    figure=replace(per_second("logins"), digits=1),
    goal="0.75",
    limit="0.95",
)
P_10 = Measurement(
    id="P-10",
    what="p99 of a cheap RPC during a login storm / p99 idle",
    ground=_ground,
    ours=_in_a_storm,
    anchor=_idle,
    figure=Figure(of=lambda sample: sample.figures["p99"], unit="ms", digits=1),
    goal="3",
    limit="1.5",
)
