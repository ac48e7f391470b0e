"""Companies' details and units, case managers with their logins, tasks, histories and settings."""

import sqlalchemy as sa
from alembic import op

revision = "case_managers_2026_12"
down_revision = "first_2026_11"


def upgrade() -> None:
    """Adds tables, and columns with defaults: the release before writes companies without them."""
    # The index of a tenant's search keys begins with the tenant.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    _extend_companies()
    _create_people()
    _create_logins()
    _create_others()


def _extend_companies() -> None:
    op.add_column("companies", sa.Column("status", sa.SmallInteger, server_default="1", nullable=False))
    op.add_column("companies", sa.Column("business_type", sa.Text, server_default="", nullable=False))
    op.add_column("companies", sa.Column("email", sa.Text, server_default="", nullable=False))
    op.add_column("companies", sa.Column("phone", sa.Text, server_default="", nullable=False))
    op.add_column("companies", sa.Column("address", sa.Text, server_default="", nullable=False))
    op.add_column("companies", sa.Column("booking_email", sa.Text, server_default="", nullable=False))
    op.add_column("companies", sa.Column("report_email", sa.Text, server_default="", nullable=False))
    op.add_column("companies", sa.Column("responsible_staff_id", sa.Uuid))
    op.add_column(
        "companies", sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
    )
    op.alter_column(
        "companies",
        "name_key",
        existing_type=sa.TEXT(),
        comment="The name with its case folded: what is unique, and the order",
        existing_nullable=False,
    )


