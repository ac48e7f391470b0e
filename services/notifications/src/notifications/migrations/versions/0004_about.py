"""Finding all messages of a thing by its name: `bookings/<id>/7` is about `bookings/<id>`."""

import sqlalchemy as sa

from chassis.migrations import create_index_concurrently

revision = "about_2026_12"
down_revision = "groups_2026_12"


def upgrade() -> None:
    """Makes an index of the few references that have a third part."""
    create_index_concurrently(
        "messages_about_idx",
        "messages",
        ["org_id", sa.text("((split_part(reference, '/', 1) || '/') || split_part(reference, '/', 2))"), "id"],
        where=sa.text("split_part(reference, '/', 3) <> ''"),
    )
