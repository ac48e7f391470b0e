"""Children end with their parent, whatever ends it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from local_stack.processes import Child, Program, StartFailed

SLEEPER = "import signal, time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
)
# A parent that starts a child from a short-lived thread, prints the child's id and does nothing more.
PARENT = """
import sys, threading, time
from pathlib import Path
from local_stack.processes import Child, Program
log = Path(sys.argv[1])
command = [sys.executable, "-c", sys.argv[2]]
is_up = lambda: log.exists() and b"up" in log.read_bytes()
child = Child(Program(name="child", command=command, log=log, is_ready=is_up))
thread = threading.Thread(target=child.start)
thread.start()
thread.join()
print(child.pid, flush=True)
time.sleep(600)
"""


def program(log: Path, code: str, *, start_seconds: float = 30, stop_seconds: float = 10) -> Program:
    """A Python program that is ready when it has printed `up`."""

    def is_ready() -> bool:
        return log.exists() and b"up" in log.read_bytes()

    return Program(
        name="child",
        command=[sys.executable, "-c", code],
        log=log,
        is_ready=is_ready,
        start_seconds=start_seconds,
        stop_seconds=stop_seconds,
    )


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    stat = Path(f"/proc/{pid}/stat")
    # A zombie is dead: only its new parent has not looked yet.
    return stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_dies_with_its_parent(
    tmp_path: Path, eventually: Callable[[Callable[[], bool]], None], end: signal.Signals
) -> None:
    """OP-01: not even kill -9 of the stack leaves one of its processes behind."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), SLEEPER], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(end)
    parent.communicate()
    eventually(lambda: not is_alive(child))


def test_a_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    """OP-01: the stack starts its parts from many short-lived threads."""
    child = Child(program(tmp_path / "log", SLEEPER))
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    assert child.is_running
    child.stop()
    assert not child.is_running


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """OP-05: after the grace time a process is ended by force."""
    child = Child(program(tmp_path / "log", STUBBORN, stop_seconds=0.1))
    child.start()
    child.stop()
    assert not child.is_running


def test_a_child_may_be_started_again(tmp_path: Path) -> None:
    """OP-06: a killed service comes back as a new process."""
    child = Child(program(tmp_path / "log", SLEEPER))
    child.start()
    first = child.pid
    child.kill()
    child.start()
    assert first != child.pid
    child.stop()


def test_a_child_that_ends_while_starting_shows_its_log(tmp_path: Path) -> None:
    """OP-01: the person sees why a part did not start, without looking for a file."""
    with pytest.raises(StartFailed, match="cannot open the door"):
        Child(program(tmp_path / "log", "raise SystemExit('cannot open the door')")).start()


def test_a_child_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    """OP-01: a start that takes too long fails and leaves nothing behind."""
    child = Child(program(tmp_path / "log", "import time; time.sleep(600)", start_seconds=0.2))
    with pytest.raises(StartFailed, match=r"not ready after 0\.2 s"):
        child.start()
    assert not child.is_running


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """OP-01: a program that does not exist fails with its name."""
    missing = Program(name="edge", command=["/no/such/envoy"], log=tmp_path / "log", is_ready=lambda: False)
    with pytest.raises(StartFailed, match="no/such/envoy"):
        Child(missing).start()
