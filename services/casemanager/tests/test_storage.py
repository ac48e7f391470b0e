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
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
