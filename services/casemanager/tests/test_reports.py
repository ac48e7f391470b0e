"""Reports are filed, checked, read and taken back: what becomes of them and of their bookings."""

import asyncio
import hashlib
from datetime import UTC, timedelta

import pytest
from portico.casemanager.v1 import bookings_pb2 as commands
from portico.casemanager.v1 import report_resources_pb2 as res
from portico.casemanager.v1 import reports_pb2 as pb

from casemanager.files.scanning import scan_due
from casemanager.reports.clock import SCANS
from casemanager.reports.domain.report import MAX_REPORTS
from casemanager.reports.storage import ADD_REPORT
from chassis.blobs import CHUNK_BYTES
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from services.casemanager.tests import documents
from services.casemanager.tests.desk import actions_of as booking_actions
from services.casemanager.tests.desk import at, refuses
from services.casemanager.tests.desk import state_of as booking_state
from services.casemanager.tests.filings import actions_of, state_of
from services.casemanager.tests.shelf import HARMFUL, OneScanner

CAME, MISSED = commands.RecordOutcomeRequest.ATTENDED, commands.RecordOutcomeRequest.NOT_ATTENDED
HARMFUL_PDF = documents.PDF + HARMFUL


async def test_a_version_counts_once_it_is_clean(filings):
    """CM-13, CM-08: the upload is kept whole; the booking is REPORTED by the scanner's verdict, not by the call."""
    desk, booking = filings.desk, await filings.begun()
    await desk.do("RecordOutcome", booking, desk.staff, outcome=CAME)
    content = documents.PDF + b"%" * 300_000
    report = await filings.file(booking, content, await desk.as_zhang(), note=" As agreed ", file_name="a/Report.docx")
    assert ("Report.pdf", 1, res.Report.FINAL, "As agreed", "application/pdf", len(content), 0) == (
        report.file_name,
        report.version,
        report.kind,
        report.note,
        report.content_type,
        report.size_bytes,
        report.replaces_version,
    )
    assert (hashlib.sha256(content).hexdigest(), "SCANNING") == (report.sha256, state_of(report))
    waiting = await desk.get(booking)
    assert ("ATTENDED", True, 0) == (booking_state(waiting), waiting.report_in_check, waiting.report_version)
    await filings.scan()
    reported = await desk.get(booking)
    assert ("REPORTED", False, 1) == (booking_state(reported), reported.report_in_check, reported.report_version)
    assert desk.world.clock() == reported.report_time.ToDatetime(UTC)
    (seen,) = await filings.listed(booking, desk.as_ana)
    assert ("CLEAN", ["DOWNLOAD", "LIST_DOWNLOADS"], True) == (state_of(seen), actions_of(seen), seen.unread)
    assert content == await filings.download(report)
    assert ["REQUESTED", "OUTCOME_RECORDED", "REPORT_FILED", "REPORTED"] == await desk.kinds(booking)
    assert ["filed", "downloaded"] == await filings.events()
    assert ["requested", "confirmed", "outcome_recorded", "updated", "reported"] == await desk.told()


async def test_filing_after_the_start_records_attendance(filings):
    """CM-08: who files for a confirmed appointment that has begun says that the person came; before it is refused."""
    desk = filings.desk
    early = await desk.confirmed(at(10))
    assert "FILE_REPORT" not in booking_actions(await desk.get(early))
    with refuses("ACTION_NOT_ALLOWED"):
        await filings.file(early)
    booking = await filings.begun(at(9))
    assert "FILE_REPORT" in booking_actions(await desk.get(booking, await desk.as_zhang()))
    await filings.file(booking)
    attended = await desk.get(booking)
    assert ("ATTENDED", desk.world.clock(), at(17, day=14)) == (
        booking_state(attended),
        attended.outcome_time.ToDatetime(UTC),
        attended.report_due_time.ToDatetime(UTC),
    )
    await filings.scan()
    assert "REPORTED" == booking_state(await desk.get(booking))


@pytest.mark.parametrize("name", ["REQUESTED", "CANCELLED", "NOT_ATTENDED"])
async def test_where_no_report_is_filed(filings, name):
    """CM-08: a booking that was only asked for, cancelled, or not attended takes no report."""
    desk = filings.desk
    if name == "REQUESTED":
        booking = await desk.request()
    elif name == "CANCELLED":
        booking = await desk.cancel(await desk.confirmed())
    else:
        booking = await desk.do("RecordOutcome", await filings.begun(), desk.staff, outcome=MISSED)
    with refuses("ACTION_NOT_ALLOWED"):
        await filings.file(booking)
    assert [] == await filings.listed(booking)


