"""Logins of specialists: the language of their messages, and whether a login went with their deactivation."""

import sqlalchemy as sa
from alembic import op

revision = "specialist_logins_2026_12"
down_revision = "tasks_2026_12"


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("specialists", sa.Column("language", sa.Text, server_default="en", nullable=False))
    op.add_column(
        "specialists", sa.Column("suspends_login", sa.Boolean, server_default=sa.text("false"), nullable=False)
    )
