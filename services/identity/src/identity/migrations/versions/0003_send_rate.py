"""How fast an organization sends in bulk."""

import sqlalchemy as sa
from alembic import op

revision = "send_rate_2026_12"
down_revision = "profiles_2026_12"


def upgrade() -> None:
    """Adds a column with a default; the release before writes without it."""
    rate = sa.Column(
        "send_rate_per_minute", sa.Integer, nullable=False, server_default="3000", comment="Messages in bulk"
    )
    op.add_column("organizations", rate)
