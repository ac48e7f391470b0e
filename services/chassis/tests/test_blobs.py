"""Files in a store: one behaviour, on a local disk and in a real S3."""

import asyncio
import hashlib
import io
import itertools
import os
import subprocess
import sys
import zipfile
from collections.abc import Set
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.blobs import CHUNK_BYTES, PIECE_BYTES, Blob, BlobMissing, Blobs, BlobTooLarge, BlobUrl
from chassis.errors import Unavailable
from chassis.ids import new_id
from local_stack.seaweed import start_seaweed

pytestmark = pytest.mark.long(seconds=45)
LONG = 2 * PIECE_BYTES + 12_345
NEVER = timedelta(hours=1)
WRITER = Path(__file__).with_name("blob_writer.py")


@pytest.fixture(params=["local", "s3"])
def url(request, tmp_path) -> BlobUrl:
    """A store that nobody else has."""
    if request.param == "local":
        return BlobUrl.parse(f"file://{tmp_path / 'files'}")
    return BlobUrl.parse(request.getfixturevalue("s3").url(f"test-{new_id()}"))


@pytest.fixture
def blobs(url) -> Blobs:
    """The files in it."""
    return Blobs(url)


async def chunks(content: bytes, size: int = 100_000):
    for begin in range(0, len(content), size):
        yield content[begin : begin + size]


async def read(blobs: Blobs, blob: Blob, **part: int) -> bytes:
    return b"".join([chunk async for chunk in blobs.read(blob, **part)])


async def nobodys(keys: Set[str]) -> list[str]:
    return []


async def collected(blobs: Blobs) -> int:
    """How many objects lay there; they are gone now."""
    return await blobs.collect(before=datetime.now(UTC) + NEVER, kept=nobodys)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, LONG])
async def test_a_file_comes_back_as_it_was(blobs, size):
    """CM-12: a file of any length is read as it was written, with its length and SHA-256 known from writing."""
    content = os.urandom(size)
    blob = await blobs.write("org/2027/01/id", chunks(content), max_bytes=size)
    assert Blob(key="org/2027/01/id", size=size, sha256=hashlib.sha256(content).digest()) == blob
    assert content == await read(blobs, blob)


async def test_parts_of_a_file(blobs):
    """CM-12: any part is read alone, across the pieces and never beyond the end."""
    content = os.urandom(LONG)
    blob = await blobs.write("key", chunks(content), max_bytes=LONG)
    edges = (0, 1, CHUNK_BYTES, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 1, LONG - 1, LONG, LONG + 1)
    for offset, end in itertools.combinations_with_replacement(edges, 2):
        assert content[offset:end] == await read(blobs, blob, offset=offset, length=end - offset), (offset, end)
    assert content[PIECE_BYTES:] == await read(blobs, blob, offset=PIECE_BYTES)


async def test_no_chunk_is_longer_than_a_message_of_a_stream(blobs):
    """CM-12: what is read at once fits into a message."""
    blob = await blobs.write("key", chunks(bytes(LONG), size=LONG), max_bytes=LONG)
    assert CHUNK_BYTES == max([len(chunk) async for chunk in blobs.read(blob)])


async def test_a_file_for_a_library(blobs):
    """CM-12: a library that seeks, as one that opens ZIP files, reads it like one of the disk."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("first.bin", os.urandom(PIECE_BYTES))
        archive.writestr("second.txt", "at the end")
    blob = await blobs.write("key", chunks(packed.getvalue()), max_bytes=LONG)

    def look() -> bytes:
        with blobs.open(blob) as file, zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            with pytest.raises(OSError, match="before"):
                file.seek(-1)
            return archive.read("second.txt")

    assert b"at the end" == await asyncio.to_thread(look)


async def test_one_byte_too_many(blobs):
    """CM-12: a file that is longer than it may be is refused, and nothing of it is left."""
    with pytest.raises(BlobTooLarge):
        await blobs.write("key", chunks(bytes(LONG)), max_bytes=LONG - 1)
    assert 0 == await collected(blobs)


async def test_an_upload_that_fails_leaves_nothing(blobs):
    """B-14: what sends the bytes fails after a piece and a half: nothing is left, and the next try succeeds."""

    async def cut():
        yield bytes(PIECE_BYTES + PIECE_BYTES // 2)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await blobs.write("key", cut(), max_bytes=LONG)
    assert 0 == await collected(blobs)
    rewritten = await blobs.write("key", chunks(b"whole"), max_bytes=LONG)
    assert b"whole" == await read(blobs, rewritten)


async def test_an_upload_that_is_cancelled_while_a_piece_is_written_leaves_nothing(blobs):
    """B-14: the store may finish a piece of which nobody wants to know any more: it is gone all the same."""

    async def endless():
        yield bytes(PIECE_BYTES)
        await asyncio.Event().wait()

    for turns in range(12):
        writing = asyncio.create_task(blobs.write(f"key-{turns}", endless(), max_bytes=LONG))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    await read(blobs, await blobs.write("last", chunks(bytes(LONG)), max_bytes=LONG))
    await blobs.delete("last")
    assert 0 == await collected(blobs)


async def test_an_upload_that_is_cancelled_leaves_nothing(blobs):
    """B-14: a client leaves in the midst: its task is cancelled, and nothing is left."""
    arrived = asyncio.Event()

    async def endless():
        yield bytes(2 * PIECE_BYTES)
        arrived.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(blobs.write("key", endless(), max_bytes=LONG))
    async with asyncio.timeout(30):
        await arrived.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert 0 == await collected(blobs)


async def test_what_a_killed_process_leaves_is_collected(url, blobs):
    """B-14: kill -9 in the midst of an upload: the pieces lie there, belong to nobody, and are collected."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, str(WRITER), url.reveal(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    assert writer.stdout
    await writer.stdout.readline()
    writer.kill()
    await writer.wait()
    assert 2 <= await collected(blobs)
    assert 0 == await collected(blobs)


