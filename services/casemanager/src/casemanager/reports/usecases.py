"""Taking reports in, handing them out and taking them back, as each who sees them may."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from portico.casemanager.v1 import report_resources_pb2 as res
from portico.casemanager.v1 import reports_pb2 as pb
from portico_errors.casemanager import BookingNotFound, FileNotClean, RangeInvalid, ReportNotFound, ReportWithdrawn

from casemanager.bookings.choices import Load
from casemanager.bookings.domain.states import Part
from casemanager.bookings.storage.load import LOAD_BOOKING
from casemanager.bookings.usecases import BookingCommands
from casemanager.files.domain.names import file_name
from casemanager.files.domain.states import State
from casemanager.files.downloads import (
    END_DOWNLOAD,
    LIST_DOWNLOADS,
    Download,
    DownloadKind,
    deliver,
    ended_params,
)
from casemanager.files.uploads import Arrived, Said, check_early, take_file
from casemanager.reports.aggregate import Withdrawing, Withdrawn, reports_of, withdrawals_of
from casemanager.reports.domain.change import Change, NewId
from casemanager.reports.domain.decisions import (
    Filed,
    Release,
    Rescan,
    Withdrawal,
    check_filing,
    file_report,
    release_report,
    rescan_report,
    withdraw_report,
)
from casemanager.reports.domain.report import KINDS, Around, Kind, Report, Shelf
from casemanager.reports.events import report_event
from casemanager.reports.listing import Listed
from casemanager.reports.loading import load_people, load_shelf, readers, with_stand_ins
from casemanager.reports.storage import END_READING, FIND_BOOKING, HAS_READ
from casemanager.settings.usecases import settings_of
from casemanager.shared.deps import Deps
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import State as TaskState
from casemanager.tasks.domain.task import Task, ended
from casemanager.tasks.events import task_event
from casemanager.tasks.storage import beside_params
from chassis.aggregate import TRIES, Act, Source
from chassis.blobs import Blob
from chassis.call import Call, Role, current_call
from chassis.pagination import NEWEST
from chassis.saves import write

MAX_NAMED_DOWNLOADS = 200
"""So many downloads the answer of a withdrawal names."""

C = TypeVar("C", Release, Rescan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a sender says of a version; None, and no bytes, where they do not know `size_bytes` and `sha256`."""

    request_id: UUID | None
    booking_id: UUID
    file_name: str
    kind: Kind
    note: str
    excluded: Collection[UUID]
    size_bytes: int | None
    sha256: bytes


def blob_of(report: Report) -> Blob:
    """Where the bytes of a version are."""
    return Blob(key=report.blob_key, size=report.size_bytes, sha256=report.sha256)


