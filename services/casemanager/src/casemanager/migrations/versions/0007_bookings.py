"""Bookings, and what happened to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "bookings_2026_12"
down_revision = "specialist_logins_2026_12"


def upgrade() -> None:
    """Adds tables only."""
    _create_bookings()
    _create_history()


def _create_bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("company_id", sa.Uuid, nullable=False),
        sa.Column("case_manager_id", sa.Uuid, nullable=False),
        sa.Column("business_unit_id", sa.Uuid, comment="Of one that is over; an open one goes with its case manager"),
        sa.Column("responsible_staff_id", sa.Uuid),
        sa.Column("rebooked_from_id", sa.Uuid),
        sa.Column("way", sa.SmallInteger, nullable=False),
        sa.Column("specialty", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("service_type", sa.Text, nullable=False),
        sa.Column("wishes", JSONB, nullable=False, comment="From and to, each"),
        sa.Column(
            "state", sa.SmallInteger, nullable=False, comment="An unanswered one is expired once its time has come"
        ),
        sa.Column("state_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True)),
        sa.Column("start_time", sa.DateTime(timezone=True)),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("cancel_time", sa.DateTime(timezone=True)),
        sa.Column("paperwork_due_time", sa.DateTime(timezone=True)),
        sa.Column("paperwork_sent_time", sa.DateTime(timezone=True)),
        sa.Column("report_due_time", sa.DateTime(timezone=True)),
        sa.Column("confirm_time", sa.DateTime(timezone=True)),
        sa.Column("outcome_time", sa.DateTime(timezone=True)),
        sa.Column("report_time", sa.DateTime(timezone=True)),
        sa.Column("specialist_id", sa.Uuid),
        sa.Column("place_id", sa.Uuid),
        sa.Column("mode", sa.SmallInteger),
        sa.Column("availability_id", sa.Uuid),
        sa.Column("buffer_minutes", sa.Integer),
        sa.Column("time_zone", sa.Text),
        sa.Column("outside_reason", sa.Text, nullable=False),
        sa.Column("options", JSONB, nullable=False, comment="The latest ones, the newest offer first"),
        sa.Column("cancellation_kind", sa.SmallInteger),
        sa.Column("cancellation_reason", sa.SmallInteger),
        sa.Column("cancellation_comment", sa.Text),
        sa.Column("cancellation_by", sa.SmallInteger),
        sa.Column("decline_reason", sa.SmallInteger),
        sa.Column("decline_comment", sa.Text),
        sa.Column("move_request", JSONB),
        sa.Column("report_version", sa.Integer, nullable=False),
        sa.Column("calendar_sequence", sa.Integer, nullable=False),
        sa.Column("request_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("told_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="bookings_pkey"),
        sa.UniqueConstraint("org_id", "number", name="bookings_org_id_number_key"),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.id"], name="bookings_org_id_case_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "case_manager_id"],
            ["case_managers.org_id", "case_managers.id"],
            name="bookings_org_id_case_manager_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "specialist_id"],
            ["specialists.org_id", "specialists.id"],
            name="bookings_org_id_specialist_id_fkey",
        ),
    )
    op.create_index("bookings_case_idx", "bookings", ["org_id", "case_id", "create_time", "id"])
    op.create_index(
        "bookings_case_manager_idx", "bookings", ["org_id", "case_manager_id", "state", "create_time", "id"]
    )
    op.create_index("bookings_create_idx", "bookings", ["org_id", "create_time", "id"])
    op.create_index("bookings_end_idx", "bookings", ["end_time", "id"], postgresql_where=sa.text("state = 3"))
    op.create_index(
        "bookings_expire_idx", "bookings", ["expire_time", "id"], postgresql_where=sa.text("expire_time IS NOT NULL")
    )
    op.create_index(
        "bookings_responsible_idx",
        "bookings",
        ["org_id", "responsible_staff_id", "state", "create_time", "id"],
        postgresql_where=sa.text("responsible_staff_id IS NOT NULL"),
    )
    op.create_index(
        "bookings_specialist_idx",
        "bookings",
        ["org_id", "specialist_id", "state", "create_time", "id"],
        postgresql_where=sa.text("confirm_time IS NOT NULL"),
    )
    op.create_index("bookings_state_idx", "bookings", ["org_id", "state", "create_time", "id"])
    op.create_index(
        "bookings_unit_idx",
        "bookings",
        ["org_id", "business_unit_id", "state", "create_time", "id"],
        postgresql_where=sa.text("business_unit_id IS NOT NULL"),
    )


def _create_history() -> None:
    op.create_table(
        "booking_history",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("booking_id", sa.Uuid, nullable=False),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("actor", sa.SmallInteger, nullable=False),
        sa.Column("actor_id", sa.Uuid, comment="The account of who did it; null: nobody was signed in"),
        sa.Column("actor_name", sa.Text, nullable=False, comment="Of a case manager or a specialist, as it was then"),
        sa.Column("from_state", sa.SmallInteger),
        sa.Column("to_state", sa.SmallInteger, nullable=False),
        sa.Column("reason", sa.SmallInteger),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False, comment="A line for each"),
        sa.PrimaryKeyConstraint("org_id", "id", name="booking_history_pkey"),
    )
    op.create_index("booking_history_booking_idx", "booking_history", ["org_id", "booking_id", "event_time", "id"])


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
