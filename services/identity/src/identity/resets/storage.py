"""The statement on accounts that only resets need."""

from sqlalchemy import bindparam, update

from chassis.saves import save
from identity.accounts.storage import accounts
from identity.resets.domain import MAX_WRONG_CODES
from identity.shared.audit.storage import add_entries

COUNT_WRONG_CODE = save(
    update(accounts)
    .where(
        accounts.c.org_id == bindparam("org_id"),
        accounts.c.id == bindparam("account_id"),
        accounts.c.proof_id == bindparam("tried_proof_id"),
        # A dead code is not counted on: a flood of them must not hinder the owner's next change.
        accounts.c.proof_wrong_tries < MAX_WRONG_CODES,
    )
    .values(proof_wrong_tries=accounts.c.proof_wrong_tries + 1, version=accounts.c.version + 1)
    .returning(accounts.c.id),
    add_entries,
)
"""Counts a wrong code, however many come at once; a right one that comes with them has to decide again."""
