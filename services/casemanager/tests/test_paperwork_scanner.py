"""What becomes of files when the scanner is away, slow, or lies; and with a real clamd, where there is one."""

import asyncio
import io
import shutil
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pypdf
import pytest
from portico.casemanager.v1 import paperwork_resources_pb2 as res

from casemanager.files.scanner import Scanner, ScannerUrl
from casemanager.paperwork.clock import scan_due_files
from casemanager.paperwork.domain.file import Paperwork
from casemanager.paperwork.storage import LIST_FILES
from chassis.testing import eventually
from local_stack.scanner import EICAR
from services.casemanager.tests import documents
from services.casemanager.tests.clamd import VERSION, Serve, behaves, clamd, pieces_of
from services.casemanager.tests.desk import refuses
from services.casemanager.tests.shelf import Shelves, state_of

MAX_BYTES = 110 * 1024 * 1024


def says(text: bytes) -> Serve:
    async def scan(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await pieces_of(reader)
        writer.write(text)
        await writer.drain()

    return behaves(scan)


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await pieces_of(reader)
    await reader.read()  # until its client has lost its patience


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(8)


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half a verdict, the rest of which never comes."""
    await pieces_of(reader)
    writer.write(b"stream: O")
    await writer.drain()
    await reader.read()


FAULTS = {
    "hangs": behaves(never_answers),
    "stops in the midst of its answer": behaves(drips),
    "hangs up": behaves(hangs_up),
    "answers too long": says(b"stream: OK" + b" " * 10_000 + b"\0"),
    "ends without an answer": says(b""),
    "says OK of something else": says(b"fd[11]: OK\0"),
    "says two things": says(b"stream: OK\nstream: Eicar FOUND\0"),
    "whispers": says(b"stream: ok\0"),
    "is beyond its limit": says(b"INSTREAM size limit exceeded. ERROR\0"),
    "says what it is instead": says(VERSION + b"\0"),
}


async def row_of(shelves: Shelves, booking_id: str) -> Paperwork:
    where = {"org_id": shelves.desk.world.org_id, "booking_id": UUID(booking_id)}
    (row,) = await shelves.desk.world.deps.database.all(LIST_FILES, **where)
    return row


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_scanner_that_fails_makes_no_file_clean(shelves, tmp_path, fault):
    """B-13, CM-12: away, slow or lying, it leaves the file SCANNING, to be asked again in a minute, and then heard."""
    booking, deps = await shelves.desk.confirmed(), shelves.desk.world.deps
    file = await shelves.upload(booking)
    async with clamd(FAULTS[fault], tmp_path) as url:
        await scan_due_files(deps, Scanner(url, max_bytes=MAX_BYTES, patience=0.2))
    row = await row_of(shelves, booking.id)
    assert ("SCANNING", 1, deps.clock() + timedelta(minutes=1)) == (
        row.state.name,
        row.scan_attempts,
        row.next_scan_time,
    )
    with refuses("FILE_NOT_CLEAN"):
        await shelves.download(file)
    with refuses("PAPERWORK_NOT_READY"):
        await shelves.send(booking)
    deps.clock.advance(timedelta(minutes=1))
    (tmp_path / "clamd.sock").unlink(missing_ok=True)
    async with clamd(says(b"stream: OK\0"), tmp_path) as url:
        await scan_due_files(deps, Scanner(url, max_bytes=MAX_BYTES))
    row = await row_of(shelves, booking.id)
    assert ("CLEAN", 2, VERSION.decode()) == (row.state.name, row.scan_attempts, row.scanner)


async def test_a_scanner_that_is_away(shelves, tmp_path):
    """B-13: nobody listens: the file waits, and is released by no passing of time."""
    booking, deps = await shelves.desk.request(), shelves.desk.world.deps
    await shelves.upload(booking)
    nobody = Scanner(ScannerUrl.parse(f"unix://{tmp_path}/nobody.sock"), max_bytes=MAX_BYTES)
    for attempts in range(1, 4):
        await scan_due_files(deps, nobody)
        row = await row_of(shelves, booking.id)
        assert ("SCANNING", attempts) == (row.state.name, row.scan_attempts)
        deps.clock.advance(timedelta(minutes=30))


async def test_a_verdict_that_comes_after_an_administrators_rescan(shelves, tmp_path):
    """B-13: states go forward only: the late OK of a scan that was begun before the rescan is dropped."""
    booking, deps = await shelves.desk.request(), shelves.desk.world.deps
    file = await shelves.upload(booking)
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await pieces_of(reader)
        asked.set()
        await may_answer.wait()
        writer.write(b"stream: OK\0")
        await writer.drain()

    async with clamd(behaves(waits), tmp_path) as url:
        late = asyncio.create_task(scan_due_files(deps, Scanner(url, max_bytes=MAX_BYTES)))
        async with asyncio.timeout(30):
            await asked.wait()
        await shelves.do("Rescan", file, shelves.admin)
        may_answer.set()
        await late
    row = await row_of(shelves, booking.id)
    assert ("SCANNING", 0) == (row.state.name, row.scan_attempts)
    await shelves.scan()
    assert ["CLEAN"] == [state_of(each) for each in await shelves.listed(booking)]


SETTINGS = """
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
LogFile {folder}/clamd.log
Foreground yes
StreamMaxLength 110M
MaxFileSize 110M
MaxScanSize 110M
MaxFiles 40
AlertExceedsMax yes
AlertEncrypted yes
"""


@pytest.fixture
async def real_clamd(tmp_path: Path) -> AsyncIterator[Scanner]:
    """A clamd with one signature of our own, that of EICAR; it asks no network for more."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("There is no clamd here: apt-get install clamav-daemon.")
    (tmp_path / "signatures").mkdir()
    (tmp_path / "signatures" / "portico.ndb").write_text(f"Portico.Eicar:0:*:{EICAR.hex()}\n", encoding="ascii")
    (tmp_path / "clamd.conf").write_text(SETTINGS.format(folder=tmp_path), encoding="ascii")
    settings = f"--config-file={tmp_path / 'clamd.conf'}"
    process = await asyncio.create_subprocess_exec(program, settings, stdout=subprocess.DEVNULL)
    try:
        await eventually(lambda: (tmp_path / "clamd.sock").exists(), timeout=60)
        yield Scanner(ScannerUrl.parse(f"unix://{tmp_path}/clamd.sock"), max_bytes=MAX_BYTES)
    finally:
        process.terminate()
        await process.wait()


def locked_pdf() -> bytes:
    """One that asks for a password."""
    writer, content = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt("open sesame", algorithm="RC4-128")
    writer.write(content)
    return content.getvalue()


@pytest.mark.long(seconds=60)
async def test_a_real_clamd(shelves, real_clamd):
    """CM-12, B-13: a real clamd calls documents clean, finds the text of EICAR, and says what it could not judge."""
    booking, deps = await shelves.desk.request(), shelves.desk.world.deps
    expected = {
        "letter.pdf": ("CLEAN", "NOTHING_FOUND", documents.PDF),
        "letter.docx": ("CLEAN", "NOTHING_FOUND", documents.docx()),
        "notes.txt": ("QUARANTINED", "FOUND", EICAR),
        "locked.pdf": ("QUARANTINED", "ENCRYPTED", locked_pdf()),
        "many.docx": (
            *("QUARANTINED", "BEYOND_LIMITS"),
            documents.docx(**{f"word/media/{number}.txt": f"Page {number}" for number in range(60)}),
        ),
    }
    for name, (_, _, content) in expected.items():
        await shelves.upload(booking, content, file_name=name)
    while await scan_due_files(deps, real_clamd):
        pass
    files = {file.file_name: file for file in await shelves.listed(booking)}
    assert {name: each[:2] for name, each in expected.items()} == {
        name: (state_of(file), res.Paperwork.ScanVerdict.Name(file.verdict)) for name, file in files.items()
    }, {name: file.signature for name, file in files.items()}
    assert "Portico.Eicar" in files["notes.txt"].signature
    assert files["letter.pdf"].scanner.startswith("ClamAV")
