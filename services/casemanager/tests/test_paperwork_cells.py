"""Who does what with paperwork, cell by cell, and what a booking says of it to each."""

from collections.abc import Awaitable, Mapping
from typing import Any

import pytest
from portico.casemanager.v1 import booking_resources_pb2 as bookings
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import paperwork_resources_pb2 as res

from chassis.errors import ServiceError
from chassis.testing.grpc import Metadata
from services.casemanager.tests import documents
from services.casemanager.tests.callers import (
    ADMIN,
    COMPANY,
    ELSEWHERE,
    OTHER_SPECIALIST,
    OWN,
    SPECIALIST,
    STAFF,
    UNIT,
    callers_of,
)
from services.casemanager.tests.desk import actions_of, at
from services.casemanager.tests.shelf import HARMFUL, Shelves, state_of

NO, ROLE = "ACTION_NOT_ALLOWED", "ROLE_NOT_ALLOWED"
NO_BOOKING, NO_FILE, NOT_CLEAN = "BOOKING_NOT_FOUND", "PAPERWORK_NOT_FOUND", "FILE_NOT_CLEAN"
BLIND_OF_BOOKING = {COMPANY: NO_BOOKING, OTHER_SPECIALIST: NO_BOOKING, ELSEWHERE: NO_BOOKING}
BLIND = {COMPANY: NO_FILE, OTHER_SPECIALIST: NO_FILE, ELSEWHERE: NO_FILE}
NOT_SPECIALISTS = {SPECIALIST: ROLE, OTHER_SPECIALIST: ROLE}
MAY = ""
OF_STAFF = {STAFF: MAY, ADMIN: MAY}
OF_ADMIN = {OWN: ROLE, UNIT: ROLE, COMPANY: ROLE, STAFF: ROLE, **NOT_SPECIALISTS, ADMIN: MAY, ELSEWHERE: NO_FILE}

CELLS: Mapping[str, Mapping[str, str]] = {
    "upload": {OWN: MAY, UNIT: NO, **OF_STAFF, **BLIND_OF_BOOKING, **NOT_SPECIALISTS},
    "list": {OWN: MAY, UNIT: MAY, SPECIALIST: MAY, **OF_STAFF, **BLIND_OF_BOOKING},
    "send": {OWN: MAY, UNIT: NO, **OF_STAFF, **BLIND_OF_BOOKING, **NOT_SPECIALISTS},
    "download sent": {OWN: MAY, UNIT: MAY, SPECIALIST: MAY, **OF_STAFF, **BLIND},
    "download clean": {OWN: MAY, UNIT: MAY, SPECIALIST: NO_FILE, **OF_STAFF, **BLIND},
    "download harmful": {
        **dict.fromkeys((OWN, UNIT, STAFF, ADMIN), NOT_CLEAN),
        SPECIALIST: NO_FILE,
        **BLIND,
    },
    "delete clean": {OWN: MAY, UNIT: NO, **OF_STAFF, **BLIND, **NOT_SPECIALISTS},
    "delete sent": {**dict.fromkeys((OWN, UNIT, STAFF, ADMIN), "PAPERWORK_SENT"), **BLIND, **NOT_SPECIALISTS},
    "release harmful": OF_ADMIN,
    "rescan waiting": OF_ADMIN,
}
"""CM-15's row on paperwork, written once more: what comes of each deed for each caller; empty: it is done."""


async def files_for(shelves: Shelves, booking: bookings.Booking) -> Mapping[str, res.Paperwork]:
    """A file of each kind of which the table speaks."""
    sent = await shelves.clean(booking)
    await shelves.send(booking)
    harmful = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    clean = await shelves.clean(booking, documents.PNG, file_name="x.png")
    return {"sent": sent, "harmful": harmful, "clean": clean}


def deed_of(shelves: Shelves, deed: str, booking: bookings.Booking, file: Any, by: Metadata) -> Awaitable[object]:
    match deed.split()[0]:
        case "upload":
            return shelves.upload(booking, by=by)
        case "list":
            return shelves.listed(booking, by)
        case "send":
            return shelves.send(booking, by)
        case "download":
            return shelves.download(file, by)
        case "delete":
            return shelves.do("Delete", file, by)
        case "release":
            return shelves.do("Release", file, by, reason="It is a quotation")
        case _:
            return shelves.do("Rescan", file, by)


@pytest.mark.parametrize("deed", CELLS)
async def test_who_does_what_with_paperwork(shelves, deed):
    """CM-15, OP-11: each deed by each caller is done or refused as the table says; what is refused changes nothing."""
    callers = await callers_of(shelves)
    assert set(callers) == set(CELLS[deed])
    booking = await shelves.desk.confirmed()
    files = await files_for(shelves, booking)
    # Those who may come last: they change what the others are refused.
    for caller, expected in sorted(CELLS[deed].items(), key=lambda cell: cell[1] == MAY):
        file = files.get(deed.split()[-1])
        if expected == MAY and deed in {"delete clean", "rescan waiting"}:
            file = await (shelves.upload if "waiting" in deed else shelves.clean)(booking)
        elif deed == "rescan waiting":
            file = await shelves.upload(booking)
        elif expected == MAY and deed == "send":
            await shelves.clean(booking)
        before = await shelves.listed(booking)
        try:
            await deed_of(shelves, deed, booking, file, callers[caller])
            came = MAY
        except ServiceError as refused:
            came = refused.reason
        assert (caller, expected) == (caller, came)
        if expected != MAY:
            assert before == await shelves.listed(booking)


