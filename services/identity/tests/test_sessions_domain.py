"""Who gets in, and whose session makes room."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico_errors.identity import LoginFailed

from chassis.ids import new_id
from identity.accounts.domain import Account, Status
from identity.sessions.domain import MAX_SESSIONS, making_room, sign_in
from identity.shared.audit.domain import Action
from services.identity.tests.examples import ACTIVE, WAITING


@given(st.integers(0, 130))
def test_an_account_keeps_a_hundred_sessions(count: int) -> None:
    """ID-06: with the new one an account has at most 100 sessions, and those used longest ago end first."""
    live = tuple(UUID(int=n) for n in range(count))
    ended = making_room(live)
    assert min(count + 1, MAX_SESSIONS) == count + 1 - len(ended)
    assert ended == live[count - len(ended) :]


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
        sign_in(account, password_hash=password_hash)
    assert (refused.value.reason, refused.value.metadata, refused.value.violations) == ("LOGIN_FAILED", {}, ())


def test_sign_in_keeps_the_new_hash() -> None:
    """ID-04: a login keeps the hash with the risen parameters."""
    change = sign_in(ACTIVE, password_hash="stronger")
    assert ("stronger", ACTIVE.version + 1, ()) == (
        change.account.password_hash,
        change.account.version,
        change.actions,
    )


def test_hundred_and_first_session_ends_the_oldest() -> None:
    """ID-06: signing in with a hundred live sessions ends the one used longest ago."""
    live = tuple(new_id() for _ in range(100))
    change = sign_in(replace(ACTIVE, live_sessions=live), password_hash="old")
    assert (live[-1:], live[:-1]) == (change.revoked, change.account.live_sessions)
    assert change.actions == (Action.SESSIONS_REVOKED,)
