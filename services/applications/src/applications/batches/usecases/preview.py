"""The preview of invitations: each guardian of a chunk judged as a single invitation would be."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from applications.application.domain.invitation import Invitation
from applications.batches.domain.batch import Batch, Chunk, Outcome
from applications.batches.domain.rows import NO_KEYS, Contacts, Options, Planned, judge, message_facts, plan
from applications.batches.storage.chunks import NOTE_MESSAGES
from applications.batches.storage.preview import ADD_ROWS, KNOWN_CONTACTS, LOAD_SELECTED, planned_params
from applications.batches.usecases.contacts import without_new_contact
from applications.shared.deps import Deps
from chassis.db import Executor
from chassis.tasks import unhurried

_NOBODY = UUID(int=0)


def options_of(batch: Batch) -> Options:
    """How the guardians of a batch are invited."""
    return Options(method=batch.method, reissue_live=batch.reissue_live, expire_days=batch.expire_days)


def contact_hash(deps: Deps, invitation: Invitation) -> bytes:
    """What the contact of an invitation is compared by; 16 bytes, keyed."""
    return deps.hashes("batch contact", f"{invitation.method}:{invitation.contact}")[:16]


async def preview_invitations(deps: Deps, tx: Executor, batch: Batch, chunk: Chunk, now: datetime) -> bool:
    """Writes the rows of a chunk with what would become of each."""
    selected = await tx.all(
        LOAD_SELECTED, org_id=batch.org_id, guardian_ids=list(chunk.guardian_ids), first=chunk.first
    )
    options, planned = options_of(batch), []
    contacts_now = {each.application.guardians[0].id: each.application.guardians[0].contacts for each in selected}
    unchanged = await without_new_contact(deps, tx, batch, contacts_now)
    async for each in unhurried(selected):
        guardian = each.application.guardians[0]
        if guardian.id in unchanged:
            outcome = Outcome.SKIPPED_NO_NEW_CONTACT
            planned.append(plan(each.position, each.application, guardian, outcome, None))
            continue
        judged = judge(each.application, guardian, options, invitation_id=_NOBODY, keys=NO_KEYS, now=now)
        hashed = None
        if not isinstance(judged, Outcome):
            assert judged.invited is not None  # noqa: S101 (that is what was decided)
            hashed = contact_hash(deps, judged.invited.invitation)
        planned.append(plan(each.position, each.application, guardian, judged, hashed))
    hashes = list({row.contact_hash for row in planned if row.contact_hash})
    known = await tx.all(KNOWN_CONTACTS, org_id=batch.org_id, batch_id=batch.id, contact_hashes=hashes)
    contacts = Contacts.of((each.contact_hash, each.application_id) for each in known)
    rows = [_in_turn(row, contacts) for row in planned]
    await tx.run(ADD_ROWS, org_id=batch.org_id, batch_id=batch.id, **planned_params(rows))
    await tx.run(
        NOTE_MESSAGES,
        org_id=batch.org_id,
        batch_id=batch.id,
        number=chunk.number,
        messages=dict(message_facts(rows)),
    )
    return True


def _in_turn(row: Planned, contacts: Contacts) -> Planned:
    """The row, or a duplicate of others with its contact."""
    if row.contact_hash is None:
        return row
    turn, duplicate_of = contacts.take(row.contact_hash, row.application_id)
    if duplicate_of is not None:
        return replace(row, outcome=Outcome.SKIPPED_DUPLICATE, duplicate_of=duplicate_of)
    return replace(row, turn=turn)
