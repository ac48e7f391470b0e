"""What the use cases of every feature are handed, and the save whose answer is not kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.call import Call
from chassis.clock import Clock
from chassis.db import Database
from chassis.ids import Ids
from chassis.outbox import OutboxEvent, event_params
from chassis.saves import Save, request_params
from chassis.secrets import KeyedHash


@dataclass(frozen=True, slots=True)
class Deps:
    """What every use case may need; a feature that needs more adds it."""

    database: Database
    clock: Clock
    ids: Ids
    hashes: KeyedHash


async def save(
    deps: Deps, call: Call, what: Save, *, org_id: UUID, params: Mapping[str, object], events: Sequence[OutboxEvent]
) -> int:
    """Runs a save whose answer is not kept, because it is a secret or says nothing; how many rows its guard hit."""
    kept = request_params(replace(call, request=None), b"")
    hit = await deps.database.first(what, **{"org_id": org_id, **params, **event_params(org_id, events), **kept})
    return hit or 0
