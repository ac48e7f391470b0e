"""Bookings as files: what stands in them, for whom, and what is noted of it."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
from portico.casemanager.v1 import booking_exports_pb2 as exports_pb2
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import schedule_resources_pb2 as schedules
from sqlalchemy import insert, select

from casemanager.bookings.storage.load import ORG_ID
from casemanager.exports.rows import HEADER, Row
from casemanager.exports.storage import exports
from casemanager.files.downloads import DOWNLOAD, Download, DownloadKind, downloads
from chassis.call import Role
from chassis.db import statement
from chassis.errors import Denied, Unauthenticated
from chassis.exports import MEDIA_TYPES, Format, export
from chassis.ids import new_id
from chassis.testing import eventually
from chassis.testing.grpc import Metadata
from services.casemanager.tests.desk import Desk, at, own_time, refuses
from services.casemanager.tests.matters import NOAH, open_case, update_case
from services.casemanager.tests.world import World

CSV, XLSX, PDF = (exports_pb2.ExportBookingsRequest.Format.Value(name) for name in ("CSV", "XLSX", "PDF"))


@dataclass(frozen=True)
class Noted:
    """What the audit says of an export."""

    account_id: UUID | None
    role: str
    format: int
    selection: dict[str, Any]
    row_count: int
    is_whole: bool


ADD_DOWNLOAD = statement(insert(downloads))
NOTED = statement(
    select(*(exports.c[name] for name in Noted.__dataclass_fields__))
    .where(exports.c.org_id == ORG_ID)
    .order_by(exports.c.begin_time, exports.c.id),
    into=Noted,
)


async def exported(desk: Desk, metadata: Metadata | None = None, *, format_: int = CSV, **wanted: Any) -> bytes:
    request = exports_pb2.ExportBookingsRequest(format=format_, **wanted)  # type: ignore[arg-type]
    parts = [part async for part in desk.world.stub.ExportBookings(request, metadata=metadata or desk.staff)]
    assert {MEDIA_TYPES[Format(format_)]} == {part.content_type for part in parts}
    return b"".join(part.data for part in parts)


async def lines(desk: Desk, metadata: Metadata | None = None, **wanted: Any) -> list[dict[str, str]]:
    """The rows of a CSV, by the columns that are not empty."""
    text = (await exported(desk, metadata, **wanted)).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert HEADER == tuple(header)
    return [{name: cell for name, cell in zip(header, row, strict=True) if cell} for row in rows]


async def noted(desk: Desk) -> list[Noted]:
    return await desk.world.deps.database.all(NOTED, org_id=desk.world.org_id)


async def test_a_row_says_all_of_a_booking(desk: Desk) -> None:
    """CM-14: every column, in its order, lists by their words; times on the wall clock of their zone beside them."""
    world = desk.world
    await update_case(world, desk.case, "company_file_number", company_file_number="NW/1")
    place = await desk.practice.place("Bondi Rooms", time_zone="Australia/Sydney")
    time = own_time(desk.zhang, at(22), mode=schedules.IN_PERSON, place_id=place.id)
    booking = await desk.request(desk.staff, time=time, specialty="ORTHOPAEDICS")
    world.clock.now = at(23)
    await desk.do("RecordOutcome", booking, desk.staff, outcome=pb.RecordOutcomeRequest.ATTENDED)
    [row] = await lines(desk)
    assert {
        "Booking": booking.number,
        "Case": desk.case.number,
        "Company file number": "NW/1",
        "Company": booking.company_name,
        "Business unit": "Sydney",
        "Case manager": "Ana García",
        "Subject": "Noah Tran",
        "Service": "Independent medical examination",
        "Specialist": "Dr Rui Zhang",
        "Specialty": "Orthopaedics",
        "Mode": "IN_PERSON",
        "Place": "Bondi Rooms",
        "Start (local)": "2026-03-04T09:00",
        "Time zone": "Australia/Sydney",
        "Start (UTC)": "2026-03-03T22:00:00Z",
        "Duration (min)": "60",
        "State": "ATTENDED",
        "Outcome": "ATTENDED",
        "Hours to confirmation": "0.0",
        "Versions": "0",
    } == {name: cell for name, cell in row.items() if name not in _TIMES}
    shown = await desk.get(booking)
    instants = (shown.request_time, shown.confirm_time, shown.paperwork_due_time, shown.report_due_time)
    assert [f"{instant.ToDatetime(UTC).astimezone(SYDNEY):%Y-%m-%dT%H:%M}" for instant in instants] == [
        row[name] for name in _TIMES
    ]


_TIMES = ("Requested", "Confirmed", "Paperwork due", "Report due")
SYDNEY = ZoneInfo("Australia/Sydney")


async def test_what_became_of_it(desk: Desk) -> None:
    """CM-14: states are effective; a cancellation says how and why; without a time the provider's zone counts."""
    requested, confirmed = await desk.request(), await desk.confirmed()
    await desk.cancel(confirmed, reason=res.SUBJECT_UNAVAILABLE)
    desk.world.later(days=31)
    first, second = await lines(desk, order_by="number")
    assert (requested.number, "EXPIRED") == (first["Booking"], first["State"])
    assert {"Start (local)", "Outcome", "Cancel kind", "Specialist"}.isdisjoint(first)
    assert ("CANCELLED", "NO_FEE", "SUBJECT_UNAVAILABLE") == (
        second["State"],
        second["Cancel kind"],
        second["Cancel reason"],
    )
    assert first["Time zone"]


