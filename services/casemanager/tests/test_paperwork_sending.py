"""Paperwork is sent to the specialist, who alone reads what was sent."""

import asyncio
from datetime import timedelta
from importlib import import_module

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import paperwork_pb2 as pb

from chassis.call import Role
from chassis.errors import Denied, NotFound, Unauthenticated
from chassis.ids import new_id
from services.casemanager.tests import documents
from services.casemanager.tests.desk import Desk, at, own_time, refuses
from services.casemanager.tests.shelf import HARMFUL, actions_of, pieces

STAFF = {Role.STAFF_ADMIN, Role.STAFF}
MANAGERS = {*STAFF, Role.CASE_MANAGER}
ALL = {*MANAGERS, Role.SPECIALIST}


async def test_what_is_ready_is_sent(shelves):
    """CM-12, CM-11: the specialist is told, the booking and its files say when, and the task to upload is done."""
    booking = await shelves.desk.confirmed()
    assert ["UPLOAD_PAPERWORK"] == await shelves.desk.open_tasks()
    with refuses("PAPERWORK_NOT_READY"):
        await shelves.send(booking)
    file = await shelves.clean(booking)
    assert (await shelves.page(booking)).can_send
    await shelves.desk.last_mails()
    sent = await shelves.send(booking)
    now = shelves.desk.world.clock()
    assert now == sent.paperwork_sent_time.ToDatetime(now.tzinfo)
    assert bookings.Booking.CONFIRMED == sent.state
    assert [("PAPERWORK_SENT", shelves.desk.zhang.email)] == await shelves.desk.last_mails()
    mail = (await shelves.desk.mails())[-1]
    assert ("1", booking.number) == (mail.values["count"], mail.values["booking_number"])
    assert [] == await shelves.desk.open_tasks()
    assert "DONE" == (await shelves.desk.tasks())[-1].state.name
    assert "paperwork_sent" == (await shelves.desk.told())[-1]
    assert "PAPERWORK_SENT" == (await shelves.desk.kinds(booking))[-1]
    (seen,) = await shelves.listed(booking)
    assert (now, ["DOWNLOAD"]) == (seen.send_time.ToDatetime(now.tzinfo), actions_of(seen))
    with refuses("PAPERWORK_SENT"):
        await shelves.do("Delete", file)


async def test_nothing_is_sent_while_a_file_is_being_checked(shelves):
    """CM-12: PAPERWORK_NOT_READY names the file; one in quarantine stays behind and hinders nobody."""
    booking = await shelves.desk.confirmed()
    await shelves.clean(booking)
    await shelves.clean(booking, HARMFUL, file_name="x.txt")
    await shelves.upload(booking, file_name="scan.pdf")
    with refuses("PAPERWORK_NOT_READY") as refused:
        await shelves.send(booking)
    assert "scan.pdf" == refused.value.metadata["file_name"]
    await shelves.scan()
    await shelves.send(booking)
    assert [True, False, True] == [file.HasField("send_time") for file in await shelves.listed(booking)]


async def test_files_that_come_later_need_another_sending(shelves):
    """CM-12: what was clean after the sending is sent by the next one, alone."""
    booking = await shelves.desk.confirmed()
    first = await shelves.clean(booking)
    await shelves.send(booking)
    with refuses("PAPERWORK_NOT_READY"):
        await shelves.send(booking)
    shelves.desk.world.clock.now = at(1)
    await shelves.clean(booking, documents.PNG)
    await shelves.send(booking)
    later, earlier = await shelves.listed(booking)
    assert first.id == earlier.id
    assert earlier.send_time.ToDatetime() < later.send_time.ToDatetime()
    assert "1" == (await shelves.desk.mails())[-1].values["count"]


async def test_it_is_sent_once_however_often_at_once(shelves):
    """CM-12: of two who send at the same time one does, and the specialist is told once."""
    booking = await shelves.desk.confirmed()
    await shelves.clean(booking)
    results = await asyncio.gather(*(shelves.send(booking) for _ in range(5)), return_exceptions=True)
    assert 1 == sum(isinstance(each, bookings.Booking) for each in results)
    assert ["PAPERWORK_SENT"] == [m.template for m in await shelves.desk.mails() if m.template == "PAPERWORK_SENT"]


async def test_when_it_can_be_sent(shelves):
    """CM-08: to a booking that is only asked for nothing is sent; another version than was seen is refused."""
    asked = await shelves.desk.request()
    await shelves.clean(asked)
    with refuses("ACTION_NOT_ALLOWED"):
        await shelves.send(asked)
    booking = await shelves.desk.confirmed()
    await shelves.clean(booking)
    with refuses("CONCURRENT_CHANGE"):
        await shelves.send(booking, etag="77")
    assert await shelves.send(booking, etag=booking.etag)


