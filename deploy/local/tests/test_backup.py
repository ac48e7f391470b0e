"""Backup and restore of a stack's data: whole or not at all, and never over something else."""

import tarfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from chassis.blobs import Blob, Blobs, BlobUrl
from local_stack.backup import BackupFailed, back_up, restore
from local_stack.folder import only_user_of
from local_stack.postgres import start_postgres
from local_stack.seaweed import Seaweed, start_seaweed
from local_stack.secrets import DevelopmentSecrets

MODE = 0o777
FILE = Path("blobs/org/2027/01/id")


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A folder with what a stack leaves behind, a database with one row, a file and a secret, and a backup of it."""
    with TemporaryDirectory(prefix="portico-") as path:
        data = Path(path) / "data"
        with only_user_of(data):
            server = start_postgres(data / "postgres")
            with psycopg.connect(str(server.admin)) as connection:
                connection.execute("CREATE TABLE ledger AS SELECT 42 AS amount")
            server.stop()
        DevelopmentSecrets(data / "secrets").password("somebody")
        (data / FILE).mkdir(parents=True)
        (data / FILE / "00000").write_bytes(b"a piece")
        (data / FILE / "00001#1").write_bytes(b"half a pi")
        back_up(data, Path(path) / "backup.tar.gz")
        yield Path(path)


@pytest.fixture
def data(kept: Path) -> Path:
    """The data; for tests that leave them as they are."""
    return kept / "data"


@pytest.fixture
def file(kept: Path) -> Path:
    """The backup."""
    return kept / "backup.tar.gz"


def amounts(data: Path) -> list[int]:
    server = start_postgres(data / "postgres")
    try:
        with psycopg.connect(str(server.admin)) as connection:
            return [amount for (amount,) in connection.execute("SELECT amount FROM ledger")]
    finally:
        server.stop()


def changed(file: Path, folder: Path, member: str, content: bytes) -> Path:
    """The backup with one file of the cluster altered."""
    with tarfile.open(file) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (folder / "unpacked" / "postgres" / "cluster" / member).write_bytes(content)
    with tarfile.open(folder / "changed.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(folder / "unpacked", "")
    return folder / "changed.tar.gz"


def add_database(data: Path, *, service: str, revision: str) -> None:
    """Give the data a service's database, as a version with this revision leaves it."""
    server = start_postgres(data / "postgres")
    with psycopg.connect(str(server.admin), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(service)))
    with psycopg.connect(str(replace(server.admin, database=service))) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES (%s)", [revision])
    server.stop()


def leftovers(folder: Path) -> Iterator[str]:
    return (path.name for path in folder.iterdir() if path.name.startswith("."))


def test_what_was_kept_is_there_again(data: Path, file: Path, folder: Path) -> None:
    """OP-09, CM-12: rows, files and secrets, in a file and in folders that only their owner reads."""
    restore(file, folder / "restored")
    assert [42] == amounts(folder / "restored")
    kept, restored = (DevelopmentSecrets(one / "secrets").password("somebody") for one in (data, folder / "restored"))
    assert kept == restored
    pieces = {path.name: path.read_bytes() for path in (folder / "restored" / FILE).iterdir()}
    assert {"00000": b"a piece"} == pieces
    assert 0o600 == file.stat().st_mode & MODE
    assert 0o600 == (folder / "restored" / "secrets" / "secrets.json").stat().st_mode & MODE
    assert 0o700 == (folder / "restored" / "secrets").stat().st_mode & MODE
    assert [] == [*leftovers(folder), *leftovers(file.parent)]


@pytest.mark.long(seconds=90)
async def test_files_in_an_s3_of_the_stacks_own(file: Path, folder: Path) -> None:
    """OP-09, CM-12: they are copied while the stack runs, and read again through S3 from a new server."""
    restore(file, folder / "data")
    content = b"%PDF-1.7\n" + bytes(range(256)) * 20_000
    with only_user_of(folder / "data"):
        postgres, seaweed = start_postgres(folder / "data" / "postgres"), start_seaweed(folder / "data" / "s3")
        written = [await write(seaweed, f"org/2027/01/{name}", content + name.encode()) for name in ("one", "two")]
        back_up(folder / "data", folder / "running.tar.gz")
        seaweed.stop()
        postgres.stop()
    restore(folder / "running.tar.gz", folder / "restored")
    assert not (folder / "restored" / "s3-objects").exists()
    seaweed = start_seaweed(folder / "restored" / "s3")
    blobs = Blobs(BlobUrl.parse(seaweed.url("files")))
    found = [b"".join([part async for part in blobs.read(blob)]) for blob in written]
    seaweed.stop()
    assert [content + b"one", content + b"two"] == found


