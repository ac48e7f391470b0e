from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.call import Role
from chassis.ids import new_id
from identity.accounts.domain import Account, NewLogin, Proof, Purpose, Status, activate_at_once, create, invite
from identity.domain.errors import (
    AccountNotActive,
    LoginFailed,
    PasswordWrong,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)
from identity.resets.domain import (
    MOST_RESETS,
    MOST_WRONG_CODES,
    RESET_LIFE,
    RESET_WINDOW,
    activate,
    ask_reset,
    change_password,
    reset_password,
)
from identity.sessions.domain import sign_in
from identity.shared.audit.domain import Action

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PENDING = create(
    NewLogin(role=Role.STAFF, username="ana@example.org", display_name="Ana", language="es"),
    org_id=new_id(),
    account_id=new_id(),
    now=NOON,
)
ACTIVE = activate_at_once(PENDING, password_hash="old", now=NOON).account
LAPTOP, PHONE, TABLET = new_id(), new_id(), new_id()


def _proof(purpose: Purpose = Purpose.RESET, life: timedelta = RESET_LIFE) -> Proof:
    return Proof(id=new_id(), purpose=purpose, hash=b"right", expires_at=NOON + life)


WAITING = invite(PENDING, proof=_proof(Purpose.ACTIVATION, timedelta(days=7))).account
RESETTING = replace(ask_reset(ACTIVE, proof=_proof(), now=NOON).account, live_sessions=(LAPTOP, PHONE))


def test_new_login_waits_for_its_password() -> None:
    """ID-01: a new login is pending, has no password and knows when it was created."""
    account = PENDING.account
    assert (account.status, account.password_hash, account.created_at, account.activated_at) == (
        Status.PENDING_ACTIVATION,
        None,
        NOON,
        None,
    )
    assert PENDING.actions == (Action.ACCOUNT_CREATED,)


def test_activation_sets_the_first_password() -> None:
    """ID-03: the activation's proof sets the password and makes the login active, once."""
    now = NOON + timedelta(days=6)
    change = activate(WAITING, presented=b"right", password_hash="new", now=now)
    assert (Status.ACTIVE, "new", None, now) == (
        change.account.status,
        change.account.password_hash,
        change.account.proof,
        change.account.activated_at,
    )
    assert change.actions == (Action.ACCOUNT_ACTIVATED,)
    with pytest.raises(ResetTokenInvalid):
        activate(change.account, presented=b"right", password_hash="again", now=now)


def test_activation_expires_after_seven_days() -> None:
    """ID-03: an activation link says that it expired from the seventh day on."""
    with pytest.raises(ResetTokenExpired):
        activate(WAITING, presented=b"right", password_hash="new", now=NOON + timedelta(days=7))


@pytest.mark.parametrize(
    "account",
    [
        None,
        replace(ACTIVE, proof=None),
        replace(RESETTING, status=Status.DISABLED),
        replace(RESETTING, proof=replace(_proof(), purpose=Purpose.ACTIVATION)),
        replace(RESETTING, proof=replace(_proof(), wrong_tries=MOST_WRONG_CODES)),
        replace(RESETTING, proof=replace(_proof(), hash=b"newer")),
        WAITING,
    ],
    ids=["unknown", "used", "disabled", "other purpose", "dead code", "replaced", "pending"],
)
def test_dead_proof_resets_nothing(account: Account | None) -> None:
    """ID-07: an unknown, used, replaced or guessed-at proof resets nothing, and nobody learns which it was."""
    with pytest.raises(ResetTokenInvalid):
        reset_password(account, presented=b"right", password_hash="new", now=NOON)


def test_reset_ends_all_sessions() -> None:
    """ID-07: a reset sets the password, uses up its proof and ends every session."""
    change = reset_password(RESETTING, presented=b"right", password_hash="new", now=NOON)
    assert (change.account.password_hash, change.account.proof, change.account.live_sessions) == ("new", None, ())
    assert change.revoked == (LAPTOP, PHONE)
    assert change.actions == (Action.PASSWORD_RESET, Action.SESSIONS_REVOKED)
    assert RESETTING.version + 1 == change.account.version


def test_reset_expires_after_an_hour() -> None:
    """ID-07: a reset works until its hour is over and says afterwards that it expired."""
    reset_password(RESETTING, presented=b"right", password_hash="new", now=NOON + RESET_LIFE - timedelta(seconds=1))
    with pytest.raises(ResetTokenExpired):
        reset_password(RESETTING, presented=b"right", password_hash="new", now=NOON + RESET_LIFE)


def test_newest_reset_wins() -> None:
    """ID-07: asking again kills the older proof, and says which one."""
    newer = replace(_proof(), hash=b"newer")
    change = ask_reset(RESETTING, proof=newer, now=NOON + timedelta(minutes=1))
    account = change.account
    assert (newer, RESETTING.proof) == (account.proof, change.replaced)
    with pytest.raises(ResetTokenInvalid):
        reset_password(account, presented=b"right", password_hash="new", now=NOON + timedelta(minutes=2))


@given(st.lists(st.integers(0, 30 * 60), min_size=1, max_size=30))
def test_three_resets_an_hour(pauses: list[int]) -> None:
    """ID-07: whenever they are asked, no hour sees more than three resets, and the answer says how long to wait."""
    account, now, granted = ACTIVE, NOON, [NOON - timedelta(days=1)]
    for pause in pauses:
        now += timedelta(seconds=pause)
        recent = [at for at in granted if at > now - RESET_WINDOW]
        if len(recent) < MOST_RESETS:
            account = ask_reset(account, proof=_proof(), now=now).account
            granted.append(now)
        else:
            with pytest.raises(ResetLimitReached) as refused:
                ask_reset(account, proof=_proof(), now=now)
            assert recent[0] + RESET_WINDOW - now == refused.value.retry_after
    assert len(account.resets_asked) <= MOST_RESETS


@pytest.mark.parametrize("status", [Status.PENDING_ACTIVATION, Status.DISABLED])
def test_only_an_active_account_is_reset(status: Status) -> None:
    """ID-07: a pending or disabled login cannot ask for a reset, and the error names its status."""
    with pytest.raises(AccountNotActive) as refused:
        ask_reset(replace(ACTIVE, status=status), proof=_proof(), now=NOON)
    assert {"status": status.name} == refused.value.metadata


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
    assert (change.account.password_hash, change.account.last_login_at, change.account.live_sessions) == (
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


def test_change_keeps_the_asking_session() -> None:
    """ID-06: a password change ends every session but the one that asks, and kills an asked reset."""
    account = replace(RESETTING, live_sessions=(LAPTOP, PHONE, TABLET))
    change = change_password(account, correct=True, password_hash="new", keep=PHONE)
    assert (change.revoked, change.account.live_sessions, change.account.proof) == ((LAPTOP, TABLET), (PHONE,), None)
    assert change.actions == (Action.PASSWORD_CHANGED, Action.SESSIONS_REVOKED)


@pytest.mark.parametrize(
    ("account", "correct"), [(ACTIVE, False), (replace(ACTIVE, status=Status.DISABLED), True), (WAITING, True)]
)
def test_change_needs_the_current_password(account: Account, correct: bool) -> None:
    """ID-09: without the right current password of an active login nothing changes."""
    with pytest.raises(PasswordWrong):
        change_password(account, correct=correct, password_hash="new", keep=PHONE)
