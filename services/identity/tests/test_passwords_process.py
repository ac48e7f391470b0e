"""Hashing and judging passwords off the event loop."""

import asyncio
import os
import signal
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st
from portico_errors.identity import PasswordWeak

from chassis.errors import Exhausted, Unavailable
from chassis.testing import eventually
from identity.passwords.hasher import Argon2Cost, Hasher, assess, cost_of
from identity.passwords.process import Passwords
from services.identity.tests.conftest import CHEAP, POLICY
from services.identity.tests.world import BETTER, GOOD

PERSONAL = {"guillermo.rodriguez@example.com", "guillermo", "rodriguez", "Sunrise Childcare", "Begon\u0303a"}


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        (GOOD, []),
        (BETTER, []),
        ("xK#9 z", ["TOO_SHORT", "TOO_GUESSABLE"]),
        ("Password1234", ["TOO_COMMON"]),
        ("qwertyuiop12", ["TOO_COMMON"]),
        ("guillermo.rodriguez", ["PERSONAL_DATA"]),
        ("Rodriguez-Guillermo-Rodriguez", ["PERSONAL_DATA"]),
        (f"guillermo {GOOD}", []),
        ("Sunrise Childcare", ["PERSONAL_DATA"]),
        ("aaaaaaaaaaaaaaaa", ["TOO_GUESSABLE"]),
        ("", ["TOO_SHORT", "TOO_GUESSABLE"]),
        (f"{GOOD} " * 5, ["TOO_LONG"]),
        ("пять зелёных лошадей", []),
        # Judged is what is hashed: composed, in plain letters, and as long as that is.
        ("e\u0301\u0302 x\u0308 u\u0304", ["TOO_SHORT", "TOO_GUESSABLE"]),
        ("\ufdfa" * 8, ["TOO_LONG"]),
        ("Ｐａｓｓｗｏｒｄ１２３４", ["TOO_COMMON"]),
        ("ｇｕｉｌｌｅｒｍｏ．ｒｏｄｒｉｇｕｅｚ", ["PERSONAL_DATA"]),
        ("Begoña-Begoña-Begoña", ["PERSONAL_DATA"]),
        ("🦦🎻🪀🦚🧭🪁🎯🛶🧵🦔🪗🧩", []),
    ],
)
async def test_password_is_judged(passwords: Passwords, password: str, reasons: list[str]) -> None:
    """ID-09: length, common passwords and the person's own data count; which characters it has does not."""
    assert reasons == await _reasons(passwords, password)


@given(
    st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("éñ\u0301\u0303ﬁ²①ｐａｓｗｏｒｄ\ufdfa"), max_size=40
    )
)
@settings(deadline=None)  # zxcvbn may take half a second
async def test_a_password_is_judged_and_hashed_in_one_form(passwords: Passwords, typed: str) -> None:
    """ID-09: a text and its NFKC form get the same verdict, and each verifies against the other's hash."""
    normal = unicodedata.normalize("NFKC", typed)
    assert await _reasons(passwords, normal) == await _reasons(passwords, typed)
    for kept, other in ((typed, normal), (normal, typed)):
        password_hash = await passwords.hash(kept)
        assert password_hash == await passwords.verify(other, password_hash)


async def _reasons(passwords: Passwords, password: str) -> list[str]:
    try:
        await passwords.check(password, personal=PERSONAL, field="password")
    except PasswordWeak as weak:
        return [violation.reason for violation in weak.violations]
    return []


@given(st.text(max_size=150), st.lists(st.text(max_size=40), max_size=5))
def test_every_text_can_be_judged(password: str, personal: list[str]) -> None:
    """ID-09: whatever is sent as a password gets a judgement, and never breaks the judge."""
    assert 0 <= assess(password, personal)["score"] <= 4


@pytest.mark.parametrize("password", [GOOD, "", "é\0\n", "x" * 1000])
async def test_right_password_verifies(passwords: Passwords, password: str) -> None:
    """ID-04: a password verifies against its own hash, another one does not, and without a hash none does."""
    kept = await passwords.hash(password)
    assert kept == await passwords.verify(password, kept)
    assert await passwords.verify(f"{password}x", kept) is None
    assert await passwords.verify(password, None) is None


@pytest.mark.parametrize(
    "other",
    [Argon2Cost(memory=32, passes=2, lanes=1), Argon2Cost(memory=64, passes=1, lanes=1), Argon2Cost(128, 3, 2)],
    ids=["cheaper", "fewer passes", "dearer"],
)
def test_what_is_refused_costs_the_same(monkeypatch: pytest.MonkeyPatch, other: Argon2Cost) -> None:
    """ID-04: an account whose hash has other parameters is refused by the same work as another and an unknown one."""
    present = Argon2Cost(memory=64, passes=2, lanes=1)
    now, before = Hasher(present), Hasher(other)
    ours, theirs = now.hash(GOOD), before.hash(GOOD)
    verify, done = PasswordHasher.verify, []

    def noting(hasher: PasswordHasher, password_hash: str, password: str) -> bool:
        done.append(cost_of(password_hash))
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    now.verify(BETTER, theirs)  # from the first such account on, whatever is refused costs as much
    for known in (ours, theirs, None):
        done.clear()
        assert now.verify(BETTER, known) is None
        assert {present: 1, other: 1} == Counter(done)


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
    assert 4 == len(small._helper._open)
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
    assert [Unavailable] * 4 == [type(outcome) for outcome in outcomes[:4]]
    assert all(isinstance(outcome, str) for outcome in outcomes[4:])
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
