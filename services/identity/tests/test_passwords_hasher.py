"""Judging, hashing and verifying one password."""

import unicodedata
from collections import Counter

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from portico_errors.identity import PasswordWeak

from identity.passwords.hasher import Argon2Cost, Hasher, assess, cost_of
from identity.passwords.process import Passwords
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
        ("aaaaaaaaaaaaaaaa", ["TOO_COMMON"]),
        ("abababababababababababababa", ["TOO_GUESSABLE"]),
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
