"""What is done with files beside the calls: they are scanned, and bytes that belong to nobody are taken away."""

import asyncio
from collections.abc import Collection, Set
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from portico_errors.casemanager import BookingNotFound, PaperworkNotFound

from casemanager.bookings.domain.booking import Seen
from casemanager.bookings.domain.states import THE_CLOCK
from casemanager.bookings.storage.load import LOAD_BOOKING
from casemanager.bookings.usecases import policy_of
from casemanager.files.domain.scans import Answer, NoVerdict
from casemanager.files.scanner import Scanner
from casemanager.paperwork.aggregate import files_of
from casemanager.paperwork.domain.decisions import Change, Judged, judge_file
from casemanager.paperwork.domain.file import Paperwork, Shelf
from casemanager.paperwork.storage import CLAIM_SCANS, LIST_FILES, LIST_KEPT_BLOBS, QUEUE_RECEIVED, DueScan
from casemanager.paperwork.usecases import blob_of
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from chassis import telemetry
from chassis.aggregate import Source
from chassis.blobs import BlobMissing
from chassis.call import Call, Caller
from chassis.errors import Aborted, ServiceError

AT_ONCE = 4
"""Files that a process has scanned at the same time."""
LEASE = timedelta(minutes=15)
"""How long others leave a file to the process that has it scanned; longer than any scan takes."""
ORPHAN_AGE = timedelta(hours=24)
"""Bytes without a row are kept so long: longer than any upload lasts."""
_SCAN_PAUSE_SECONDS = 2.0
_COLLECT_PAUSE_SECONDS = 6 * 3600.0
_CALL = Call(Caller(), "paperwork/clock")
_log = telemetry.logger(__name__)


async def keep_scanning(deps: Deps, scanner: Scanner) -> NoReturn:
    """Has everything scanned that waits for it; never returns."""
    is_queued = False
    while True:
        try:
            if not is_queued:
                await deps.database.run(QUEUE_RECEIVED, now=deps.clock())
                is_queued = True
            while await scan_due_files(deps, scanner):
                pass
        except ServiceError as error:  # the database is away; there is no hurry
            _log.warning("paperwork.scans_failed", error=error.reason)
        await asyncio.sleep(_SCAN_PAUSE_SECONDS)


async def scan_due_files(deps: Deps, scanner: Scanner) -> int:
    """Has the files scanned that are due, a few at once; how many there were."""
    now = deps.clock()
    due = await deps.database.all(CLAIM_SCANS, now=now, lease_end=now + LEASE, limit=AT_ONCE)
    await asyncio.gather(*(_scan(deps, scanner, each) for each in due))
    return len(due)


async def _scan(deps: Deps, scanner: Scanner, due: DueScan) -> None:
    organization = await organization_of(deps.database, due.org_id)
    load = partial(_shelf, deps, due)
    try:
        file = next(each for each in (await load()).files if each.id == due.id)
        judged = await _judged(deps, scanner, file)
        source = Source(_CALL, due.org_id, load)

        def decide(shelf: Shelf, _: None, now: datetime) -> Change:
            return judge_file(shelf, judged, deps.ids, now)

        await files_of(deps, organization).change(source, decide, None)
    except (StopIteration, PaperworkNotFound, BookingNotFound, Aborted):
        return  # somebody has deleted it meanwhile, or has it scanned anew


async def _judged(deps: Deps, scanner: Scanner, file: Paperwork) -> Judged:
    answer: Answer | None = None
    version = ""
    try:
        version = await scanner.version()
        answer = await scanner.scan(deps.blobs.read(blob_of(file)), size=file.size_bytes)
    except (NoVerdict, BlobMissing, ServiceError) as error:
        _log.warning("paperwork.no_verdict", paperwork=str(file.id), error=type(error).__name__)
    return Judged(file.id, version=file.version, answer=answer, scanner=version)


async def _shelf(deps: Deps, due: DueScan) -> Shelf:
    booking = await deps.database.first(LOAD_BOOKING, org_id=due.org_id, booking_id=due.booking_id)
    if booking is None:
        raise BookingNotFound()
    organization = await organization_of(deps.database, due.org_id)
    policy = policy_of(organization, await settings_of(deps.database, due.org_id))
    files = await deps.database.all(LIST_FILES, org_id=due.org_id, booking_id=due.booking_id)
    return Shelf(seen=Seen(booking=booking, actor=THE_CLOCK, policy=policy), files=files)


async def keep_collecting(deps: Deps) -> NoReturn:
    """Takes away what belongs to nobody, every six hours; never returns."""
    while True:
        try:
            count = await collect_orphans(deps)
            _log.info("paperwork.collected", count=count)
        except (ServiceError, BlobMissing) as error:
            _log.warning("paperwork.collect_failed", error=str(error))
        await asyncio.sleep(_COLLECT_PAUSE_SECONDS)


async def collect_orphans(deps: Deps) -> int:
    """Deletes the bytes that have no row, and have had time enough to get one; how many objects there were."""

    async def kept(keys: Set[str]) -> Collection[str]:
        return frozenset(await deps.database.all(LIST_KEPT_BLOBS, blob_keys=list(keys)))

    return await deps.blobs.collect(before=deps.clock() - ORPHAN_AGE, kept=kept)
