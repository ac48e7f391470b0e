"""Messages in bulk: groups, rates, and where it is night."""

import sqlalchemy as sa
from alembic import op

revision = "groups_2026_12"
down_revision = "profiles_2026_12"

INSTANT = sa.DateTime(timezone=True)
EMPTY = sa.text("''")


def upgrade() -> None:
    """Adds columns that the release before writes without, and a table; it sends nothing in bulk."""
    op.add_column(
        "messages",
        sa.Column("group", sa.Text, nullable=False, server_default=EMPTY, comment="What it is taken back with"),
    )
    op.add_column(
        "organizations",
        sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC", comment="IANA: when it is night there"),
    )
    op.add_column(
        "organizations",
        sa.Column("send_rate", sa.Integer, nullable=False, server_default="3000", comment="Messages in bulk, a minute"),
    )
    op.create_table(
        "groups",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("group", sa.Text, nullable=False, comment="Empty, like its requester: all that it sends in bulk"),
        sa.Column("rate", sa.Integer, nullable=False, comment="Messages a minute; 0: as many as the organization"),
        sa.Column("tokens", sa.Double, nullable=False, comment="How many could go out at once at refill_time"),
        sa.Column("refill_time", INSTANT, nullable=False, comment="When it was served last"),
        sa.Column("withdraw_time", INSTANT, comment="Since when no message of it goes out"),
        sa.PrimaryKeyConstraint("org_id", "requester", "group", name="groups_pkey"),
    )
    # The senders of the release before find what is due without an index until they are stopped: a matter of minutes.
    op.drop_index("messages_due_idx", "messages")
    op.create_index(
        "messages_due_idx",
        "messages",
        ["channel", "urgency", "due_time"],
        postgresql_where=sa.text("urgency < 3 AND due_time IS NOT NULL"),
    )
    op.create_index(
        "messages_bulk_idx",
        "messages",
        ["channel", "org_id", "requester", "group", "due_time"],
        postgresql_where=sa.text("urgency = 3 AND due_time IS NOT NULL"),
    )