async def test_whom_the_list_shows_what(shelves):
    """CM-15, CM-12: the specialist's list has what was sent and is clean; everybody else's who sees it has all."""
    callers = await callers_of(shelves)
    booking = await shelves.desk.confirmed()
    files = await files_for(shelves, booking)
    every = {file.id for file in files.values()}
    for caller in (OWN, UNIT, STAFF, ADMIN):
        assert every == {each.id for each in await shelves.listed(booking, callers[caller])}
    assert [files["sent"].id] == [each.id for each in await shelves.listed(booking, callers[SPECIALIST])]


async def test_what_is_for_staff_alone(shelves):
    """CM-15, CM-12: accounts, and why an administrator released a file; own and unit read that it is clean."""
    callers, booking = await callers_of(shelves), await shelves.desk.confirmed()
    harmful = await shelves.clean(booking, HARMFUL, file_name="x.txt")
    await shelves.do("Release", harmful, shelves.admin, reason="We know the sender")
    await shelves.send(booking, shelves.desk.staff)
    for caller in (OWN, UNIT, SPECIALIST, STAFF, ADMIN):
        [seen] = await shelves.listed(booking, callers[caller])
        told = (seen.release_reason, bool(seen.uploaded_by), bool(seen.sent_by))
        expected = ("We know the sender", True, True) if caller in {STAFF, ADMIN} else ("", False, False)
        assert (caller, "CLEAN", expected) == (caller, state_of(seen), told)


def counts(booking: bookings.Booking) -> dict[str, int]:
    """How many files a booking says there are, where there are any."""
    return {field.name: value for field, value in booking.paperwork_counts.ListFields()}


async def test_a_booking_says_how_many_files_stand_where(shelves):
    """CM-08, CM-12: it counts its files by state, and offers to send once something is ready and all is judged."""
    booking = await shelves.desk.confirmed()
    assert ({}, 1) == (counts(booking), booking.open_tasks)
    await shelves.upload(booking)

    async def now(by: Metadata | None = None) -> bookings.Booking:
        found: bookings.Booking = await shelves.desk.get(booking, by or shelves.desk.as_ana)
        return found

    assert {"scanning": 1} == counts(await now())
    await shelves.scan()
    assert {"clean": 1} == counts(await now())
    assert ["SEND_PAPERWORK", "UPLOAD_PAPERWORK"] == actions_of(await now())[:2]
    await shelves.upload(booking, HARMFUL, file_name="x.txt")
    assert "SEND_PAPERWORK" not in actions_of(await now())
    await shelves.scan()
    assert {"clean": 1, "quarantined": 1} == counts(await now())
    sent = await shelves.send(booking)
    assert ({"clean": 1, "quarantined": 1, "sent": 1}, 0) == (counts(sent), sent.open_tasks)
    assert ["UPLOAD_PAPERWORK", "RESCHEDULE"] == actions_of(sent)[:2]
    assert sent == await now()
    request = pb.ListBookingsRequest()
    (listed,) = (await shelves.desk.call("ListBookings", request, shelves.desk.as_ana)).bookings
    assert sent == listed


async def test_what_a_booking_says_of_files_to_the_specialist(shelves):
    """CM-15, CM-12: of what was not sent, or is quarantined, a specialist's booking says nothing."""
    booking, as_zhang = await shelves.desk.confirmed(), await shelves.desk.as_zhang()

    async def theirs() -> dict[str, int]:
        return counts(await shelves.desk.get(booking, as_zhang))

    first = await shelves.clean(booking)
    await shelves.clean(booking, HARMFUL, file_name="x.txt")
    assert {} == await theirs()
    await shelves.send(booking)
    assert {"clean": 1, "sent": 1} == await theirs()
    await shelves.clean(booking, documents.PNG, file_name="x.png", replaces_id=first.id)
    assert {"clean": 1, "sent": 1} == await theirs()
    await shelves.send(booking)
    assert {"clean": 1, "sent": 1} == await theirs()
    assert {"clean": 2, "quarantined": 1, "sent": 2} == counts(await shelves.desk.get(booking))
    await shelves.desk.cancel(booking)
    assert {} == await theirs()


async def test_whose_open_tasks_a_booking_counts(shelves):
    """CM-11, CM-15: staff count what is open of it, everybody else what is for their side."""
    booking, as_zhang = await shelves.desk.confirmed(), await shelves.desk.as_zhang()
    (_, unit) = await shelves.desk.colleague()
    await shelves.clean(booking, HARMFUL, file_name="x.txt")
    assert ["UPLOAD_PAPERWORK", "CHECK_FILE"] == await shelves.desk.open_tasks()
    people: Mapping[str, tuple[Metadata, int]] = {
        "staff": (shelves.desk.staff, 2),
        "own": (shelves.desk.as_ana, 1),
        "unit": (unit, 1),
        "specialist": (as_zhang, 0),
    }
    for name, (metadata, number) in people.items():
        assert (name, number) == (name, (await shelves.desk.get(booking, metadata)).open_tasks)
    shelves.desk.world.clock.now = at(10)
    attended = await shelves.desk.do("RecordOutcome", booking, as_zhang, outcome=pb.RecordOutcomeRequest.ATTENDED)
    assert (1, 0) == (attended.open_tasks, (await shelves.desk.get(booking, shelves.desk.as_ana)).open_tasks)
