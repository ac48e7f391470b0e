"""The data folder, which one stack at a time may use."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(Exception):
    """Another stack runs on this folder."""


@contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Hold the folder against other stacks; it is made when it is missing. The lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"Another stack already runs on {folder}; stop that one first.") from None
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def forget(folder: Path) -> None:
    """Delete everything that the stack ever kept there; FolderInUse while one runs."""
    if folder.exists():
        with only_user_of(folder):
            shutil.rmtree(folder)
