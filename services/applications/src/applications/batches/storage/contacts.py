"""What the new contacts of unlinked families are read and kept with."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, literal_column, select, update

from applications.batches.domain.batch import Outcome, UnlinkReason
from applications.batches.storage.chunks import of_outcome
from applications.batches.storage.tables import batch_rows, batches
from applications.shared.organizations import organizations
from chassis.db import statement
from chassis.saves import save

_org_id = bindparam("org_id", type_=Uuid)

LOAD_COUNTRY = statement(select(organizations.c.country).where(organizations.c.org_id == _org_id), into=str)

KEEP_ANSWER = save(
    update(batches)
    .where(batches.c.org_id == _org_id, batches.c.id == bindparam("batch_id", type_=Uuid))
    .values(version=batches.c.version)
    .returning(batches.c.id)
)
"""Keeps the answer of a call that has changed guardians of a batch, piece by piece."""


@dataclass(frozen=True, slots=True)
class UnlinkedContact:
    """What a guardian's contacts were known by when a batch unlinked them."""

    guardian_id: UUID
    contact_hash: bytes


UNLINKED_CONTACTS = statement(
    select(batch_rows.c.guardian_id, batch_rows.c.contact_hash)
    .join(batches, (batches.c.org_id == batch_rows.c.org_id) & (batches.c.id == batch_rows.c.batch_id))
    .where(
        batch_rows.c.org_id == _org_id,
        batch_rows.c.batch_id == bindparam("source_id", type_=Uuid),
        batch_rows.c.guardian_id == any_(bindparam("guardian_ids", type_=ARRAY(Uuid))),
        batch_rows.c.outcome == of_outcome(Outcome.UNLINKED),
        batches.c.unlink_reason == literal_column(str(UnlinkReason.NEW_CONTACT.value)),
    ),
    into=UnlinkedContact,
)
