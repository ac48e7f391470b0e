"""Login users: whose a login is, what it is searched by, the order of their list, and ways into the audit."""

import sqlalchemy as sa
from alembic import op

from chassis.call import FAMILY_ORG
from chassis.migrations import create_index_concurrently
from identity.accounts.words import words_of_login

revision = "login_users_2026_12"
down_revision = "send_rate_2026_12"


def upgrade() -> None:
    """Adds columns with a default, a table and indices; the release before writes without them."""
    by_name: list[str | sa.TextClause] = ["org_id", "role", "status", sa.text("lower(display_name)"), "id"]
    create_index_concurrently("accounts_list_idx", "accounts", by_name)
    create_index_concurrently("audit_time_idx", "audit", ["org_id", "event_time", "id"])
    for name in ("subject", "actor"):
        create_index_concurrently(f"audit_{name}_idx", "audit", ["org_id", f"{name}_id", "event_time", "id"])
    op.add_column(
        "accounts",
        sa.Column("person_id", sa.Uuid, comment="Of casemanager, which handed the login out; null: staff, or a family"),
    )
    op.add_column(
        "accounts",
        sa.Column(
            *("generation", sa.BigInteger),
            nullable=False,
            server_default="0",
            comment="Of casemanager's latest command",
        ),
    )
    # Of a column that is new: it is empty, and quickly made.
    op.create_index(
        *("accounts_person_idx", "accounts", ["org_id", "person_id", "generation"]),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_table(
        "account_words",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "account_id", "word", name="account_words_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"], ["accounts.org_id", "accounts.id"], name="account_words_org_id_account_id_fkey"
        ),
    )
    op.create_index("account_words_word_idx", "account_words", ["org_id", "word", "account_id"])
    _add_words()


def _add_words() -> None:
    """For the logins that are there."""
    logins = sa.text("SELECT org_id, id, display_name, username FROM accounts WHERE org_id <> :families")
    rows = [
        {"org_id": login.org_id, "account_id": login.id, "word": word}
        for login in op.get_bind().execute(logins.bindparams(families=FAMILY_ORG))
        for word in words_of_login(login.display_name, login.username)
    ]
    if rows:
        op.get_bind().execute(sa.text("INSERT INTO account_words VALUES (:org_id, :account_id, :word)"), rows)
