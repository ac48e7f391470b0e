"""Companies found by their names, their main contacts; who entered a case manager, and whether they want offers."""

from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.migrations import create_index_concurrently
from chassis.name_search import search_entry

revision = "people_2026_12_b"
down_revision = "files_to_check_2026_12"

_BATCH = 500
_companies = sa.table(
    "companies",
    sa.column("org_id", sa.Uuid),
    sa.column("id", sa.Uuid),
    sa.column("name", sa.Text),
    sa.column("spellings", sa.Text),
    sa.column("search_keys", ARRAY(sa.Text)),
)


def upgrade() -> None:
    """Adds columns with defaults, for the release before; then indices, and what companies are found by.

    A second attempt passes over what the first one left, as the indices commit what stands before them.
    """
    for table, column in _columns():
        op.add_column(table, column, if_not_exists=True)
    create_index_concurrently("companies_keys_idx", "companies", ["org_id", "search_keys"], using="gin")
    create_index_concurrently("companies_status_idx", "companies", ["org_id", "status", "name_key", "id"])
    with op.get_context().autocommit_block():
        _enter_names()
        op.execute("ANALYZE companies")


def downgrade() -> None:
    """There is no way back: a migration only adds, and a later one removes what nobody uses any more."""
    raise NotImplementedError


def _columns() -> Iterator[tuple[str, sa.Column[object]]]:
    yield "companies", sa.Column("main_contact_id", sa.Uuid, comment="One of its case managers, in service or not")
    words = "Words of the name, alone and run together"
    yield "companies", sa.Column("spellings", sa.Text, server_default="", nullable=False, comment=words)
    keys, none = "Prefixes and deletion neighbourhood of its words", sa.text("'{}'")
    yield "companies", sa.Column("search_keys", ARRAY(sa.Text), server_default=none, nullable=False, comment=keys)
    yield "case_managers", sa.Column("created_by", sa.Uuid, comment="The account of who entered the person")
    yield "case_managers", sa.Column("promotions_consent", sa.Boolean, server_default=sa.false(), nullable=False)
    said = "When it was given or withdrawn; null: nobody has said"
    yield "case_managers", sa.Column("promotions_consent_time", sa.DateTime(timezone=True), comment=said)
    yield "case_managers", sa.Column("promotions_consent_source", sa.SmallInteger)


def _enter_names() -> None:
    """Batch by batch, each committed: whoever is renamed meanwhile is left to the service."""
    connection, order = op.get_bind(), (_companies.c.org_id, _companies.c.id)
    position = (UUID(int=0), UUID(int=0))
    page = sa.select(*order, _companies.c.name).order_by(*order).limit(_BATCH)
    entered = (
        sa.update(_companies)
        .where(
            _companies.c.org_id == sa.bindparam("its_org_id"),
            _companies.c.id == sa.bindparam("its_id"),
            _companies.c.name == sa.bindparam("its_name"),
        )
        .values(spellings=sa.bindparam("its_spellings"), search_keys=sa.bindparam("its_keys"))
    )
    while rows := connection.execute(page.where(sa.tuple_(*order) > position)).all():
        entries = [(row, search_entry(row.name, is_first=True)) for row in rows]
        connection.execute(
            entered,
            [
                {
                    "its_org_id": row.org_id,
                    "its_id": row.id,
                    "its_name": row.name,
                    "its_spellings": entry.spellings,
                    "its_keys": entry.keys,
                }
                for row, entry in entries
            ],
        )
        position = (rows[-1].org_id, rows[-1].id)
