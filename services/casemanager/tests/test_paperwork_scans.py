"""Files are scanned, quarantined and released."""

import contextlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import booking_settings_pb2 as settings
from portico.casemanager.v1 import paperwork_resources_pb2 as res
from portico.casemanager.v1.booking_resources_pb2 import CLIENT_REQUEST
from portico.casemanager.v1.files_to_check_pb2 import ListFilesToCheckRequest

from casemanager.files.domain.scans import Answer
from casemanager.files.scanning import LEASE
from casemanager.paperwork.clock import scan_due_files
from casemanager.paperwork.storage import LIST_FILES, QUEUE_RECEIVED
from casemanager.paperwork.usecases import PaperworkCommands
from casemanager.tasks.domain.task import POOL, Kind
from services.casemanager.tests import documents
from services.casemanager.tests.desk import TOLD, refuses
from services.casemanager.tests.shelf import HARMFUL, OneScanner, actions_of, state_of


def verdict_of(file: res.Paperwork) -> str:
    return res.Paperwork.ScanVerdict.Name(file.verdict)


def where(shelves, booking) -> dict[str, Any]:
    return {"org_id": shelves.desk.world.org_id, "booking_id": UUID(booking.id)}


async def events(shelves) -> list[str]:
    """What others heard of files, in order."""
    rows = await shelves.desk.world.deps.database.all(TOLD, org_id=shelves.desk.world.org_id)
    return [row.subject for row in rows if row.subject.startswith("paperwork.")]


async def test_a_clean_file(shelves):
    """CM-12: the scanner's OK makes a file clean; before that nobody downloads it, its uploader neither."""
    booking = await shelves.desk.request()
    file = await shelves.upload(booking)
    for by in (shelves.desk.as_ana, shelves.desk.staff):
        with refuses("FILE_NOT_CLEAN") as refused:
            await shelves.download(file, by)
        assert "SCANNING" == refused.value.metadata["state"]
    await shelves.scan()
    (file,) = await shelves.listed(booking)
    assert ("CLEAN", "NOTHING_FOUND", "Scanner of the tests") == (state_of(file), verdict_of(file), file.scanner)
    assert file.scan_time.ToDatetime() == shelves.desk.world.clock().replace(tzinfo=None)
    assert documents.PDF == await shelves.download(file)
    assert ["paperwork.received", "paperwork.cleaned"] == await events(shelves)


async def test_a_file_in_which_something_was_found(shelves):
    """CM-12: it is quarantined, its uploader and staff are told why, and an administrator can release it."""
    booking = await shelves.desk.confirmed()
    await shelves.desk.last_mails()
    file = await shelves.clean(booking, HARMFUL, file_name="notes.txt")
    assert ("QUARANTINED", "FOUND", "Test.Harmful") == (state_of(file), verdict_of(file), file.signature)
    assert [("PAPERWORK_REFUSED", shelves.desk.ana.email)] == await shelves.desk.last_mails()
    mail = (await shelves.desk.mails())[-1]
    assert ("notes.txt", "MALWARE_FOUND") == (mail.values["file_name"], mail.values["reason"])
    (task,) = [each for each in await shelves.desk.tasks() if each.kind is Kind.CHECK_FILE]
    assert POOL == task.assignee
    with refuses("FILE_NOT_CLEAN"):
        await shelves.download(file, shelves.admin)
    (seen,) = await shelves.listed(booking, shelves.admin)
    assert ["DELETE", "RELEASE"] == actions_of(seen)
    released = await shelves.do("Release", file, shelves.admin, reason="It is a quotation")
    assert ("CLEAN", "It is a quotation", "FOUND") == (
        state_of(released),
        released.release_reason,
        verdict_of(released),
    )
    assert "CHECK_FILE" not in await shelves.desk.open_tasks()
    assert HARMFUL == await shelves.download(file)
    with refuses("ACTION_NOT_ALLOWED"):
        await shelves.do("Release", file, shelves.admin, reason="Again")
    assert ["received", "quarantined", "cleaned"] == [each.removeprefix("paperwork.") for each in await events(shelves)]


