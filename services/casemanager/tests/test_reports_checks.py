"""Reports that are held back, or that nobody has judged: among the files to check, released, scanned once more."""

import asyncio
from datetime import timedelta

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import booking_settings_pb2 as settings
from portico.casemanager.v1 import bookings_pb2 as commands
from portico.casemanager.v1 import files_to_check_pb2 as pb
from portico.casemanager.v1 import paperwork_resources_pb2 as files

from casemanager.files.domain.states import STUCK_AFTER
from casemanager.files.scanning import scan_due
from casemanager.files_to_check.storage import LIST_PAPERWORK_TO_CHECK, LIST_REPORTS_TO_CHECK
from casemanager.reports.clock import SCANS
from casemanager.reports.storage import QUEUE_RECEIVED
from casemanager.reports.usecases import ReportCommands
from chassis.call import Role
from chassis.errors import Denied, ServiceError
from chassis.ids import new_id
from services.casemanager.tests import documents
from services.casemanager.tests.desk import at, refuses
from services.casemanager.tests.desk import state_of as booking_state
from services.casemanager.tests.filings import actions_of, state_of
from services.casemanager.tests.shelf import HARMFUL, OneScanner

HARMFUL_PDF = documents.PDF + HARMFUL
MISSED = commands.RecordOutcomeRequest.NOT_ATTENDED


async def page(filings, by=None, **page):
    request = pb.ListFilesToCheckRequest(**page)
    return await filings.desk.call("ListFilesToCheck", request, by or filings.shelves.admin)


async def to_check(filings, by=None):
    return list((await page(filings, by)).files)


def id_of(each):
    return getattr(each, each.WhichOneof("file")).id


async def test_reports_stand_beside_paperwork(filings):
    """CM-12, CM-13: both kinds in one list, the newest first and page by page, each with its booking's number."""
    desk, shelves, clock = filings.desk, filings.shelves, filings.desk.world.clock
    first, second = await filings.begun(), await filings.begun(at(9, day=1))
    expected: list[tuple[str, str]] = []
    for booking in (first, second):
        clock.advance(timedelta(minutes=1))
        expected.insert(0, ((await shelves.clean(booking, HARMFUL, file_name="x.txt")).id, booking.number))
        clock.advance(timedelta(minutes=1))
        expected.insert(0, ((await filings.clean(booking, HARMFUL_PDF)).id, booking.number))
    assert expected == [(id_of(each), each.booking_number) for each in await to_check(filings)]
    newest = (await to_check(filings))[0].report
    assert (["WITHDRAW", "RELEASE"], "Test.Harmful") == (actions_of(newest), newest.signature)
    assert ["WITHDRAW"] == actions_of((await to_check(filings, desk.staff))[0].report)
    found: list[str] = []
    token = ""
    for size in (1, 2, 1):
        part = await page(filings, page_size=size, page_token=token)
        found, token = [*found, *map(id_of, part.files)], part.next_page_token
    assert ([each for each, _ in expected], "") == (found, token)
    elsewhere = desk.world.people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    assert [] == await to_check(filings, elsewhere)


async def test_what_needs_no_look_any_more(filings):
    """CM-11, CM-12: neither what was withdrawn, nor what a clean version came after, is to be checked."""
    booking = await filings.begun()
    first = await filings.clean(booking, HARMFUL_PDF)
    second = await filings.clean(booking, HARMFUL_PDF)
    assert [second.id, first.id] == [id_of(each) for each in await to_check(filings)]
    await filings.withdraw(first)
    assert [second.id] == [id_of(each) for each in await to_check(filings)]
    clean = await filings.clean(booking)
    assert [] == await to_check(filings)
    assert "CHECK_FILE" not in await filings.desk.open_tasks()
    later = await filings.clean(booking, HARMFUL_PDF)
    await filings.withdraw(clean)
    assert [later.id, second.id] == [id_of(each) for each in await to_check(filings)]