class ReportCommands:
    """What one caller does with reports."""

    def __init__(self, deps: Deps, call: Call, bookings: BookingCommands) -> None:
        self._deps, self._call, self._bookings = deps, call, bookings

    @classmethod
    async def by(cls, deps: Deps, call: Call) -> "ReportCommands":
        """Those of the caller."""
        return cls(deps, call, await BookingCommands.by(deps, call))

    @property
    def _has_scanner(self) -> bool:
        return self._deps.has_scanner

    @property
    def bookings(self) -> BookingCommands:
        """The caller's commands on bookings."""
        return self._bookings

    async def shelf(self, booking_id: UUID) -> Shelf:
        """The versions of a booking's report that the caller sees; BookingNotFound.

        Whoever does not see the booking sees a version that names them.
        """
        booking = await self._deps.database.first(LOAD_BOOKING, org_id=self._call.org_id, booking_id=booking_id)
        if booking is None:
            raise BookingNotFound()
        seen = self._bookings.seen_by(booking, otherwise=Part.RECIPIENT)
        shelf = await load_shelf(self._deps, seen, self._call.account_id, is_administrator=self._is_administrator)
        if seen.actor.part is Part.RECIPIENT and not shelf.visible():
            raise BookingNotFound()
        return shelf

    @property
    def _is_administrator(self) -> bool:
        return self._call.caller.role is Role.STAFF_ADMIN

    async def shelf_of(self, report_id: UUID) -> Shelf:
        """The versions among which one is that the caller sees; ReportNotFound."""
        booking_id = await self._deps.database.first(FIND_BOOKING, org_id=self._call.org_id, report_id=report_id)
        if booking_id is None:
            raise ReportNotFound()
        try:
            shelf = await self.shelf(booking_id)
        except BookingNotFound:
            raise ReportNotFound() from None
        shelf.report(report_id)
        return shelf

    async def _changing(self, load: Load[Shelf]) -> Shelf:
        return await with_stand_ins(self._deps, await load())

    async def listed(self, found: Sequence[Listed]) -> Sequence[Shelf]:
        """Reports of many bookings, each as the caller sees it."""
        people = await load_people(self._deps, self._call.org_id, readers(each.report for each in found))
        return [
            Shelf(
                seen=self._bookings.seen_by(each.booking, otherwise=Part.RECIPIENT),
                reports=(each.report,),
                around=Around(people=people),
                is_administrator=self._is_administrator,
            )
            for each in found
        ]

    async def file(self, filing: Filing, chunks: AsyncIterable[bytes]) -> res.Report:
        """Keeps the next version as it comes; what is refused leaves nothing. A repeated call gets its first answer."""
        deps, org_id = self._deps, self._call.org_id
        load = partial(self.shelf, filing.booking_id)
        shelf, now = await load(), deps.clock()
        check = partial(check_filing, shelf, filing.size_bytes or 1, filing.excluded, now)
        await check_early(deps, self._call, filing.request_id, check)

        async def save(arrived: Arrived) -> res.Report:
            filed = await self._filed(filing, arrived)
            # The request is known by all its messages: only now, when the last one was read.
            source = Source(current_call(), org_id, partial(self._changing, load))

            def decide(shelf: Shelf, filed: Filed, now: datetime) -> Change:
                return file_report(shelf, filed, deps.ids, now)

            return await reports_of(deps, self._bookings.organization).change(source, decide, filed)

        said = Said(size_bytes=filing.size_bytes, sha256=filing.sha256)
        return await take_file(deps, org_id, chunks, said, save, kinds=KINDS)

    async def _filed(self, filing: Filing, arrived: Arrived) -> Filed:
        settings, blob = await settings_of(self._deps.database, self._call.org_id), arrived.blob
        return Filed(
            id=arrived.id,
            kind=filing.kind,
            note=filing.note,
            excluded=filing.excluded,
            file_name=file_name(filing.file_name, arrived.kind),
            file_kind=arrived.kind,
            size_bytes=blob.size,
            sha256=blob.sha256,
            blob_key=blob.key,
            has_scanner=self._has_scanner,
            allows_unscanned=settings.allow_unscanned,
        )

    async def release(self, release: Release) -> res.Report:
        """Calls a version clean that is quarantined."""
        return await self._change(release, release_report)

    async def rescan(self, report_id: UUID) -> res.Report:
        """Has a version judged at once."""
        settings = await settings_of(self._deps.database, self._call.org_id)
        rescan = Rescan(report_id=report_id, has_scanner=self._has_scanner, allows_unscanned=settings.allow_unscanned)
        return await self._change(rescan, rescan_report)

    async def _change(self, command: C, decide: Callable[[Shelf, C, NewId, datetime], Change]) -> res.Report:
        load = partial(self.shelf_of, command.report_id)
        source = Source(self._call, self._call.org_id, partial(self._changing, load))

        def decided(shelf: Shelf, command: C, now: datetime) -> Change:
            return decide(shelf, command, self._deps.ids, now)

        return await reports_of(self._deps, self._bookings.organization).change(source, decided, command)

    async def withdraw(self, withdrawal: Withdrawal) -> pb.WithdrawReportResponse:
        """Takes a version back, and says who had downloaded it."""
        deps, org_id = self._deps, self._call.org_id

        async def load() -> Withdrawing:
            shelf = await self._changing(partial(self.shelf_of, withdrawal.report_id))
            downloads = await self.downloads(withdrawal.report_id, NEWEST, MAX_NAMED_DOWNLOADS)
            return Withdrawing(shelf, downloads, is_read=await self._is_read(shelf, withdrawal))

        def decide(withdrawing: Withdrawing, _: None, now: datetime) -> Withdrawn:
            shelf, is_read = withdrawing.shelf, withdrawing.is_read
            change = withdraw_report(shelf, withdrawal, deps.ids, now, is_read=is_read)
            return Withdrawn(change, withdrawing.downloads)

        withdrawals = withdrawals_of(deps, self._bookings.organization)
        return await withdrawals.change(Source(self._call, org_id, load), decide, None)

    async def _is_read(self, shelf: Shelf, withdrawal: Withdrawal) -> bool:
        """Whether the case manager has got all of the version that is the newest when this one is gone."""
        newest, booking = shelf.newest_beside(withdrawal.report_id), shelf.seen.booking
        if newest is None:
            return False
        person = {"org_id": booking.org_id, "person_id": booking.case_manager_id}
        return bool(await self._deps.database.first(HAS_READ, report_id=newest.id, **person))

    async def downloads(self, report_id: UUID, before: tuple[datetime, UUID], limit: int) -> Sequence[Download]:
        """At most so many downloads of a version from before a position on, the latest first."""
        params = {"before_time": before[0], "before_id": before[1], "limit": limit}
        return await self._deps.database.all(LIST_DOWNLOADS, org_id=self._call.org_id, file_id=report_id, **params)

    async def download(self, report_id: UUID, offset: int) -> tuple[Shelf, Report]:
        """A version that has a byte there; ReportNotFound, ReportWithdrawn, FileNotClean, RangeInvalid."""
        shelf = await self.shelf_of(report_id)
        report = shelf.report(report_id)
        if report.is_withdrawn:
            raise ReportWithdrawn()
        if report.state is not State.CLEAN:
            raise FileNotClean(metadata={"state": report.state.name})
        if offset >= report.size_bytes:
            raise RangeInvalid(metadata={"size_bytes": str(report.size_bytes)})
        return shelf, report

    def bytes_of(self, shelf: Shelf, report: Report, offset: int, length: int | None) -> AsyncGenerator[bytes, None]:
        """The bytes of a part, logged; the case manager who has got all of the newest version has read it."""
        deps, call, actor = self._deps, self._call, shelf.seen.actor
        now = deps.clock()
        download = Download(
            org_id=call.org_id,
            id=deps.ids(),
            kind=DownloadKind.REPORT,
            file_id=report.id,
            booking_id=report.booking_id,
            account_id=call.account_id,
            actor=actor.part,
            actor_name=actor.name,
            address=call.caller.address or "",
            download_time=now,
        )
        events = [report_event(report, "downloaded", deps.ids, Act(call, now))]
        finish = partial(self._finish, shelf, report)
        return deliver(deps, blob_of(report), download, offset=offset, length=length, events=events, finish=finish)

    async def _finish(self, shelf: Shelf, report: Report, download: Download) -> None:
        deps, params = self._deps, ended_params(download)
        if download.is_whole and shelf.seen.actor.part is Part.OWN:
            for _ in range(TRIES):
                now = deps.clock()
                done = [
                    ended(task, TaskState.DONE, actor_id=download.account_id, now=now)
                    for task in await self._to_read(report)
                ]
                if not done:
                    break
                events = [task_event(task, event_id=deps.ids(), now=now) for task in done]
                reading = {**params, **beside_params(changed=done)}
                if await write(deps.database, END_READING, org_id=download.org_id, params=reading, events=events):
                    return
        await write(deps.database, END_DOWNLOAD, org_id=download.org_id, params=params)

    async def _to_read(self, report: Report) -> Sequence[Task]:
        """What is open to read of the booking, when this is the version that is to be read."""
        booking = await self._deps.database.first(LOAD_BOOKING, org_id=report.org_id, booking_id=report.booking_id)
        if booking is None or booking.report_version != report.report_version:
            return []
        return [task for task in booking.open_tasks if task.kind is TaskKind.READ_REPORT]
