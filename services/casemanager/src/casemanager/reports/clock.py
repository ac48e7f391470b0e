"""What the scanner says of reports, written down beside the calls."""

from contextlib import suppress
from datetime import datetime
from functools import partial

from portico_errors.casemanager import BookingNotFound, ReportNotFound

from casemanager.bookings.domain.booking import Seen
from casemanager.bookings.domain.states import THE_CLOCK
from casemanager.bookings.storage.load import LOAD_BOOKING
from casemanager.bookings.usecases import policy_of
from casemanager.files.domain.judging import Asked
from casemanager.files.scanning import AT_ONCE, DueScan, ScanQueue
from casemanager.reports.aggregate import reports_of
from casemanager.reports.domain.change import Change
from casemanager.reports.domain.decisions import Judged, judge_report
from casemanager.reports.domain.report import Shelf
from casemanager.reports.loading import load_shelf, with_stand_ins
from casemanager.reports.storage import CLAIM_SCANS, QUEUE_RECEIVED
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import organization_of
from chassis.aggregate import Source
from chassis.call import Call, Caller
from chassis.errors import Aborted

_CALL = Call(Caller(), "reports/clock")


async def _judge(deps: Deps, due: DueScan, asked: Asked) -> None:
    def decide(shelf: Shelf, judged: Judged, now: datetime) -> Change:
        return judge_report(shelf, judged, deps.ids, now)

    organization = await organization_of(deps.database, due.org_id)
    source = Source(_CALL, due.org_id, partial(_shelf, deps, due))
    judged = Judged(report_id=due.id, asked=asked)
    # Verdicts on versions of one booking that come at the same time wait for one another.
    for _ in range(AT_ONCE):
        with suppress(Aborted):
            # None of it any more: it was taken back meanwhile, or another process has written it down.
            with suppress(ReportNotFound, BookingNotFound):
                await reports_of(deps, organization).change(source, decide, judged)
            return


async def _shelf(deps: Deps, due: DueScan) -> Shelf:
    booking = await deps.database.first(LOAD_BOOKING, org_id=due.org_id, booking_id=due.booking_id)
    if booking is None:
        raise BookingNotFound()
    organization = await organization_of(deps.database, due.org_id)
    policy = policy_of(organization, await settings_of(deps.database, due.org_id))
    shelf = await load_shelf(deps, Seen(booking=booking, actor=THE_CLOCK, policy=policy), None)
    return await with_stand_ins(deps, shelf)


SCANS = ScanQueue(claim=CLAIM_SCANS, queue_received=QUEUE_RECEIVED, judge=_judge)
