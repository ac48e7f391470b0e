"""Backup and restore: one file with all that cannot be made again: the PostgreSQL cluster, the files, the secrets.

The cluster's copy is a physical one (`pg_basebackup`), because only that shows the databases of all services at one
instant. The files are copied after it: bytes whose row came later belong to nobody and are collected. Those in an S3 of
the stack's own are copied object by object; those in any other S3 are that store's to back up. Events are no part of
it: the relays publish what their outboxes keep to the empty NATS of a restored stack.
"""

import io
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import httpx
import psycopg

from local_stack.folder import FolderInUse, only_user_of
from local_stack.migrations import UnknownRevision, is_current
from local_stack.objects import Objects
from local_stack.postgres import Postgres, programs, running_postgres, server_user, start_postgres
from local_stack.seaweed import running_filer, start_seaweed
from local_stack.topology import SERVICES

CLUSTER, SUPERUSER_PASSWORD, SECRETS = Path("postgres/cluster"), Path("postgres/superuser"), Path("secrets")
BLOBS, STORE, OBJECTS = Path("blobs"), Path("s3"), Path("s3-objects")
"""Files on the disk, an S3 of the stack's own, and in the archive what that S3 keeps."""


class BackupFailed(Exception):
    """A backup was not made, or not restored; the message says why, and nothing was changed."""


def back_up(data: Path, file: Path) -> None:
    """Write a gzipped tar (mode 0600) of a stack's data, whether it runs or not; whole or not at all.

    Whoever can read the file can be anybody: it holds the keys too.
    """
    if not (data / CLUSTER).exists():
        raise BackupFailed(f"There is no PostgreSQL of a stack in {data}.")
    if file.exists():
        raise BackupFailed(f"{file} exists already.")
    try:
        _write(data, file)
    except OSError as error:
        raise BackupFailed(f"{file} cannot be written: {error}") from error


def restore(file: Path, data: Path) -> None:
    """Make a stack's data from a backup. The folder has to be new or empty."""
    data = data.resolve()
    if data.exists() and any(data.iterdir()):
        raise BackupFailed(f"{data} is not empty; forget what is there first, or name another folder.")
    data.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=data.parent, prefix=".restore-") as folder:
        restored = Path(folder) / data.name
        _unpack(file, restored)
        _give_to_server(restored)
        _put_back_objects(restored)
        _refuse_unknown(file, restored)
        restored.rename(data)


def _write(data: Path, file: Path) -> None:
    with _new(file) as target, TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        copy = Path(folder) / "cluster"
        with _reachable(data) as (postgres, objects):
            _copy_cluster(postgres, copy)
            with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
                archive.add(copy, CLUSTER)
                for path in (SUPERUSER_PASSWORD, SECRETS):
                    archive.add(data / path, path)
                _add_blobs(data, archive)
                if objects is not None:
                    _add_objects(objects, archive)


def _add_blobs(data: Path, archive: tarfile.TarFile) -> None:
    """All pieces of files that are there whole; who deletes one meanwhile is no hindrance."""
    for piece in sorted((data / BLOBS).rglob("*")):
        if piece.is_file() and "#" not in piece.name:
            with suppress(FileNotFoundError):
                archive.add(piece, piece.relative_to(data))


def _add_objects(objects: Objects, archive: tarfile.TarFile) -> None:
    """The same of those in the stack's S3."""
    for path in objects.paths():
        content = objects.read(path)
        if content is not None:
            member = tarfile.TarInfo(str(OBJECTS / path))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def _put_back_objects(data: Path) -> None:
    """Into an S3 on the restored folder, which is all that the next start needs."""
    copied = data / OBJECTS
    if not copied.exists():
        return
    with _objects(data / STORE) as objects:
        for path in sorted(copied.rglob("*")):
            if path.is_file():
                objects.write(str(path.relative_to(copied)), path.read_bytes())
    shutil.rmtree(copied)


@contextmanager
def _new(file: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner reads, and that has its name only when it is whole; one that exists stays."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        os.link(unfinished, file)  # a rename would take the place of one that came meanwhile
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _reachable(data: Path) -> Iterator[tuple[Postgres, Objects | None]]:
    """The data's PostgreSQL, and its S3 if it has one: those that run, or others that are started for the moment."""
    with ExitStack() as stack:
        try:
            stack.enter_context(only_user_of(data))
            postgres = start_postgres(data / "postgres")
            stack.callback(postgres.stop)
        except FolderInUse:
            postgres = running_postgres(data / "postgres")
        yield postgres, stack.enter_context(_objects(data / STORE)) if (data / STORE).exists() else None


@contextmanager
def _objects(store: Path) -> Iterator[Objects]:
    """Of the server that runs, or of one for the moment: a stack may keep its files elsewhere by now."""
    with ExitStack() as stack:
        port = running_filer(store)
        if port is None:
            server = start_seaweed(store)
            stack.callback(server.stop)
            port = server.filer_port
        try:
            yield stack.enter_context(Objects(port))
        except httpx.HTTPError as error:
            raise BackupFailed(f"The S3 in {store} does not answer: {error}") from error


def _copy_cluster(postgres: Postgres, target: Path) -> None:
    environment = {**os.environ, "PGPASSWORD": postgres.admin.password}
    where = [f"--host={postgres.admin.host}", f"--port={postgres.admin.port}", f"--username={postgres.admin.user}"]
    how = ["--no-password", f"--pgdata={target}", "--wal-method=fetch", "--checkpoint=fast", "--no-sync"]
    _run("pg_basebackup", *where, *how, environment=environment)


def _unpack(file: Path, target: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(target, filter="data")
        made_by = (target / CLUSTER / "PG_VERSION").read_text(encoding="ascii").strip()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise BackupFailed(f"{file} is no backup that can be read: {error}") from None
    ours = _run("postgres", "--version").split()[-1]
    if made_by != ours.partition(".")[0]:
        raise BackupFailed(f"{file} was made by PostgreSQL {made_by}, and this is {ours}.")
    _run("pg_verifybackup", "--quiet", str(target / CLUSTER))


def _give_to_server(data: Path) -> None:
    user = server_user()
    for folder in (data, *(path for path in data.rglob("*") if path.is_dir())):
        folder.chmod(0o700)
    if user is not None:
        for path in (data / CLUSTER, *(data / CLUSTER).rglob("*")):
            os.chown(path, user, user)


def _refuse_unknown(file: Path, data: Path) -> None:
    """Only a server can read from the cluster's files which version's tables they hold."""
    server = start_postgres(data / "postgres")
    try:
        with psycopg.connect(str(server.admin)) as connection:
            databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for service in filter(databases.__contains__, SERVICES):
            is_current(replace(server.admin, database=service), service=service)
    except UnknownRevision as problem:
        raise BackupFailed(f"{problem}; restore {file} with the version that made it.") from None
    finally:
        server.stop()


def _run(program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    finished = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [programs() / program, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise BackupFailed(f"{program} failed: {finished.stderr.strip()}")
    return finished.stdout
