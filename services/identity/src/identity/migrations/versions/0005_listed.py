"""Whether strangers find an organization by its name, and in which organizations an address is a username."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import create_index_concurrently

revision = "listed_2026_12"
down_revision = "login_users_2026_12"


def upgrade() -> None:
    """Adds indexes, and a column with a default; the release before writes without it."""
    create_index_concurrently("accounts_username_idx", "accounts", ["username"])
    listed = sa.Column(
        "listed", sa.Boolean, nullable=False, server_default=sa.true(), comment="Strangers find it by its name"
    )
    op.add_column("organizations", listed)
    op.create_index("organizations_listed_idx", "organizations", ["slug"], postgresql_where=sa.text("listed"))
