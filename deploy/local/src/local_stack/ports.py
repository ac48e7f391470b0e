"""Which TCP port of the loopback a component gets."""

import fcntl
import json
import os
import random
import socket
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from local_stack.files import write_private

LOOPBACK = "127.0.0.1"
# Below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections, so that no
# connection of the tests steals a port between the look and the start.
FIRST, LAST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback now."""
    with socket.socket() as probe:
        # As servers do: connections that linger after a restart are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


@cache
def _ledger() -> int:
    """An open file in which each byte stands for a port; the bytes that a process has locked are free at its end."""
    path = Path(tempfile.gettempdir(), f"portico-ports-{os.getuid()}")
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _reserve(port: int) -> bool:
    """Whether the port is this process's from now on, although nobody listens there yet."""
    try:
        fcntl.lockf(_ledger(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _is_ours(port: int) -> bool:
    return is_free(port) and _reserve(port)


class Ports:
    """Hands out free ports, each of them once, and none that another process was given."""

    def __init__(self) -> None:
        # Two stacks that start at the same moment begin far apart.
        self._next = random.randrange(FIRST, LAST)  # noqa: S311 - no secret
        self._taken: set[int] = set()

    def take(self, *wanted: int) -> int:
        """The first of the wanted ports that is free, else any free one."""
        for port in wanted:
            if port not in self._taken and _is_ours(port):
                self._taken.add(port)
                return port
        for _ in range(FIRST, LAST):
            self._next = self._next + 1 if self._next < LAST else FIRST
            if self._next not in self._taken and _is_ours(self._next):
                self._taken.add(self._next)
                return self._next
        raise OSError(f"No free port between {FIRST} and {LAST}.")


class KeptPorts:
    """The ports that people and the links in messages know: the same at every start, as long as they are free."""

    def __init__(self, file: Path, ports: Ports, say: Callable[[str], None]) -> None:
        self._file, self._ports, self._say = file, ports, say
        self._before = _read(file)
        self._known = dict(self._before)

    def take(self, name: str, usual: int | None) -> int:
        """The port of the last start, else the usual one, else any; says so when the last one is somebody else's."""
        before = self._before.get(name)
        port = self._ports.take(*(wanted for wanted in (before, usual) if wanted is not None))
        if before not in {None, port}:
            self._say(f"{name} is at port {port} from now on: somebody else has {before}, where older links lead.")
        if self._known.get(name) != port:
            self._known[name] = port
            write_private(self._file, json.dumps(self._known).encode("ascii"))
        return port


def _read(file: Path) -> dict[str, int]:
    """What the last start wrote; nothing when that cannot be read, for other ports do as well."""
    try:
        kept = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {name: port for name, port in kept.items() if type(port) is int} if isinstance(kept, dict) else {}