async def test_versions_are_counted_and_stay(filings):
    """CM-13: each version has the next number, none overwrites another, and says which one counted before it."""
    desk, booking = filings.desk, await filings.begun()
    first = await filings.clean(booking)
    second = await filings.clean(booking, documents.PDF + b"%2", kind=res.Report.AMENDED)
    quarantined = await filings.clean(booking, HARMFUL_PDF, kind=res.Report.ADDENDUM)
    third = await filings.clean(booking, documents.PDF + b"%4", kind=res.Report.ADDENDUM)
    assert [(4, 2), (3, 2), (2, 1), (1, 0)] == [
        (report.version, report.replaces_version) for report in await filings.listed(booking)
    ]
    assert "QUARANTINED" == state_of(quarantined)
    assert 4 == (await desk.get(booking)).report_version
    assert documents.PDF == await filings.download(first)
    assert documents.PDF + b"%2" == await filings.download(second)
    assert [third.id, second.id, first.id] == [each.id for each in await filings.listed(booking, desk.as_ana)]


async def test_no_outcome_is_corrected_once_a_report_came(filings):
    """CM-08: with a version that counts, or is still being checked, the outcome stays; with a quarantined one not."""
    desk, booking = filings.desk, await filings.begun()
    await filings.file(booking, HARMFUL_PDF)
    with refuses("REPORT_FILED"):
        await desk.do("RecordOutcome", booking, desk.staff, outcome=MISSED)
    assert "RECORD_OUTCOME" not in booking_actions(await desk.get(booking))
    await filings.scan()
    missed = await desk.do("RecordOutcome", booking, desk.staff, outcome=MISSED)
    assert "NOT_ATTENDED" == booking_state(missed)


async def test_what_follows_for_people(filings):
    """CM-11: the specialist has filed, the case manager has to read; a further version gives them the time anew."""
    desk, booking = filings.desk, await filings.begun()
    await desk.do("RecordOutcome", booking, desk.staff, outcome=CAME)
    assert ["FILE_REPORT"] == await desk.open_tasks()
    await filings.file(booking)
    assert ["FILE_REPORT"] == await desk.open_tasks()
    await filings.scan()
    assert ["READ_REPORT"] == await desk.open_tasks()
    filed, reading = [task for task in await desk.tasks() if task.kind.name in {"FILE_REPORT", "READ_REPORT"}]
    assert ("DONE", desk.ana.id) == (filed.state.name, str(reading.assignee.id))
    desk.world.clock.advance(timedelta(days=2))
    await filings.clean(booking)
    [renewed] = [task for task in await desk.tasks() if task.kind.name == "READ_REPORT"]
    assert (reading.id, reading.due_time + timedelta(days=2)) == (renewed.id, renewed.due_time)


async def test_reading_is_done_by_the_whole_newest_version(filings):
    """CM-11: neither a part, nor an older version, nor somebody else's download does it; the whole newest one does."""
    desk, booking = filings.desk, await filings.begun()
    first, second = await filings.clean(booking), await filings.clean(booking, kind=res.Report.AMENDED)
    _, as_ben = await desk.colleague()
    await filings.download(first)
    await filings.download(second, offset=1)
    await filings.download(second, as_ben)
    await filings.download(second, desk.staff)
    assert ["READ_REPORT"] == await desk.open_tasks()
    assert documents.PDF == await filings.download(second)
    assert [] == await desk.open_tasks()
    assert "DONE" == next(task for task in await desk.tasks() if task.kind.name == "READ_REPORT").state.name


async def test_what_remains_was_read_before(filings):
    """CM-11: when the newest version is taken back there is nothing to read where the one before was read, by them."""
    desk, booking = filings.desk, await filings.begun()
    first, second = await filings.clean(booking), await filings.clean(booking)
    _, as_ben = await desk.colleague()
    await filings.download(first, as_ben)
    await filings.download(first, length=5)
    await filings.withdraw(second)
    assert ["READ_REPORT"] == await desk.open_tasks()
    third = await filings.clean(booking)
    await filings.download(first)
    assert ["READ_REPORT"] == await desk.open_tasks()
    await filings.withdraw(third)
    assert [] == await desk.open_tasks()
    assert "DONE" == next(task for task in await desk.tasks() if task.kind.name == "READ_REPORT").state.name


