"""The list of breached passwords."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico_errors.identity import PasswordWeak

from identity.passwords import breached
from identity.passwords.breached import filter_of, is_breached
from identity.passwords.hasher import assess
from identity.passwords.process import Passwords

WORDS = ["correct", "horse", "battery", "staple", "lantern", "meadow", "otter", "quartz", "violet", "tambourine"]


@pytest.mark.parametrize("password", ["WeiSSPort1612", "avadakedavra", "30secondstomars", "AVADAKEDAVRA"])
async def test_breached_password_is_refused(passwords: Passwords, password: str) -> None:
    """CASE-S17, ID-09: what zxcvbn holds for good and breaches are full of is too common, in both languages."""
    assert 3 <= assess(password, [])["score"]
    with pytest.raises(PasswordWeak) as refused:
        await passwords.check(password, personal=(), field="password")
    (violation,) = refused.value.violations
    assert "TOO_COMMON" == violation.reason
    assert ("many people use" in violation.description, "mucha gente" in violation.localized["es"]) == (True, True)


@given(st.lists(st.sampled_from(WORDS), min_size=4, max_size=6), st.integers(10, 99))
def test_a_phrase_is_not_breached(words: list[str], number: int) -> None:
    """CASE-S17: four words and a number stand in no list."""
    assert not is_breached(f"{' '.join(words)} {number}")


@pytest.mark.parametrize("password", ["", "x", "ñ" * 200, "🦦🎻🪀🦚🧭🪁🎯🛶🧵🦔🪗🧩"])
def test_any_text_is_looked_up(password: str) -> None:
    """CASE-S17: what no list has is in none, wherever it would stand."""
    assert not is_breached(password)


def test_the_list_is_small_and_in_order() -> None:
    """CASE-S17: the list is a filter of under 1 MB, of more than 80,000 passwords, sorted as it is searched."""
    content = Path(breached.__file__).with_suffix(".bin").read_bytes()
    hashes = [content[start : start + 4] for start in range(0, len(content), 4)]
    assert len(content) < 1_000_000
    assert len(hashes) > 80_000
    assert sorted(set(hashes)) == hashes


def test_a_list_becomes_a_filter() -> None:
    """CASE-S17: short passwords are kept when they are frequent, long ones always, too short ones never."""
    listed = ["1234567", "12345678", *map(str, range(100_000)), "frequent9", "Infrequent 12"]
    assert 4 * len({"12345678", "infrequent 12"}) == len(filter_of(listed))
