from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from notifications.messages.domain import TOO_LATE, AttemptResult, State
from notifications.providers.domain import Accepted, Refused
from notifications.sending.domain import MAX_BACKOFF, MIN_BACKOFF, RETRY_WINDOW, Attempt, after_attempt

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
    assert AttemptResult(State.SENT) == after_attempt(_first(), Accepted(), now=NOW, chance=0.5)


@given(attempts, chances)
def test_permanent_answer_ends_it(attempt: Attempt, chance: float) -> None:
    """NT-06: a permanent answer is not retried, whenever it comes."""
    refused = Refused("550 no such user", is_permanent=True)
    expected = AttemptResult(State.PERMANENT_FAILURE, "550 no such user")
    assert expected == after_attempt(attempt, refused, now=NOW, chance=chance)


@given(attempts, chances)
def test_who_answered_stop_is_left_alone(attempt: Attempt, chance: float) -> None:
    """CASE-M6, NT-09: STOP is no failure of the number: the message is SUPPRESSED, whenever it comes."""
    stopped = Refused("400 21610: Unsubscribed.", is_permanent=True, is_suppressed=True)
    expected = AttemptResult(State.SUPPRESSED, "400 21610: Unsubscribed.")
    assert expected == after_attempt(attempt, stopped, now=NOW, chance=chance)


@given(chances)
def test_first_retry_comes_after_seconds(chance: float) -> None:
    """NT-06: the first retry comes after seconds, spread by a quarter to both sides."""
    attempt_result = after_attempt(_first(), TEMPORARY, now=NOW, chance=chance)
    assert State.TEMPORARY_FAILURE is attempt_result.state
    assert attempt_result.due_time is not None
    assert MIN_BACKOFF * 0.75 <= attempt_result.due_time - NOW <= MIN_BACKOFF * 1.25


@given(st.integers(1, 100))
def test_waits_grow_to_the_longest(number: int) -> None:
    """NT-06: each wait is three times the one before, up to three hours."""
    attempt = Attempt(number=number, retry_since=NOW, not_after=None)
    attempt_result = after_attempt(attempt, TEMPORARY, now=NOW, chance=0.5)
    expected = min(MIN_BACKOFF.total_seconds() * 3 ** (number - 1), MAX_BACKOFF.total_seconds())
    assert attempt_result.due_time is not None
    assert expected == (attempt_result.due_time - NOW).total_seconds()


def test_retries_run_for_a_day_and_then_out() -> None:
    """NT-06: retries go on for up to 24 hours; then the message is dead, with the reason."""
    now, number = NOW, 1
    while (attempt_result := after_attempt(Attempt(number, NOW, None), TEMPORARY, now=now, chance=0.5)).due_time:
        now, number = attempt_result.due_time, number + 1
    assert AttemptResult(State.TEMPORARY_FAILURE, "451 try later", is_dead=True) == attempt_result
    assert RETRY_WINDOW - MAX_BACKOFF < now - NOW <= RETRY_WINDOW
    assert 14 <= number <= 18


@given(attempts, chances, st.none() | seconds)
def test_no_attempt_is_planned_outside_its_time(attempt: Attempt, chance: float, retry_after: timedelta | None) -> None:
    """NT-01: no attempt is planned for later than `not_after`, nor for sooner than the provider wants."""
    refused = Refused("busy", is_permanent=False, retry_after=retry_after)
    attempt_result = after_attempt(attempt, refused, now=NOW, chance=chance)
    assume(attempt_result.due_time is not None)
    assert attempt_result.due_time is not None
    assert NOW < attempt_result.due_time <= attempt.retry_since + RETRY_WINDOW
    assert attempt.not_after is None or attempt_result.due_time < attempt.not_after
    assert retry_after is None or attempt_result.due_time >= NOW + retry_after


def test_wait_never_leaps_over_the_end() -> None:
    """NT-01: when the next wait would leap over `not_after`, half of what is left is waited instead."""
    attempt = Attempt(number=8, retry_since=NOW, not_after=NOW + timedelta(hours=1))
    attempt_result = after_attempt(attempt, TEMPORARY, now=NOW, chance=0.5)
    assert NOW + timedelta(minutes=30) == attempt_result.due_time


def test_message_without_time_left_is_cancelled() -> None:
    """NT-01: a message that fails seconds before `not_after` is cancelled, not retried."""
    attempt_result = after_attempt(_first(NOW + timedelta(seconds=5)), TEMPORARY, now=NOW, chance=0.5)
    assert AttemptResult(State.CANCELLED, TOO_LATE) == attempt_result
