"""The rows of a batch, listed and exported."""

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import openpyxl
import pypdf
import pytest
from portico.applications.v1 import batch_requests_pb2 as pb
from portico.applications.v1 import batch_resources_pb2 as res
from sqlalchemy import bindparam, update

from applications.application.storage.tables import guardians, invitations
from applications.batches.domain.batch import Kind
from applications.batches.usecases.listing import HEADER
from chassis.db import statement
from chassis.errors import ServiceError
from chassis.exports import MEDIA_TYPES, Format, csv_files, export
from chassis.exports.cells import as_text
from chassis.ids import new_id
from chassis.testing.grpc import Metadata
from services.applications.tests.batches import Batches
from services.applications.tests.test_batches_invite import REISSUE
from services.applications.tests.world import World, a_guardian, secret_in

_this_guardian = (guardians.c.org_id == bindparam("org_id"), guardians.c.id == bindparam("guardian_id"))
_REPORT = statement(
    update(invitations)
    .where(
        invitations.c.org_id == bindparam("org_id"),
        invitations.c.guardian_id == bindparam("guardian_id"),
        invitations.c.end_time.is_(None),
    )
    .values(message_state=bindparam("state"))
)
_BOUNCE = statement(update(guardians).where(*_this_guardian).values(failure_reason="550 no such mailbox"))


@pytest.fixture
def batches(world: World) -> Batches:
    return Batches(world)


async def rows(stub: Any, batch: res.Batch, staff: Metadata, **asked: Any) -> Sequence[res.BatchRow]:
    """All rows that are asked for, two a page."""
    found: list[res.BatchRow] = []
    request = pb.ListBatchRowsRequest(batch_id=batch.id, page_size=2, **asked)
    while True:
        page = await stub.ListBatchRows(request, metadata=staff)
        found += page.rows
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


def positions(found: Sequence[res.BatchRow]) -> list[int]:
    return [row.position for row in found]


async def families(world: World, *names: str) -> list[Any]:
    """Applications of families with these names, invited once already."""
    return [
        await world.submit(a_guardian(email=f"{letter}@example.org", family_name=name))
        for letter, name in zip("abcdef", names, strict=False)
    ]


