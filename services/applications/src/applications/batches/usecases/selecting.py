"""Whom a batch is about: counted when it is made, and fixed by its worker before the preview."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from portico_errors.applications import ApplicationNotFound, SelectionEmpty, SelectionTooLarge

from applications.batches.domain.batch import MAX_ROWS, Batch, BatchState, Outcome
from applications.batches.storage.batches import SAVE_BATCH, batch_params
from applications.batches.storage.chunks import HOLD_BATCH
from applications.batches.storage.selection import (
    BY_IDS,
    BY_SOURCE,
    COUNT_FIXED,
    LENGTHEN,
    LOAD_SELECTION,
    Selection,
    count_selected,
    fix_selection,
)
from applications.shared.deps import Deps
from chassis.saves import write

_COUNT_BY_IDS, _COUNT_BY_SOURCE = count_selected(BY_IDS), count_selected(BY_SOURCE)
_FIX_BY_IDS, _FIX_BY_SOURCE = fix_selection(BY_IDS), fix_selection(BY_SOURCE)


async def count(deps: Deps, selection: Selection, *, org_id: UUID, all_guardians: bool) -> int:
    """How many guardians are selected.

    Raises SelectionEmpty, SelectionTooLarge with the count, or ApplicationNotFound when one of the ids is not known.
    """
    found = await deps.database.first(
        _COUNT_BY_IDS if selection.ids else _COUNT_BY_SOURCE,
        org_id=org_id,
        **_params(selection, all_guardians=all_guardians),
    )
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
        params = _params(selection, all_guardians=batch.all_guardians)
        await tx.run(_FIX_BY_IDS if selection.ids else _FIX_BY_SOURCE, **which, **params)
        fixed = await tx.first(COUNT_FIXED, **which)
        assert fixed is not None  # noqa: S101 (a count has a row)
        after = replace(batch, chunk_count=fixed.chunk_count, row_count=fixed.row_count, version=batch.version + 1)
        await write(tx, SAVE_BATCH, org_id=batch.org_id, params=batch_params(batch, after))
    return True


def _params(selection: Selection, *, all_guardians: bool) -> Mapping[str, object]:
    if selection.ids:
        return {"ids": list(selection.ids), "all_guardians": all_guardians}
    return {"source_id": selection.source_id, "outcomes": list(selection.outcomes or Outcome)}
