"""The tables of casemanager."""

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from casemanager.shared.tables import metadata
from chassis.db import Database


def test_migrations_make_the_tables(database: Database) -> None:
    """OP-08: the migrations make exactly the tables that the statements are written for."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.url))
    # PostgreSQL writes the expressions of these indexes in its own way; a test of the lists sees them used.
    in_its_own_way = {"bookings_number_idx", "bookings_start_idx"}
    options = {"include_object": lambda _, name, *__: name not in in_its_own_way}
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
