"""Whether there is something to migrate."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local_stack.migrations import UnknownRevision, is_current
from local_stack.postgres import Postgres, PostgresUrl

FIRST = 'revision = "0001"\ndown_revision = None\n'
SECOND = 'revision: str = "0002"\ndown_revision: str | None = "0001"\n'


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A service with two migrations."""
    versions = tmp_path / "enrolling" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "enrolling" / "__init__.py").touch()
    (versions / "0001_families.py").write_text(FIRST, encoding="utf-8")
    (versions / "0002_children.py").write_text(SECOND, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "enrolling"


@pytest.fixture
def database(postgres: Postgres) -> Iterator[PostgresUrl]:
    """An empty database."""
    with psycopg.connect(str(postgres.admin), autocommit=True) as connection:
        connection.execute("CREATE DATABASE enrolling")
        admin = postgres.admin
        yield postgres.url("enrolling", admin.user, admin.password)
        connection.execute("DROP DATABASE enrolling WITH (FORCE)")


def stamp(database: PostgresUrl, revision: str) -> None:
    """Mark a database as migrated to a revision."""
    with psycopg.connect(str(database)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES (%s)", [revision])


def test_an_empty_database_is_migrated(service: str, database: PostgresUrl) -> None:
    """OP-01: the first start migrates."""
    assert not is_current(database, service=service)


@pytest.mark.parametrize(("revision", "current"), [("0001", False), ("0002", True)])
def test_only_an_older_schema_is_migrated(service: str, database: PostgresUrl, revision: str, current: bool) -> None:
    """OP-01: a second start on an unchanged schema loses no time with migrations, and a new revision is not missed."""
    stamp(database, revision)
    assert is_current(database, service=service) is current


def test_a_schema_of_another_version_is_told(service: str, database: PostgresUrl) -> None:
    """OP-08: what no file makes is neither migrated nor served."""
    stamp(database, "0003")
    with pytest.raises(UnknownRevision, match="enrolling: the database stands at revision 0003, which"):
        is_current(database, service=service)