async def test_who_breaks_off_has_not_read_it(filings):
    """CM-11, CM-13: a download that ends in the midst is logged as a part, and the task to read stays open."""
    desk, booking = filings.desk, await filings.begun()
    content = documents.PDF + b"%" * (100 * CHUNK_BYTES)
    report = await filings.clean(booking, content)
    request = pb.DownloadReportRequest(report_id=report.id)
    call = desk.world.stub.DownloadReport(request, metadata=desk.as_ana)
    await call.read()
    call.cancel()

    async def is_logged() -> bool:
        return any(each.delivered_bytes for each in await filings.downloads(report))

    await eventually(is_logged)
    (logged,) = await filings.downloads(report)
    assert not logged.whole
    assert 0 < logged.delivered_bytes < len(content)
    assert ["READ_REPORT"] == await desk.open_tasks()


async def test_a_report_that_is_quarantined(filings):
    """CM-12, CM-11: staff have a task, the specialist who filed it is told, case managers hear nothing of it."""
    desk, booking = filings.desk, await filings.begun()
    as_zhang = await desk.as_zhang()
    await desk.last_mails()
    report = await filings.file(booking, HARMFUL_PDF, as_zhang)
    await filings.scan()
    assert {"FILE_REPORT", "CHECK_FILE"} == {*await desk.open_tasks()}
    assert [("PAPERWORK_REFUSED", desk.zhang.email)] == await desk.last_mails()
    assert [] == await filings.listed(booking, desk.as_ana)
    (seen,) = await filings.listed(booking, as_zhang)
    assert ("QUARANTINED", []) == (state_of(seen), actions_of(seen))
    assert "REPORT_QUARANTINED" in await desk.kinds(booking)
    assert "REPORT_QUARANTINED" not in await desk.kinds(booking, desk.as_ana)
    for who in (desk.staff, as_zhang):
        with refuses("FILE_NOT_CLEAN"):
            await filings.download(report, who)
    with refuses("REPORT_NOT_FOUND"):
        await filings.download(report)
    assert "ATTENDED" == booking_state(await desk.get(booking))
    await filings.clean(booking)
    assert ["READ_REPORT"] == await desk.open_tasks()


async def test_one_task_to_look_at_files_for_both_kinds(filings):
    """CM-11: the task of staff stays while either paperwork or a report needs it, and is done by the last of them."""
    desk, shelves, booking = filings.desk, filings.shelves, await filings.begun()
    letter = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    report = await filings.clean(booking, HARMFUL_PDF)
    assert 1 == (await desk.open_tasks()).count("CHECK_FILE")
    await shelves.do("Delete", letter, desk.staff)
    assert 1 == (await desk.open_tasks()).count("CHECK_FILE")
    other = await shelves.clean(booking, HARMFUL, file_name="y.txt")
    await filings.withdraw(report)
    assert 1 == (await desk.open_tasks()).count("CHECK_FILE")
    await shelves.do("Delete", other, desk.staff)
    assert "CHECK_FILE" not in await desk.open_tasks()


async def test_a_scanner_that_says_nothing_of_a_report(filings):
    """CM-12: it is asked again after 1, 2, 4 … minutes without a trace on the booking, and staff hear after 30."""
    desk, booking = filings.desk, await filings.begun()
    filings.scanner.away = True
    await filings.file(booking)
    etag, begin = (await desk.get(booking)).etag, desk.world.clock()
    for minute in range(32):
        desk.world.clock.now = begin + timedelta(minutes=minute)
        await filings.scan()
        assert ("CHECK_FILE" in await desk.open_tasks()) == (minute >= 31)
    assert etag == (await desk.get(booking)).etag
    filings.scanner.away = False
    desk.world.clock.advance(timedelta(minutes=30))
    await filings.scan()
    assert ["READ_REPORT"] == await desk.open_tasks()


@pytest.mark.parametrize(
    ("content", "said", "reason"),
    [
        (b"", {}, "FILE_EMPTY"),
        (documents.PDF, {"size_bytes": len(documents.PDF) + 1}, "FILE_CUT"),
        (documents.PDF, {"sha256": "ab" * 32}, "CHECKSUM_MISMATCH"),
        (b"MZ" + bytes(100), {}, "FILE_TYPE_REFUSED"),
        (documents.PNG, {"file_name": "report.pdf"}, "FILE_TYPE_REFUSED"),
        (documents.PDF, {"excluded_party_ids": [str(new_id())]}, "PARTY_NOT_FOUND"),
    ],
)
async def test_what_is_refused_leaves_nothing(filings, content, said, reason):
    """CM-13: what is no PDF or DOCX, or not what its sender says, leaves no row, no byte, and the booking as it was."""
    booking = await filings.begun()
    await filings.shelves.orphans()
    with refuses(reason):
        await filings.file(booking, content, **said)
    assert [] == await filings.listed(booking)
    assert 0 == await filings.shelves.orphans()
    assert "CONFIRMED" == booking_state(await filings.desk.get(booking))


