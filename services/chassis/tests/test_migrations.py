"""Migrations: once, by one process, without holding up the service that runs meanwhile."""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import NoReturn

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from chassis.commands import command_line
from chassis.context import ServiceContext
from chassis.migrations import UnknownRevision, migrate
from chassis.service import ServiceDefinition
from chassis.settings import Settings
from chassis.tables import metadata_with_chassis_tables
from chassis.testing import eventually
from chassis.testing.database import DatabaseUrls, migrated_copy
from services.chassis.examples.ledger import storage
from services.chassis.tests.conftest import MIGRATIONS
from services.chassis.tests.test_settings import RIGHT

REVISION = """
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    {body}
"""


@pytest.fixture
def urls(postgres_url) -> DatabaseUrls:
    return migrated_copy(postgres_url, "ledger", MIGRATIONS)


@pytest.fixture
def write_revision(tmp_path, monkeypatch) -> Callable[[str, str], str]:
    """Adds a revision that runs the given Python, to a package whose name is the answer."""
    package = f"migrations_{tmp_path.name}".replace("-", "_")
    versions = tmp_path / package / "versions"
    versions.mkdir(parents=True)
    env = "from sqlalchemy import MetaData\nfrom chassis.migrations import run_env\nrun_env(MetaData())\n"
    (tmp_path / package / "env.py").write_text(env, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(revision: str, body: str) -> str:
        earlier = [path.stem for path in sorted(versions.glob("*.py")) if path.stem < revision]
        text = REVISION.format(revision=revision, down=earlier[-1] if earlier else None, body=body)
        (versions / f"{revision}.py").write_text(text, encoding="utf-8")
        return package

    return write


@pytest.fixture
def empty(urls) -> str:
    """A database without a schema, as its owner."""
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return str(urls.owner)


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {row[0] for row in rows}


def test_the_migrated_schema_is_what_the_code_describes(urls):
    """OP-08: migrations and tables say the same."""
    with create_engine(
        make_url(urls.owner).set(drivername="postgresql+psycopg"), poolclass=NullPool
    ).connect() as open_:
        assert [] == compare_metadata(MigrationContext.configure(open_), storage.metadata)


def test_the_runtime_role_has_rows_but_no_tables(urls):
    """OP-08: only the owner changes the schema."""
    with psycopg.connect(urls.runtime, autocommit=True) as connection:
        connection.execute("SELECT count(*) FROM outbox")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER TABLE outbox ADD COLUMN x int")


def test_every_chassis_table_begins_with_the_organization():
    """OP-11: the first column of each primary key is org_id."""
    keys = {table.name: table.primary_key.columns.keys()[0] for table in metadata_with_chassis_tables().sorted_tables}
    assert dict.fromkeys(["outbox", "inbox", "aggregate_versions", "dead_letters", "requests"], "org_id") == keys


def test_at_the_newest_revision_nothing_happens_quickly(urls):
    """OP-01: a second start does not wait for Alembic."""
    migrate(urls.owner, MIGRATIONS)
    took = []
    for _ in range(3):
        began = time.perf_counter()
        migrate(urls.owner, MIGRATIONS)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.3


def test_a_failed_revision_leaves_those_before_it(empty, write_revision):
    """OP-08: each revision is a transaction; after the mend the next run goes on."""
    write_revision("0001", "op.execute('CREATE TABLE one (n int)')")
    package = write_revision("0002", "op.execute('CREATE TABLE two (n int); SELECT 1/0')")
    with pytest.raises(Exception, match="division by zero"):
        migrate(empty, package)
    assert {"alembic_version", "one"} == tables(empty)
    write_revision("0002", "op.execute('CREATE TABLE two (n int)')")
    migrate(empty, package)
    assert {"alembic_version", "one", "two"} == tables(empty)


INDEX = "from chassis.migrations import create_index_concurrently; create_index_concurrently('one_idx', 'one', ['n'])"
IS_VALID_IS_UNIQUE = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'one_idx'::regclass"


async def test_an_index_is_made_while_the_service_writes(empty, write_revision, monkeypatch):
    """OP-08: an index of a large table waits for who writes, and nobody waits for it, not even who wants a turn."""
    package = write_revision("0001", "op.execute('CREATE TABLE one (n int)')")
    migrate(empty, package)
    write_revision("0002", INDEX)
    monkeypatch.setattr("chassis.migrations.STATEMENT_TIMEOUT", "10s")
    with psycopg.connect(empty) as writer, psycopg.connect(empty, autocommit=True) as another:
        writer.execute("INSERT INTO one VALUES (1)")
        migrating = [asyncio.create_task(asyncio.to_thread(migrate, empty, package)) for _ in range(2)]
        await eventually(lambda: another.execute("SELECT FROM pg_class WHERE relname = 'one_idx'").rowcount)
        another.execute("INSERT INTO one VALUES (2)")
        writer.commit()
        await asyncio.gather(*migrating)
        assert (True, False) == another.execute(IS_VALID_IS_UNIQUE).fetchone()


def test_an_index_that_was_left_half_made_is_made_anew(empty, write_revision):
    """OP-08: PostgreSQL keeps what a failed CREATE INDEX CONCURRENTLY began; the next attempt replaces it."""
    package = write_revision("0001", "op.execute('CREATE TABLE one (n int); INSERT INTO one VALUES (1), (1)')")
    migrate(empty, package)
    with psycopg.connect(empty, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY one_idx ON one (n)")
        write_revision("0002", INDEX)
        migrate(empty, package)
        assert (True, False) == connection.execute(IS_VALID_IS_UNIQUE).fetchone()


def stamp(url: str, revision: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", [revision])


async def build(context: ServiceContext[Settings]) -> NoReturn:
    """The parts of a service that only migrates."""
    raise NotImplementedError


@pytest.mark.parametrize("revision", ["0003", "0001_f"])
def test_a_database_of_another_version_is_left_alone(empty, write_revision, revision):
    """OP-08: one sentence names the unknown revision, also when a known one begins with it; the tables stay."""
    write_revision("0001_first", "op.execute('CREATE TABLE one (n int)')")
    migrate(empty, write_revision("0002", "op.execute('CREATE TABLE two (n int)')"))
    stamp(empty, revision)
    package = write_revision("0003_third", "op.execute('CREATE TABLE three (n int)')")
    with pytest.raises(UnknownRevision, match=f"the database stands at revision {revision}, which this version"):
        migrate(empty, package)
    assert {"alembic_version", "one", "two"} == tables(empty)


def test_the_command_says_it_in_one_sentence(urls, monkeypatch):
    """OP-08: an operator reads what to do, no traceback."""
    stamp(urls.owner, "0000")
    for name, value in {**RIGHT, "PORTICO_DATABASE_OWNER_URL": urls.owner}.items():
        monkeypatch.setenv(name, value)
    definition = ServiceDefinition(name=MIGRATIONS.removesuffix(".migrations"), settings=Settings, build=build)
    ended = CliRunner().invoke(command_line(definition), ["migrate"])
    assert (1, 1) == (ended.exit_code, ended.stderr.count("\n"))
    assert "the database stands at revision 0000, which this version does not know; use " in ended.stderr


def test_a_table_that_is_held_is_not_waited_for_long(empty, write_revision, monkeypatch):
    """OP-08: a migration that cannot get its lock gives up, instead of making every call queue behind it."""
    monkeypatch.setattr("chassis.migrations.LOCK_TIMEOUT", "100ms")
    package = write_revision("0001", "op.execute('CREATE TABLE one (n int)')")
    migrate(empty, package)
    write_revision("0002", "op.execute('ALTER TABLE one ADD COLUMN m int')")
    with psycopg.connect(empty) as holder:
        holder.execute("SELECT * FROM one")
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate(empty, package)
    migrate(empty, package)


def test_a_statement_that_takes_too_long_is_given_up(empty, write_revision, monkeypatch):
    """OP-08: no migration runs for ever."""
    monkeypatch.setattr("chassis.migrations.STATEMENT_TIMEOUT", "100ms")
    package = write_revision("0001", "op.execute('SELECT pg_sleep(10)')")
    with pytest.raises(OperationalError, match="statement timeout"):
        migrate(empty, package)


async def test_processes_that_migrate_at_once_take_turns(empty, write_revision, tmp_path):
    """OP-06: however many replicas start together, each revision runs once."""
    package = write_revision("0001", "op.execute('CREATE TABLE one (n int); SELECT pg_sleep(0.2)')")
    command = (
        "import sys; sys.path.append(sys.argv[3]); from chassis.migrations import migrate; migrate(*sys.argv[1:3])"
    )
    arguments = [sys.executable, "-c", command, empty, package, str(tmp_path)]
    processes = [await asyncio.create_subprocess_exec(*arguments) for _ in range(3)]
    assert [0, 0, 0] == [await process.wait() for process in processes]
    assert {"alembic_version", "one"} == tables(empty)
