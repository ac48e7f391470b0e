"""Paperwork is uploaded, listed, downloaded and deleted."""

import asyncio
import hashlib
from threading import Event
from typing import Any
from unittest.mock import Mock

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from portico.casemanager.v1 import paperwork_pb2 as pb
from portico.casemanager.v1 import paperwork_resources_pb2 as res
from portico_errors.casemanager import FileTooLarge

from casemanager.bookings.storage.bounds import InTurn
from casemanager.files.uploads import MAX_FILE_BYTES, Said, take_file
from casemanager.paperwork.domain.file import MAX_FILES
from casemanager.paperwork.storage import ADD_FILE
from chassis.errors import Aborted, InvalidArgument, ServiceError, Unavailable
from chassis.ids import new_id
from chassis.testing import eventually
from services.casemanager.tests import documents
from services.casemanager.tests.desk import at, refuses
from services.casemanager.tests.shelf import actions_of, pieces, state_of
from services.casemanager.tests.test_bookings_bounds import released_at_once

PIECE = 4 * 1024 * 1024


async def test_a_file_is_kept_as_it_came(shelves):
    """CM-12: an upload in many pieces is stored whole, with its type, length and SHA-256, and waits for the scanner."""
    booking = await shelves.desk.request()
    content = documents.PDF + b"%" * 300_000
    kind = res.Paperwork.LETTER_OF_INSTRUCTION
    file = await shelves.upload(booking, content, kind=kind, note=" For the knee ", file_name="a/Letter.docx")
    assert ("Letter.pdf", kind, "For the knee", "application/pdf", len(content), 1) == (
        file.file_name,
        file.kind,
        file.note,
        file.content_type,
        file.size_bytes,
        file.file_version,
    )
    assert (hashlib.sha256(content).hexdigest(), "SCANNING", booking.id) == (
        file.sha256,
        state_of(file),
        file.booking_id,
    )
    assert [file] == await shelves.listed(booking)
    clean = (await shelves.listed(await shelves.desk.get(booking), shelves.desk.staff))[0]
    assert state_of(clean) == "SCANNING"
    await shelves.scan()
    assert content == await shelves.download(file)


@pytest.mark.parametrize(
    ("content", "said", "reason"),
    [
        (b"", {}, "FILE_EMPTY"),
        (documents.PDF, {"size_bytes": len(documents.PDF) + 1}, "FILE_CUT"),
        (documents.PDF, {"size_bytes": len(documents.PDF) - 1}, "FILE_CUT"),
        (documents.PDF, {"sha256": "ab" * 32}, "CHECKSUM_MISMATCH"),
        (b"MZ" + bytes(100), {"file_name": "letter.pdf"}, "FILE_TYPE_REFUSED"),
        (documents.docx_beyond_all_files(), {}, "FILE_TYPE_REFUSED"),
        (documents.PDF, {"replaces_id": str(new_id())}, "PAPERWORK_NOT_FOUND"),
    ],
)
async def test_what_is_refused_leaves_nothing(shelves, content, said, reason):
    """CM-12: an empty file, a lying length, other bytes than said, a type that is not taken: no row and no byte."""
    booking = await shelves.desk.request()
    await shelves.orphans()
    with refuses(reason):
        await shelves.upload(booking, content, **said)
    assert [] == await shelves.listed(booking)
    assert 0 == await shelves.orphans()


async def test_a_file_that_breaks_what_looks_at_it(shelves, monkeypatch):
    """CM-12: whatever goes wrong with a file leaves no row and no byte."""
    booking = await shelves.desk.request()
    await shelves.orphans()
    monkeypatch.setattr("casemanager.files.uploads.kind_of", Mock(side_effect=RuntimeError("broken")))
    with pytest.raises(ServiceError, match="INTERNAL"):
        await shelves.upload(booking)
    assert [] == await shelves.listed(booking)
    assert 0 == await shelves.orphans()


async def test_a_caller_who_leaves_while_a_file_is_examined(shelves, monkeypatch):
    """B-14: an upload that is cut when its bytes are there, and nothing more, leaves none of them."""
    begun, goes_on = Event(), Event()

    def looks(_: object) -> None:
        begun.set()
        goes_on.wait(30)

    async def chunks():
        yield documents.PDF

    monkeypatch.setattr("casemanager.files.uploads.kind_of", looks)
    await shelves.orphans()
    said = Said(size_bytes=None, sha256=b"")
    upload = asyncio.create_task(take_file(shelves.desk.world.deps, new_id(), chunks(), said, shelves.upload))
    await eventually(begun.is_set)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    goes_on.set()
    assert 0 == await shelves.orphans()


async def test_a_refusal_names_what_was_found(shelves):
    """CM-12: FILE_TYPE_REFUSED says what the file is, whatever it is called."""
    jar = documents.archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0"})
    booking = await shelves.desk.request()
    with refuses("FILE_TYPE_REFUSED") as refused:
        await shelves.upload(booking, jar, file_name="letter.docx")
    assert "This is a Java archive (JAR)." == refused.value.message
    assert "a Java archive (JAR)" == refused.value.metadata["found"]


async def test_the_right_length_and_digest(shelves):
    """CM-12: what the sender says of the file and what arrives agree."""
    said = {"size_bytes": len(documents.PDF), "sha256": hashlib.sha256(documents.PDF).hexdigest().upper()}
    assert said["size_bytes"] == (await shelves.upload(await shelves.desk.request(), **said)).size_bytes


async def test_what_is_refused_early_is_heard_out(shelves, monkeypatch):
    """B-14: all that a client still sends is read before it is refused, so that it waits and learns why."""
    monkeypatch.setattr("casemanager.files.uploads.MAX_FILE_BYTES", 1)
    heard = 0

    async def chunks():
        nonlocal heard
        for _ in range(3):
            heard += 1
            yield bytes(PIECE)

    with pytest.raises(FileTooLarge):
        await take_file(shelves.desk.world.deps, new_id(), chunks(), Said(size_bytes=None, sha256=b""), shelves.upload)
    assert 3 == heard


async def test_one_byte_more_than_100_megabytes(shelves):
    """CM-12: 100 MB are taken, one byte more is FILE_TOO_LARGE, and nothing of it is left."""
    booking = await shelves.desk.request()
    await shelves.orphans()
    padding = b" " * (MAX_FILE_BYTES - len(documents.PDF))
    size = 2 * 1024 * 1024
    call = shelves.desk.world.stub.UploadPaperwork
    first: dict[str, Any] = {"booking_id": booking.id, "file_name": "x.pdf"}
    with refuses("FILE_TOO_LARGE"):
        await call(pieces(documents.PDF + padding + b" ", size, **first), metadata=shelves.desk.as_ana)
    assert 0 == await shelves.orphans()
    file = await call(pieces(documents.PDF + padding, size, **first), metadata=shelves.desk.as_ana)
    assert MAX_FILE_BYTES == file.size_bytes
    await shelves.do("Delete", file)


async def test_a_booking_has_at_most_so_many_files(shelves, monkeypatch):
    """CM-12: uploads at the same time do not get beyond the limit; what is deleted makes room."""
    monkeypatch.setattr("casemanager.paperwork.domain.decisions.MAX_FILES", 3)
    booking = await shelves.desk.request()
    results = await asyncio.gather(*(shelves.upload(booking) for _ in range(4)), return_exceptions=True)
    files = [each for each in results if isinstance(each, res.Paperwork)]
    while len(files) < 3:  # who lost the race three times may come again
        assert any(isinstance(each, Aborted) for each in results)
        files.append(await shelves.upload(booking))
    with refuses("TOO_MANY_FILES"):
        await shelves.upload(booking)
    assert 3 == len(await shelves.listed(booking))
    await shelves.do("Delete", files[0])
    await shelves.upload(booking)
    assert 50 == MAX_FILES


async def test_files_that_come_at_the_same_time(shelves):
    """CM-12: uploads to one booking at once are all taken: who loses a place to another one gets the next."""
    booking = await shelves.desk.request()
    people = [shelves.desk.as_ana, shelves.desk.staff] * 4
    files = await asyncio.gather(*(shelves.upload(booking, by=each) for each in people))
    assert {file.id for file in files} == {file.id for file in await shelves.listed(booking)}


async def test_the_last_places_of_a_booking(shelves, monkeypatch):
    """CM-12: three who come at once for the last three places get one each, however often they want the same."""
    monkeypatch.setattr("casemanager.paperwork.domain.decisions.MAX_FILES", 3)
    booking = await shelves.desk.request()
    files = await asyncio.gather(*(shelves.upload(booking) for _ in range(3)))
    assert 3 == len({file.id for file in files})


