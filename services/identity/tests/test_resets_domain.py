from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico_errors.identity import (
    AccountNotActive,
    PasswordWrong,
    ResetLimitReached,
    ResetTokenExpired,
    ResetTokenInvalid,
)

from identity.accounts.domain import Account, Purpose, Status
from identity.resets.domain import (
    MAX_RESETS,
    MAX_WRONG_CODES,
    RESET_LIFE,
    RESET_WINDOW,
    activate,
    ask_reset,
    change_password,
    reset_password,
)
from identity.shared.audit.domain import Action
from services.identity.tests.examples import ACTIVE, LAPTOP, NOON, PHONE, RESETTING, TABLET, WAITING, a_proof


def test_activation_sets_the_first_password() -> None:
    """ID-03: the activation's proof sets the password and makes the login active, once."""
    now = NOON + timedelta(days=6)
    change = activate(WAITING, presented=b"right", password_hash="new", now=now)
    assert (Status.ACTIVE, "new", None, now) == (
        change.account.status,
        change.account.password_hash,
        change.account.proof,
        change.account.activate_time,
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
        replace(RESETTING, proof=replace(a_proof(), purpose=Purpose.ACTIVATION)),
        replace(RESETTING, proof=replace(a_proof(), wrong_tries=MAX_WRONG_CODES)),
        replace(RESETTING, proof=replace(a_proof(), hash=b"newer")),
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
    newer = replace(a_proof(), hash=b"newer")
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
        if len(recent) < MAX_RESETS:
            account = ask_reset(account, proof=a_proof(), now=now).account
            granted.append(now)
        else:
            with pytest.raises(ResetLimitReached) as refused:
                ask_reset(account, proof=a_proof(), now=now)
            assert recent[0] + RESET_WINDOW - now == refused.value.retry_after
    assert len(account.reset_request_times) <= MAX_RESETS


@pytest.mark.parametrize("status", [Status.PENDING_ACTIVATION, Status.DISABLED])
def test_only_an_active_account_is_reset(status: Status) -> None:
    """ID-07: a pending or disabled login cannot ask for a reset, and the error names its status."""
    with pytest.raises(AccountNotActive) as refused:
        ask_reset(replace(ACTIVE, status=status), proof=a_proof(), now=NOON)
    assert {"status": status.name} == refused.value.metadata


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
