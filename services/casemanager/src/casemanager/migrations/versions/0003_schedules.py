"""Places, specialists, their availabilities and time off, and reservations of their time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint

revision = "schedules_2026_12"
down_revision = "case_managers_2026_12"


def upgrade() -> None:
    """Creates the tables."""
    # The constraint that no two reservations of a specialist overlap compares ids as well as ranges.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    _create_places()
    _create_specialists()
    _create_availabilities()
    _create_reservations()


def _create_places() -> None:
    op.create_table(
        "places",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("directions", sa.Text, nullable=False),
        sa.Column(
            "name_key",
            sa.Text,
            nullable=False,
            comment="The name with its case folded: what is unique, and the order",
        ),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("is_used", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="places_pkey"),
        sa.UniqueConstraint("org_id", "name_key", name="places_org_id_name_key_key"),
    )


def _create_specialists() -> None:
    op.create_table(
        "specialists",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("given_name", sa.Text, nullable=False),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("provider_number", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("mobile", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("specialties", ARRAY(sa.Text), nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("modes", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("place_ids", ARRAY(sa.Uuid), nullable=False),
        sa.Column("account_status", sa.SmallInteger, nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sort_name", sa.Text(collation="C"), nullable=False, comment="What lists are sorted by"),
        sa.Column("spellings", sa.Text, nullable=False, comment="Words of the names, alone and run together"),
        sa.Column(
            "search_keys",
            ARRAY(sa.Text),
            nullable=False,
            comment="Prefixes and deletion neighbourhood of its words",
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name="specialists_pkey"),
    )
    op.create_index(
        "specialists_email_key",
        "specialists",
        ["org_id", "email"],
        unique=True,
        postgresql_where=sa.text("email <> ''"),
    )
    op.create_index("specialists_name_idx", "specialists", ["org_id", "sort_name", "id"])


def _create_availabilities() -> None:
    op.create_table(
        "availabilities",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("specialist_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("mode", sa.SmallInteger, nullable=False),
        sa.Column("place_id", sa.Uuid),
        sa.Column("service_types", ARRAY(sa.Text), nullable=False),
        sa.Column(
            "time_zone", sa.Text, nullable=False, comment="Of its wall clock; copied when it was made, and fixed"
        ),
        sa.Column("start_minute", sa.Integer, nullable=False),
        sa.Column("end_minute", sa.Integer, nullable=False),
        sa.Column("start_date", sa.Date, nullable=False),
        sa.Column("end_date", sa.Date, nullable=False),
        sa.Column("weekdays", ARRAY(sa.SmallInteger), nullable=False, comment="Monday is 1; none: on start_date alone"),
        sa.Column("interval_weeks", sa.Integer, nullable=False),
        sa.Column("appointment_minutes", sa.Integer, nullable=False),
        sa.Column("step_minutes", sa.Integer, nullable=False),
        sa.Column("buffer_minutes", sa.Integer, nullable=False),
        sa.Column("minimum_notice_hours", sa.Integer),
        sa.Column("exceptions", JSONB, nullable=False, comment="By date: what is different"),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("delete_time", sa.DateTime(timezone=True), comment="Bookings still name it"),
        sa.PrimaryKeyConstraint("org_id", "id", name="availabilities_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "specialist_id"],
            ["specialists.org_id", "specialists.id"],
            name="availabilities_org_id_specialist_id_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "place_id"], ["places.org_id", "places.id"], name="availabilities_org_id_place_id_fkey"
        ),
    )
    op.create_index(
        "availabilities_specialist_idx",
        "availabilities",
        ["org_id", "specialist_id", "end_date"],
        postgresql_where=sa.text("delete_time IS NULL"),
    )


def _create_reservations() -> None:
    op.create_table(
        "time_off",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("specialist_id", sa.Uuid, nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="time_off_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "specialist_id"],
            ["specialists.org_id", "specialists.id"],
            name="time_off_org_id_specialist_id_fkey",
        ),
    )
    op.create_index("time_off_specialist_idx", "time_off", ["org_id", "specialist_id", "start_time", "id"])
    op.create_table(
        "reservations",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("specialist_id", sa.Uuid, nullable=False),
        sa.Column("during", TSTZRANGE, nullable=False, comment="The buffer after an appointment included; never empty"),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("hold_expire_time", sa.DateTime(timezone=True)),
        sa.Column("booking_id", sa.Uuid),
        sa.Column("booking_number", sa.Text, server_default="", nullable=False, comment="Of the booking, for life"),
        sa.Column("option_id", sa.Uuid),
        sa.Column("time_off_id", sa.Uuid),
        sa.PrimaryKeyConstraint("org_id", "id", name="reservations_pkey"),
        sa.ForeignKeyConstraint(
            ["org_id", "specialist_id"],
            ["specialists.org_id", "specialists.id"],
            name="reservations_org_id_specialist_id_fkey",
        ),
        # Not deferrable: ON CONFLICT could not name it.
        ExcludeConstraint(
            ("org_id", "="),
            ("specialist_id", "="),
            ("during", "&&"),
            name="reservations_no_overlap",
            using="gist",
        ),
    )
    for name in ("booking", "time_off"):
        op.create_index(
            f"reservations_{name}_idx",
            "reservations",
            ["org_id", f"{name}_id"],
            postgresql_where=sa.text(f"{name}_id IS NOT NULL"),
        )


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
