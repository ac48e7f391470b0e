"""Files that nobody else may read, and what is said when one cannot be used."""

import errno
import os
from pathlib import Path

REMEDIES = {
    errno.ENOSPC: "Make room on the disk, and start again.",
    errno.EDQUOT: "Make room on the disk, and start again.",
    errno.EROFS: "Take a folder that can be written: --data.",
    errno.EACCES: "Take a folder that you may write: --data.",
    errno.EPERM: "Take a folder that you may write: --data.",
}


class BrokenFile(Exception):
    """A file that the stack needs is missing or cannot be read; the message says which, and what to do."""


def lost(path: Path, what: str, *, data: Path) -> BrokenFile:
    """The words about a file that nothing can make again: `what` is wrong with it, `data` is the stack's folder."""
    anew = f"delete {data} (`make clean-data` for .local) and restore a backup or begin anew"
    return BrokenFile(f"{path} {what}: put it back, or {anew}.")


def plain(error: OSError) -> str:
    """What the system refused, in words for the person in front of the terminal."""
    where = f"{error.filename}: " if error.filename else ""
    remedy = REMEDIES.get(error.errno or 0, "")
    return f"{where}{error.strerror or error}. {remedy}".rstrip()


def write_private(path: Path, content: bytes) -> None:
    """Write a file with mode 0600, whole or not at all, whatever ends us; makes its folder (0700 when it is new)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # the name, too, is on the disk
    finally:
        os.close(folder)
