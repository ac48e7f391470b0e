"""The parts of a stack together."""

import sys
from pathlib import Path

import pytest

from local_stack.parts import Parts
from local_stack.processes import Child, Program, StartFailed
from local_stack.progress import Silence

# Writes its name at the end, so that the order can be seen.
NOTE_END = """
import signal, sys
def end(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # each is asked once with the others, and once more in its turn
    open(sys.argv[1], "a").write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
while True:
    signal.pause()
"""


def part(name: str, folder: Path) -> Child:
    """A part that notes its end in the file `ends`."""
    log = folder / name
    return Child(
        Program(
            name=name,
            command=[sys.executable, "-c", NOTE_END, str(folder / "ends"), name],
            log=log,
            is_ready=lambda: log.read_text(encoding="ascii") == "up\n",
        )
    )


def test_those_who_use_a_part_end_before_it(tmp_path: Path) -> None:
    """OP-05: services finish their calls while their database still runs."""
    parts = Parts(Silence())
    for name in ("d", "a", "b"):
        parts.start(part(name, tmp_path))
    parts.close(last=frozenset({"d"}))
    assert (tmp_path / "ends").read_text(encoding="ascii") in {"abd", "bad"}


def test_nothing_is_started_once_the_end_has_begun(tmp_path: Path) -> None:
    """OP-01: Ctrl-C in the middle of a start leaves no late part behind."""
    parts = Parts(Silence())
    parts.close(last=frozenset())
    with pytest.raises(StartFailed, match="the stack ends"):
        parts.start(part("late", tmp_path))
    assert not (tmp_path / "late").exists()


def test_what_ran_to_its_end_is_no_part(tmp_path: Path) -> None:
    """OP-01: a migration that is done does not count as a part that died."""
    parts = Parts(Silence())
    parts.complete(Child(Program(name="migrate", command=[sys.executable, "-c", ""], log=tmp_path / "log")))
    assert {} == dict(parts)


def test_a_failed_migration_shows_its_log(tmp_path: Path) -> None:
    """OP-01: the start ends with the reason when a migration fails."""
    command = [sys.executable, "-c", "raise SystemExit('relation exists')"]
    with pytest.raises(StartFailed, match=r"migrate failed\.\n.*\nrelation exists"):
        Parts(Silence()).complete(Child(Program(name="migrate", command=command, log=tmp_path / "log")))
