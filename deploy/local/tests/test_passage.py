"""The way to the cluster, when we are root."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_stack.passage import let_through

# Opens the way, says so, and holds it until its input ends.
HOLDER = "import sys; from pathlib import Path; from local_stack.passage import let_through"
HOLDER += "; let_through(Path(sys.argv[1])); print(flush=True); sys.stdin.read()"


def mode(folder: Path) -> int:
    """What others may do there."""
    return stat.S_IMODE(folder.stat().st_mode)


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that needs the way."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "\n" == process.stdout.readline()
        yield process


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder that lets nobody in."""
    path = folder / "closed"
    path.mkdir(mode=0o700)
    return path


def test_the_way_is_closed_again_by_the_last_who_needs_it(closed: Path) -> None:
    """CASE-S11: others may pass, not look, while a process needs it; at the end the folder is as it was."""
    with held(closed / "cluster"):
        with held(closed / "cluster"):
            assert 0o701 == mode(closed)
        assert 0o701 == mode(closed)
    assert 0o700 == mode(closed)


def test_a_killed_process_is_made_up_for(closed: Path, folder: Path) -> None:
    """CASE-S11: what a killed process left open the next one closes, although it opened nothing there."""
    with held(closed / "cluster") as killed:
        killed.kill()
    assert 0o701 == mode(closed)
    (other := folder / "other").mkdir(mode=0o700)
    with held(other / "cluster"):
        pass
    assert 0o700 == mode(closed)


def test_what_was_open_stays_open(folder: Path) -> None:
    """CASE-S11: a folder that others could enter before is neither changed nor told of."""
    (folder / "open").mkdir(mode=0o755)
    (folder / "open").chmod(0o755)
    with held(folder / "open" / "cluster"):
        pass
    assert 0o755 == mode(folder / "open")
    assert folder / "open" not in let_through(folder / "open" / "cluster")
