from hypothesis import given
from hypothesis import strategies as st

from identity.passwords.domain import Assessment, PasswordPolicy, violations

POLICY = PasswordPolicy(min_length=12, max_length=128)
STRONG = Assessment(score=4, personal=False, common=False, breached=False)


def _reasons(password: str, assessment: Assessment = STRONG, policy: PasswordPolicy = POLICY) -> list[str]:
    return [v.reason for v in violations(password, policy=policy, assessment=assessment, field="password")]


@given(st.text(min_size=12, max_size=128))
def test_any_characters_will_do(password: str) -> None:
    """ID-09: 12 to 128 characters of any kind are fine when they are hard to guess."""
    assert _reasons(password) == []


@given(st.text(max_size=200), st.integers(8, 40), st.integers(64, 128))
def test_length_is_bounded(password: str, shortest: int, longest: int) -> None:
    """ID-09: the configured bounds hold, counted in characters and not in bytes."""
    expected = ["TOO_SHORT"] * (len(password) < shortest) + ["TOO_LONG"] * (len(password) > longest)
    assert expected == _reasons(password, policy=PasswordPolicy(min_length=shortest, max_length=longest))


@given(st.integers(0, 4), st.booleans(), st.booleans())
def test_guessable_password_has_one_reason(score: int, personal: bool, common: bool) -> None:
    """ID-09: a guessable password is refused with the most telling reason; a strong one is not, whatever is in it."""
    reason = "PERSONAL_DATA" if personal else "TOO_COMMON" if common else "TOO_GUESSABLE"
    assessment = Assessment(score=score, personal=personal, common=common, breached=False)
    assert [reason] * (score < 3) == _reasons("x" * 20, assessment)


@given(st.integers(0, 4), st.booleans(), st.booleans())
def test_breached_password_is_too_common(score: int, personal: bool, common: bool) -> None:
    """CASE-S17, ID-09: a breached password is refused as too common, however hard to guess it looks."""
    assessment = Assessment(score=score, personal=personal, common=common, breached=True)
    assert ["TOO_COMMON"] == _reasons("x" * 20, assessment)


def test_every_reason_comes_at_once() -> None:
    """ID-09: a password that breaks two rules hears of both."""
    assert _reasons("password", Assessment(score=0, personal=False, common=True, breached=False)) == [
        "TOO_SHORT",
        "TOO_COMMON",
    ]


def test_reasons_speak_spanish() -> None:
    """ID-09: every reason has words in English and in Spanish and names the field of the request."""
    for assessment in (
        Assessment(score=0, personal=True, common=False, breached=False),
        Assessment(score=0, personal=False, common=True, breached=False),
        Assessment(score=0, personal=False, common=False, breached=False),
    ):
        for password in ("short", "x" * 129):
            for violation in violations(password, policy=POLICY, assessment=assessment, field="new_password"):
                assert violation.field == "new_password"
                assert violation.description
                assert violation.localized["es"] not in ("", violation.description)
