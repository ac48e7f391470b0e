"""P-07: from the commit of an invitation to the SMTP server. P-08: how many emails a second are handed over."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles

from nacl.public import PrivateKey

from chassis.clock import utc_now
from chassis.ids import new_id
from local_stack.external import External
from notifications.shared.domain import Profile
from notifications.templates.composition import Draft
from tests.load.calls import at_rate, grpc_calls, send
from tests.load.families import email_of, entered, reinvitations
from tests.load.invite import METHOD
from tests.load.measurement import Figure, Measurement, Run, Sample, per_second
from tests.load.ours.sender import MAIL_FROM, RECIPIENT, composer_for, invitation
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

_RATE = 50
_FEWEST_FAMILIES = 100
_CONNECTIONS = 8  # as notifications has them, unless its settings say otherwise
_EMAILS_PER_SECOND = 1000
_LATEST = 30.0
"""Seconds after which a message is given up."""


@dataclass(frozen=True, slots=True)
class Post:
    """The whole suite, and an SMTP server that remembers."""

    suite: Suite
    sink: Worker
    generator: Worker

    async def arrivals(self, count: int) -> dict[str, list[float]]:
        """When each of so many messages came, by recipient."""
        came: dict[str, list[float]] = defaultdict(list)
        for instant, recipient in await self.sink.ask(count=count, seconds=_LATEST):
            came[recipient].append(instant)
        return came


@asynccontextmanager
async def _post(site: Site) -> AsyncIterator[Post]:
    sink = await site.worker("smtp_sink")
    suite = await new_suite(site, External(smtp_url=f"smtp://127.0.0.1:{sink.hello}"))
    yield Post(suite, sink, await site.generator())


@asynccontextmanager
async def _delivery(post: Post) -> AsyncIterator[Run]:
    suite = post.suite
    address = suite.around.addresses["applications"]
    known: list[str] = []

    async def run(seconds: float) -> Sample:
        count = int(_RATE * seconds)
        if len(known) < count:
            # Each is invited once in a run, so that no message overtakes and cancels another one.
            known[:] = await entered(address, suite.client, suite.token, max(count, _FEWEST_FAMILIES))
            await post.arrivals(len(known))
        calls = grpc_calls(
            address,
            "applications",
            METHOD,
            reinvitations(known[:count]),
            client=suite.client,
            tokens=[suite.token],
        )
        outcome = await send(post.generator, at_rate(calls, _RATE), seconds)
        came = await post.arrivals(count)
        # The answer comes right after the commit.
        waits = [1000 * (came[email_of(number)][0] - answered) for number, answered in enumerate(outcome.answered)]
        percentiles = quantiles(waits, n=100)
        return Sample(operations=count, seconds=seconds, figures={"p50": percentiles[49], "p99": percentiles[98]})

    yield run


@dataclass(frozen=True, slots=True)
class Counter:
    """A queue in PostgreSQL, and an SMTP server that remembers."""

    site: Site
    database_url: str
    postgres: int
    sink: Worker

    async def counted(self, pid: int, count: int, hand_over: Callable[[], Awaitable[object]]) -> Sample:
        """What a process hands over, between the first and the last of the messages."""
        with watched([pid], {"postgres": self.postgres, "server": self.sink.pid}) as usage:
            await hand_over()
        instants = [instant for instant, _ in await self.sink.ask(count=count, seconds=_LATEST)]
        return Sample(operations=count, seconds=instants[-1] - instants[0], cpu=usage.own, beside=usage.beside)


@asynccontextmanager
async def _counter(site: Site) -> AsyncIterator[Counter]:
    postgres = site.postgres()
    database = site.database(postgres, "notifications")
    assert postgres.child is not None
    yield Counter(site, database.runtime, postgres.child.pid, await site.worker("smtp_sink"))


@asynccontextmanager
async def _sender(counter: Counter) -> AsyncIterator[Run]:
    sender = await counter.site.worker(
        "ours.sender", database_url=counter.database_url, smtp_port=counter.sink.hello, connections=_CONNECTIONS
    )

    async def run(seconds: float) -> Sample:
        count = int(seconds * _EMAILS_PER_SECOND)
        await sender.ask(fill=count)
        return await counter.counted(sender.pid, count, lambda: sender.ask(send=count))

    yield run


@asynccontextmanager
async def _bare(counter: Counter) -> AsyncIterator[Run]:
    box = PrivateKey.generate()
    composer = composer_for(box)
    request = invitation(composer, box)
    composed = composer.compose(
        Draft(
            message_id=new_id(),
            template=composer.catalogue.template(request.template, request.channel),
            recipient=RECIPIENT,
            language=request.language,
            values=request.values,
            sealed_values=request.sealed_values,
        ),
        now=utc_now(),
        profile=Profile(),
    )
    client = await counter.site.worker(
        "anchors.smtp",
        smtp_port=counter.sink.hello,
        connections=_CONNECTIONS,
        sender=MAIL_FROM,
        recipient=RECIPIENT,
        content=composed.content.hex(),
    )

    async def run(seconds: float) -> Sample:
        count = int(seconds * _EMAILS_PER_SECOND)
        return await counter.counted(client.pid, count, lambda: client.ask(count=count))

    yield run


P_07 = Measurement(
    id="P-07",
    what="commit → handed to the SMTP server, one replica of each, at 50 messages/s",
    ground=_post,
    ours=_delivery,
    figure=Figure(of=lambda sample: sample.figures["p50"], unit="ms", digits=1),
    goal="50 ms, 250 ms",
    limit="15 ms, 80 ms",
)
P_08 = Measurement(
    id="P-08",
    what="emails accepted / bare aiosmtplib with the same number of connections and messages",
    ground=_counter,
    ours=_sender,
    anchor=_bare,
    figure=per_second("emails"),
    goal="0.60",
    limit="0.90",
)
