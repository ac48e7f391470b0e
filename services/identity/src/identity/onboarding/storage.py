"""An organization and its first administrator, written together."""

from sqlalchemy.dialects.postgresql import insert

from chassis.saves import insert_each, rows_of, save
from identity.accounts.domain import Account
from identity.accounts.storage import ACCOUNT, accounts
from identity.accounts.words import add_words, word_params
from identity.organizations.storage import organizations
from identity.shared.audit.storage import add_entries

_FIRST_ACCOUNT = (
    *("id", "role", "username", "display_name", "language", "status", "password_hash"),
    *("create_time", "activate_time", "version"),
)

SAVE_ORGANIZATION = save(
    insert(organizations).on_conflict_do_nothing(index_elements=["slug"]).returning(organizations.c.org_id),
    insert_each(accounts, *_FIRST_ACCOUNT),
    add_words,
    add_entries,
)
"""Adds an organization with its first administrator; hits no row when the slug is taken."""


def first_account_params(account: Account) -> dict[str, object]:
    """The parameters of `SAVE_ORGANIZATION` that are the administrator's."""
    return {**rows_of(accounts, [ACCOUNT.params(account)], *_FIRST_ACCOUNT), **word_params(account)}
