from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from portico_errors.identity import LoginFailed, RefreshTokenInvalid

from chassis.ids import new_id
from identity.accounts.domain import SESSION_LIFE, Account, Session, Status
from identity.sessions.domain import MAX_SESSIONS, REPEAT_GRACE, Refresh, making_room, refresh, sign_in
from identity.shared.audit.domain import Action
from services.identity.tests.examples import ACTIVE, LAPTOP, WAITING

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SESSION = Session(
    org_id=new_id(),
    id=new_id(),
    account_id=new_id(),
    generation=7,
    device="Firefox",
    address="192.0.2.1",
    create_time=NOON - timedelta(days=3),
    rotate_time=NOON,
)


def test_current_token_rotates() -> None:
    """ID-05: the current refresh token makes way for its successor, and the session lives 30 days more."""
    now = NOON + timedelta(days=29)
    assert (Refresh.ROTATED, replace(SESSION, generation=8, rotate_time=now)) == refresh(SESSION, generation=7, now=now)


@pytest.mark.parametrize("seconds", [0, 1, 20])
def test_previous_token_gets_the_same_successor(seconds: int) -> None:
    """ID-05: the token before the current one, within 20 seconds, gets the same successor and changes nothing."""
    now = NOON + timedelta(seconds=seconds)
    assert refresh(SESSION, generation=6, now=now) == (Refresh.REPEATED, SESSION)


@pytest.mark.parametrize(
    ("generation", "after"), [(6, REPEAT_GRACE + timedelta(microseconds=1)), (5, timedelta()), (0, timedelta())]
)
def test_older_token_ends_the_session(generation: int, after: timedelta) -> None:
    """ID-05: a token older than the previous one, or the previous one after 20 seconds, ends the session."""
    assert (Refresh.REUSED, replace(SESSION, revoke_time=NOON + after)) == refresh(
        SESSION, generation=generation, now=NOON + after
    )


@pytest.mark.parametrize("generation", [6, 7])
def test_session_ends_thirty_days_after_its_last_rotation(generation: int) -> None:
    """ID-05: 30 days after the last rotation no token of the session is worth anything."""
    with pytest.raises(RefreshTokenInvalid):
        refresh(SESSION, generation=generation, now=NOON + SESSION_LIFE)


@pytest.mark.parametrize("generation", [5, 6, 7, 8])
def test_revoked_session_has_no_tokens(generation: int) -> None:
    """ID-06: no token of a revoked session is worth anything, not even the current one."""
    with pytest.raises(RefreshTokenInvalid):
        refresh(replace(SESSION, revoke_time=NOON), generation=generation, now=NOON)


def test_token_of_the_future_changes_nothing() -> None:
    """ID-05: a generation that was never handed out is refused, and the session lives on."""
    with pytest.raises(RefreshTokenInvalid):
        refresh(SESSION, generation=8, now=NOON)


@given(st.integers(0, 130))
def test_an_account_keeps_a_hundred_sessions(count: int) -> None:
    """ID-06: with the new one an account has at most 100 sessions, and those used longest ago end first."""
    live = tuple(UUID(int=n) for n in range(count))
    ended = making_room(live)
    assert min(count + 1, MAX_SESSIONS) == count + 1 - len(ended)
    assert ended == live[count - len(ended) :]


class TwoHolders(RuleBasedStateMachine):
    """A person and a thief who copied one of the tokens, with time passing between their refreshes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.session = replace(SESSION, generation=0)
        self.person = self.thief = 0
        self.use_time: dict[int, datetime] = {}

    @rule(seconds=st.integers(0, 60))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def copy(self) -> None:
        self.thief = self.person

    @rule()
    def person_refreshes(self) -> None:
        self.person = self._refresh(self.person)

    @rule()
    def thief_refreshes(self) -> None:
        self.thief = self._refresh(self.thief)

    def _refresh(self, generation: int) -> int:
        before = self.session
        try:
            outcome, self.session = refresh(before, generation=generation, now=self.now)
        except RefreshTokenInvalid:
            assert before.revoke_time is not None
            return generation
        match outcome:
            case Refresh.ROTATED:
                assert generation not in self.use_time, "a token rotates once"
                self.use_time[generation] = self.now
            case Refresh.REPEATED:
                assert self.now - self.use_time[generation] <= REPEAT_GRACE
            case Refresh.REUSED:
                assert generation in self.use_time, "only a used token can be reused"
                return generation
        return generation + 1

    @invariant()
    def nobody_is_ahead_of_the_session(self) -> None:
        assert max(self.person, self.thief) <= self.session.generation

    @invariant()
    def generation_counts_the_rotations(self) -> None:
        assert len(self.use_time) == self.session.generation


TwoHolders.TestCase.__doc__ = (
    """ID-05: whoever refreshes when, a token rotates once, and reuse after the grace ends the session."""
)
TestTwoHolders = TwoHolders.TestCase


@pytest.mark.parametrize(
    ("account", "password_hash"),
    [
        (None, "old"),
        (ACTIVE, None),
        (replace(ACTIVE, status=Status.DISABLED), "old"),
        (WAITING, "old"),
        (replace(ACTIVE, password_hash=None), "old"),
    ],
    ids=["unknown", "wrong password", "disabled", "pending", "no password"],
)
def test_login_fails_the_same_for_every_cause(account: Account | None, password_hash: str | None) -> None:
    """ID-04: an unknown user, a wrong password, a disabled and a pending login get the very same error."""
    with pytest.raises(LoginFailed) as refused:
        sign_in(account, password_hash=password_hash, session_id=LAPTOP, now=NOON)
    assert (refused.value.reason, refused.value.metadata, refused.value.violations) == ("LOGIN_FAILED", {}, ())


def test_sign_in_notes_its_time_and_the_new_hash() -> None:
    """ID-04: a login keeps the hash with the risen parameters and the time of the login."""
    change = sign_in(ACTIVE, password_hash="stronger", session_id=LAPTOP, now=NOON)
    assert (change.account.password_hash, change.account.last_login_time, change.account.live_sessions) == (
        "stronger",
        NOON,
        (LAPTOP,),
    )
    assert change.actions == (Action.SIGNED_IN,)


def test_hundred_and_first_session_ends_the_oldest() -> None:
    """ID-06: signing in with a hundred live sessions ends the one used longest ago."""
    live = tuple(new_id() for _ in range(100))
    change = sign_in(replace(ACTIVE, live_sessions=live), password_hash="old", session_id=LAPTOP, now=NOON)
    assert (live[-1:], (LAPTOP, *live[:-1])) == (change.revoked, change.account.live_sessions)
    assert change.actions == (Action.SIGNED_IN, Action.SESSIONS_REVOKED)
