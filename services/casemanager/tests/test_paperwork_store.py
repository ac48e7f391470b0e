"""What becomes of files when the store goes away in the midst, or breaks off: with a real S3 (B-14)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import paperwork_pb2 as pb

from casemanager.shared.deps import Deps
from chassis.blobs import Blobs, BlobUrl
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from local_stack.ports import LOOPBACK
from local_stack.seaweed import Seaweed, start_seaweed
from services.casemanager.tests import documents
from services.casemanager.tests.desk import refuses
from services.casemanager.tests.shelf import Shelves, state_of

pytestmark = pytest.mark.long(seconds=60)
MEGABYTE = 1024 * 1024
CUT, WHOLE = 60, 100


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """An S3 of this module's own, which its tests end and start again."""
    seaweed = start_seaweed(tmp_path_factory.mktemp("s3"))
    yield seaweed
    seaweed.stop()


@pytest.fixture(scope="module")
def deps(deps: Deps, seaweed: Seaweed) -> Deps:
    """The world of the use cases, which keeps its files there."""
    return replace(deps, blobs=Blobs(BlobUrl.parse(seaweed.url(f"files-{new_id()}"))))


async def large(booking: bookings.Booking, meanwhile: Callable[[], object]) -> AsyncIterator[pb.UploadPaperworkRequest]:
    """A document of 100 MB; something happens after 60 of them."""
    yield pb.UploadPaperworkRequest(booking_id=booking.id, file_name="scan.pdf", file=HttpBody(data=documents.PDF))
    for number in range(WHOLE - 1):
        if number == CUT:
            await asyncio.to_thread(meanwhile)
        yield pb.UploadPaperworkRequest(file=HttpBody(data=b"%" * MEGABYTE))


async def back(shelves: Shelves, seaweed: Seaweed) -> None:
    """Starts the store that was killed; it listens before it finds again what it keeps."""
    seaweed.child.start()

    async def keeps() -> bool:
        async def content() -> AsyncIterator[bytes]:
            yield b"a piece"

        blobs = shelves.desk.world.deps.blobs
        try:
            blob = await blobs.write(f"probe/{new_id()}", content(), max_bytes=MEGABYTE)
            async for _ in blobs.read(blob):
                pass
            await blobs.delete(blob.key)
        except Unavailable:
            return False
        return True

    await eventually(keeps, timeout=60)


def open_uploads(seaweed: Seaweed) -> list[str]:
    """The multipart uploads that S3 keeps open, which stand in no listing of objects."""
    with closing(HTTPConnection(LOOPBACK, seaweed.filer_port)) as filer:
        filer.request("GET", "/buckets/portico/.uploads/", headers={"accept": "application/json"})
        answer = filer.getresponse()
        body = answer.read()
    return [] if answer.status == 404 else [entry["FullPath"] for entry in json.loads(body)["Entries"] or ()]


async def nothing_is_left(shelves: Shelves, seaweed: Seaweed, booking: bookings.Booking) -> bool:
    """Whether there is no row, no object and no open upload, once the collector has been there."""
    await shelves.orphans()
    return not await shelves.orphans() and not await shelves.listed(booking) and not open_uploads(seaweed)


async def test_the_store_goes_away_during_an_upload(shelves, seaweed):
    """B-14: at 60 of 100 MB the store goes: UNAVAILABLE, no row; once it is back nothing is left, a retry works."""
    booking = await shelves.desk.request()
    call = shelves.desk.world.stub.UploadPaperwork(large(booking, seaweed.child.kill), metadata=shelves.desk.as_ana)
    try:
        with refuses("DEPENDENCY_UNAVAILABLE"):
            await call
    finally:
        await back(shelves, seaweed)
    assert [] == await shelves.listed(booking)
    assert 1 <= await shelves.orphans()
    assert await nothing_is_left(shelves, seaweed, booking)
    retried = shelves.desk.world.stub.UploadPaperwork(large(booking, bool), metadata=shelves.desk.as_ana)
    assert (WHOLE - 1) * MEGABYTE + len(documents.PDF) == (await retried).size_bytes


async def test_the_client_leaves_during_an_upload(shelves, seaweed):
    """B-14: a client that cancels at 60 of 100 MB leaves no row, no object and no open upload in S3."""
    booking, has_sent, goes_on = await shelves.desk.request(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def cut() -> AsyncIterator[pb.UploadPaperworkRequest]:
        async for piece in large(booking, lambda: loop.call_soon_threadsafe(has_sent.set)):
            yield piece
            if has_sent.is_set():
                await goes_on.wait()

    call = shelves.desk.world.stub.UploadPaperwork(cut(), metadata=shelves.desk.as_ana)
    async with asyncio.timeout(60):
        await has_sent.wait()
    call.cancel()
    with pytest.raises((asyncio.CancelledError, grpc.RpcError)):
        await call
    goes_on.set()
    await eventually(lambda: nothing_is_left(shelves, seaweed, booking), timeout=30)
    assert await shelves.upload(booking)


async def test_the_store_is_away_when_a_file_is_asked_for(shelves, seaweed):
    """CM-12: a download is refused before its first byte while the store is away, and gives every byte afterwards."""
    file = await shelves.clean(await shelves.desk.request())
    seaweed.child.kill()
    try:
        with refuses("DEPENDENCY_UNAVAILABLE"):
            await shelves.download(file)
    finally:
        await back(shelves, seaweed)
    assert documents.PDF == await shelves.download(file)


async def test_the_store_goes_away_during_a_download(shelves, seaweed):
    """CM-12: bytes that came are the file's; the rest is an error and no shorter file."""
    content = documents.PDF + bytes(range(256)) * (40 * MEGABYTE // 256)
    file = await shelves.clean(await shelves.desk.request(), content)
    request = pb.DownloadPaperworkRequest(paperwork_id=file.id)
    call = shelves.desk.world.stub.DownloadPaperwork(request, metadata=shelves.desk.as_ana)
    got = (await anext(aiter(call))).data
    try:
        seaweed.child.kill()
        with refuses("DEPENDENCY_UNAVAILABLE"):
            async for message in call:
                got += message.data
    finally:
        await back(shelves, seaweed)
    assert content[: len(got)] == got
    assert len(got) < len(content)
    assert content == await shelves.download(file)


async def test_the_store_is_away_while_a_file_is_scanned(shelves, seaweed):
    """B-13: bytes that cannot be read are no verdict: the file waits, and is judged when the store is back."""
    booking = await shelves.desk.request()
    await shelves.upload(booking)
    seaweed.child.kill()
    try:
        await shelves.scan()
    finally:
        await back(shelves, seaweed)
    assert ["SCANNING"] == [state_of(each) for each in await shelves.listed(booking)]
    shelves.desk.world.later(minutes=1)
    await shelves.scan()
    assert ["CLEAN"] == [state_of(each) for each in await shelves.listed(booking)]


async def test_the_store_is_away_when_a_file_is_deleted(shelves, seaweed):
    """CM-12: the file is gone for everybody at once; its bytes are collected when the store is back."""
    booking = await shelves.desk.request()
    file = await shelves.upload(booking)
    await shelves.orphans()
    seaweed.child.kill()
    try:
        assert "DELETED" == state_of(await shelves.do("Delete", file))
    finally:
        await back(shelves, seaweed)
    assert [] == await shelves.listed(booking)
    assert 1 == await shelves.orphans()
