"""How organizations show themselves, and which of them speaks to a family."""

import sqlalchemy as sa
from alembic import op

revision = "profiles_2026_12"
down_revision = "first_2026_12"


def upgrade() -> None:
    """Adds columns that the release before writes without, and a table."""
    for name in ("name", "phone", "email", "hours", "web_page", "color"):
        op.add_column("organizations", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column(
        "messages",
        sa.Column("account_id", sa.Uuid, comment="The family's, where the organization is the families' realm"),
    )
    op.create_table(
        "links",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("guardian_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, comment="Null: unlinked"),
        sa.Column("link_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, comment="The guardian's"),
        sa.PrimaryKeyConstraint("org_id", "guardian_id", name="links_pkey"),
    )
    op.create_index("links_account_idx", "links", ["account_id", "link_time"])
