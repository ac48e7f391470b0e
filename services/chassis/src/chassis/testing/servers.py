"""One PostgreSQL for a whole test run, started by the main process when the first test asks for it.

The workers of pytest-xdist are processes of their own: they ask by a file in a folder that all share, and read the
answer there.
"""

import shutil
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from local_stack.postgres import Postgres, start_postgres

_PAUSE = 0.02
_MAX_START_SECONDS = 60.0


class PostgresHost:
    """Lives in the main process; `stop` ends the server and removes everything."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portico-tests-"))
        self._stopping = threading.Event()
        self._postgres: Postgres | None = None
        self._thread = threading.Thread(target=self._serve, name="postgres-for-tests", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server, if anybody asked for it."""
        self._stopping.set()
        self._thread.join()
        if self._postgres is not None:
            self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self) -> None:
        while not (self.folder / "wanted").exists():
            if self._stopping.wait(_PAUSE):
                return
        try:
            self._postgres = start_postgres(self.folder / "postgres")
            _forget_durability(self._postgres)
            self._answer(str(self._postgres.admin))
        except Exception as error:  # noqa: BLE001 the tests that wait for an answer fail with it
            self._answer(f"failed: {error}")

    def _answer(self, text: str) -> None:
        unfinished = self.folder / "unfinished"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.rename(self.folder / "answer")


def ask_for_postgres(folder: Path) -> str:
    """The superuser's URL of the run's PostgreSQL, from any process of the run."""
    (folder / "wanted").touch()
    answer = folder / "answer"
    deadline = time.monotonic() + _MAX_START_SECONDS
    while not answer.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL for the tests did not start.")
        time.sleep(_PAUSE)
    url = answer.read_text(encoding="utf-8")
    if url.startswith("failed: "):
        raise RuntimeError(url)
    return url


def _forget_durability(postgres: Postgres) -> None:
    """No test survives a power cut: commits need not wait for the disk."""
    with psycopg.connect(str(postgres.admin), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
