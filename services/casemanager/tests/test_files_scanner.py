"""The scanner, over clamd's protocol."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from casemanager.files.domain.scans import Answer, NoVerdict, ScanVerdict, pause_after
from casemanager.files.scanner import Scanner, ScannerUrl
from services.casemanager.tests.clamd import answers, clamd, received

MEGABYTE = 1024 * 1024


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def scan(url: ScannerUrl, *parts: bytes, patience: float = 30.0) -> Answer:
    scanner = Scanner(url, max_bytes=MEGABYTE, patience=patience)
    return await scanner.scan(chunks(*parts), size=sum(map(len, parts)))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (b"stream: OK\0", Answer(ScanVerdict.OK)),
        (b"stream: Eicar-Test-Signature FOUND\0", Answer(ScanVerdict.FOUND, "Eicar-Test-Signature")),
        (b"stream: (null) FOUND\0", Answer(ScanVerdict.FOUND, "(null)")),
        (b"stream: Heuristics.Encrypted.Zip FOUND\0", Answer(ScanVerdict.ENCRYPTED, "Heuristics.Encrypted.Zip")),
        (
            b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
            Answer(ScanVerdict.TOO_LARGE, "Heuristics.Limits.Exceeded.MaxFileSize"),
        ),
    ],
)
async def test_verdicts(text, answer, tmp_path):
    """B-13: the exact OK is clean; whatever was found, is encrypted or goes beyond a limit is a verdict, too."""
    async with clamd(answers(text), tmp_path) as url:
        assert answer == await scan(url, b"bytes")


@pytest.mark.parametrize(
    "text",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK",
        b"stream: ok\0",
        b"stream: OK FOUND it\0",
        b"other: OK\0",
        b"UNKNOWN COMMAND\0",
        b"\0",
        b"",
        b"x" * 10_000 + b"\0",
    ],
)
async def test_what_is_no_verdict(text, tmp_path):
    """B-13: an error, half an answer, too long a one or none at all is no verdict, and never clean."""
    async with clamd(answers(text), tmp_path) as url:
        with pytest.raises(NoVerdict):
            await scan(url, b"bytes")


async def test_a_scanner_that_hangs(tmp_path):
    """B-13: one that never answers is given up after a while."""
    ended = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await received(reader)
        await ended.wait()
        writer.close()

    async with clamd(hang, tmp_path) as url:
        with pytest.raises(NoVerdict):
            await scan(url, b"bytes", patience=0.05)
        ended.set()


async def test_a_scanner_that_hangs_up_in_the_midst(tmp_path):
    """B-13: one that closes the connection while the file is still coming has said nothing."""

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(20)
        writer.close()

    async with clamd(close, tmp_path) as url:
        with pytest.raises(NoVerdict):
            await scan(url, *[bytes(100_000)] * 8)


async def test_a_scanner_that_is_away(tmp_path):
    """B-13: nobody listens there: no verdict."""
    for url in (f"unix://{tmp_path}/nobody.sock", "tcp://127.0.0.1:1"):
        with pytest.raises(NoVerdict):
            await scan(ScannerUrl.parse(url), b"bytes")


async def test_a_file_that_the_scanner_would_not_look_at_whole(tmp_path):
    """CM-12: of a file beyond the scanner's limits its OK would mean nothing: it is not asked."""
    answer = await scan(ScannerUrl.parse(f"unix://{tmp_path}/nobody.sock"), bytes(MEGABYTE), b"x")
    assert Answer(ScanVerdict.TOO_LARGE) == answer


async def test_every_byte_is_scanned(tmp_path):
    """CM-12: the scanner gets the whole file, as it is."""
    got = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await received(reader))
        writer.write(b"stream: OK\0")
        writer.close()

    async with clamd(serve, tmp_path) as url:
        await scan(url, b"first ", b"second ", bytes(300_000))
    assert [b"first second " + bytes(300_000)] == got


async def test_the_version(tmp_path):
    """CM-12: the scanner says which it is."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"zVERSION\0" == await reader.readuntil(b"\0")
        writer.write(b"ClamAV 1.4.6/27500/Mon Nov 30 2026\0")
        writer.close()

    async with clamd(serve, tmp_path) as url:
        assert "ClamAV 1.4.6/27500/Mon Nov 30 2026" == await Scanner(url, max_bytes=1).version()


def test_pauses_between_attempts():
    """CM-12: it is asked again after 1, 2, 4 … 30 minutes."""
    minutes = [pause_after(attempts) // timedelta(minutes=1) for attempts in (*range(1, 8), 10_000)]
    assert [1, 2, 4, 8, 16, 30, 30, 30] == minutes


@pytest.mark.parametrize("text", ["clamd", "tcp://host", "tcp://host:x", "http://host:3310", "unix://host/path"])
def test_an_address_that_is_none(text):
    """OP-01: a setting that is no address of a scanner is refused at the start."""
    with pytest.raises(ValueError, match=r"not like|Port"):
        ScannerUrl.parse(text)
    assert "" == ScannerUrl.parse("")