async def test_what_the_specialist_reads(shelves):
    """CM-15: of their bookings what is clean and was sent, the newest of each; nothing of the company's side."""
    booking = await shelves.desk.confirmed()
    as_zhang = await shelves.desk.as_zhang()
    first = await shelves.clean(booking)
    await shelves.clean(booking, HARMFUL, file_name="x.txt")
    assert [] == await shelves.listed(booking, as_zhang)
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(first, as_zhang)
    await shelves.send(booking)
    (theirs,) = await shelves.listed(booking, as_zhang)
    assert (first.id, "", "", ["DOWNLOAD"]) == (theirs.id, theirs.uploaded_by, theirs.sent_by, actions_of(theirs))
    assert documents.PDF == await shelves.download(first, as_zhang)
    second = await shelves.clean(booking, documents.PNG, replaces_id=first.id)
    assert [first.id] == [file.id for file in await shelves.listed(booking, as_zhang)]
    await shelves.send(booking)
    assert [second.id] == [file.id for file in await shelves.listed(booking, as_zhang)]
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(first, as_zhang)
    await shelves.desk.cancel(booking)
    assert [] == await shelves.listed(booking, as_zhang)
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(second, as_zhang)


async def read_by(shelves, booking, by):
    """What somebody lists, and how many files their booking speaks of."""
    found = [file.id for file in await shelves.listed(booking, by)]
    return found, (await shelves.desk.get(booking, by)).paperwork_counts.sent


@pytest.mark.parametrize("became", ["quarantined", "deleted"])
async def test_a_version_that_never_got_through(shelves, became):
    """CM-12: the newest version alone is read also where the one before it was held back, or deleted."""
    booking, as_zhang = await shelves.desk.confirmed(), await shelves.desk.as_zhang()
    first = await shelves.clean(booking)
    await shelves.send(booking)
    second = await shelves.clean(booking, HARMFUL, file_name="x.txt", replaces_id=first.id)
    third = await shelves.clean(booking, documents.PNG, replaces_id=second.id)
    if became == "deleted":
        await shelves.do("Delete", second)
    assert ("", first.id, first.id, 3) == (first.first_id, second.first_id, third.first_id, third.file_version)
    await shelves.send(booking)
    assert ([third.id], 1) == await read_by(shelves, booking, as_zhang)
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(first, as_zhang)


async def test_two_versions_in_the_place_of_one(shelves):
    """CM-12: of two that came for the same file the later one is read, and the specialist is told of no other."""
    booking, as_zhang = await shelves.desk.confirmed(), await shelves.desk.as_zhang()
    first = await shelves.clean(booking)
    await shelves.clean(booking, documents.PNG, replaces_id=first.id)
    shelves.desk.world.clock.advance(timedelta(seconds=1))
    later = await shelves.clean(booking, documents.JPEG, replaces_id=first.id)
    await shelves.send(booking)
    assert ([later.id], 1) == await read_by(shelves, booking, as_zhang)
    assert ["1"] == [mail.values["count"] for mail in await shelves.desk.mails() if mail.template == "PAPERWORK_SENT"]


async def test_nobody_is_told_of_an_older_version(shelves):
    """CM-12: one that is released after a newer one was sent is sent as well, and there is nothing new to read."""
    booking, as_zhang = await shelves.desk.confirmed(), await shelves.desk.as_zhang()
    first = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    second = await shelves.clean(booking, replaces_id=first.id)
    await shelves.send(booking)
    await shelves.desk.last_mails()
    await shelves.do("Release", first, shelves.admin, reason="It is a quotation")
    await shelves.send(booking)
    assert [] == await shelves.desk.last_mails()
    assert ([second.id], 1) == await read_by(shelves, booking, as_zhang)


async def test_versions_that_the_release_before_wrote(shelves):
    """OP-08, CM-12: the migration tells each version its first one; until then two that follow one another are."""
    booking, as_zhang = await shelves.desk.confirmed(), await shelves.desk.as_zhang()
    versions = [await shelves.clean(booking)]
    for _ in range(3):
        versions.append(await shelves.clean(booking, replaces_id=versions[-1].id))
        await shelves.send(booking)
    newest = versions[-1].id
    assert ([newest], 1) == await read_by(shelves, booking, as_zhang)
    fill = import_module("casemanager.migrations.versions.0016_lines").FILL
    async with await shelves.desk.world.deps.database.connect() as connection:
        await connection.execute("UPDATE paperwork SET first_id = NULL WHERE booking_id = %s", [booking.id])
        assert 3 == len((await read_by(shelves, booking, as_zhang))[0])
        while (await connection.execute(fill)).rowcount:
            pass
    assert ([newest], 1) == await read_by(shelves, booking, as_zhang)


