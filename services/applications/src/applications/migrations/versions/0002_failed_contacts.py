"""Which contact failed and when, and which invitation a line of the timeline is about."""

import sqlalchemy as sa
from alembic import op

revision = "failed_contacts"
down_revision = "first_2026_13"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds the columns; what was written before has none of them."""
    for contact in ("email", "phone"):
        comment = f"When an invitation to the {contact} last failed; null: it did not"
        op.add_column("guardians", sa.Column(f"{contact}_failure_time", INSTANT, comment=comment))
    comment = "The invitation that it is about, or whose message; null: none"
    op.add_column("timeline", sa.Column("invitation_id", sa.Uuid, comment=comment))
    comment = "1 accepted, 2 revoked, 3 replaced, 4 contact changed; null: at most expired"
    op.alter_column("invitations", "outcome", comment=comment)