async def test_rows_are_listed_in_their_order(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12: rows are listed page by page, with who is meant and where the message would go, masked."""
    known = await families(world, "Alvarez", "Brown", "Clark")
    preview = await batches.preview(known, options=REISSUE)
    found = await rows(grpc_stub, preview, staff)

    assert positions(found) == [0, 1, 2]
    assert [row.guardian_name for row in found] == ["Maria Alvarez", "Maria Brown", "Maria Clark"]
    assert {row.contact for row in found} == {"a•••@example.org", "b•••@example.org", "c•••@example.org"}
    assert [row.application_number for row in found] == [each.number for each in known]
    assert {row.delivery for row in found} == {0}


async def test_rows_are_found_by_outcome(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12: rows are listed by one outcome, or by several in the order of all."""
    live, gone, nobody = await families(world, "Alvarez", "Brown", "Clark")
    await world.revoke(gone)
    await world.update(nobody, email="")
    preview = await batches.preview([live, gone, nobody])
    outcome = res.BatchRow

    assert positions(await rows(grpc_stub, preview, staff, outcomes=[outcome.PENDING])) == [1]
    both = [outcome.SKIPPED_NO_CONTACT, outcome.SKIPPED_LIVE]
    assert positions(await rows(grpc_stub, preview, staff, outcomes=both)) == [0, 2]
    assert positions(await rows(grpc_stub, preview, staff, outcomes=[outcome.FAILED])) == []


async def test_rows_are_found_by_delivery(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12: an invited row says what became of its message, with the provider's words, and is found by that."""
    known = await families(world, "Alvarez", "Brown", "Clark", "Davis")
    batch = await batches.run(await batches.preview(known, options=REISSUE))
    for each, told in zip(known, (0, 4, 7, 8), strict=True):
        which = {"org_id": world.org_id, "guardian_id": UUID(each.guardians[0].id)}
        await world.deps.database.run(_REPORT, **which, state=told)
        if told == 7:
            await world.deps.database.run(_BOUNCE, **which)
    found = await rows(grpc_stub, batch, staff)
    delivery = res.BatchRow.Delivery

    assert [delivery.Name(row.delivery) for row in found] == ["WAITING", "SENT", "UNDELIVERABLE", "NOT_SENT"]
    assert [row.reason for row in found] == ["", "", "550 no such mailbox", ""]
    for place, each in enumerate((delivery.WAITING, delivery.SENT, delivery.UNDELIVERABLE, delivery.NOT_SENT)):
        assert positions(await rows(grpc_stub, batch, staff, deliveries=[each])) == [place]
    assert positions(await rows(grpc_stub, batch, staff, deliveries=[delivery.NOT_SENT, delivery.SENT])) == [1, 3]
    none = {"deliveries": [delivery.SENT], "outcomes": [res.BatchRow.FAILED]}
    assert positions(await rows(grpc_stub, batch, staff, **none)) == []


async def test_what_a_person_did_counts_before_the_message(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: who has accepted is told of so, whatever was last known of the message."""
    (one,) = await families(world, "Alvarez")
    batch = await batches.run(await batches.preview([one], options=REISSUE))
    secret = secret_in((await batches.requests())[0])
    await world.accept(secret.link, world.an_account("alvarez@example.org"))
    delivery = res.BatchRow.Delivery

    assert [row.delivery for row in await rows(grpc_stub, batch, staff)] == [delivery.ACCEPTED]
    assert positions(await rows(grpc_stub, batch, staff, deliveries=[delivery.ACCEPTED])) == [0]
    assert positions(await rows(grpc_stub, batch, staff, deliveries=[delivery.WAITING])) == []


async def test_rows_are_found_by_number_and_name(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches
) -> None:
    """AP-12: rows are found by the beginning of a number or a family name, within their filters."""
    known = await families(world, "Álvarez", "Brown", "Alva")
    preview = await batches.preview(known, options=REISSUE)
    linked = await rows(grpc_stub, preview, staff, query="alv", outcomes=[res.BatchRow.SKIPPED_LINKED])

    assert positions(await rows(grpc_stub, preview, staff, query="alv")) == [0, 2]
    assert positions(await rows(grpc_stub, preview, staff, query=known[1].number)) == [1]
    assert positions(await rows(grpc_stub, preview, staff, query="zz")) == []
    assert positions(await rows(grpc_stub, preview, staff, query="?")) == []
    assert positions(linked) == []


async def test_another_organizations_batch_is_not_there(
    grpc_stub: Any, staff: Metadata, world: World, deps: Any, clock: Any, identity: Any
) -> None:
    """AP-12: a batch of another organization, like one that never was, is BATCH_NOT_FOUND for lists and files."""
    other = await World.with_organization(deps, clock, identity)
    theirs = await Batches(other).preview([await other.submit()], options=REISSUE)

    for batch_id in (theirs.id, str(new_id())):
        with pytest.raises(ServiceError, match="BATCH_NOT_FOUND"):
            await rows(grpc_stub, res.Batch(id=batch_id), staff)
        with pytest.raises(ServiceError, match="BATCH_NOT_FOUND"):
            await exported(grpc_stub, res.Batch(id=batch_id), staff)


async def exported(stub: Any, batch: res.Batch, staff: Metadata) -> tuple[list[Any], list[list[str]]]:
    """The parts of the file, and its lines as a spreadsheet reads them."""
    parts = [part async for part in exporting(stub, batch, staff)]
    text = b"".join(part.data for part in parts).decode("utf-8-sig")
    return parts, list(csv.reader(io.StringIO(text, newline="")))


def exporting(stub: Any, batch: res.Batch, staff: Metadata, format_: str | None = None) -> Any:
    return stub.ExportBatchRows(pb.ExportBatchRowsRequest(batch_id=batch.id, format=format_), metadata=staff)  # type: ignore[arg-type]


async def file_of(stub: Any, batch: res.Batch, staff: Metadata, format_: Format) -> bytes:
    """The file of this kind, whose parts say what it is."""
    parts = [part async for part in exporting(stub, batch, staff, format_.name)]
    assert {MEDIA_TYPES[format_]} == {part.content_type for part in parts}
    return b"".join(part.data for part in parts)


async def test_rows_are_exported(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-12: the file has a header and a line for each row, and begins so that Excel reads its accents."""
    monkeypatch.setattr(csv_files, "PART_BYTES", 100)
    known = await families(world, "García", "Brown, Jr.", "Clark")
    preview = await batches.preview(known, options=REISSUE)
    parts, (header, *lines) = await exported(grpc_stub, preview, staff)

    assert parts[0].data.startswith(b"\xef\xbb\xbf")
    assert parts[0].content_type == "text/csv; charset=utf-8"
    assert len(parts) > 2
    assert tuple(header) == HEADER
    assert [line[:4] for line in lines] == [
        [str(place), each.number, f"Maria {name}", "PENDING"]
        for place, each, name in zip((1, 2, 3), known, ("García", "Brown, Jr.", "Clark"), strict=True)
    ]
    assert all("@example.org" in line[6] and "•••" in line[6] for line in lines)


async def test_the_file_of_each_kind(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-12, CASE-B16: XLSX has numbers, and texts that are no formulas; PDF says the same; CSV is the usual one."""
    [known] = await families(world, "=1+1")
    preview = await batches.preview([known], options=REISSUE)
    book = openpyxl.load_workbook(io.BytesIO(await file_of(grpc_stub, preview, staff, Format.XLSX)))
    header, row = book.worksheets[0].iter_rows()
    assert HEADER == tuple(cell.value for cell in header)
    assert [(1, "n"), (known.number, "s"), ("Maria =1+1", "s"), ("PENDING", "s")] == [
        (cell.value, cell.data_type) for cell in row[:4]
    ]
    [page] = pypdf.PdfReader(io.BytesIO(await file_of(grpc_stub, preview, staff, Format.PDF))).pages
    assert {"Batch", *HEADER, known.number, "Maria =1+1", "PENDING"} <= {*page.extract_text().splitlines()}
    parts, _ = await exported(grpc_stub, preview, staff)
    assert b"".join(part.data for part in parts) == await file_of(grpc_stub, preview, staff, Format.CSV)


async def test_a_pdf_of_too_many_rows_is_refused(
    grpc_stub: Any, staff: Metadata, world: World, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-12: the rows of this batch count, and the refusal says how many they are."""
    monkeypatch.setattr(export, "MAX_PDF_ROWS", 2)
    known = await families(world, "García", "Brown", "Clark")
    large, small = await batches.preview(known, options=REISSUE), await batches.preview(known[:2], options=REISSUE)
    with pytest.raises(ServiceError, match="EXPORT_TOO_LARGE") as refused:
        await file_of(grpc_stub, large, staff, Format.PDF)
    assert {"rows": "3"} == refused.value.metadata
    assert await file_of(grpc_stub, small, staff, Format.PDF)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_value_is_a_formula(begin: str) -> None:
    """AP-12: what a spreadsheet would take for a formula gets an apostrophe, and all else stays as it is."""
    assert as_text(f"{begin}HYPERLINK(1)") == f"'{begin}HYPERLINK(1)"
    assert as_text(f"O'Neil {begin}") == f"O'Neil {begin}"


async def test_an_unlink_has_rows_too(grpc_stub: Any, staff: Metadata, world: World, batches: Batches) -> None:
    """AP-13: rows of an unlink name no contact, and no message."""
    linked, _ = await world.linked()
    preview = await batches.preview([linked], kind=Kind.UNLINK)
    (row,) = await rows(grpc_stub, preview, staff)

    assert (row.contact, row.delivery, row.outcome) == ("", 0, res.BatchRow.PENDING)
