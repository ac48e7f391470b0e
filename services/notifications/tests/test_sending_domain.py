from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from notifications.messages.domain import TOO_LATE, State, Verdict
from notifications.providers.domain import Accepted, Refused
from notifications.sending.domain import FIRST_WAIT, LONGEST_WAIT, RETRY_WINDOW, Attempt, after_attempt

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEMPORARY = Refused("451 try later", is_permanent=False)

seconds = st.integers(0, 2 * 86_400).map(lambda s: timedelta(seconds=s))
chances = st.floats(0, 1, exclude_max=True)
attempts = st.builds(
    Attempt,
    number=st.integers(1, 1000),
    retry_since=seconds.map(lambda ago: NOW - ago),
    not_after=st.none() | seconds.map(lambda ahead: NOW + ahead),
)


def _first(not_after: datetime | None = None) -> Attempt:
    return Attempt(number=1, retry_since=NOW, not_after=not_after)


def test_accepted_message_is_sent() -> None:
    """NT-05: SENT is what the provider took."""
    assert Verdict(State.SENT) == after_attempt(_first(), Accepted(), now=NOW, chance=0.5)


@given(attempts, chances)
def test_permanent_answer_ends_it(attempt: Attempt, chance: float) -> None:
    """NT-06: a permanent answer is not retried, whenever it comes."""
    refused = Refused("550 no such user", is_permanent=True)
    expected = Verdict(State.PERMANENT_FAILURE, "550 no such user")
    assert expected == after_attempt(attempt, refused, now=NOW, chance=chance)


@given(chances)
def test_first_retry_comes_after_seconds(chance: float) -> None:
    """NT-06: the first retry comes after seconds, spread by a quarter to both sides."""
    verdict = after_attempt(_first(), TEMPORARY, now=NOW, chance=chance)
    assert State.TEMPORARY_FAILURE is verdict.state
    assert verdict.due_at is not None
    assert FIRST_WAIT * 0.75 <= verdict.due_at - NOW <= FIRST_WAIT * 1.25


@given(st.integers(1, 100))
def test_waits_grow_to_the_longest(number: int) -> None:
    """NT-06: each wait is three times the one before, up to three hours."""
    attempt = Attempt(number=number, retry_since=NOW, not_after=None)
    verdict = after_attempt(attempt, TEMPORARY, now=NOW, chance=0.5)
    expected = min(FIRST_WAIT.total_seconds() * 3 ** (number - 1), LONGEST_WAIT.total_seconds())
    assert verdict.due_at is not None
    assert expected == (verdict.due_at - NOW).total_seconds()


def test_retries_run_for_a_day_and_then_out() -> None:
    """NT-06: retries go on for up to 24 hours; then the message is dead, with the reason."""
    now, number = NOW, 1
    while (verdict := after_attempt(Attempt(number, NOW, None), TEMPORARY, now=now, chance=0.5)).due_at:
        now, number = verdict.due_at, number + 1
    assert Verdict(State.TEMPORARY_FAILURE, "451 try later", is_dead=True) == verdict
    assert RETRY_WINDOW - LONGEST_WAIT < now - NOW <= RETRY_WINDOW
    assert 14 <= number <= 18


@given(attempts, chances, st.none() | seconds)
def test_no_attempt_is_planned_outside_its_time(attempt: Attempt, chance: float, retry_after: timedelta | None) -> None:
    """NT-01: no attempt is planned for later than `not_after`, nor for sooner than the provider wants."""
    refused = Refused("busy", is_permanent=False, retry_after=retry_after)
    verdict = after_attempt(attempt, refused, now=NOW, chance=chance)
    assume(verdict.due_at is not None)
    assert verdict.due_at is not None
    assert NOW < verdict.due_at <= attempt.retry_since + RETRY_WINDOW
    assert attempt.not_after is None or verdict.due_at < attempt.not_after
    assert retry_after is None or verdict.due_at >= NOW + retry_after


def test_wait_never_leaps_over_the_end() -> None:
    """NT-01: when the next wait would leap over `not_after`, half of what is left is waited instead."""
    attempt = Attempt(number=8, retry_since=NOW, not_after=NOW + timedelta(hours=1))
    verdict = after_attempt(attempt, TEMPORARY, now=NOW, chance=0.5)
    assert NOW + timedelta(minutes=30) == verdict.due_at


def test_message_without_time_left_is_cancelled() -> None:
    """NT-01: a message that fails seconds before `not_after` is cancelled, not retried."""
    verdict = after_attempt(_first(NOW + timedelta(seconds=5)), TEMPORARY, now=NOW, chance=0.5)
    assert Verdict(State.CANCELLED, TOO_LATE) == verdict
