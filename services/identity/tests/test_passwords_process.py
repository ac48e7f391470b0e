"""The process that hashes off the event loop: its limits, its end, and whoever waits for it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.errors import Exhausted, Unavailable
from chassis.testing import eventually
from identity.passwords.process import Passwords
from services.identity.tests.conftest import CHEAP, POLICY
from services.identity.tests.world import GOOD


@pytest.fixture
async def small() -> AsyncIterator[Passwords]:
    """Two at once, four wait."""
    small = Passwords(cost=CHEAP, policy=POLICY, threads=2, queue=4)
    yield small
    await small.close()


def _process(passwords: Passwords) -> int:
    """The process beside this one."""
    process = passwords._helper._process
    assert process is not None
    return process.pid


async def test_storm_is_bounded(small: Passwords) -> None:
    """ID-04: of more passwords than threads and queue hold, the rest is refused at once, and it passes."""
    outcomes = await asyncio.gather(*(small.hash(GOOD) for _ in range(50)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exhausted)]
    assert 50 - 6 == len(refused)
    assert all(error.retry_after for error in refused)
    assert await small.hash(GOOD)


async def test_who_gives_up_leaves_nothing_behind(small: Passwords) -> None:
    """ID-04: whoever gives up makes room for others, but never more work than there are places at the process."""
    await small.hash(GOOD)
    os.kill(_process(small), signal.SIGSTOP)
    given_up = [asyncio.create_task(small.hash(GOOD)) for _ in range(6)]
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    later = [asyncio.create_task(small.hash(GOOD)) for _ in range(6)]
    await asyncio.sleep(0)
    assert 3 == len(small._helper._open)
    os.kill(_process(small), signal.SIGCONT)
    assert all(await asyncio.gather(*later))


async def test_process_that_is_killed_comes_again(small: Passwords) -> None:
    """ID-04: when the process of the passwords is killed, its calls may be repeated, and the next ones find another."""
    await small.hash(GOOD)
    first = _process(small)
    os.kill(first, signal.SIGSTOP)
    waiting = [asyncio.create_task(small.hash(GOOD)) for _ in range(6)]
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [Unavailable] * 3 == [type(outcome) for outcome in outcomes[:3]]
    assert all(isinstance(outcome, str) for outcome in outcomes[3:])
    assert first != _process(small)


async def test_process_rests(small: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-15: without a password for a while there is no process, what it has in hand is done, and the next finds one."""
    monkeypatch.setattr("identity.passwords.process._REST_SECONDS", 0)
    assert all(await asyncio.gather(*(small.hash(GOOD) for _ in range(6))))

    async def rests() -> bool:
        return small._helper._process is None

    await eventually(rests)
    for _ in range(3):
        assert await small.hash(GOOD)
    monkeypatch.undo()
    await small.hash(GOOD)
    assert _lives(_process(small))


async def test_process_stays_while_passwords_come(small: Passwords) -> None:
    """P-15: the next password calls off the rest that the one before it began."""
    await small.hash(GOOD)
    rest = small._helper._resting
    hashing = asyncio.create_task(small.hash(GOOD))
    await asyncio.sleep(0)
    assert rest is not None
    assert rest.cancelled()
    assert await hashing


async def test_end_of_one_process_is_not_the_next_ones(small: Passwords) -> None:
    """ID-04: a password that comes while the process goes to rest waits for its end, and is hashed by the next one."""
    await small.hash(GOOD)
    first = _process(small)
    os.kill(first, signal.SIGSTOP)
    small._helper._rest()
    hashing = asyncio.create_task(small.hash(GOOD))
    await asyncio.wait([hashing], timeout=0.2)
    assert small._helper._process is None
    os.kill(first, signal.SIGCONT)
    assert await hashing
    assert first != _process(small)


async def test_start_outlives_who_asked_for_it(small: Passwords) -> None:
    """ID-04: whoever gives up while the process starts takes it from nobody else."""
    first, second = (asyncio.create_task(small.hash(GOOD)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize("nonsense", [b"Warning: be careful!\n", b"[99, null, null]\n", b"7\n"])
async def test_process_that_talks_nonsense_is_ended(small: Passwords, nonsense: bytes) -> None:
    """ID-04: an answer that cannot be read ends the process, and the next password finds another one."""
    await small.hash(GOOD)
    first = _process(small)
    os.kill(first, signal.SIGSTOP)
    waiting = asyncio.create_task(small.hash(GOOD))
    await asyncio.sleep(0)
    assert small._helper._process is not None
    assert small._helper._process.stdout is not None
    small._helper._process.stdout.feed_data(nonsense)
    with pytest.raises(Unavailable):
        await waiting
    assert await small.hash(GOOD)
    assert first != _process(small)


async def test_process_ends_with_its_parent() -> None:
    """ID-04: the process of the passwords outlives nobody, however its parent ends."""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", _PARENT, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    process = int(await parent.stdout.readline())
    assert _lives(process)
    parent.kill()
    await parent.wait()

    async def gone() -> bool:
        return not _lives(process)

    await eventually(gone)


def _lives(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and "Z" != stat.read_text(encoding="ascii").split()[2]


_PARENT = """
import asyncio, time
from identity.passwords.hasher import Argon2Cost
from identity.passwords.process import Passwords

async def main():
    passwords = Passwords(cost=Argon2Cost(8, 1, 1), policy=None, threads=1, queue=1)
    await passwords.hash("violet harbour 38 tambourines")
    print(passwords._helper._process.pid, flush=True)
    time.sleep(60)

asyncio.run(main())
"""


def test_prints_do_not_come_between_the_answers() -> None:
    """ID-04: a library that prints in the process of the passwords disturbs no answer."""
    prints = "import identity.passwords.hasher as it; it.assess = lambda *_: print('careful', flush=True); it.main()"
    process = [sys.executable, "-c", prints, "8", "1", "1", "1"]
    ended = subprocess.run(process, input=b'[1, "assess", "", []]\n', capture_output=True, check=True)
    assert (b"[1, null, null]\n", b"careful\n") == (ended.stdout, ended.stderr)


async def test_fault_of_one_password_is_its_own(small: Passwords) -> None:
    """ID-04: what the process cannot answer is an error without its words, and the others are answered."""
    broken, whole = await asyncio.gather(small.verify(GOOD, "no hash"), small.hash(GOOD), return_exceptions=True)
    assert isinstance(broken, RuntimeError)
    assert "identity.passwords.hasher: InvalidHashError" == str(broken)
    assert isinstance(whole, str)


async def test_event_loop_stays_free(passwords: Passwords) -> None:
    """ID-04: while passwords are hashed the event loop goes on with other calls."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await passwords.hash(GOOD)
    counting.cancel()
    assert turns > 1
