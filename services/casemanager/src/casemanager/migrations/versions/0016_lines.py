"""All versions of a file of paperwork know their first one, whatever became of those in between."""

import sqlalchemy as sa
from alembic import op

revision = "lines_2026_12"
down_revision = "fixed_2026_12"

FILL = (
    "UPDATE paperwork AS later SET first_id = coalesce(earlier.first_id, earlier.id) FROM paperwork AS earlier"
    " WHERE earlier.org_id = later.org_id AND earlier.id = later.replaces_id AND later.first_id IS NULL"
    " AND (earlier.replaces_id IS NULL OR earlier.first_id IS NOT NULL)"
)
"""The versions whose earlier one knows its first; each is written once."""


def upgrade() -> None:
    """Adds a column that the release before leaves empty; then fills it, version by version, each step committed."""
    words = "The first version of it; null for that one itself"
    op.add_column("paperwork", sa.Column("first_id", sa.Uuid, comment=words), if_not_exists=True)
    with op.get_context().autocommit_block():
        while op.get_bind().execute(sa.text(FILL)).rowcount:
            pass


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError
