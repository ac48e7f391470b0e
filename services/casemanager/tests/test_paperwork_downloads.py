"""Who got which file is logged: when its first byte leaves, and how much of it was delivered."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import grpc
import pytest
from portico.casemanager.v1 import paperwork_pb2 as pb
from portico.casemanager.v1 import paperwork_resources_pb2 as res

from casemanager.bookings.domain.states import Part
from casemanager.files.downloads import LIST_DOWNLOADS, Download, DownloadKind
from chassis.pagination import NEWEST
from chassis.testing import eventually
from services.casemanager.tests import documents
from services.casemanager.tests.desk import refuses
from services.casemanager.tests.shelf import HARMFUL, Shelves

LARGE = documents.PDF + bytes(range(256)) * 80_000


async def logged(shelves: Shelves, file: res.Paperwork) -> Sequence[Download]:
    """Who got the file, the first one first."""
    where = {"org_id": shelves.desk.world.org_id, "file_id": UUID(file.id)}
    before = {"before_time": NEWEST[0], "before_id": NEWEST[1], "limit": 50}
    return (await shelves.desk.world.deps.database.all(LIST_DOWNLOADS, **where, **before))[::-1]


async def test_who_got_a_file(shelves):
    """CM-12, CM-15: each download has a line: as what, by name, when, how many bytes, and whether that was all."""
    booking = await shelves.desk.confirmed()
    file = await shelves.clean(booking)
    await shelves.send(booking)
    as_zhang, size = await shelves.desk.as_zhang(), len(documents.PDF)
    for metadata in (shelves.desk.staff, shelves.desk.as_ana, as_zhang):
        await shelves.download(file, metadata)
    await shelves.download(file, offset=1, length=7)
    lines = await logged(shelves, file)
    assert [
        (Part.STAFF, "", size, True),
        (Part.OWN, "Ana García", size, True),
        (Part.SPECIALIST, "Dr Rui Zhang", size, True),
        (Part.OWN, "Ana García", 7, False),
    ] == [(Part(line.actor), line.actor_name, line.delivered_bytes, line.is_whole) for line in lines]
    now = shelves.desk.world.clock()
    assert {(DownloadKind.PAPERWORK, UUID(booking.id), now)} == {
        (line.kind, line.booking_id, line.download_time) for line in lines
    }
    assert len({line.account_id for line in lines}) == 3


async def test_what_is_refused_is_not_logged(shelves):
    """CM-12: a download that gives no byte has no line."""
    booking = await shelves.desk.confirmed()
    harmful, file = await shelves.clean(booking, HARMFUL, file_name="x.txt"), await shelves.clean(booking)
    (_, as_cleo) = await shelves.desk.colleague(business_unit_id="")
    with refuses("FILE_NOT_CLEAN"):
        await shelves.download(harmful)
    with refuses("RANGE_INVALID"):
        await shelves.download(file, offset=len(documents.PDF))
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(file, as_cleo)
    assert [[], []] == [list(await logged(shelves, each)) for each in (harmful, file)]


async def test_who_leaves_in_the_midst_got_a_part(shelves):
    """CM-12: a client that breaks off has a line with what was delivered, which is not all."""
    file = await shelves.clean(await shelves.desk.request(), LARGE)
    call = shelves.desk.world.stub.DownloadPaperwork(
        pb.DownloadPaperworkRequest(paperwork_id=file.id), metadata=shelves.desk.as_ana
    )
    await anext(aiter(call))
    (line,) = await logged(shelves, file)
    assert (0, False) == (line.delivered_bytes, line.is_whole)
    call.cancel()
    with pytest.raises((grpc.RpcError, asyncio.CancelledError)):
        await anext(aiter(call))

    async def is_ended() -> bool:
        (line,) = await logged(shelves, file)
        return line.delivered_bytes > 0

    await eventually(is_ended)
    (line,) = await logged(shelves, file)
    assert (True, False) == (line.delivered_bytes < len(LARGE), line.is_whole)


async def test_nobody_else_reads_the_log(shelves):
    """OP-11: another organization finds no line of a file."""
    file = await shelves.clean(await shelves.desk.request())
    await shelves.download(file)
    elsewhere = {"org_id": UUID(int=1), "file_id": UUID(file.id), "limit": 50}
    before = {"before_time": datetime.max.replace(tzinfo=UTC), "before_id": UUID(int=2**128 - 1)}
    assert [] == list(await shelves.desk.world.deps.database.all(LIST_DOWNLOADS, **elsewhere, **before))
