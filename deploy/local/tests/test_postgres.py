"""PostgreSQL from a wheel: roles, durability, restarts."""

from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from local_stack.files import BrokenFile
from local_stack.postgres import Postgres, PostgresUrl, ServicePasswords, create_service_database, start_postgres

PASSWORDS = ServicePasswords(owner="owner's / password", runtime="runtime's @ password")


def connect(server: Postgres, database: str, user: str, password: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as one of the roles."""
    return psycopg.connect(str(server.url(database, user, password)), autocommit=True)


@pytest.fixture(scope="module")
def service(postgres: Postgres) -> str:
    """A service with a table."""
    create_service_database(postgres, "enrolment", PASSWORDS)
    with connect(postgres, "enrolment", "enrolment_owner", PASSWORDS.owner) as owner:
        owner.execute("CREATE TABLE family (id bigserial PRIMARY KEY, name text)")
    return "enrolment"


def test_the_runtime_role_reads_and_writes_rows(postgres: Postgres, service: str) -> None:
    """OP-01: the runtime role may select, insert, update and delete in what the owner makes later."""
    with connect(postgres, service, service, PASSWORDS.runtime) as runtime:
        runtime.execute("INSERT INTO family (name) VALUES ('García')")
        runtime.execute("UPDATE family SET name = 'García López'")
        assert ("García López",) == runtime.execute("SELECT name FROM family").fetchone()
        assert 1 == runtime.execute("DELETE FROM family").rowcount


@pytest.mark.parametrize("ddl", ["CREATE TABLE t (x int)", "DROP TABLE family", "TRUNCATE family", "CREATE SCHEMA s"])
def test_the_runtime_role_changes_no_schema(postgres: Postgres, service: str, ddl: str) -> None:
    """OP-08: only the owner role, which only the migrations use, has DDL."""
    with connect(postgres, service, service, PASSWORDS.runtime) as runtime, pytest.raises(InsufficientPrivilege):
        runtime.execute(ddl)


def test_a_service_cannot_enter_the_database_of_another(postgres: Postgres, service: str) -> None:
    """OP-01: each service's roles open its own database only."""
    create_service_database(postgres, "stranger", PASSWORDS)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(postgres, service, "stranger", PASSWORDS.runtime)


def test_a_wrong_password_is_refused(postgres: Postgres, service: str) -> None:
    """OP-01: passwords are checked although the server listens on the loopback only."""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(postgres, service, service, "wrong")


def test_making_a_database_again_keeps_its_rows_and_takes_the_new_passwords(postgres: Postgres) -> None:
    """OP-01: a second start finds everything in its place."""
    create_service_database(postgres, "again", ServicePasswords(owner="old", runtime="old"))
    with connect(postgres, "again", "again_owner", "old") as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS one")
    create_service_database(postgres, "again", PASSWORDS)
    with connect(postgres, "again", "again", PASSWORDS.runtime) as runtime:
        assert (1,) == runtime.execute("SELECT one FROM kept").fetchone()


def test_the_owner_installs_the_extensions_that_the_services_use(postgres: Postgres, service: str) -> None:
    """AP-02: trigrams, accents and ranges need extensions that the owner role may install by itself."""
    with connect(postgres, service, f"{service}_owner", PASSWORDS.owner) as owner:
        for extension in ("btree_gist", "pg_trgm", "unaccent"):
            owner.execute(f"CREATE EXTENSION {extension}")
        assert ("Nunez",) == owner.execute("SELECT unaccent('Núñez')").fetchone()


def test_commits_reach_the_disk(postgres: Postgres) -> None:
    """OP-01: a laptop's PostgreSQL is as durable as a real one: fsync is on."""
    with psycopg.connect(str(postgres.admin)) as connection:
        assert (
            connection.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetchone()
        ) == ("on", "on")


def test_a_killed_server_recovers_what_was_committed(folder: Path) -> None:
    """OP-06: after kill -9 the next start on the same folder has every committed row."""
    server = start_postgres(folder)
    with psycopg.connect(str(server.admin)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.child is not None
    server.child.kill()
    server.child.start()
    with psycopg.connect(str(server.admin)) as connection:
        assert (42,) == connection.execute("SELECT answer FROM kept").fetchone()
    server.stop()


def test_a_restart_opens_the_way_again(folder: Path) -> None:
    """OP-06: a folder above, that was closed while the server ran, does not keep it from coming back."""
    (above := folder / "above").mkdir(mode=0o700)
    server = start_postgres(above / "postgres")
    assert server.child is not None
    server.child.kill()
    above.chmod(0o700)  # as another run of pytest does to the folder that all runs share
    server.child.start()
    server.stop()


def test_a_start_waits_for_the_end_of_the_server_before(folder: Path) -> None:
    """OP-01: a stack that is started while an old one still ends waits for it instead of failing."""
    old = start_postgres(folder)
    assert old.child is not None
    old.child.ask_to_stop()
    new = start_postgres(folder)
    assert not old.child.is_running
    new.stop()


def test_an_interrupted_first_start_is_begun_anew(folder: Path) -> None:
    """OP-01: half a cluster, left by an interruption, does not stand in the way."""
    (folder / "unfinished").mkdir()
    (folder / "unfinished" / "PG_VERSION").write_text("18", encoding="ascii")
    server = start_postgres(folder)
    with psycopg.connect(str(server.admin)) as connection:
        assert (1,) == connection.execute("SELECT 1").fetchone()
    server.stop()


def test_a_url_survives_being_written_and_read() -> None:
    """OP-03: passwords with signs that mean something in a URL come back unchanged."""
    url = PostgresUrl(host="db.example", port=5433, database="identity", user="identity", password="a/b:c@d ?e")
    assert url == PostgresUrl.parse(str(url))


@pytest.mark.parametrize("text", ["", "mysql://u:p@h/d", "postgresql:///d", "postgresql://host/d"])
def test_what_is_no_postgres_url_is_refused(text: str) -> None:
    """OP-03: a wrong address names what it should look like."""
    with pytest.raises(ValueError, match="looks like"):
        PostgresUrl.parse(text)


@pytest.mark.parametrize("content", [None, ""])
def test_a_lost_password_is_said_in_a_sentence(folder: Path, content: str | None) -> None:
    """CASE-S12: a cluster whose password file is lost or empty is refused with what to do, and left as it is."""
    (folder / "postgres" / "cluster").mkdir(parents=True)
    if content is not None:
        (folder / "postgres" / "superuser").write_text(content, encoding="ascii")
    with pytest.raises(BrokenFile, match=r"superuser has no password.*: put it back, or delete"):
        start_postgres(folder / "postgres")
    assert [] == list((folder / "postgres" / "cluster").iterdir())
