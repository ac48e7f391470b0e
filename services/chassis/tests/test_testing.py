"""The test fixtures themselves."""

import subprocess
import sys
from datetime import timedelta

import pytest

from chassis.testing import FakeClock, eventually


async def test_eventually_asks_until_the_answer_is_yes():
    """OP-02: waiting without sleeping: the first truthy answer is the result."""
    answers = iter([0, "", None, "there"])
    assert "there" == await eventually(lambda: next(answers))


async def test_eventually_waits_for_an_assertion_to_hold():
    """OP-02: an AssertionError counts as not yet."""
    tries = []

    async def third_time() -> bool:
        tries.append(1)
        assert 3 == len(tries)
        return True

    assert await eventually(third_time)


async def test_eventually_gives_up_with_the_last_answer():
    """OP-02: after the time is over the test fails and says what was seen."""
    with pytest.raises(AssertionError, match="Still 0 after"):
        await eventually(lambda: 0, timeout=0.02)


async def test_eventually_gives_up_with_the_assertion():
    """OP-02: the predicate's own words survive."""

    def never() -> bool:
        raise AssertionError("its own words")

    with pytest.raises(AssertionError, match="its own words"):
        await eventually(never, timeout=0.02)


async def test_other_errors_are_not_waited_for():
    """OP-02: a fault of the test shows at once."""

    def broken() -> bool:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await eventually(broken)


def test_the_clock_stands_still_until_it_is_moved():
    """OP-02: time is in the test's hand."""
    clock = FakeClock()
    began = clock()
    assert began == clock()
    clock.advance(timedelta(hours=1))
    assert timedelta(hours=1) == clock() - began


async def test_a_database_for_each_call(service_database):
    """OP-02: two copies of one service's database know nothing of each other."""
    first, second = [await service_database("ledger", "services.chassis.examples.ledger.migrations") for _ in range(2)]
    assert first.url != second.url
    assert await first.answers()
    assert await second.answers()


def test_long_files_begin_first(tmp_path):
    """OP-02: whatever the random order is, the files that take longest come first, the longest at the beginning."""
    for name, seconds in (("a", 0), ("b", 30), ("c", 90)):
        mark = f"pytestmark = pytest.mark.long(seconds={seconds})\n" if seconds else ""
        text = f"import pytest\n{mark}def test_one(): pass\ndef test_two(): pass\n"
        (tmp_path / f"test_{name}.py").write_text(text, encoding="utf-8")
    arguments = [sys.executable, "-m", "pytest", "--collect-only", "-q", f"--rootdir={tmp_path}", str(tmp_path)]
    listed = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    files = [line.partition("::")[0] for line in listed.splitlines() if "::" in line]
    assert ["test_c.py"] * 2 + ["test_b.py"] * 2 + ["test_a.py"] * 2 == files
