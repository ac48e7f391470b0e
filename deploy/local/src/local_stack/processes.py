"""Child processes that never outlive their parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

POLL_SECONDS = 0.02
LOG_TAIL_LINES = 20


class StartFailed(Exception):
    """A program ended, or was not ready in time; the message carries the end of its log."""


def under_launcher(
    command: Sequence[str], *, death_signal: signal.Signals = signal.SIGTERM, user: int | None = None
) -> list[str]:
    """The command, run so that it gets the signal when the calling *thread* ends, and as the given user id."""
    launcher = str(Path(__file__).with_name("launch.py"))
    parent = [str(os.getpid()), str(int(death_signal)), str(-1 if user is None else user)]
    return [sys.executable, "-I", "-S", launcher, *parent, *command]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how to see that it is ready."""

    name: str
    command: Sequence[str]
    log: Path
    """Everything that it prints is appended here."""
    before: Callable[[], object] = lambda: None
    """Done before each start, the later ones too; an OSError is a start that failed."""
    is_ready: Callable[[], bool] = lambda: True
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of this process."""
    stop_signal: signal.Signals = signal.SIGTERM
    user: int | None = None
    """Numeric user id; None keeps the present one."""
    folder: Path | None = None
    """Where it runs; None: where this process does."""
    start_seconds: float = 30
    stop_seconds: float = 10
    """How long it may take to end by itself before it is killed."""


class Child:
    """One program in a process group of its own; may be started again after its end, from any thread."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._popen: subprocess.Popen[bytes] | None = None
        self._gone = threading.Event()

    @property
    def pid(self) -> int:
        """The process id of the latest start."""
        if self._popen is None:
            raise StartFailed(f"{self.program.name} was never started.")
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._popen is not None and not self._gone.is_set()

    def start(self) -> None:
        """Start it and return as soon as it is ready; StartFailed when it ends or takes too long."""
        self.spawn()
        self.wait_until_ready()

    def wait_until_complete(self) -> None:
        """Return when it has ended; StartFailed when it fails or takes too long."""
        if not self._gone.wait(self.program.start_seconds):
            self.kill()
            raise StartFailed(self._words(f"did not end within {self.program.start_seconds:g} s."))
        if self._popen is not None and self._popen.returncode:
            raise StartFailed(self._words("failed."))

    def spawn(self) -> None:
        """Start it and return at once."""
        if self.is_running:
            return
        self._popen, self._gone = None, threading.Event()
        started: Future[subprocess.Popen[bytes]] = Future()
        # The kernel signals a child when the thread that made it ends, not when the process does. So each child has
        # a thread that lives exactly as long, and callers may come from short-lived ones.
        name = f"watch-{self.program.name}"
        threading.Thread(target=self._watch, args=(started, self._gone), name=name, daemon=True).start()
        try:
            self._popen = started.result()
        except OSError as error:
            raise StartFailed(f"{self.program.name} cannot be started: {error}") from error

    def _watch(self, started: Future[subprocess.Popen[bytes]], gone: threading.Event) -> None:
        try:
            popen = self._opened()
        except OSError as error:
            started.set_exception(error)
        else:
            started.set_result(popen)
            popen.wait()
            gone.set()

    def _opened(self) -> subprocess.Popen[bytes]:
        program = self.program
        program.log.parent.mkdir(parents=True, exist_ok=True)
        program.before()
        with program.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own programs
                under_launcher(program.command, death_signal=program.stop_signal, user=program.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **program.environment},
                cwd=program.folder,
                # Ctrl-C in the terminal reaches the parent alone, which then ends the children in order.
                process_group=0,
            )

    def wait_until_ready(self) -> None:
        """Return as soon as the program says that it is ready; StartFailed when it ends or takes too long."""
        deadline = time.monotonic() + self.program.start_seconds
        while not self.program.is_ready():
            if self._gone.wait(POLL_SECONDS):
                raise StartFailed(self._words("ended while starting."))
            if time.monotonic() > deadline:
                self.kill()
                raise StartFailed(self._words(f"was not ready after {self.program.start_seconds:g} s."))

    def ask_to_stop(self) -> None:
        """Send the signal that ends it in good order, without waiting."""
        self._signal(self.program.stop_signal)

    def stop(self) -> None:
        """End it in good order; kill it when that takes too long."""
        self.ask_to_stop()
        if self.is_running and not self._gone.wait(self.program.stop_seconds):
            self.kill()

    def kill(self) -> None:
        """SIGKILL to its whole group; returns when it is gone."""
        if self.is_running:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._gone.wait()

    def pause(self) -> None:
        """SIGSTOP: it stays, but does nothing until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._popen is not None:
            self._popen.send_signal(number)

    def _words(self, what: str) -> str:
        log = self.program.log
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"{self.program.name} {what}", f"{log}:", *lines[-LOG_TAIL_LINES:]])