async def test_a_report_that_nobody_has_judged_for_long(filings):
    """CM-12: after half an hour it is to be checked; scanned once more it counts, and is looked at no longer."""
    desk, booking = filings.desk, await filings.begun()
    filings.scanner.away = True
    report = await filings.file(booking)
    await filings.scan()
    desk.world.clock.advance(STUCK_AFTER - timedelta(seconds=1))
    assert [] == await to_check(filings)
    desk.world.clock.advance(timedelta(seconds=1))
    await filings.scan()
    (found,) = await to_check(filings)
    assert (report.id, ["WITHDRAW", "RESCAN"]) == (found.report.id, actions_of(found.report))
    assert "CHECK_FILE" in await desk.open_tasks()
    filings.scanner.away = False
    await filings.scan()
    assert "REPORTED" != booking_state(await desk.get(booking))
    assert "SCANNING" == state_of(await filings.rescan(report))
    await filings.scan()
    assert "REPORTED" == booking_state(await desk.get(booking))
    assert [] == await to_check(filings)
    assert ["READ_REPORT"] == await desk.open_tasks()
    with refuses("ACTION_NOT_ALLOWED"):
        await filings.rescan(report)


async def test_a_report_that_is_stuck_beside_paperwork(filings):
    """CM-11: what becomes of paperwork does not end the look at a report that nobody judges; a clean version does."""
    desk, shelves, booking = filings.desk, filings.shelves, await filings.begun()
    held = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    filings.scanner.away = True
    report = await filings.file(booking)
    await filings.scan()
    desk.world.clock.advance(STUCK_AFTER)
    await filings.scan()
    assert 1 == (await desk.open_tasks()).count("CHECK_FILE")
    await shelves.do("Delete", held)
    assert [report.id] == [id_of(each) for each in await to_check(filings)]
    assert 1 == (await desk.open_tasks()).count("CHECK_FILE")
    filings.scanner.away = False
    await filings.rescan(report)
    await filings.scan()
    assert ["READ_REPORT"] == await desk.open_tasks()


async def test_paperwork_that_was_sent_anew_beside_a_report(filings):
    """CM-11: the verdict on a report ends the look at a booking whose paperwork has a clean version by then."""
    desk, shelves, booking = filings.desk, filings.shelves, await filings.begun()
    held = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    await filings.file(booking)
    await shelves.clean(booking, replaces_id=held.id)
    assert 1 == (await desk.open_tasks()).count("CHECK_FILE")
    await filings.scan()
    assert "CHECK_FILE" not in await desk.open_tasks()
    assert [] == await to_check(filings)


async def test_a_verdict_on_its_way_counts(filings):
    """CM-12: a version that is scanned anew in the midst of a scan is judged once, by whoever comes first."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.file(booking)

    class Slow(OneScanner):
        """An administrator has it scanned anew meanwhile."""

        async def scan(self, chunks, *, size):
            await filings.rescan(report)
            return await super().scan(chunks, size=size)

    await scan_due(desk.world.deps, Slow(), SCANS)
    await filings.scan()
    assert "REPORTED" == booking_state(await desk.get(booking))
    assert 1 == (await desk.kinds(booking)).count("REPORTED")


async def test_a_released_version_counts(filings):
    """CM-12, CM-13: it is filed then: REPORTED, its recipients are told, the tasks follow, and staff read why."""
    desk, booking = filings.desk, await filings.begun()
    as_zhang = await desk.as_zhang()
    report = await filings.file(booking, HARMFUL_PDF, as_zhang)
    await filings.scan()
    assert {"FILE_REPORT", "CHECK_FILE"} == {*await desk.open_tasks()}
    await desk.last_mails()
    released = await filings.release(report, reason=" The lab made it ")
    assert ("CLEAN", "The lab made it", "FOUND") == (
        state_of(released),
        released.release_reason,
        files.Paperwork.ScanVerdict.Name(released.verdict),
    )
    reported = await desk.get(booking)
    assert ("REPORTED", 1) == (booking_state(reported), reported.report_version)
    assert ["READ_REPORT"] == await desk.open_tasks()
    assert [("REPORT_READY", desk.ana.email)] == await desk.last_mails()
    assert ["REPORT_FILED", "REPORT_QUARANTINED", "REPORTED"] == (await desk.kinds(booking))[-3:]
    assert [] == await to_check(filings)
    assert HARMFUL_PDF == await filings.download(report)
    for who in (desk.as_ana, as_zhang):
        [seen] = await filings.listed(booking, who)
        assert ("CLEAN", "") == (state_of(seen), seen.release_reason)
    with refuses("ACTION_NOT_ALLOWED"):
        await filings.release(report)


async def test_two_release_at_once(filings):
    """CM-13: of those who release a version at the same time one does, and its recipients are told once."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.clean(booking, HARMFUL_PDF)
    await desk.last_mails()
    answers = await asyncio.gather(*(filings.release(report) for _ in range(4)), return_exceptions=True)
    assert ["ACTION_NOT_ALLOWED"] * 3 == [each.reason for each in answers if isinstance(each, ServiceError)]
    assert [("REPORT_READY", desk.ana.email)] == await desk.last_mails()
    assert 1 == (await desk.kinds(booking)).count("REPORTED")


