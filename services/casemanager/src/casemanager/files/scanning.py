"""Having files scanned, and taking away bytes that belong to nobody: for each table of files the same."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, SmallInteger, Table, Text, any_, bindparam, literal, select, update

from casemanager.files.domain.judging import Asked
from casemanager.files.domain.scans import Answer, NoVerdict
from casemanager.files.domain.states import State
from casemanager.files.scanner import Scanner
from casemanager.shared.deps import Deps
from chassis import telemetry
from chassis.blobs import Blob, BlobMissing
from chassis.columns import INSTANT
from chassis.db import Statement, statement
from chassis.errors import ServiceError
from chassis.readers import reader

AT_ONCE = 4
"""Files of a kind that a process has scanned at the same time."""
LEASE = timedelta(minutes=15)
"""How long others leave a file to the process that has it scanned; longer than any scan takes."""
ORPHAN_AGE = timedelta(hours=24)
"""Bytes without a row are kept so long: longer than any upload lasts."""
_SCAN_PAUSE_SECONDS = 2.0
_COLLECT_PAUSE_SECONDS = 6 * 3600.0
_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueScan:
    """A file that is to be scanned now."""

    org_id: UUID
    id: UUID
    booking_id: UUID
    version: int
    blob: Blob


_SCANNED = ("org_id", "id", "booking_id", "version", "blob_key", "size_bytes", "sha256")
_DUE = reader(
    DueScan,
    **{name: name for name in _SCANNED[:4]},
    blob=reader(Blob, key="blob_key", size="size_bytes", sha256="sha256"),
)


def claim_scans(table: Table) -> Statement[DueScan]:
    """The files of a table that are to be scanned, for this process alone until the lease ends."""
    due = (
        select(table.c.org_id, table.c.id)
        .where(table.c.next_scan_time <= bindparam("now", type_=INSTANT))
        .order_by(table.c.next_scan_time, table.c.id)
        .limit(bindparam("limit", type_=BigInteger))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return statement(
        update(table)
        .where(table.c.org_id == due.c.org_id, table.c.id == due.c.id)
        .values(next_scan_time=bindparam("lease_end", type_=INSTANT))
        .returning(*(table.c[name] for name in _SCANNED)),
        into=_DUE,
        cross_tenant="What is due is due in every organization.",
    )


def queue_received(table: Table) -> Statement[tuple[object, ...]]:
    """What of a table came while there was no scanner, once there is one."""
    return statement(
        update(table)
        .where(table.c.state == literal(State.RECEIVED.value, SmallInteger))
        .values(
            state=literal(State.SCANNING.value, SmallInteger),
            next_scan_time=bindparam("now", type_=INSTANT),
            version=table.c.version + 1,
        ),
        cross_tenant="What is due is due in every organization.",
    )


def list_kept_blobs(table: Table) -> Statement[str]:
    """Which of some keys a table has a row of, that was not deleted."""
    return statement(
        select(table.c.blob_key).where(
            table.c.blob_key == any_(bindparam("blob_keys", type_=ARRAY(Text))),
            table.c.state != literal(State.DELETED.value, SmallInteger),
        ),
        into=str,
        cross_tenant="The blob store has the files of all organizations.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanQueue:
    """What of a table is to be scanned; `judge` writes down what the scanner said, unless it comes too late."""

    claim: Statement[DueScan]
    queue_received: Statement[tuple[object, ...]]
    judge: Callable[[Deps, DueScan, Asked], Awaitable[None]]


async def keep_scanning(deps: Deps, scanner: Scanner, queues: Sequence[ScanQueue]) -> NoReturn:
    """Has everything scanned that waits for it; never returns."""
    is_queued = False
    while True:
        try:
            if not is_queued:
                for queue in queues:
                    await deps.database.run(queue.queue_received, now=deps.clock())
                is_queued = True
            while sum([await scan_due(deps, scanner, queue) for queue in queues]):
                pass
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("files.scans_failed", error=error.reason)
        await asyncio.sleep(_SCAN_PAUSE_SECONDS)


async def scan_due(deps: Deps, scanner: Scanner, queue: ScanQueue) -> int:
    """Has the files scanned that are due, a few at once; how many there were."""
    now = deps.clock()
    due = await deps.database.all(queue.claim, now=now, lease_end=now + LEASE, limit=AT_ONCE)
    await asyncio.gather(*(_scan(deps, scanner, queue, each) for each in due))
    return len(due)


async def _scan(deps: Deps, scanner: Scanner, queue: ScanQueue, due: DueScan) -> None:
    answer: Answer | None = None
    version = ""
    try:
        version = await scanner.version()
        answer = await scanner.scan(deps.blobs.read(due.blob), size=due.blob.size)
    except (NoVerdict, BlobMissing, ServiceError) as error:
        _log.warning("files.no_verdict", file=str(due.id), error=type(error).__name__)
    await queue.judge(deps, due, Asked(version=due.version, answer=answer, scanner=version))


async def keep_collecting(deps: Deps, tables: Sequence[Statement[str]]) -> NoReturn:
    """Takes away what belongs to nobody, every six hours; never returns."""
    while True:
        try:
            count = await collect_orphans(deps, tables)
            _log.info("files.collected", count=count)
        except (ServiceError, BlobMissing) as error:
            _log.warning("files.collect_failed", error=str(error))
        await asyncio.sleep(_COLLECT_PAUSE_SECONDS)


async def collect_orphans(deps: Deps, tables: Sequence[Statement[str]]) -> int:
    """Deletes the bytes that have a row in no table, and had time enough to get one; how many objects there were."""

    async def kept(keys: Set[str]) -> Collection[str]:
        blob_keys = list(keys)
        return {key for each in tables for key in await deps.database.all(each, blob_keys=blob_keys)}

    return await deps.blobs.collect(before=deps.clock() - ORPHAN_AGE, kept=kept)
