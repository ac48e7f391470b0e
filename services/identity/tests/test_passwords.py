"""Hashing and judging passwords off the event loop."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Exhausted
from identity.domain.errors import PasswordWeak
from identity.passwords import Passwords, _assess
from services.identity.tests.conftest import CHEAP, POLICY
from services.identity.tests.world import BETTER, GOOD

PERSONAL = {"guillermo.rodriguez@example.com", "guillermo", "rodriguez", "Sunrise Childcare"}


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
        ("🦦🎻🪀🦚🧭🪁🎯🛶🧵🦔🪗🧩", []),
    ],
)
async def test_password_is_judged(passwords: Passwords, password: str, reasons: list[str]) -> None:
    """ID-09: length, common passwords and the person's own data count; which characters it has does not."""
    found: list[str] = []
    try:
        await passwords.check(password, personal=PERSONAL, field="password")
    except PasswordWeak as weak:
        found = [violation.reason for violation in weak.violations]
    assert reasons == found


@given(st.text(max_size=150), st.lists(st.text(max_size=40), max_size=5))
def test_every_text_can_be_judged(password: str, personal: list[str]) -> None:
    """ID-09: whatever is sent as a password gets a judgement, and never breaks the judge."""
    assert 0 <= _assess(password, personal).score <= 4


@pytest.mark.parametrize("password", [GOOD, "", "é\0\n", "x" * 1000])
async def test_right_password_verifies(passwords: Passwords, password: str) -> None:
    """ID-04: a password verifies against its own hash, another one does not, and without a hash none does."""
    kept = await passwords.hash(password)
    assert kept == await passwords.verify(password, kept)
    assert await passwords.verify(f"{password}x", kept) is None
    assert await passwords.verify(password, None) is None


async def test_storm_is_bounded() -> None:
    """ID-04: of more passwords than threads and queue hold, the rest is refused at once, and it passes."""
    small = Passwords(cost=CHEAP, policy=POLICY, threads=2, queue=4)
    outcomes = await asyncio.gather(*(small.hash(GOOD) for _ in range(50)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exhausted)]
    assert 50 - 6 == len(refused)
    assert all(error.retry_after for error in refused)
    assert await small.hash(GOOD)


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