def _create_people() -> None:
    op.create_table(
        "units",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False, comment="As that of a company"),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "company_id"], ["companies.org_id", "companies.id"], name="units_org_id_company_id_fkey"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="units_pkey"),
        sa.UniqueConstraint("org_id", "company_id", "id", name="units_org_id_company_id_id_key"),
        sa.UniqueConstraint("org_id", "company_id", "name_key", name="units_org_id_company_id_name_key_key"),
    )
    op.create_table(
        "case_managers",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("business_unit_id", sa.Uuid),
        sa.Column("title", sa.Text, server_default="", nullable=False),
        sa.Column("given_name", sa.Text, server_default="", nullable=False),
        sa.Column("family_name", sa.Text, server_default="", nullable=False),
        sa.Column("position", sa.Text, server_default="", nullable=False),
        sa.Column("email", sa.Text(collation="C"), server_default="", nullable=False),
        sa.Column("phone", sa.Text, server_default="", nullable=False),
        sa.Column("mobile", sa.Text, server_default="", nullable=False),
        sa.Column("suburb", sa.Text, server_default="", nullable=False),
        sa.Column("postcode", sa.Text, server_default="", nullable=False),
        sa.Column("state", sa.Text, server_default="", nullable=False),
        sa.Column("language", sa.Text, server_default="", nullable=False),
        sa.Column("time_zone", sa.Text, server_default="", nullable=False),
        sa.Column("note", sa.Text, server_default="", nullable=False),
        sa.Column("contact_verify_time", sa.DateTime(timezone=True)),
        sa.Column("contact_verifier_id", sa.Uuid),
        sa.Column("responsible_staff_id", sa.Uuid),
        sa.Column("account_status", sa.SmallInteger, nullable=False),
        sa.Column("suspends_login", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column(
            "sort_name", sa.Text(collation="C"), nullable=False, comment="What lists by family name are sorted by"
        ),
        sa.Column(
            "company_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The company's name_key, for lists by company",
        ),
        sa.Column("spellings", sa.Text, nullable=False, comment="Words of the names, alone and run together"),
        sa.Column(
            "search_keys", sa.ARRAY(sa.Text), nullable=False, comment="Prefixes and deletion neighbourhood of its words"
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "company_id", "business_unit_id"],
            ["units.org_id", "units.company_id", "units.id"],
            name="case_managers_unit_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "company_id"], ["companies.org_id", "companies.id"], name="case_managers_company_fkey"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="case_managers_pkey"),
    )
    op.create_index("case_managers_company_idx", "case_managers", ["org_id", "company_id", "create_time", "id"])
    op.create_index("case_managers_company_name_idx", "case_managers", ["org_id", "company_key", "id"])
    op.create_index("case_managers_create_idx", "case_managers", ["org_id", "create_time", "id"])
    op.create_index(
        "case_managers_email_key",
        "case_managers",
        ["org_id", "email"],
        unique=True,
        postgresql_where=sa.text("email <> ''"),
    )
    op.create_index("case_managers_keys_idx", "case_managers", ["org_id", "search_keys"], postgresql_using="gin")
    op.create_index("case_managers_mail_idx", "case_managers", ["org_id", "email", "id"])
    op.create_index("case_managers_name_idx", "case_managers", ["org_id", "sort_name", "id"])
    op.create_index("case_managers_unit_idx", "case_managers", ["org_id", "business_unit_id"])


def _create_logins() -> None:
    op.create_table(
        "account_states",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column(
            "status_version", sa.BigInteger, nullable=False, comment="Of the event that told it; each fact has its own"
        ),
        sa.Column("status_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock_expire_time", sa.DateTime(timezone=True)),
        sa.Column("lock_version", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("activation_id", sa.Uuid),
        sa.Column("activation_expire_time", sa.DateTime(timezone=True)),
        sa.Column("activation_version", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("last_login_time", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("org_id", "account_id", name="account_states_pkey"),
    )
    op.create_table(
        "login_offers",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False, comment="Of the latest offer, the only one that counts"),
        sa.Column("email", sa.Text, nullable=False, comment="Where it went"),
        sa.Column("offer_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.SmallInteger),
        sa.Column("answer_time", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("org_id", "person_id", name="login_offers_pkey"),
    )
    op.create_table(
        "logins",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False, comment="A case manager or a specialist"),
        sa.Column("account_id", sa.Uuid, nullable=False, comment="Of identity"),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False, comment="Of the latest command to identity"),
        sa.Column("expected_status", sa.SmallInteger, nullable=False, comment="What that command comes to"),
        sa.Column(
            "heard_version", sa.BigInteger, nullable=False, comment="Of the account when it was given: newer ones count"
        ),
        sa.Column("command_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "person_id", name="logins_pkey"),
    )
    op.create_index("logins_account_idx", "logins", ["org_id", "account_id"])
    op.create_table(
        "message_reports",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("about_id", sa.Uuid, nullable=False, comment="The activation or the offer"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text, nullable=False, comment="Why it did not arrive; empty: nothing of the kind"),
        sa.PrimaryKeyConstraint("org_id", "about_id", name="message_reports_pkey"),
    )
    op.create_table(
        "offer_tokens",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("offer_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "token_hash", name="offer_tokens_pkey"),
    )


def _create_others() -> None:
    op.create_table(
        "booking_settings",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("enable_on_yes", sa.Boolean, nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", name="booking_settings_pkey"),
    )
    op.create_table(
        "history",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("actor_id", sa.Uuid, comment="The account of who did it; null: nobody was signed in"),
        sa.Column("by_person", sa.Boolean, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="history_pkey"),
    )
    op.create_index("history_person_idx", "history", ["org_id", "person_id", "event_time", "id"])
    op.create_table(
        "organizations",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("org_id", name="organizations_pkey"),
    )
    op.create_table(
        "tasks",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("case_manager_id", sa.Uuid, nullable=False),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_time", sa.DateTime(timezone=True)),
        sa.Column("done_by", sa.Uuid),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="tasks_pkey"),
    )
    op.create_index(
        "tasks_open_key",
        "tasks",
        ["org_id", "case_manager_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 1"),
    )
    op.create_index("tasks_state_idx", "tasks", ["org_id", "state", "due_time", "id"])


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