async def test_when_its_report_was_last_downloaded(desk: Desk) -> None:
    """CM-13, CM-14: the newest download of any version of its report, on the booking's wall clock."""
    booking = await desk.confirmed()
    for kind, hour in ((DownloadKind.REPORT, 9), (DownloadKind.REPORT, 11), (DownloadKind.PAPERWORK, 12)):
        download = Download(
            org_id=desk.world.org_id,
            id=new_id(),
            kind=kind,
            file_id=new_id(),
            booking_id=UUID(booking.id),
            account_id=None,
            actor=1,
            download_time=at(hour),
        )
        await desk.world.deps.database.run(ADD_DOWNLOAD, **DOWNLOAD.params(download))
    [row] = await lines(desk)
    assert "2026-03-03T11:00" == row["Last downloaded"]


async def test_the_same_selection_as_the_list(desk: Desk) -> None:
    """CM-14, CM-15: each takes home what their list has, in its order, and nobody else's."""
    for day in range(3):
        await desk.confirmed(at(9, day))
    ben, as_ben = await desk.colleague()
    await desk.request(desk.staff, case_manager_id=ben.id)
    _, as_cleo = await desk.colleague(business_unit_id="")
    other = await World.with_organization(
        desk.world.deps, desk.world.identity, desk.world.stub, desk.world.people, desk.world.clock
    )
    selections: list[dict[str, Any]] = [
        {},
        {"order_by": "start_time desc"},
        {"states": [res.Booking.CONFIRMED], "order_by": "number"},
        {"query": "zhang"},
        {"scope": pb.ListBookingsRequest.MINE},
        {"start_time_from": "2026-03-04T00:00:00Z"},
    ]
    for metadata in (desk.staff, desk.as_ana, as_ben, as_cleo, await desk.as_zhang(), other.staff):
        for wanted in selections:
            request = pb.ListBookingsRequest(page_size=200, **wanted)
            listed = (await desk.call("ListBookings", request, metadata)).bookings
            found = await lines(desk, metadata, **wanted)
            assert [booking.number for booking in listed] == [row["Booking"] for row in found]
    assert [] == await lines(desk, query="nobody of this name")


async def test_what_specialists_take_home(desk: Desk) -> None:
    """CM-15: nothing that is the company's own, and of a cancelled appointment what it was and when."""
    await update_case(desk.world, desk.case, "company_file_number", company_file_number="NW/1")
    booking, as_zhang = await desk.confirmed(), await desk.as_zhang()
    [row] = await lines(desk, as_zhang)
    assert {"Company file number", "Company", "Business unit"}.isdisjoint(row)
    assert ("Noah Tran", desk.case.number) == (row["Subject"], row["Case"])
    await desk.cancel(booking)
    assert [
        {
            "Booking": booking.number,
            "Start (local)": "2026-03-03T09:00",
            "Time zone": "UTC",
            "Start (UTC)": "2026-03-03T09:00:00Z",
            "Duration (min)": "60",
            "State": "CANCELLED",
        }
    ] == await lines(desk, as_zhang)