async def test_a_refusal_names_the_kind(filings):
    """CM-13: an image is named as one, whatever it is called."""
    booking = await filings.begun()
    with refuses("FILE_TYPE_REFUSED") as refused:
        await filings.file(booking, documents.PNG, file_name="report.pdf")
    assert "a PNG image" == refused.value.metadata["found"]


async def test_a_filing_that_is_repeated(filings):
    """OP-02: the same request files one version, keeps its bytes, and drops those that came again."""
    booking, request_id = await filings.begun(), str(new_id())
    first = await filings.file(booking, request_id=request_id)
    assert first == await filings.file(booking, request_id=request_id)
    assert 1 == len(await filings.listed(booking))
    await filings.shelves.orphans()
    await filings.scan()
    assert documents.PDF == await filings.download(first)


async def test_the_collector_leaves_reports_alone(filings):
    """CM-12: bytes that belong to a report, also to one that was withdrawn, are nobody's orphans."""
    booking = await filings.begun()
    report = await filings.clean(booking)
    await filings.shelves.orphans()
    assert documents.PDF == await filings.download(report)
    await filings.withdraw(report)
    assert 0 == await filings.shelves.orphans()


async def test_two_file_at_once(filings):
    """CM-13: of versions that come at the same time each has a number of its own, and none is lost."""
    booking = await filings.begun()
    reports = await asyncio.gather(*(filings.file(booking) for _ in range(3)))
    assert {1, 2, 3} == {report.version for report in reports}
    await filings.scan()
    assert [("CLEAN", 3), ("CLEAN", 2), ("CLEAN", 1)] == [
        (state_of(report), report.version) for report in await filings.listed(booking)
    ]
    assert 3 == (await filings.desk.get(booking)).report_version


async def test_a_booking_has_at_most_so_many(filings, monkeypatch):
    """CM-13: TOO_MANY_FILES for more versions than a booking has, and for more bytes of all together."""
    assert 50 == MAX_REPORTS
    booking = await filings.begun()
    for _ in range(2):
        await filings.file(booking)
    with monkeypatch.context() as fewer:
        fewer.setattr("casemanager.reports.domain.decisions.MAX_REPORTS", 2)
        with refuses("TOO_MANY_FILES"):
            await filings.file(booking)
    monkeypatch.setattr("casemanager.reports.domain.decisions.MAX_TOTAL_BYTES", 3 * len(documents.PDF) - 1)
    with refuses("TOO_MANY_FILES"):
        await filings.file(booking)
    assert 2 == len(await filings.listed(booking))


async def test_a_filing_whose_answer_is_lost(filings, monkeypatch):
    """CM-12: the database goes away while a version is saved: what was saved keeps its bytes."""
    booking, was = await filings.begun(), Database.first

    async def saves_and_goes_away(database, stmt, /, **params):
        answer = await was(database, stmt, **params)
        if stmt is ADD_REPORT:
            raise Unavailable()
        return answer

    with monkeypatch.context() as away:
        away.setattr(Database, "first", saves_and_goes_away)
        with pytest.raises(Unavailable):
            await filings.file(booking)
    await filings.scan()
    reports = await filings.listed(booking)
    assert reports  # one for each time that the call was tried
    assert [documents.PDF] * len(reports) == [await filings.download(report) for report in reports]


async def test_a_late_verdict_changes_nothing(filings):
    """CM-12: a verdict for a version that was taken back meanwhile is dropped."""
    booking = await filings.begun()
    report = await filings.file(booking)

    class Slow(OneScanner):
        """Staff take the version back while it is scanned."""

        async def scan(self, chunks, *, size):
            await filings.withdraw(report)
            return await super().scan(chunks, size=size)

    await scan_due(filings.desk.world.deps, Slow(), SCANS)
    [seen] = await filings.listed(booking)
    assert "WITHDRAWN" == state_of(seen)
    assert "ATTENDED" == booking_state(await filings.desk.get(booking))
    assert [] == await filings.listed(booking, filings.desk.as_ana)