async def test_all_files_together(shelves, monkeypatch):
    """CM-12: the files of a booking have a length together."""
    monkeypatch.setattr("casemanager.paperwork.domain.decisions.MAX_TOTAL_BYTES", 2 * len(documents.PDF))
    booking = await shelves.desk.request()
    for _ in range(2):
        await shelves.upload(booking)
    with refuses("TOO_MANY_FILES"):
        await shelves.upload(booking, b"x")


async def test_all_files_together_that_come_at_once(shelves, monkeypatch):
    """CM-12: of those that come at the same time as many are kept as have room together; the others are refused."""
    for module in ("domain.decisions", "storage"):
        monkeypatch.setattr(f"casemanager.paperwork.{module}.MAX_TOTAL_BYTES", 2 * len(documents.PDF))
    booking = await shelves.desk.request()
    uploads = [shelves.upload(booking) for _ in range(4)]
    assert ["", "", *["TOO_MANY_FILES"] * 2] == await released_at_once(shelves.desk, "paperwork", uploads)
    assert 2 == len(await shelves.listed(booking))
    assert 0 == await shelves.orphans()


async def test_a_repeated_upload_is_one(shelves):
    """CM-12, GW-04: the same request id gives the first answer, and its bytes are kept once."""
    booking, request_id = await shelves.desk.request(), str(new_id())
    await shelves.orphans()
    first = await shelves.upload(booking, request_id=request_id)
    assert first == await shelves.upload(booking, request_id=request_id)
    assert 1 == len(await shelves.listed(booking))
    with refuses("REQUEST_ID_REUSED"):
        await shelves.upload(booking, documents.PNG, request_id=request_id)
    await shelves.desk.cancel(booking)
    assert first == await shelves.upload(booking, request_id=request_id)
    with refuses("ACTION_NOT_ALLOWED"):
        await shelves.upload(booking, request_id=str(new_id()))
    assert 0 == await shelves.orphans()


async def test_an_upload_whose_answer_is_lost(shelves, monkeypatch):
    """CM-12: the database goes away while a file is saved: what was saved keeps its bytes."""
    booking, first = await shelves.desk.request(), InTurn.first

    async def saves_and_goes_away(database, stmt, /, **params):
        answer = await first(database, stmt, **params)
        if stmt is ADD_FILE:
            raise Unavailable()
        return answer

    with monkeypatch.context() as away:
        away.setattr(InTurn, "first", saves_and_goes_away)
        with refuses("DEPENDENCY_UNAVAILABLE"):
            await shelves.upload(booking)
    await shelves.scan()
    files = await shelves.listed(booking)
    assert files  # one for each time that the call was tried
    assert [documents.PDF] * len(files) == [await shelves.download(file) for file in files]


async def test_a_client_that_leaves_in_the_midst(shelves):
    """B-14: an upload that is cut by its client leaves no row and no byte, and the next one succeeds."""
    booking, goes_on, written = await shelves.desk.request(), asyncio.Event(), asyncio.Event()
    await shelves.orphans()

    async def cut():
        async for piece in pieces(documents.PDF + bytes(2 * PIECE), 1024 * 1024, booking_id=booking.id):
            yield piece
        written.set()
        await goes_on.wait()

    call = shelves.desk.world.stub.UploadPaperwork(cut(), metadata=shelves.desk.as_ana)
    async with asyncio.timeout(30):
        await written.wait()
    call.cancel()
    with pytest.raises((asyncio.CancelledError, grpc.RpcError)):
        await call
    goes_on.set()

    async def nothing_is_left() -> bool:
        return 0 == await shelves.orphans() and not await shelves.listed(booking)

    await eventually(nothing_is_left)
    assert await shelves.upload(booking)


async def test_an_upload_to_no_booking(shelves):
    """CM-12: the first message names the booking."""
    call = shelves.desk.world.stub.UploadPaperwork
    with pytest.raises(InvalidArgument):
        await call(pieces(documents.PDF), metadata=shelves.desk.as_ana)
    with refuses("BOOKING_NOT_FOUND"):
        await call(pieces(documents.PDF, booking_id=str(new_id())), metadata=shelves.desk.as_ana)


