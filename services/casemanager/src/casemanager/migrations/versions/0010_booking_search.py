"""Lists of bookings: of a company, of a specialist, by time and by number; and the audit of their exports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrations import create_index_concurrently

revision = "booking_search_2026_12"
down_revision = "reports_2026_12"

_START = "COALESCE(start_time, '9999-12-31 23:59:59.999999+00:00'::timestamptz)"


def upgrade() -> None:
    """Adds indices and a table only."""
    create_index_concurrently("bookings_company_idx", "bookings", ["org_id", "company_id", "create_time", "id"])
    create_index_concurrently(
        "bookings_with_idx",
        "bookings",
        ["org_id", "specialist_id", "create_time", "id"],
        where=text("specialist_id IS NOT NULL"),
    )
    create_index_concurrently("bookings_start_idx", "bookings", ["org_id", text(_START), "id"])
    create_index_concurrently("bookings_number_idx", "bookings", ["org_id", text("length(number)"), "number"])
    # They have the expressions' statistics, without which PostgreSQL knows nothing of how times are spread.
    op.execute("ANALYZE bookings")
    op.create_table(
        "exports",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, comment="Of who took it"),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("format", sa.SmallInteger, nullable=False),
        sa.Column("selection", JSONB, nullable=False, comment="The request as it was"),
        sa.Column("begin_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_count", sa.Integer, nullable=False, comment="Known at the end; 0 until then"),
        sa.Column("is_whole", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "id", name="exports_pkey"),
    )
    op.create_index("exports_begin_idx", "exports", ["org_id", "begin_time", "id"])


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