def test_what_the_local_disk_stages_is_collected(tmp_path):
    """B-14: a piece that was not finished on the local disk is listed by no store, and collected all the same."""
    blobs = Blobs(BlobUrl.parse(f"file://{tmp_path}"))
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "00000#1").write_bytes(b"half a piece")
    gone = tmp_path / "org" / "00001#1"
    gone.symlink_to("nowhere")  # as one that another process takes away meanwhile: listed, and not there
    assert 0 == asyncio.run(blobs.collect(before=datetime.now(UTC) - NEVER, kept=nobodys))
    assert 1 == asyncio.run(blobs.collect(before=datetime.now(UTC) + NEVER, kept=nobodys))
    assert [gone] == list(tmp_path.rglob("*#*"))


async def test_only_what_is_old_and_nobodys_is_collected(blobs):
    """CM-12: the collector asks whose a file is, and takes what is nobody's once it is old."""
    mine = await blobs.write("mine/1", chunks(bytes(LONG)), max_bytes=LONG)
    await blobs.write("nobodys/1", chunks(bytes(LONG)), max_bytes=LONG)
    asked: set[str] = set()

    async def kept(keys: Set[str]) -> list[str]:
        asked.update(keys)
        return ["mine/1"]

    assert 0 == await blobs.collect(before=datetime.now(UTC) - NEVER, kept=kept)
    assert set() == asked
    assert 3 == await blobs.collect(before=datetime.now(UTC) + NEVER, kept=kept)
    assert {"mine/1", "nobodys/1"} == asked
    assert bytes(LONG) == await read(blobs, mine)


async def test_a_file_is_deleted_alone_and_any_number_of_times(blobs):
    """CM-12: deleting takes one file, also when its name begins another's, and does no harm twice."""
    gone = await blobs.write("file/1", chunks(bytes(LONG)), max_bytes=LONG)
    stays = await blobs.write("file/11", chunks(b"stays"), max_bytes=LONG)
    for _ in range(2):
        await blobs.delete("file/1")
    with pytest.raises(BlobMissing):
        await read(blobs, gone)
    with pytest.raises(BlobMissing):
        await asyncio.to_thread(blobs.open(gone).read)
    assert b"stays" == await read(blobs, stays)


@pytest.mark.parametrize("key", ["", "/key", "../key", "a//b", "a/../b", "KEY", "a b"])
async def test_a_key_is_never_what_somebody_typed(blobs, key):
    """CM-12: a key that could lead elsewhere is a fault of ours."""
    with pytest.raises(ValueError, match="no key"):
        await blobs.write(key, chunks(b"bytes"), max_bytes=LONG)


async def test_a_store_that_is_away(tmp_path):
    """B-14: with the store away an upload is refused as UNAVAILABLE; once it is back the pieces are collected."""
    seaweed = start_seaweed(tmp_path)
    try:
        blobs = Blobs(BlobUrl.parse(seaweed.url("away")))

        async def goes_away():
            yield bytes(PIECE_BYTES)
            yield b"the first piece is written by now"
            seaweed.child.kill()
            yield bytes(PIECE_BYTES)

        with pytest.raises(Unavailable):
            await blobs.write("key", goes_away(), max_bytes=LONG)
        seaweed.child.start()
        rewritten = await blobs.write("other", chunks(b"whole"), max_bytes=LONG)

        async def others(keys: Set[str]) -> list[str]:
            return ["other"]

        assert 1 == await blobs.collect(before=datetime.now(UTC) + NEVER, kept=others)
        assert b"whole" == await read(blobs, rewritten)
    finally:
        seaweed.stop()


def test_memory_stays_flat(url):
    """P-11: a file of 100 MB is written and read with no more memory than one of 8 MB, but for a few megabytes."""
    written = subprocess.run(
        [sys.executable, str(WRITER), url.reveal(), "measure"], check=True, capture_output=True, text=True
    )
    assert 16 > float(written.stdout), "megabytes"


@pytest.mark.parametrize("text", ["", "files", "file://host/folder", "file:folder", "s3://", "ftp://bucket"])
def test_an_address_that_is_none(text):
    """OP-01: a setting that is no address of a store is refused at the start."""
    with pytest.raises(ValueError, match="not like"):
        BlobUrl.parse(text)


def test_an_address_is_not_shown():
    """OP-01: the address of a store may hold a key, and shows itself as asterisks."""
    assert "hidden" not in repr(BlobUrl.parse("s3://bucket?secret_access_key=hidden"))
