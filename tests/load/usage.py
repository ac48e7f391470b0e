"""What processes use, from Linux's /proc: CPU seconds and resident memory."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_SAMPLE_SECONDS = 0.02


@dataclass(slots=True)
class Usage:
    """CPU seconds of a side's own processes, and by name of what both sides lean on; set when the watch ends."""

    own: float = 0.0
    beside: dict[str, float] = field(default_factory=dict)


@contextmanager
def watched(own: Iterable[int], beside: Mapping[str, int]) -> Iterator[Usage]:
    """What the processes use while the block runs, each with everything below it; in steps of 10 ms."""
    mine, usage = list(own), Usage()
    pids = (*mine, *beside.values())
    before = _cpu_seconds(pids)
    yield usage
    after = _cpu_seconds(pids)
    usage.own = sum(after[pid] - before[pid] for pid in mine)
    usage.beside = {name: after[pid] - before[pid] for name, pid in beside.items()}


def _cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """Of processes and everything below them, also of what has ended there."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):  # it ended just now, and its parent has its time
                # The name before them may hold blanks and brackets.
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry.name))
                ticks[int(entry.name)] = sum(map(int, fields[11:15]))
    return {pid: sum(ticks.get(one, 0) for one in _tree(pid, children)) / _TICKS for pid in pids}


def _tree(pid: int, children: Mapping[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, ()):
        yield from _tree(child, children)


def resident_bytes(pid: int) -> int:
    """Of a process and its children: a page that several processes share counts for each of them in full (RSS)."""
    children = (_PROC / f"{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    lines = [
        line
        for one in (str(pid), *children)
        for line in (_PROC / one / "smaps_rollup").read_text(encoding="ascii").splitlines()
    ]
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


@contextmanager
def peaks(pids: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """By name: how many bytes each process held at most while the block ran, beyond what it held before.

    They are looked at every 20 ms; the figures are there when the block has ended.
    """
    before = {name: resident_bytes(pid) for name, pid in pids.items()}
    grown, is_over = dict.fromkeys(pids, 0), threading.Event()

    def look() -> None:
        while not is_over.wait(_SAMPLE_SECONDS):
            for name, pid in pids.items():
                grown[name] = max(grown[name], resident_bytes(pid) - before[name])

    watcher = threading.Thread(target=look, name="peaks")
    watcher.start()
    try:
        yield grown
    finally:
        is_over.set()
        watcher.join()
