"""Looking through the rows of a batch, and taking them home as a file."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody
from portico_errors.applications import BatchNotFound

from applications.application.domain.names import number_query
from applications.batches.domain.batch import Outcome
from applications.batches.domain.listing import Delivery, ListedRow
from applications.batches.storage.listing import (
    COUNT_ROWS,
    EXPORT_ROWS,
    FIND_ROWS_BY_DELIVERY,
    FIND_ROWS_BY_NAME,
    FIND_ROWS_BY_NUMBER,
    FIND_ROWS_BY_OUTCOME,
    HAS_BATCH,
    LIST_ROWS,
)
from applications.shared.deps import Deps
from chassis.contacts import mask
from chassis.exports import Format
from chassis.exports.cells import Cell
from chassis.exports.export import Export
from chassis.name_search import name_query
from chassis.text import full_name

HEADER = (
    *("Position", "Application", "Guardian", "Outcome", "Would be now", "Method", "Contact", "Message", "Reason"),
    *("Duplicate of", "Failed before", "Probably meant"),
)
EXPORT = Export(title="Batch", header=HEADER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: with these outcomes and deliveries (none: all), and of what begins as typed."""

    batch_id: UUID
    outcomes: Sequence[Outcome]
    deliveries: Sequence[Delivery]
    typed: str


async def require_batch(deps: Deps, *, org_id: UUID, batch_id: UUID) -> None:
    """Raises BatchNotFound unless the organization has such a batch."""
    if await deps.database.first(HAS_BATCH, org_id=org_id, batch_id=batch_id) is None:
        raise BatchNotFound()


async def list_rows(deps: Deps, org_id: UUID, wanted: Wanted, after: int, limit: int) -> Sequence[ListedRow]:
    """At most so many rows from after a position on; none when it asks for what cannot be."""
    which = {"org_id": org_id, "batch_id": wanted.batch_id}
    positions = await _positions(deps, wanted, {**which, "after": after, "limit": limit})
    return await deps.database.all(LIST_ROWS, **which, positions=positions) if positions else []


async def _positions(deps: Deps, wanted: Wanted, page: Mapping[str, object]) -> list[int]:
    outcomes = list(wanted.outcomes or Outcome)
    if wanted.deliveries and Outcome.INVITED not in outcomes:
        return []
    if wanted.typed.strip():
        filters = {**page, "outcomes": outcomes, "deliveries": list(wanted.deliveries)}
        if number := number_query(wanted.typed):
            return await deps.database.all(FIND_ROWS_BY_NUMBER, **filters, low=number.low, high=number.high)
        if name := name_query(wanted.typed):
            begin = name.phrase.letters
            return await deps.database.all(FIND_ROWS_BY_NAME, **filters, low=begin, high=f"{begin}\U0010ffff")
        return []
    if wanted.deliveries:
        return await deps.database.all(FIND_ROWS_BY_DELIVERY, **page, deliveries=list(wanted.deliveries))
    return await deps.database.all(FIND_ROWS_BY_OUTCOME, **page, outcomes=outcomes)


async def batch_file(deps: Deps, format_: Format, *, org_id: UUID, batch_id: UUID) -> AsyncGenerator[HttpBody, None]:
    """All rows as a file in parts; BatchNotFound, or ExportTooLarge for a PDF of too many."""
    which = {"org_id": org_id, "batch_id": batch_id}
    await require_batch(deps, **which)
    await EXPORT.check_size(format_, partial(deps.database.first, COUNT_ROWS, **which))
    return EXPORT.parts(format_, _all_rows(deps, **which))


async def _all_rows(deps: Deps, **which: UUID) -> AsyncGenerator[Sequence[Cell], None]:
    """As of one moment."""
    async with deps.database.stream(EXPORT_ROWS, **which) as rows:
        async for row in rows:
            yield _cells(row)


def _cells(row: ListedRow) -> Sequence[Cell]:
    return (
        row.position + 1,
        row.number,
        full_name(row.given_name, row.family_name),
        row.outcome.name,
        row.changed_outcome.name if row.changed_outcome else "",
        row.method.name if row.method else "",
        mask(row.contact) if row.contact else "",
        row.delivery.name if row.delivery else "",
        row.reason,
        row.duplicate_of,
        "yes" if row.failed_before else "",
        row.suggested_domain,
    )
