"""The parts of a stack that run here, started and ended from several threads."""

import threading
from collections.abc import Iterator, Mapping

from local_stack.processes import Child, StartFailed
from local_stack.progress import Progress


class Parts(Mapping[str, Child]):
    """Children by name. Once they are being ended nothing more is started, whoever asks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._children: dict[str, Child] = {}
        self._spawning = threading.Lock()
        self._is_closing = False

    def __getitem__(self, name: str) -> Child:
        return self._children[name]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._children))

    def __len__(self) -> int:
        return len(self._children)

    def start(self, child: Child) -> None:
        """Start a part and return as soon as it is ready; StartFailed when it does not become so."""
        self._progress.starting(child.program.name)
        self._spawn(child)
        child.wait_until_ready()
        self._progress.ready(child.program.name)

    def again(self, name: str) -> None:
        """Start a part that has ended, without waiting; StartFailed when its program cannot be run."""
        self._spawn(self[name])

    def complete(self, child: Child) -> None:
        """Run something to its end; StartFailed unless it succeeds."""
        self._progress.starting(child.program.name)
        self._spawn(child)
        child.wait_until_complete()
        del self._children[child.program.name]
        self._progress.ready(child.program.name)

    def close(self, *, last: frozenset[str]) -> None:
        """End all in good order: first those who use the `last` ones, then these."""
        with self._spawning:
            self._is_closing = True
        for group in (set(self) - last, set(self) & last):
            for name in group:
                self[name].ask_to_stop()
            for name in group:
                self[name].stop()

    def _spawn(self, child: Child) -> None:
        with self._spawning:
            if self._is_closing:
                raise StartFailed(f"{child.program.name} is not started any more: the stack ends.")
            self._children[child.program.name] = child
            child.spawn()
