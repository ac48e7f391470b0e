"""Which contact failed and when, which invitation a line of the timeline is about, and who has a contact or a name."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import create_index_concurrently

revision = "failed_contacts"
down_revision = "first_2026_13"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds indexes, and columns, which what was written before has not."""
    for contact in ("email", "phone"):
        create_index_concurrently(
            f"guardians_{contact}_idx", "guardians", ["org_id", contact], where=sa.text(f"{contact} <> ''")
        )
    create_index_concurrently(
        "family_names_second_idx", "family_names", ["org_id", "plain"], where=sa.text("position > 0")
    )
    for contact in ("email", "phone"):
        comment = f"When an invitation to the {contact} last failed; null: it did not"
        op.add_column("guardians", sa.Column(f"{contact}_failure_time", INSTANT, comment=comment))
    comment = "The invitation that it is about, or whose message; null: none"
    op.add_column("timeline", sa.Column("invitation_id", sa.Uuid, comment=comment))
    comment = "1 accepted, 2 revoked, 3 replaced, 4 contact changed; null: at most expired"
    op.alter_column("invitations", "outcome", comment=comment)
