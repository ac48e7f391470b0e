"""Tasks of all kinds: whom they are for, what they are about, and what people write of them."""

import sqlalchemy as sa
from alembic import op

revision = "tasks_2026_12"
down_revision = "cases_2026_12"


def upgrade() -> None:
    """Adds to the table; the release before goes on with tasks of its one kind, which are for the pool."""
    op.add_column("tasks", sa.Column("assignee_kind", sa.SmallInteger, server_default="1", nullable=False))
    for name in ("assignee_id", "business_unit_id", "booking_id", "case_id"):
        op.add_column("tasks", sa.Column(name, sa.Uuid))
    op.add_column(
        "tasks",
        sa.Column("booking_number", sa.Text, server_default="", nullable=False, comment="Of the booking, for life"),
    )
    for name in ("title", "note"):
        op.add_column("tasks", sa.Column(name, sa.Text, server_default="", nullable=False))
    op.add_column("tasks", sa.Column("created_by", sa.Uuid, comment="The account of who made it by hand"))
    op.alter_column("tasks", "case_manager_id", nullable=True)
    op.create_index("tasks_assignee_idx", "tasks", ["org_id", "assignee_id", "state", "due_time", "id"])
    op.create_index(
        "tasks_unit_idx",
        "tasks",
        ["org_id", "business_unit_id", "state", "due_time", "id"],
        postgresql_where=sa.text("business_unit_id IS NOT NULL"),
    )
    for name in ("booking", "case"):
        op.create_index(
            f"tasks_{name}_idx",
            "tasks",
            ["org_id", f"{name}_id"],
            postgresql_where=sa.text(f"{name}_id IS NOT NULL"),
        )
    op.create_index(
        "tasks_booking_open_key",
        "tasks",
        ["org_id", "booking_id", "kind", "assignee_kind", "assignee_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 1 AND kind <> 2 AND booking_id IS NOT NULL"),
    )


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
