"""Migrations: Alembic as the owner of the tables, never waiting long for a lock that the running service holds.

A revision that is rewritten before its release gets a new id, so that a database of the earlier form is refused.
"""

import time
from collections.abc import Sequence
from importlib.util import find_spec

import psycopg
from alembic import command, context, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.conninfo import make_conninfo
from psycopg.errors import UndefinedTable
from sqlalchemy import MetaData, NullPool, TextClause, create_engine, make_url

LOCK_TIMEOUT = "3s"
"""How long a migration may hold up the service's own statements while it waits for a table."""
STATEMENT_TIMEOUT = "5min"
TURN_SECONDS = 0.1
"""How often a process looks whether its turn to migrate has come."""


class UnknownRevision(Exception):
    """The database stands at a revision that the code does not know; nothing was changed."""


def migrate(url: str, package: str) -> None:
    """Bring the database to the newest revision of the package (`identity.migrations`); nothing when it is there.

    `url` is the owner's. One process at a time; each revision is a transaction of its own, so that a failed one leaves
    those before it. Raises UnknownRevision when another version made the database, psycopg's or SQLAlchemy's
    OperationalError when a lock or a statement takes too long.
    """
    config = Config()
    config.set_main_option("script_location", _folder(package).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with psycopg.connect(make_conninfo(url, application_name="migrate"), autocommit=True) as lock:
        # Not `pg_advisory_lock`: who waits in a statement has a snapshot, which CREATE INDEX CONCURRENTLY waits for.
        while lock.execute("SELECT pg_try_advisory_lock(hashtext('migrate'))").fetchone() != (True,):
            time.sleep(TURN_SECONDS)
        present, scripts = _present(lock), ScriptDirectory.from_config(config)
        if present == set(scripts.get_heads()):
            return
        # Alembic would take a revision that begins like a known one for that one.
        if unknown := ", ".join(sorted(present - {script.revision for script in scripts.walk_revisions()})):
            raise UnknownRevision(
                f"{package.removesuffix('.migrations')}: the database stands at revision {unknown}, which this version"
                " does not know; use the version that made it, or an empty database."
            )
        _upgrade(url, config)


def run_env(metadata: MetaData) -> None:
    """What a service's `migrations/env.py` calls with the metadata of its `storage.py`."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def create_index_concurrently(
    name: str,
    table: str,
    columns: Sequence[str | TextClause],
    *,
    where: TextClause | None = None,
    using: str = "btree",
    unique: bool = False,
) -> None:
    """Make an index of a large table, which can be written to meanwhile; it is what a revision does first.

    What the revision did before is committed by it. An index of that name, as an earlier attempt leaves it half made,
    is made anew. It waits for the transactions that run, as long as they do: it holds up nobody meanwhile.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            table,
            columns,
            unique=unique,
            postgresql_where=where,
            postgresql_using=using,
            postgresql_concurrently=True,
        )
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def _folder(package: str) -> str:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is no package.")
    return str(spec.submodule_search_locations[0])


def _present(connection: psycopg.Connection[tuple[str, ...]]) -> set[str]:
    try:
        return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    except UndefinedTable:
        return set()


def _upgrade(url: str, config: Config) -> None:
    options = f"-c lock_timeout={LOCK_TIMEOUT} -c statement_timeout={STATEMENT_TIMEOUT}"
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, connect_args={"options": options}
    )
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