async def test_staff_delete_what_is_quarantined(shelves):
    """CM-11: the task to look at files is one for a booking, and is done once no file needs it."""
    booking = await shelves.desk.request()
    first, second = [await shelves.clean(booking, HARMFUL + each, file_name="x.txt") for each in (b"1", b"2")]
    assert 1 == (await shelves.desk.open_tasks()).count("CHECK_FILE")
    await shelves.do("Delete", first, shelves.desk.staff)
    assert 1 == (await shelves.desk.open_tasks()).count("CHECK_FILE")
    await shelves.do("Delete", second)
    assert "CHECK_FILE" not in await shelves.desk.open_tasks()


async def test_nobody_looks_at_the_files_of_what_was_given_up(shelves):
    """CM-08, CM-11: with a booking that is given up the task to look at its files ends, for good."""
    desk = shelves.desk
    for name, metadata in (("CancelBooking", desk.as_ana), ("DeclineBooking", desk.staff)):
        booking = await desk.request()
        found = [await shelves.clean(booking, HARMFUL + each, file_name="x.txt") for each in (b"1", b"2")]
        await desk.do(name, booking, metadata, reason=CLIENT_REQUEST)
        assert [] == await desk.open_tasks()
        # The other file is in quarantine as before.
        await shelves.do("Delete", found[0], desk.staff)
        assert [] == await desk.open_tasks()


async def test_a_clean_version_came(shelves):
    """CM-11: a file that was held back needs no look once a clean version of it is there, and again when that goes."""
    booking = await shelves.desk.request()
    held = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    held_again = await shelves.clean(booking, HARMFUL, file_name="x.txt", replaces_id=held.id)
    await shelves.clean(booking)
    assert "CHECK_FILE" in await shelves.desk.open_tasks()
    assert 2 == len(await to_check(shelves))
    clean = await shelves.clean(booking, replaces_id=held_again.id)
    assert "CHECK_FILE" not in await shelves.desk.open_tasks()
    assert [] == await to_check(shelves)
    later = await shelves.clean(booking, HARMFUL, file_name="x.txt", replaces_id=clean.id)
    assert ("CHECK_FILE" in await shelves.desk.open_tasks(), [later.id]) == (True, await to_check(shelves))
    await shelves.do("Delete", later)
    assert ("CHECK_FILE" in await shelves.desk.open_tasks(), []) == (False, await to_check(shelves))
    await shelves.do("Delete", clean)
    assert "CHECK_FILE" in await shelves.desk.open_tasks()
    assert [held_again.id, held.id] == await to_check(shelves)


async def to_check(shelves) -> list[str]:
    """The files of paperwork that staff are to look at, the newest first."""
    found = await shelves.desk.call("ListFilesToCheck", ListFilesToCheckRequest())
    return [each.paperwork.id for each in found.files]


async def test_a_clean_version_that_nobody_scans(shelves, monkeypatch):
    """CM-11, CM-12: where the organization does without a scanner, a version is clean when it comes."""
    booking = await shelves.desk.request()
    held = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    await allow_unscanned(shelves)
    monkeypatch.setattr(PaperworkCommands, "_has_scanner", property(lambda self: False))
    await shelves.upload(booking, replaces_id=held.id)
    assert "CHECK_FILE" not in await shelves.desk.open_tasks()


