"""A part that dies while somebody looks."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_stack.keeper import CALM_SECONDS, LONGEST_PAUSE, Keeper
from local_stack.parts import Parts
from local_stack.processes import Child, Program
from local_stack.progress import Silence

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


class Watch:
    """A keeper of one part, what it said, and a clock that goes when it is told to."""

    def __init__(self, log: Path) -> None:
        self.parts, self.said, self.now = Parts(Silence()), list[str](), 0.0
        self.part = Child(Program(name="portal", command=SLEEPER, log=log))
        self.parts.start(self.part)
        self.keeper = Keeper(self.parts, self.said.append, clock=lambda: self.now)

    def after(self, seconds: float) -> list[str]:
        """What is said when so much time has passed."""
        self.said.clear()
        self.now += seconds
        self.keeper.look()
        return list(self.said)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A part that runs."""
    made = Watch(tmp_path / "portal.log")
    yield made
    made.parts.close(last=frozenset())


def ended(watch: Watch, pause: float) -> list[str]:
    """The words about its end."""
    return [f"portal has ended, and is started again in {pause:g} s; its log is {watch.part.program.log}."]


def test_a_part_that_dies_is_started_again_and_both_are_said(watch: Watch) -> None:
    """CASE-S18: it is back after a pause, as another process, and the screen tells its end and its return once each."""
    first = watch.part.pid
    assert [] == watch.after(1)
    watch.part.kill()
    assert ended(watch, 1) == watch.after(0)
    assert [] == watch.after(0.9)
    assert not watch.part.is_running
    assert [] == watch.after(0.1)
    assert ["portal is back."] == watch.after(0.1)
    assert [] == watch.after(1)
    assert first != watch.part.pid


def test_the_pause_grows_while_it_keeps_dying(watch: Watch) -> None:
    """CASE-S18: each pause is twice the last one, up to a minute; a calm part begins with the first again."""
    pauses = [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE]
    for pause in pauses:
        watch.part.kill()
        assert ended(watch, pause) == watch.after(0)
        watch.after(pause)
    assert ["portal is back."] == watch.after(0)
    watch.after(CALM_SECONDS + 1)
    watch.part.kill()
    assert ended(watch, 1) == watch.after(0)


def test_a_part_that_cannot_be_run_is_tried_again(
    watch: Watch, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    """CASE-S18: a program that ends at once is no reason to give up, nor to leave the others alone."""
    lame = Child(Program(name="lame", command=["/no/such/program"], log=watch.part.program.log))
    watch.parts.start(lame)
    eventually(lambda: not lame.is_running)
    assert 1 == len(watch.after(0))
    watch.part.kill()
    assert ended(watch, 1) == watch.after(0)
    watch.after(1)
    eventually(lambda: not lame.is_running)
    assert any("lame has ended, and is started again in 2 s" in words for words in watch.after(0))
