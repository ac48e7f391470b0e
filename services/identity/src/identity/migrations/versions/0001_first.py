"""Organizations, accounts, sessions and the audit; the families' organization is there from the start."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.call import FAMILY_ORG
from chassis.tables import create_chassis_tables

revision = "first_2026_12"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    create_chassis_tables(op)
    op.create_table(
        "organizations",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", name="organizations_pkey"),
        sa.UniqueConstraint("slug", name="organizations_slug_key"),
    )
    op.create_table(
        "accounts",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("role", sa.SmallInteger, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("activate_time", INSTANT),
        sa.Column("last_login_time", INSTANT),
        sa.Column("prove_time", INSTANT),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="accounts_pkey"),
        sa.UniqueConstraint("org_id", "username", name="accounts_org_id_username_key"),
        sa.ForeignKeyConstraint(["org_id"], ["organizations.org_id"], name="accounts_org_id_fkey"),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "sessions",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("presented_generation", sa.Integer, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("rotate_time", INSTANT, nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.Column("revoke_time", INSTANT),
        sa.PrimaryKeyConstraint("org_id", "id", name="sessions_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"], ["accounts.org_id", "accounts.id"], name="sessions_org_id_account_id_fkey"
        ),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index("sessions_account_idx", "sessions", ["org_id", "account_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False, comment="The account; of an unknown username its keyed hash"),
        sa.Column("source", sa.LargeBinary, nullable=False, comment="Empty: all new devices together"),
        sa.Column("times", ARRAY(INSTANT), nullable=False, comment="Of the failures since the last lock"),
        sa.Column("lock_time", INSTANT),
        sa.Column("last_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "subject_id", "source", name="sign_in_failures_pkey"),
    )
    op.create_index("sign_in_failures_last_idx", "sign_in_failures", ["last_time"])
    op.create_table(
        "proofs",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("requester", sa.LargeBinary, comment="Keyed hash of a stranger's network; null: staff asked"),
        sa.Column("create_time", INSTANT, nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.Column("use_time", INSTANT, comment="When a password was set, with it or with another"),
        sa.PrimaryKeyConstraint("org_id", "id", name="proofs_pkey"),
        sa.UniqueConstraint("org_id", "hash", name="proofs_org_id_hash_key"),
        sa.ForeignKeyConstraint(
            ["org_id", "account_id"], ["accounts.org_id", "accounts.id"], name="proofs_org_id_account_id_fkey"
        ),
    )
    op.create_index("proofs_account_idx", "proofs", ["org_id", "account_id", "expire_time"])
    op.create_table(
        "code_tries",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column(
            "key_hash", sa.LargeBinary, nullable=False, comment="Of a username, of it and a network, or of an account"
        ),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("expire_time", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "key_hash", name="code_tries_pkey"),
    )
    op.create_index("code_tries_expired_idx", "code_tries", ["org_id", "expire_time"])
    op.create_table(
        "audit",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, comment="The account; null: none has the username"),
        sa.Column("actor_id", sa.Uuid, comment="The account that acted; null: nobody was signed in"),
        sa.Column("actor_org_id", sa.Uuid),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("event_time", INSTANT, nullable=False),
        sa.Column(
            "count",
            sa.Integer,
            nullable=False,
            server_default="1",
            comment="How often, in that minute",
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="audit_pkey"),
    )
    op.create_table(
        "refusals",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False, comment="Of the row that the audit gets"),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False, comment="The first one"),
        sa.Column("user_agent", sa.Text, nullable=False, comment="The first one"),
        sa.Column("start_time", INSTANT, nullable=False, comment="The minute that is counted"),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="refusals_pkey"),
        sa.UniqueConstraint(
            *("org_id", "action", "network", "start_time"), name="refusals_org_id_action_network_start_time_key"
        ),
    )
    op.create_index("refusals_start_idx", "refusals", ["start_time"])
    op.create_table(
        "refusal_targets",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False, comment="An account; where none has the username, the network"),
        sa.Column("start_time", INSTANT, nullable=False, comment="The hour that is counted"),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "action", "target", "start_time", name="refusal_targets_pkey"),
    )
    op.create_index("refusal_targets_start_idx", "refusal_targets", ["start_time"])
    # Append-only: not even a captured service can change what was written.
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM identity")
    op.execute(
        sa.text(
            "INSERT INTO organizations (org_id, slug, name, country, time_zone, languages, create_time, version)"
            " VALUES (:org_id, 'family', 'Portico', 'US', 'UTC', '{en,es}', now(), 1)"
        ).bindparams(org_id=FAMILY_ORG)
    )
