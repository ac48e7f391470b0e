"""What the search finds guardians by: all their names and contacts, whatever blanks and hyphens somebody types."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from chassis.name_search import search_entry

revision = "search_entries"
down_revision = "applications_profiles"

BATCH = 1000
GUARDIANS = sa.text(
    "SELECT g.org_id, g.id, g.position, g.given_name, g.family_name, g.email, g.phone, a.children FROM guardians g"
    " JOIN applications a ON a.org_id = g.org_id AND a.id = g.application_id"
    " WHERE (g.org_id, g.id) > (:org_id, :id) ORDER BY g.org_id, g.id LIMIT :batch"
)
UPDATE = sa.text(
    "UPDATE family_names SET plain = :plain, spellings = :spellings, search_keys = :keys"
    " WHERE org_id = :org_id AND guardian_id = :id"
)


def upgrade() -> None:
    """Adds the spellings, and makes what is there anew in batches; the release before finds most of it all the same."""
    comment = "Words of all names, alone and run together"
    op.add_column("family_names", sa.Column("spellings", sa.Text, nullable=False, server_default="", comment=comment))
    op.alter_column("family_names", "plain", comment="What a list by name is sorted by")
    with op.get_context().autocommit_block():
        fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    """Makes every entry anew."""
    last = {"org_id": UUID(int=0), "id": UUID(int=0)}
    while rows := connection.execute(GUARDIANS, {**last, "batch": BATCH}).mappings().all():
        connection.execute(UPDATE, [_entry(row) for row in rows])
        last = {"org_id": rows[-1]["org_id"], "id": rows[-1]["id"]}


def _entry(row: sa.RowMapping) -> dict[str, object]:
    names = [row["given_name"]] if row["family_name"] else []
    if row["position"] == 0:
        names += [child[name] for child in row["children"] for name in ("given_name", "family_name")]
    entry = search_entry(
        row["family_name"] or row["given_name"],
        *names,
        is_first=row["position"] == 0,
        email=row["email"],
        phones=(row["phone"],),
    )
    values = {"plain": entry.sort_key, "spellings": entry.spellings, "keys": entry.keys}
    return {"org_id": row["org_id"], "id": row["id"], **values}
