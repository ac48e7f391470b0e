"""P-21: how much longer who forgot a password waits for the mail while a large batch is sent."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from math import inf
from statistics import quantiles

import psycopg
from portico.identity.v1.resets_pb2 import ForgotPasswordRequest

from local_stack.external import External
from tests.load.batch_runs import Staff, new_staff
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.measurement import Figure, Measurement, Run, Sample
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.workers import Worker

ROWS = 100_000
_METHOD = "portico.identity.v1.ResetsService/ForgotPassword"
_RATE = 10
_LOGINS = 3_000
"""So many that nobody asks again before five minutes are over: identity sends each one reset in two minutes."""
_IDLE_TURNS = 4
"""How many turns of a round the idle time is measured for: 200 resets in 20 seconds."""
_PIECE_SECONDS = 5.0
_MAX_SECONDS = 1_800.0
_COPY = """
    INSERT INTO accounts SELECT (copy).* FROM (
        SELECT jsonb_populate_record(
            original, jsonb_build_object('id', gen_random_uuid(), 'username', 'login-' || number || '@' || %s::text)
        ) AS copy
        FROM accounts AS original, generate_series(1, %s) AS number WHERE username = %s
    ) AS copies
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite, and an SMTP server that remembers."""

    site: Site
    suite: Suite
    sink: Worker
    generator: Worker


@dataclass(slots=True)
class Forgetful:
    """The logins of an organization, who forget their passwords one after the other: `asked` says when and who."""

    ground: Ground
    suite: Suite
    usernames: Collection[str]
    asked: list[tuple[float, str]] = field(default_factory=list)

    async def forget(self, seconds: float) -> None:
        """Asks for so long, at a fixed rate."""
        count = int(_RATE * seconds)
        usernames = list(islice(cycle(self.usernames), len(self.asked), len(self.asked) + count))
        realm = self.suite.agency.slug
        requests = [ForgotPasswordRequest(realm=realm, username=username) for username in usernames]
        address = self.suite.around.addresses["identity"]
        calls = grpc_calls(address, "identity", _METHOD, requests, client=self.suite.client, tokens=[""])
        outcome = await send(self.ground.generator, at_rate(calls, _RATE), seconds)
        begun = (answered - latency for answered, latency in zip(outcome.answered, outcome.latencies, strict=True))
        self.asked += zip(begun, usernames, strict=True)

    def waits(self, came: Mapping[str, Sequence[float]], until: float = inf) -> list[float]:
        """Milliseconds from each call before an instant to its message.

        The messages for one login come in the order of its calls.
        """
        turn: dict[str, int] = defaultdict(int)
        waits = []
        for begun, username in self.asked:
            if begun < until:
                waits.append(1000 * (came[username][turn[username]] - begun))
            turn[username] += 1
        return waits


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    sink = await site.worker("smtp_sink")
    suite = await new_suite(site, External(smtp_url=f"smtp://127.0.0.1:{sink.hello}"))
    yield Ground(site, suite, sink, await site.generator())


@asynccontextmanager
async def _resets(ground: Ground) -> AsyncIterator[Run]:
    async def run(seconds: float) -> Sample:
        staff = await new_staff(ground.suite, ground.site.rows(ROWS))
        batch_id = await staff.create()
        await staff.previewed(batch_id)
        idle = _forgetful(ground, staff, "idle")
        await ground.sink.ask(count=0)
        await idle.forget(_IDLE_TURNS * seconds)
        without = _percentiles(idle.waits(await _arrivals(ground, len(idle.asked))))
        busy = _forgetful(ground, staff, "busy")
        await staff.start(batch_id)
        sending = asyncio.create_task(staff.sent(batch_id))
        while not sending.done() or not busy.asked:
            await busy.forget(_PIECE_SECONDS)
        await sending
        came = await _arrivals(ground, staff.rows + len(busy.asked))
        end = max(max(instants) for recipient, instants in came.items() if recipient not in busy.usernames)
        waits = busy.waits(came, end)
        meanwhile = _percentiles(waits)
        return Sample(
            operations=len(waits),
            seconds=end - busy.asked[0][0],
            figures={name: meanwhile[name] - without[name] for name in meanwhile},
            details={
                **{f"idle {name}": value for name, value in without.items()},
                **{f"meanwhile {name}": value for name, value in meanwhile.items()},
                "seconds to the last mail of the batch": end - busy.asked[0][0],
            },
        )

    yield run


def _forgetful(ground: Ground, staff: Staff, which: str) -> Forgetful:
    """New logins of an organization, all active."""
    agency = staff.suite.agency
    domain = f"{which}.{agency.slug}.example"
    with psycopg.connect(staff.suite.stack.owner_url("identity"), autocommit=True) as connection:
        connection.execute(_COPY, [domain, _LOGINS, agency.username])
        connection.execute("ANALYZE accounts")
    return Forgetful(ground, staff.suite, dict.fromkeys(f"login-{number}@{domain}" for number in range(1, _LOGINS + 1)))


async def _arrivals(ground: Ground, count: int) -> Mapping[str, Sequence[float]]:
    """When each of so many messages came, by recipient."""
    came: dict[str, list[float]] = defaultdict(list)
    for instant, recipient in await ground.sink.ask(count=count, seconds=_MAX_SECONDS):
        came[recipient].append(instant)
    return came


def _percentiles(waits: Sequence[float]) -> dict[str, float]:
    percentiles = quantiles(waits, n=100)
    return {"p50": percentiles[49], "p99": percentiles[98]}


P_21 = Measurement(
    id="P-21",
    what="a password reset's way to the SMTP server while a batch of 100,000 is sent, above its idle time",
    ground=_ground,
    ours=_resets,
    figure=Figure(of=lambda sample: sample.figures["p99"], unit="ms", digits=1),
    goal="1,000 ms (p99)",
    limit="100 ms (p99)",
    warms_up=False,
)
