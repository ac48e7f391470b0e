"""The data folder, which one stack at a time may use."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.files import BrokenFile


class FolderInUse(Exception):
    """Another stack runs on this folder."""


@contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Hold the folder against other stacks; it is made when it is missing. The lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except IsADirectoryError:
        raise BrokenFile(f"{path} is a folder, and should be a file: remove it.") from None
    with os.fdopen(descriptor, "r+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = f"process {lock.read()}"
            raise FolderInUse(f"Another stack already runs on {folder} ({holder}); stop that one first.") from None
        lock.truncate()  # not before it is ours: it names who holds the folder
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def forget(folder: Path) -> None:
    """Delete everything that the stack ever kept there; FolderInUse while one runs."""
    if folder.exists():
        with only_user_of(folder):
            shutil.rmtree(folder)