async def write(seaweed: Seaweed, key: str, content: bytes) -> Blob:
    """Through the door that casemanager uses."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return await Blobs(BlobUrl.parse(seaweed.url("files"))).write(key, chunks(), max_bytes=len(content))


def test_a_running_server_is_copied_as_it_is(file: Path, folder: Path) -> None:
    """OP-09: a backup needs no pause; what was committed is in it, what was not is not."""
    restore(file, folder / "running")
    with only_user_of(folder / "running"):
        server = start_postgres(folder / "running" / "postgres")
        with psycopg.connect(str(server.admin)) as connection:
            connection.execute("INSERT INTO ledger VALUES (43)")
            connection.commit()
            connection.execute("INSERT INTO ledger VALUES (44)")
            back_up(folder / "running", folder / "second.tar.gz")
        server.stop()
    restore(folder / "second.tar.gz", folder / "restored")
    assert [42, 43] == amounts(folder / "restored")


def test_a_backup_overwrites_nothing(file: Path, data: Path) -> None:
    """OP-09: an older backup under that name stays."""
    before = file.read_bytes()
    with pytest.raises(BackupFailed, match="exists already"):
        back_up(data, file)
    assert before == file.read_bytes()
    assert [] == [*leftovers(file.parent)]


def test_a_backup_that_cannot_be_written_is_told(data: Path, folder: Path) -> None:
    """OP-09: as when the folder for it is not there."""
    with pytest.raises(BackupFailed, match="cannot be written"):
        back_up(data, folder / "nowhere" / "backup.tar.gz")


def test_only_a_stack_can_be_backed_up(folder: Path) -> None:
    """OP-09: an empty folder is no stack's, and becomes none by that."""
    with pytest.raises(BackupFailed, match="no PostgreSQL"):
        back_up(folder / "nothing", folder / "backup.tar.gz")
    assert [] == [*folder.iterdir()]


def test_a_restore_overwrites_nothing(file: Path, data: Path) -> None:
    """OP-09: data that are there stay, also when the backup is a good one."""
    with pytest.raises(BackupFailed, match="not empty"):
        restore(file, data)
    assert [42] == amounts(data)


def test_half_a_backup_is_refused(file: Path, folder: Path) -> None:
    """OP-09: nothing is restored from what cannot be read to its end, as after a full disk."""
    (folder / "half.tar.gz").write_bytes(file.read_bytes()[:-100_000])
    with pytest.raises(BackupFailed, match="no backup that can be read"):
        restore(folder / "half.tar.gz", folder / "restored")
    assert not (folder / "restored").exists()
    assert [] == [*leftovers(folder)]


@pytest.mark.parametrize("content", [b"", b"no backup at all"])
def test_something_else_is_refused(folder: Path, content: bytes) -> None:
    """OP-09: as when the wrong file is named."""
    (folder / "letter.txt").write_bytes(content)
    with pytest.raises(BackupFailed, match="no backup that can be read"):
        restore(folder / "letter.txt", folder / "restored")
    with pytest.raises(BackupFailed, match="no backup that can be read"):
        restore(folder / "missing.tar.gz", folder / "restored")


def test_an_altered_backup_is_refused(file: Path, folder: Path) -> None:
    """OP-09: PostgreSQL's own manifest tells."""
    with pytest.raises(BackupFailed, match="pg_verifybackup"):
        restore(changed(file, folder, "global/pg_control", bytes(8192)), folder / "restored")
    assert not (folder / "restored").exists()


def test_another_release_of_postgres_is_told(file: Path, folder: Path) -> None:
    """OP-09: a cluster's files belong to one major release."""
    with pytest.raises(BackupFailed, match="was made by PostgreSQL 9"):
        restore(changed(file, folder, "PG_VERSION", b"9\n"), folder / "restored")


def test_tables_of_another_version_are_told(file: Path, folder: Path) -> None:
    """OP-09: a backup that no service of this version could use is refused, and no data folder is made of it."""
    restore(file, folder / "other")
    add_database(folder / "other", service="casemanager", revision="0001")
    back_up(folder / "other", folder / "other.tar.gz")
    with pytest.raises(
        BackupFailed, match=r"^casemanager: .* revision 0001, .* not know; restore .*other\.tar\.gz with"
    ):
        restore(folder / "other.tar.gz", folder / "restored")
    assert not (folder / "restored").exists()
    assert [] == [*leftovers(folder)]