async def test_a_scanner_that_says_nothing(shelves):
    """B-13: it is asked again after 1, 2, 4 … minutes, the file stays where it is, and staff have a task after 30."""
    booking, clock = await shelves.desk.request(), shelves.desk.world.clock
    shelves.scanner.away = True
    file = await shelves.upload(booking)
    begin, asked = clock(), []
    for minute in range(70):
        clock.now = begin + timedelta(minutes=minute)
        before = (await shelves.desk.world.deps.database.all(LIST_FILES, **where(shelves, booking)))[0].scan_attempts
        await shelves.scan()
        (row,) = await shelves.desk.world.deps.database.all(LIST_FILES, **where(shelves, booking))
        asked += [minute] if row.scan_attempts > before else []
        assert ("CHECK_FILE" in await shelves.desk.open_tasks()) == (asked[-1] >= 30)
    assert [0, 1, 3, 7, 15, 31, 61] == asked
    (seen,) = await shelves.listed(booking, shelves.admin)
    assert ("SCANNING", ["DELETE", "RESCAN"]) == (state_of(seen), actions_of(seen))
    shelves.scanner.away = False
    await shelves.do("Rescan", file, shelves.admin)
    await shelves.scan()
    assert ["CLEAN"] == [state_of(each) for each in await shelves.listed(booking)]
    assert "CHECK_FILE" not in await shelves.desk.open_tasks()
    with refuses("ACTION_NOT_ALLOWED"):
        await shelves.do("Rescan", file, shelves.admin)


async def test_a_late_verdict_changes_nothing(shelves):
    """CM-12: a verdict for a file that was deleted, or is scanned anew, is dropped."""
    booking = await shelves.desk.request()
    file = await shelves.upload(booking, HARMFUL, file_name="x.txt")

    class Slow(OneScanner):
        """Somebody deletes the file while it is scanned."""

        async def scan(self, chunks, *, size: int) -> Answer:
            await shelves.do("Delete", file)
            return await super().scan(chunks, size=size)

    await scan_due_files(shelves.desk.world.deps, Slow())
    assert [] == await shelves.listed(booking)
    assert ["paperwork.received", "paperwork.deleted"] == await events(shelves)


async def test_a_process_that_dies_while_it_has_a_file_scanned(shelves):
    """CM-12: others leave the file alone for a while, and then take it up."""
    booking = await shelves.desk.request()
    await shelves.upload(booking)

    class Dies(OneScanner):
        """It ends in the midst."""

        async def version(self) -> str:
            raise SystemError("killed")

    with contextlib.suppress(SystemError):
        await scan_due_files(shelves.desk.world.deps, Dies())
    assert 0 == await scan_due_files(shelves.desk.world.deps, shelves.scanner)
    shelves.desk.world.clock.advance(LEASE)
    await shelves.scan()
    assert ["CLEAN"] == [state_of(each) for each in await shelves.listed(booking)]


async def allow_unscanned(shelves) -> None:
    request = settings.UpdateBookingSettingsRequest(
        settings=settings.BookingSettingsPatch(allow_unscanned=True), update_mask=FieldMask(paths=["allow_unscanned"])
    )
    await shelves.desk.call("UpdateBookingSettings", request, shelves.admin)


async def test_without_a_scanner(shelves, monkeypatch):
    """CM-12: without a scanner files stay RECEIVED; where the organization allows it they are CLEAN, and say so."""
    monkeypatch.setattr(PaperworkCommands, "_has_scanner", property(lambda self: False))
    booking = await shelves.desk.request()
    waiting = await shelves.upload(booking)
    assert "RECEIVED" == state_of(waiting)
    with refuses("FILE_NOT_CLEAN"):
        await shelves.download(waiting)
    await allow_unscanned(shelves)
    file = await shelves.upload(booking)
    assert ("CLEAN", "NOT_SCANNED") == (state_of(file), verdict_of(file))
    assert documents.PDF == await shelves.download(file)
    rescanned = await shelves.do("Rescan", waiting, shelves.admin)
    assert ("CLEAN", "NOT_SCANNED") == (state_of(rescanned), verdict_of(rescanned))


async def test_what_came_before_there_was_a_scanner(shelves, monkeypatch):
    """CM-12: once there is a scanner, what was only received is scanned."""
    booking = await shelves.desk.request()
    with monkeypatch.context() as without:
        without.setattr(PaperworkCommands, "_has_scanner", property(lambda self: False))
        await shelves.upload(booking)
    assert 1 <= await shelves.desk.world.deps.database.run(QUEUE_RECEIVED, now=shelves.desk.world.clock())
    await shelves.scan()
    assert ["CLEAN"] == [state_of(each) for each in await shelves.listed(booking)]