async def test_a_release_that_is_repeated(filings):
    """OP-02: the same request gets its first answer, whatever has become of the version since."""
    report, request_id = await filings.clean(await filings.begun(), HARMFUL_PDF), str(new_id())
    first = await filings.release(report, request_id=request_id)
    await filings.withdraw(report)
    assert first == await filings.release(report, request_id=request_id)


async def test_nothing_is_released_of_who_did_not_come(filings):
    """CM-08: once staff have said that nobody came, a version that was held back does not say otherwise."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.clean(booking, HARMFUL_PDF)
    await desk.do("RecordOutcome", booking, desk.staff, outcome=MISSED)
    assert ["WITHDRAW"] == [action for each in await to_check(filings) for action in actions_of(each.report)]
    with refuses("ACTION_NOT_ALLOWED"):
        await filings.release(report)
    assert "NOT_ATTENDED" == booking_state(await desk.get(booking))


async def test_administrators_alone(filings):
    """CM-15: staff see what is held back, and neither they nor the specialist release it; nor what is not held back."""
    desk, booking = filings.desk, await filings.begun()
    report = await filings.clean(booking, HARMFUL_PDF)
    for who in (desk.staff, await desk.as_zhang(), desk.as_ana):
        for deed in (filings.release, filings.rescan):
            with pytest.raises(Denied):
                await deed(report, who)
    with refuses("ACTION_NOT_ALLOWED"):
        await filings.rescan(report)
    with refuses("INVALID_REQUEST"):
        await filings.release(report, reason="")


async def test_reports_without_a_scanner(filings, monkeypatch):
    """CM-12: they stay RECEIVED until there is a scanner, or the organization does without one, and say so."""
    desk, booking = filings.desk, await filings.begun()
    with monkeypatch.context() as without:
        without.setattr(ReportCommands, "_has_scanner", property(lambda self: False))
        report = await filings.file(booking)
        assert "RECEIVED" == state_of(report)
        assert "RECEIVED" == state_of(await filings.rescan(report))
        assert "ATTENDED" == booking_state(await desk.get(booking))
        request = settings.UpdateBookingSettingsRequest(
            settings=settings.BookingSettingsPatch(allow_unscanned=True),
            update_mask=FieldMask(paths=["allow_unscanned"]),
        )
        await desk.call("UpdateBookingSettings", request, filings.shelves.admin)
        rescanned = await filings.rescan(report)
    assert ("CLEAN", files.Paperwork.NOT_SCANNED) == (state_of(rescanned), rescanned.verdict)
    assert "REPORTED" == booking_state(await desk.get(booking))
    with monkeypatch.context() as without:
        without.setattr(ReportCommands, "_has_scanner", property(lambda self: False))
        await desk.call(
            "UpdateBookingSettings",
            settings.UpdateBookingSettingsRequest(
                settings=settings.BookingSettingsPatch(), update_mask=FieldMask(paths=["allow_unscanned"])
            ),
            filings.shelves.admin,
        )
        waiting = [await filings.file(booking), await filings.file(booking)]
    assert "SCANNING" == state_of(await filings.rescan(waiting[0]))
    assert 1 <= await desk.world.deps.database.run(QUEUE_RECEIVED, now=desk.world.clock())
    await filings.scan()
    assert ["CLEAN"] * 3 == [state_of(each) for each in await filings.listed(booking)]


@pytest.mark.parametrize(
    ("stmt", "index"),
    [(LIST_PAPERWORK_TO_CHECK, "paperwork_check_idx"), (LIST_REPORTS_TO_CHECK, "reports_check_idx")],
    ids=["paperwork", "reports"],
)
async def test_what_is_to_be_checked_is_found_by_an_index(filings, stmt, index):
    """CM-12: however many files there are, each half of the list walks an index of what is to be checked, in order."""
    async with await filings.desk.world.deps.database.connect() as connection:
        await connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off")
        rows = await (await connection.execute(f"EXPLAIN (GENERIC_PLAN) {stmt.sql}".encode())).fetchall()
    assert f"Index Scan Backward using {index}" in "\n".join(str(row[0]) for row in rows)