async def test_nothing_is_uploaded_once_it_is_over(shelves):
    """CM-12: after a cancellation no file comes; staff may delete what was not sent."""
    booking = await shelves.desk.confirmed()
    file = await shelves.upload(booking)
    await shelves.desk.cancel(booking)
    page = await shelves.page(booking)
    assert (False, False) == (page.can_upload, page.can_send)
    with refuses("ACTION_NOT_ALLOWED"):
        await shelves.upload(booking)
    with refuses("ACTION_NOT_ALLOWED"):
        await shelves.do("Delete", file)
    deleted = await shelves.do("Delete", file, shelves.desk.staff)
    assert "DELETED" == state_of(deleted)
    assert [] == await shelves.listed(booking)


async def test_a_deleted_file_is_gone(shelves):
    """CM-12: a file that was deleted is none for anybody, and its bytes are gone at once."""
    booking = await shelves.desk.request()
    await shelves.orphans()
    file = await shelves.clean(booking)
    assert ["DOWNLOAD", "DELETE"] == actions_of(file)
    await shelves.do("Delete", file)
    for name in ("Delete",):
        with refuses("PAPERWORK_NOT_FOUND"):
            await shelves.do(name, file)
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(file)
    assert 0 == await shelves.orphans()


async def test_parts_of_a_file(shelves):
    """CM-12: a download begins anywhere and has any length; it says first the digest of the whole."""
    content = documents.PDF + bytes(range(256)) * 20_000
    file = await shelves.clean(await shelves.desk.request(), content)
    for offset, length in ((0, 0), (1, 10), (PIECE - 1, 3), (len(content) - 1, 5)):
        end = offset + length if length else len(content)
        assert content[offset:end] == await shelves.download(file, offset=offset, length=length)
    assert {"application/octet-stream"} == {message.content_type for message in await shelves.messages(file)}
    request = pb.DownloadPaperworkRequest(paperwork_id=file.id, offset=PIECE)
    call = shelves.desk.world.stub.DownloadPaperwork(request, metadata=shelves.desk.as_ana)
    assert ("etag", f'"{hashlib.sha256(content).hexdigest()}"') in tuple(await call.initial_metadata())
    call.cancel()
    with refuses("RANGE_INVALID") as refused:
        await shelves.download(file, offset=len(content))
    assert str(len(content)) == refused.value.metadata["size_bytes"]


async def test_a_new_version_keeps_the_old_one(shelves):
    """CM-12: a file in the place of another one is its next version, and both stay."""
    booking = await shelves.desk.request()
    first = await shelves.clean(booking)
    second = await shelves.clean(booking, documents.PNG, file_name="letter.pdf", replaces_id=first.id)
    assert (2, first.id, "letter.png") == (second.file_version, second.replaces_id, second.file_name)
    assert [second.id, first.id] == [file.id for file in await shelves.listed(booking)]


async def test_a_list_page_by_page(shelves):
    """CM-12: the newest first, in pages."""
    booking = await shelves.desk.request()
    ids = [(await shelves.upload(booking)).id for _ in range(3)]
    token, found = "", []
    for _ in range(3):
        request = pb.ListPaperworkRequest(booking_id=booking.id, page_size=1, page_token=token)
        page = await shelves.desk.call("ListPaperwork", request, shelves.desk.as_ana)
        found += [file.id for file in page.paperwork]
        token = page.next_page_token
    assert (ids[::-1], "") == (found, token)


async def test_bytes_without_a_row_are_collected_after_a_day(shelves):
    """CM-12: the collector takes what no row speaks of, and leaves the rest."""
    booking = await shelves.desk.confirmed(at(10))
    kept = await shelves.clean(booking)
    await shelves.orphans()

    async def content():
        yield bytes(PIECE + 1)

    blobs = shelves.desk.world.deps.blobs
    await blobs.write(f"{shelves.desk.world.org_id}/2026/01/{new_id()}", content(), max_bytes=2 * PIECE)
    assert 2 == await shelves.orphans()
    assert documents.PDF == await shelves.download(kept)


async def test_pieces_that_are_empty(shelves):
    """CM-12: messages without bytes are no harm."""
    booking = await shelves.desk.request()

    async def hesitant():
        yield pb.UploadPaperworkRequest(booking_id=booking.id, file_name="x.txt")
        for part in (b"", b"Knee, ", b"", b"left"):
            yield pb.UploadPaperworkRequest(file=HttpBody(data=part))

    file = await shelves.desk.world.stub.UploadPaperwork(hesitant(), metadata=shelves.desk.as_ana)
    await shelves.scan()
    assert b"Knee, left" == await shelves.download(file)