async def test_another_specialist_gets_what_was_sent(shelves):
    """CM-08: whoever the booking moves to reads what was sent at once, and the former one nothing any more."""
    booking = await shelves.desk.confirmed()
    as_zhang = await shelves.desk.as_zhang()
    file = await shelves.clean(booking)
    await shelves.send(booking)
    other = await shelves.desk.practice.specialist(time_zone="UTC")
    given = {"time": own_time(other, at(15)), "reason": bookings.CLIENT_REQUEST}
    await shelves.desk.do("RescheduleBooking", booking, shelves.desk.staff, **given)
    with refuses("BOOKING_NOT_FOUND"):
        await shelves.listed(booking, as_zhang)
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(file, as_zhang)
    theirs = await Desk.as_zhang(with_zhang(shelves.desk, other))
    assert [file.id] == [each.id for each in await shelves.listed(booking, theirs)]


def with_zhang(desk: Desk, other) -> Desk:
    """The same desk, whose specialist is another one."""
    return Desk(desk.world, desk.practice, desk.ana, desk.case, other, desk.mornings, desk.afternoons, desk.as_ana)


async def test_what_the_unit_reads(shelves):
    """CM-15: the unit lists and downloads, but does not upload, delete or send; others of the company see nothing."""
    booking = await shelves.desk.confirmed()
    file = await shelves.clean(booking)
    (_, as_ben), (_, as_cleo) = await shelves.desk.colleague(), await shelves.desk.colleague(business_unit_id="")
    (seen,) = await shelves.listed(booking, as_ben)
    assert ["DOWNLOAD"] == actions_of(seen)
    assert documents.PDF == await shelves.download(file, as_ben)
    for refused in (
        shelves.upload(booking, by=as_ben),
        shelves.do("Delete", file, as_ben),
        shelves.send(booking, as_ben),
    ):
        with refuses("ACTION_NOT_ALLOWED"):
            await refused
    with refuses("BOOKING_NOT_FOUND"):
        await shelves.listed(booking, as_cleo)
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.download(file, as_cleo)


def requests(booking_id: str, file_id: str):
    """A request of each RPC, with the roles that may make it."""
    which = {"paperwork_id": file_id}
    yield "ListPaperwork", ALL, pb.ListPaperworkRequest(booking_id=booking_id)
    yield "GetPaperwork", ALL, pb.GetPaperworkRequest(**which)
    yield "DeletePaperwork", MANAGERS, pb.DeletePaperworkRequest(**which)
    yield "SendPaperwork", MANAGERS, pb.SendPaperworkRequest(booking_id=booking_id)
    yield "ReleasePaperwork", {Role.STAFF_ADMIN}, pb.ReleasePaperworkRequest(reason="So", **which)
    yield "RescanPaperwork", {Role.STAFF_ADMIN}, pb.RescanPaperworkRequest(**which)


async def test_who_is_refused(shelves):
    """CM-15, OP-11: other roles, nobody at all, other organizations, and whoever does not see the booking."""
    booking = await shelves.desk.confirmed()
    file = await shelves.clean(booking)
    world = shelves.desk.world
    elsewhere = world.people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    for name, roles, request in requests(booking.id, file.id):
        for role in {Role.CASE_MANAGER, Role.SPECIALIST, Role.FAMILY, *STAFF} - roles:
            with pytest.raises(Denied):
                await shelves.desk.call(name, request, world.as_role(role))
        with pytest.raises(Unauthenticated):
            await getattr(world.stub, name)(request, metadata=(("x-test-peer", "gateway"),))
        for metadata in (elsewhere, *(world.as_role(role) for role in roles - STAFF)):
            with pytest.raises(NotFound):
                await shelves.desk.call(name, request, metadata)
    for metadata in (elsewhere, world.as_role(Role.CASE_MANAGER)):
        with pytest.raises(NotFound):
            await world.stub.UploadPaperwork(pieces(documents.PDF, booking_id=booking.id), metadata=metadata)
        with pytest.raises(NotFound):
            await shelves.download(file, metadata)
    for role in (Role.SPECIALIST, Role.FAMILY):
        with pytest.raises(Denied):
            await world.stub.UploadPaperwork(pieces(documents.PDF, booking_id=booking.id), metadata=world.as_role(role))
    assert [file] == await shelves.listed(booking)
