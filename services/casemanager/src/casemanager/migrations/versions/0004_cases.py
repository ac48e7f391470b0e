"""Cases and the numbers that they are counted by, value lists, and the rest of the booking settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "cases_2026_12"
down_revision = "schedules_2026_12"


def upgrade() -> None:
    """Adds tables, and columns with defaults: the release before writes settings without them."""
    _create_cases()
    _extend_settings()
    op.create_table(
        "value_lists",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("values", JSONB, nullable=False, comment="In their order: key, English and Spanish words"),
        sa.Column("update_time", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "kind", name="value_lists_pkey"),
    )


def _extend_settings() -> None:
    numbers = {
        "minimum_notice_hours": 24,
        "horizon_days": 180,
        "hold_hours": 48,
        "request_days": 30,
        "cancellation_notice_hours": 48,
        "paperwork_days": 7,
        "report_days": 14,
        "reminder_minute": 480,
    }
    columns = [
        sa.Column(name, sa.Integer, server_default=str(usual), nullable=False) for name, usual in numbers.items()
    ]
    columns += [
        sa.Column("reminder_days", sa.ARRAY(sa.Integer), server_default="{7,3}", nullable=False),
        sa.Column("allow_unscanned", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("holidays", sa.ARRAY(sa.Date), server_default="{}", nullable=False),
    ]
    for column in columns:
        op.add_column("booking_settings", column)


def _create_cases() -> None:
    op.create_table(
        "numbers",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False, comment="What the numbers begin with: the kind of thing"),
        sa.Column("last_number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "prefix", name="numbers_pkey"),
    )
    op.create_table(
        "cases",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("case_manager_id", sa.Uuid, nullable=False),
        sa.Column("subject_given_name", sa.Text, nullable=False),
        sa.Column("subject_family_name", sa.Text, nullable=False),
        sa.Column("subject_birth_date", sa.Date),
        sa.Column("subject_phone", sa.Text, nullable=False),
        sa.Column("service_type", sa.Text, nullable=False),
        sa.Column("claim_type", sa.Text, nullable=False),
        sa.Column("company_file_number", sa.Text, nullable=False),
        sa.Column("claim_number", sa.Text, nullable=False),
        sa.Column("interpreter_language", sa.Text, nullable=False),
        sa.Column("needs", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("consent_time", sa.DateTime(timezone=True)),
        sa.Column("parties", JSONB, nullable=False, comment="Who else has to do with it, in order"),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column(
            "sort_name", sa.Text(collation="C"), nullable=False, comment="What lists by family name are sorted by"
        ),
        sa.Column("spellings", sa.Text, nullable=False, comment="Words of the subject's name, alone and run together"),
        sa.Column(
            "search_keys",
            sa.ARRAY(sa.Text),
            nullable=False,
            comment="As those of people, and the beginnings of its numbers",
        ),
        sa.Column("file_key", sa.Text, nullable=False, comment="Letters and digits of the company's file number"),
        sa.Column("subject_key", sa.Text, nullable=False, comment="Letters of the subject's name"),
        sa.PrimaryKeyConstraint("org_id", "id", name="cases_pkey"),
        sa.UniqueConstraint("org_id", "number", name="cases_org_id_number_key"),
        sa.ForeignKeyConstraint(
            ["org_id", "company_id"], ["companies.org_id", "companies.id"], name="cases_org_id_company_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "case_manager_id"],
            ["case_managers.org_id", "case_managers.id"],
            name="cases_org_id_case_manager_id_fkey",
        ),
    )
    op.create_index("cases_create_idx", "cases", ["org_id", "create_time", "id"])
    op.create_index("cases_name_idx", "cases", ["org_id", "sort_name", "id"])
    op.create_index("cases_case_manager_idx", "cases", ["org_id", "case_manager_id", "create_time", "id"])
    op.create_index("cases_company_idx", "cases", ["org_id", "company_id", "create_time", "id"])
    op.create_index("cases_file_idx", "cases", ["org_id", "company_id", "file_key"])
    op.create_index("cases_subject_idx", "cases", ["org_id", "company_id", "subject_key"])
    op.create_index("cases_keys_idx", "cases", ["org_id", "search_keys"], postgresql_using="gin")


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
