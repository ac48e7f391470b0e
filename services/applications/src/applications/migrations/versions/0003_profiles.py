"""What an organization shows of itself, for the families that it has to do with."""

import sqlalchemy as sa
from alembic import op

revision = "applications_profiles"
down_revision = "failed_contacts"


def upgrade() -> None:
    """Adds columns with a default; the release before writes without them."""
    for name in ("phone", "email", "hours", "web_page", "color"):
        op.add_column("organizations", sa.Column(name, sa.Text, nullable=False, server_default=""))
