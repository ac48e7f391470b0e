"""Where an organization is told of bookings that nobody looks after."""

import sqlalchemy as sa
from alembic import op

revision = "booked_2026_12"
down_revision = "people_2026_12_b"


def upgrade() -> None:
    """Adds a column only."""
    op.add_column("booking_settings", sa.Column("booking_email", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
