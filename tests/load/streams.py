"""P-23: what the chassis costs around each message of a stream."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.ids import new_id
from tests.load.measurement import Measurement, Run, Sample, per_second
from tests.load.site import Site
from tests.load.usage import watched
from tests.load.workers import Worker


@dataclass(frozen=True, slots=True)
class Ground:
    """Where both sides stand."""

    site: Site
    reader: Worker
    token: str

    def run_on(self, server: Worker) -> Run:
        """Streams of a server, read to their end."""
        client = self.site.client
        tls = {name: str(getattr(client, attribute)) for name, attribute in _FILES.items()} | {"server": "casemanager"}

        async def run(seconds: float) -> Sample:
            with watched([server.pid], {}) as usage:
                read = await self.reader.ask(address=server.hello, tls=tls, token=self.token, seconds=seconds)
            return Sample(
                operations=read["operations"],
                seconds=read["seconds"],
                cpu=usage.own,
                beside={"reader": read["cpu"]},
            )

        return run


_FILES = {"ca": "authority", "cert": "certificate", "key": "key"}


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    cores = sorted(os.sched_getaffinity(0))
    reader = await site.worker("stream_reader", cores=cores[-1:] if len(cores) > 1 else [])
    yield Ground(site, reader, *site.staff_tokens(new_id(), 1))


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    tls, jwk = ground.site.mutual_tls("casemanager"), ground.site.verification_key()
    yield ground.run_on(await ground.site.server("ours.stream", tls=tls, jwk=jwk))


@asynccontextmanager
async def _anchor(ground: Ground) -> AsyncIterator[Run]:
    yield ground.run_on(await ground.site.server("anchors.stream", tls=ground.site.mutual_tls("casemanager")))


P_23 = Measurement(
    id="P-23",
    what="server stream of 10,000 messages through the production interceptor / bare `grpc.aio` stream",
    ground=_ground,
    ours=_ours,
    anchor=_anchor,
    figure=per_second("messages"),
    goal="0.80",
    limit="0.90",
)
