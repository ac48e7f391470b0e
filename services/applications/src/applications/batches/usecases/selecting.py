"""Whom a batch is about: counted when it is made, and fixed by its worker before the preview."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from google.protobuf.json_format import ParseDict
from portico.applications.v1.batch_requests_pb2 import ApplicationFilter
from portico_errors.applications import ApplicationNotFound, SelectionEmpty, SelectionTooLarge

from applications.batches.domain.batch import MAX_ROWS, Batch, BatchState, Outcome
from applications.batches.storage.batches import SAVE_BATCH, batch_params
from applications.batches.storage.chunks import HOLD_BATCH
from applications.batches.storage.selection import (
    BY_IDS,
    BY_RETRY,
    BY_SOURCE,
    COUNT_FIXED,
    FORGET_SELECTION,
    LENGTHEN,
    LOAD_SELECTION,
    Selection,
    Whom,
    by_search,
    count_selected,
    fix_selection,
)
from applications.search.storage.search import params_of, shape_of
from applications.search.wire import search_of
from applications.shared.deps import Deps
from chassis.saves import write


async def count(deps: Deps, selection: Selection, *, org_id: UUID, all_guardians: bool) -> int:
    """How many guardians are selected.

    Raises SelectionEmpty, SelectionTooLarge with the count, or ApplicationNotFound when one of the ids is not known.
    """
    whom, params = _query(selection, org_id=org_id, all_guardians=all_guardians, now=deps.clock())
    found = await deps.database.first(count_selected(whom), **params)
    assert found is not None  # noqa: S101 (a count has a row)
    if selection.ids and found.application_count < len(selection.ids):
        raise ApplicationNotFound(f"{len(selection.ids) - found.application_count} of the applications are not known.")
    if found.guardian_count == 0:
        raise SelectionEmpty()
    if found.guardian_count > MAX_ROWS:
        raise SelectionTooLarge(metadata={"count": str(found.guardian_count)})
    return found.guardian_count


async def fix_selected(deps: Deps, batch: Batch) -> bool:
    """Makes the chunks of a new batch, all of one moment; killed on the way, nothing is there and it is done anew."""
    which: dict[str, UUID] = {"org_id": batch.org_id, "batch_id": batch.id}
    async with deps.database.transaction() as tx:
        await tx.run(LENGTHEN)
        if not await tx.first(HOLD_BATCH, **which, state=BatchState.PREVIEWING):
            return False
        selection = await tx.first(LOAD_SELECTION, **which)
        if selection is None:
            return False
        whom, params = _query(selection, org_id=batch.org_id, all_guardians=batch.all_guardians, now=batch.create_time)
        await tx.run(fix_selection(whom), **params, batch_id=batch.id)
        await tx.run(FORGET_SELECTION, **which)
        fixed = await tx.first(COUNT_FIXED, **which)
        assert fixed is not None  # noqa: S101 (a count has a row)
        after = replace(batch, chunk_count=fixed.chunk_count, row_count=fixed.row_count, version=batch.version + 1)
        await write(tx, SAVE_BATCH, org_id=batch.org_id, params=batch_params(batch, after))
    return True


def _query(
    selection: Selection, *, org_id: UUID, all_guardians: bool, now: datetime
) -> tuple[Whom, Mapping[str, object]]:
    """Whom a selection means, and the values for it."""
    if selection.is_retry:
        return BY_RETRY, {"org_id": org_id, "source_id": selection.source_id}
    if selection.source_id is not None:
        outcomes = list(selection.outcomes or Outcome)
        return BY_SOURCE, {"org_id": org_id, "source_id": selection.source_id, "outcomes": outcomes}
    if selection.matching is None:
        return BY_IDS, {"org_id": org_id, "ids": list(selection.ids), "all_guardians": all_guardians}
    search = search_of(ParseDict(dict(selection.matching), ApplicationFilter()))
    params = params_of(search, search.states, org_id=org_id, now=now)
    return by_search(shape_of(search)), {**params, "all_guardians": all_guardians}
