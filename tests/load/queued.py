"""P-16: how soon a batch's invitations are stored and their messages queued, beside Django with django-invitations."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from tests.load.batch_runs import new_staff
from tests.load.measurement import Measurement, Run, Sample, Unavailable, per_second
from tests.load.site import Site
from tests.load.suite import Suite, new_suite
from tests.load.usage import watched
from tests.load.workers import Worker

ROWS = 10_000
LOOP_ROWS = 1_000
"""Enough for the rate of a loop that does one after the other."""
PACKAGES = Path(__file__).parent / "beside/django_invitations.txt"
_INSTALL_SECONDS = 120.0
_HOLD = "UPDATE organizations SET send_rate = 1 WHERE org_id = %s"
"""One message a minute: what is queued stays there, and no transport is measured."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole suite, and a process with Django on a database of the same PostgreSQL."""

    site: Site
    suite: Suite
    django: Worker


@asynccontextmanager
async def _ground(site: Site) -> AsyncIterator[Ground]:
    packages = await asyncio.to_thread(installed, site.folder / "packages")
    suite = await new_suite(site)
    admin = suite.around.postgres.admin
    with psycopg.connect(str(admin), autocommit=True) as connection:
        connection.execute("CREATE DATABASE django")
    url = str(replace(admin, database="django"))
    yield Ground(site, suite, await site.worker("beside.django_invitations", database_url=url, packages=str(packages)))


def installed(folder: Path) -> Path:
    """A folder with what only this measurement needs, got now; Unavailable when it cannot be had."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    try:
        subprocess.run(
            [*command, "--python", sys.executable, "--target", str(folder), "--requirements", str(PACKAGES)],
            check=True,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.CalledProcessError as failed:
        raise Unavailable(f"django-invitations cannot be had: {failed.stderr.strip()}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"django-invitations was not here after {_INSTALL_SECONDS:.0f} s.") from None
    return folder


@asynccontextmanager
async def _ours(ground: Ground) -> AsyncIterator[Run]:
    suite, rows = ground.suite, ground.site.rows(ROWS)

    async def run(seconds: float) -> Sample:
        staff = await new_staff(suite, rows)
        batch_id = await staff.create()
        await staff.previewed(batch_id)
        with psycopg.connect(suite.stack.owner_url("notifications"), autocommit=True) as connection:
            connection.execute(_HOLD, [staff.org_id])
        own = [suite.pid("applications"), suite.pid("notifications")]
        with watched(own, suite.beside("postgres", "nats")) as usage:
            started = time.monotonic()
            await staff.start(batch_id)
            committed, stored = await asyncio.gather(staff.committed(batch_id), staff.stored(batch_id))
        return Sample(
            operations=rows,
            seconds=stored - started,
            cpu=usage.own,
            beside=usage.beside,
            details={"committed, s": committed - started, "stored, s": stored - started},
        )

    yield run


def _by_django(ground: Ground, rows: int, *, is_bulk: bool) -> Run:
    async def run(seconds: float) -> Sample:
        with watched([ground.django.pid], ground.suite.beside("postgres")) as usage:
            took: float = await ground.django.ask(rows=rows, is_bulk=is_bulk)
        return Sample(operations=rows, seconds=took, cpu=usage.own, beside=usage.beside)

    return run


@asynccontextmanager
async def _loop(ground: Ground) -> AsyncIterator[Run]:
    yield _by_django(ground, ground.site.rows(LOOP_ROWS), is_bulk=False)


@asynccontextmanager
async def _bulk(ground: Ground) -> AsyncIterator[Run]:
    yield _by_django(ground, ground.site.rows(ROWS), is_bulk=True)


P_16 = Measurement(
    id="P-16",
    what="batch invite of 10,000, stored and queued / the loop of django-invitations, mail left out on both sides",
    ground=_ground,
    ours=_ours,
    anchor=_loop,
    beside={"bulk_create": _bulk},
    figure=per_second("invitations"),
    goal="30; 2 of bulk_create",
    limit="100",
)
