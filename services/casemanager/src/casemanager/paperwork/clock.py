"""What the scanner says of paperwork, written down beside the calls."""

from datetime import datetime
from functools import partial

from portico_errors.casemanager import BookingNotFound, PaperworkNotFound

from casemanager.bookings.domain.booking import Seen
from casemanager.bookings.domain.states import THE_CLOCK
from casemanager.bookings.storage.load import LOAD_BOOKING
from casemanager.bookings.usecases import policy_of, with_staff
from casemanager.files.domain.judging import Asked
from casemanager.files.scanner import Scanner
from casemanager.files.scanning import DueScan, ScanQueue, scan_due
from casemanager.paperwork.aggregate import files_of
from casemanager.paperwork.domain.decisions import Change, Judged, judge_file
from casemanager.paperwork.domain.file import Shelf
from casemanager.paperwork.storage import CLAIM_SCANS, LIST_FILES, QUEUE_RECEIVED
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from chassis.aggregate import Source
from chassis.call import Call, Caller
from chassis.errors import Aborted

_CALL = Call(Caller(), "paperwork/clock")


async def scan_due_files(deps: Deps, scanner: Scanner) -> int:
    """Has the files scanned that are due, a few at once; how many there were."""
    return await scan_due(deps, scanner, SCANS)


async def _judge(deps: Deps, due: DueScan, asked: Asked) -> None:
    def decide(shelf: Shelf, _: None, now: datetime) -> Change:
        return judge_file(shelf, Judged(due.id, asked), deps.ids, now)

    organization = await organization_of(deps.database, due.org_id)
    source = Source(_CALL, due.org_id, partial(_shelf, deps, due))
    try:
        await files_of(deps, organization).change(source, decide, None)
    except (PaperworkNotFound, BookingNotFound, Aborted):
        return  # somebody has deleted it meanwhile, or has it scanned anew


async def _shelf(deps: Deps, due: DueScan) -> Shelf:
    booking = await deps.database.first(LOAD_BOOKING, org_id=due.org_id, booking_id=due.booking_id)
    if booking is None:
        raise BookingNotFound()
    organization = await organization_of(deps.database, due.org_id)
    policy = policy_of(organization, await settings_of(deps.database, due.org_id))
    files = await deps.database.all(LIST_FILES, org_id=due.org_id, booking_id=due.booking_id)
    seen = Seen(booking=booking, actor=THE_CLOCK, policy=policy)
    return Shelf(seen=seen if booking.people.manager_is_active else await with_staff(deps, seen), files=files)


SCANS = ScanQueue(claim=CLAIM_SCANS, queue_received=QUEUE_RECEIVED, judge=_judge)