async def test_each_format(desk: Desk) -> None:
    """CM-14, CASE-B16: XLSX has texts, numbers and dates, and no formula; PDF has the same row."""
    subject = {**NOAH, "family_name": "=1+1"}
    case = await open_case(desk.world, desk.ana, company_file_number="0815", subject=subject)
    booking = await desk.request(desk.staff, case=case, time=own_time(desk.zhang, at(9)))
    [header, row] = openpyxl.load_workbook(io.BytesIO(await exported(desk, format_=XLSX))).worksheets[0].iter_rows()
    cells = dict(zip((cell.value for cell in header), row, strict=True))
    assert [("0815", "s"), ("Noah =1+1", "s"), (60, "n"), (0, "n"), (at(9).replace(tzinfo=None), "d")] == [
        (cells[name].value, cells[name].data_type)
        for name in ("Company file number", "Subject", "Duration (min)", "Hours to confirmation", "Start (local)")
    ]
    [page] = pypdf.PdfReader(io.BytesIO(await exported(desk, format_=PDF))).pages
    assert {booking.number, "Noah =1+1", "2026-03-03T09:00"} <= {*page.extract_text().splitlines()}
    assert "Noah =1+1" == (await lines(desk))[0]["Subject"]


async def test_a_pdf_is_refused_when_it_is_too_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM-14: the refusal says how many there are, and that the other formats take them; nothing is noted."""
    monkeypatch.setattr(export, "MAX_PDF_ROWS", 1)
    for _ in range(3):
        await desk.request()
    with refuses("EXPORT_TOO_LARGE") as refused:
        await exported(desk, format_=PDF)
    assert ({"rows": "3"}, "A PDF has at most 1 rows; take CSV or XLSX for 3.") == (
        refused.value.metadata,
        refused.value.message,
    )
    assert [] == await noted(desk)
    assert 3 == len(await lines(desk))


async def test_each_export_is_noted(desk: Desk) -> None:
    """CM-14: who took which selection in which format, and how many rows, also none."""
    await desk.request(), await desk.confirmed()
    await exported(desk, desk.as_ana, states=[res.Booking.CONFIRMED])
    await exported(desk, format_=PDF, query="nobody of this name")
    by_ana, by_staff = await noted(desk)
    assert ("CASE_MANAGER", CSV, {"format": "CSV", "states": ["CONFIRMED"]}, 1, True) == (
        by_ana.role,
        by_ana.format,
        by_ana.selection,
        by_ana.row_count,
        by_ana.is_whole,
    )
    assert by_ana.account_id
    assert ("STAFF", PDF, 0, True) == (by_staff.role, by_staff.format, by_staff.row_count, by_staff.is_whole)


async def test_who_leaves_is_noted_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """CM-14: an export that its client cuts ends there: it is noted as a part, and its connection is free again."""

    async def unended(
        format_: Format, title: str, header: Sequence[str], rows: AsyncIterator[Row]
    ) -> AsyncGenerator[bytes, None]:
        async for row in rows:
            yield str(row[0]).encode()
            await asyncio.Event().wait()

    for _ in range(3):
        await desk.request()
    database, request = (
        desk.world.deps.database,
        exports_pb2.ExportBookingsRequest(format=exports_pb2.ExportBookingsRequest.CSV),
    )
    with monkeypatch.context() as patched:
        patched.setattr(export, "file_parts", unended)
        async for _ in desk.world.stub.ExportBookings(request, metadata=desk.staff):
            break

        async def ended() -> bool:
            return database.long_reads == 0 and [(1, False)] == [
                (part.row_count, part.is_whole) for part in await noted(desk)
            ]

        await eventually(ended)
    assert 3 == len(await lines(desk))


async def test_who_may_export(desk: Desk) -> None:
    """CM-15: families and strangers do not; whoever has no profile gets no row."""
    with pytest.raises(Denied):
        await exported(desk, desk.world.as_role(Role.FAMILY))
    with pytest.raises(Unauthenticated):
        await exported(desk, (("x-test-peer", "gateway"),))
    await desk.request()
    assert [] == await lines(desk, desk.world.as_role(Role.CASE_MANAGER))
