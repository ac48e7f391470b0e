"""The way to the cluster, for the user that runs PostgreSQL when we are root.

A folder above that lets nobody through is opened (passing, not looking) for as long as a process needs it, and closed
again by the last of them. Who needs it holds a shared lock on the folder; what was opened stands in one file of this
machine, so that a process that was killed is made up for by the next one.
"""

import atexit
import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_held: dict[Path, int] = {}


def let_through(path: Path) -> list[Path]:
    """Let other users pass through the folders above until this process ends; the ones that had to be opened."""
    opened = []
    with _opened() as known:
        for folder in path.parents:
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH:
                known.add(str(folder))
                opened.append(folder)
                folder.chmod(mode | stat.S_IXOTH)
            if str(folder) in known and folder not in _held:
                _held[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                fcntl.flock(_held[folder], fcntl.LOCK_SH)
    return opened


@atexit.register
def close_again() -> None:
    """Close what was opened and nobody needs any more, also for processes that could not do it themselves."""
    if not _held:
        return
    with _opened() as known:
        for name in sorted(known):
            descriptor = _held.pop(Path(name), None)
            with suppress(OSError):  # another process needs it, or it is gone
                descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY) if descriptor is None else descriptor
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & ~stat.S_IXOTH)
                known.discard(name)
            if not Path(name).exists():
                known.discard(name)
            if descriptor is not None:
                os.close(descriptor)


@contextmanager
def _opened() -> Iterator[set[str]]:
    """The folders that are open for now, by name; one process at a time has them."""
    path = Path(tempfile.gettempdir(), f"portico-opened-{os.getuid()}")
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_uid != os.getuid():
            raise PermissionError(f"{path} belongs to somebody else.")
        known = _names(file.read())
        try:
            yield known
        finally:
            file.seek(0)
            file.truncate()
            file.write(json.dumps(sorted(known)))


def _names(written: str) -> set[str]:
    with suppress(ValueError):
        return set(json.loads(written or "[]"))
    return set()
