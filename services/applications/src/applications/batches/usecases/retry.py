"""Trying once more what a batch of invitations did not bring home."""

from uuid import UUID

from portico.applications.v1 import batch_resources_pb2 as res

from applications.application.domain.invitation import Method
from applications.batches.domain.batch import BatchAction
from applications.batches.domain.commands import Command, act
from applications.batches.domain.rows import Options
from applications.batches.storage.batches import LOAD_SEND_RATE
from applications.batches.storage.selection import Selection
from applications.batches.usecases.commands import NewBatches, Wanted, create_batch, load_batch
from applications.shared.deps import Deps
from chassis.call import Call


async def retry_batch(deps: Deps, new: NewBatches, call: Call, batch_id: UUID, method: Method | None) -> res.Batch:
    """A new preview over what failed and what did not arrive, by this method (None: as before).

    Raises BatchNotFound, ActionNotAllowed, or SelectionEmpty when all has arrived.
    """
    batch = (await load_batch(deps, org_id=call.org_id, batch_id=batch_id)).batch
    act(batch, Command(action=BatchAction.RETRY, actor_id=call.account_id), deps.clock())
    sender = await deps.database.first(LOAD_SEND_RATE, org_id=call.org_id)
    wanted = Wanted(
        kind=batch.kind,
        display_name=batch.display_name,
        selection=Selection(source_id=batch.id, is_retry=True),
        repeated_count=0,
        all_guardians=batch.all_guardians,
        options=Options(method=method or batch.method, reissue_live=batch.reissue_live, expire_days=batch.expire_days),
        send_rate=min(batch.send_rate, sender.send_rate) if sender else None,
    )
    return await create_batch(deps, new, call, wanted)
