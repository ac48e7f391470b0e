"""One file is looked at, and the files of all bookings that somebody must look at."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from portico.casemanager.v1 import files_to_check_pb2 as pb
from portico.casemanager.v1 import paperwork_pb2 as files

from casemanager.files.domain.states import STUCK_AFTER
from chassis.call import Role
from chassis.errors import Denied
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from services.casemanager.tests import documents
from services.casemanager.tests.desk import refuses
from services.casemanager.tests.shelf import HARMFUL, actions_of


async def to_check(shelves, by: Metadata | None = None, **page: Any) -> pb.ListFilesToCheckResponse:
    request = pb.ListFilesToCheckRequest(**page)
    answer: pb.ListFilesToCheckResponse = await shelves.desk.call("ListFilesToCheck", request, by or shelves.admin)
    return answer


async def listed(shelves) -> Sequence[pb.FileToCheck]:
    return list((await to_check(shelves)).files)


async def test_one_file(shelves):
    """CM-12, CM-15: whoever sees a file gets what the list says of it; a specialist only what was sent to them."""
    booking = await shelves.desk.confirmed()
    file = await shelves.clean(booking)
    request = files.GetPaperworkRequest(paperwork_id=file.id)
    for by in (shelves.desk.as_ana, shelves.desk.staff):
        assert (await shelves.listed(booking, by))[0] == await shelves.desk.call("GetPaperwork", request, by)
    as_zhang = await shelves.desk.as_zhang()
    with refuses("PAPERWORK_NOT_FOUND"):
        await shelves.desk.call("GetPaperwork", request, as_zhang)
    await shelves.send(booking)
    seen = await shelves.desk.call("GetPaperwork", request, as_zhang)
    assert ("", ["DOWNLOAD"], file.sha256) == (seen.uploaded_by, actions_of(seen), file.sha256)


async def test_what_is_held_back_is_to_be_checked(shelves):
    """CM-12: the quarantined files of all bookings, the newest first, each with its booking's number."""
    first, second = await shelves.desk.request(), await shelves.desk.confirmed()
    await shelves.clean(first)
    assert [] == await listed(shelves)
    files = []
    for booking in (first, second):
        shelves.desk.world.clock.advance(timedelta(minutes=1))
        files.append(await shelves.clean(booking, HARMFUL, file_name="notes.txt"))
    found = await listed(shelves)
    assert [(files[1].id, second.number), (files[0].id, first.number)] == [
        (each.paperwork.id, each.booking_number) for each in found
    ]
    assert (["DELETE", "RELEASE"], "Test.Harmful") == (actions_of(found[0].paperwork), found[0].paperwork.signature)
    as_staff = (await to_check(shelves, shelves.desk.staff)).files
    assert ["DELETE"] == actions_of(as_staff[0].paperwork)
    page = await to_check(shelves, page_size=1)
    rest = await to_check(shelves, page_size=1, page_token=page.next_page_token)
    assert [files[1].id, files[0].id] == [each.paperwork.id for each in (*page.files, *rest.files)]
    assert not rest.next_page_token
    await shelves.do("Release", files[0], shelves.admin, reason="So")
    await shelves.do("Delete", files[1], shelves.admin)
    assert [] == await listed(shelves)


async def test_what_nobody_has_judged_for_long(shelves):
    """CM-12: a file that has waited for half an hour is to be checked, and no longer once there is a verdict."""
    booking = await shelves.desk.request()
    shelves.scanner.away = True
    file = await shelves.upload(booking, documents.PDF)
    shelves.desk.world.clock.advance(STUCK_AFTER - timedelta(seconds=1))
    assert [] == await listed(shelves)
    shelves.desk.world.clock.advance(timedelta(seconds=1))
    (found,) = await listed(shelves)
    assert (file.id, ["DELETE", "RESCAN"]) == (found.paperwork.id, actions_of(found.paperwork))
    shelves.scanner.away = False
    await shelves.do("Rescan", file, shelves.admin)
    await shelves.scan()
    assert [] == await listed(shelves)


async def test_who_looks_at_files(shelves):
    """CM-15: staff alone, and of their own organization alone."""
    await shelves.clean(await shelves.desk.request(), HARMFUL, file_name="notes.txt")
    for role in (Role.CASE_MANAGER, Role.SPECIALIST):
        with pytest.raises(Denied):
            await to_check(shelves, shelves.desk.world.as_role(role))
    elsewhere = shelves.desk.world.people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    assert [] == list((await to_check(shelves, elsewhere)).files)
