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

from identity.accounts.domain import Account, Method, Purpose, Session, Status
from identity.resets.domain import (
    MAX_RESETS,
    MAX_WRONG_CODES,
    RESET_LIFE,
    RESET_WINDOW,
    ChangePassword,
    ResetStatus,
    SetPassword,
    activate,
    ask_reset,
    change_password,
    reset_password,
    reset_status,
)
from identity.shared.audit.domain import Action
from services.identity.tests.examples import ACTIVE, LAPTOP, NOON, PHONE, RESETTING, TABLET, WAITING, a_proof

SESSION = Session(
    org_id=ACTIVE.org_id,
    id=TABLET,
    account_id=ACTIVE.id,
    method=Method.RESET,
    generation=0,
    presented_generation=-1,
    device="Firefox",
    address="192.0.2.7",
    create_time=NOON,
    rotate_time=NOON,
    expire_time=NOON + timedelta(hours=12),
)


def a_password() -> SetPassword:
    return SetPassword(presented=b"right", password_hash="new", session=SESSION)


def a_change(account: Account | None) -> ChangePassword:
    verified = account.password_hash if account else "another"
    return ChangePassword(verified_hash=verified, password_hash="new", keep=PHONE)


def test_activation_sets_the_first_password() -> None:
    """ID-03: the activation's proof sets the password and makes the login active, once."""
    now = NOON + timedelta(days=6)
    change = activate(WAITING, a_password(), now)
    assert (Status.ACTIVE, "new", None, now) == (
        change.account.status,
        change.account.password_hash,
        change.account.proof,
        change.account.activate_time,
    )
    assert change.actions == (Action.ACCOUNT_ACTIVATED, Action.SIGNED_IN)
    assert change.opened == SESSION
    with pytest.raises(ResetTokenInvalid):
        activate(change.account, a_password(), now)


def test_activation_expires_after_seven_days() -> None:
    """ID-03: an activation link says that it expired from the seventh day on."""
    with pytest.raises(ResetTokenExpired):
        activate(WAITING, a_password(), NOON + timedelta(days=7))


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
        reset_password(account, a_password(), NOON)


def test_reset_ends_all_sessions() -> None:
    """ID-07: a reset sets the password, uses up its proof, ends every session and begins one."""
    change = reset_password(RESETTING, a_password(), NOON)
    assert (change.account.password_hash, change.account.proof, change.account.live_sessions) == (
        "new",
        None,
        (SESSION.id,),
    )
    assert change.revoked == (LAPTOP, PHONE)
    assert change.actions == (Action.PASSWORD_RESET, Action.SESSIONS_REVOKED, Action.SIGNED_IN)
    assert change.opened == SESSION
    assert RESETTING.version + 1 == change.account.version


def test_reset_expires_after_an_hour() -> None:
    """ID-07: a reset works until its hour is over and says afterwards that it expired."""
    reset_password(RESETTING, a_password(), NOON + RESET_LIFE - timedelta(seconds=1))
    with pytest.raises(ResetTokenExpired):
        reset_password(RESETTING, a_password(), NOON + RESET_LIFE)


def test_newest_reset_wins() -> None:
    """ID-07: asking again kills the older proof, and says which one."""
    newer = replace(a_proof(), hash=b"newer")
    change = ask_reset(RESETTING, newer, NOON + timedelta(minutes=1))
    account = change.account
    assert (newer, RESETTING.proof) == (account.proof, change.replaced)
    with pytest.raises(ResetTokenInvalid):
        reset_password(account, a_password(), NOON + timedelta(minutes=2))


@given(st.lists(st.integers(0, 30 * 60), min_size=1, max_size=30))
def test_three_resets_an_hour(pauses: list[int]) -> None:
    """ID-07: whenever they are asked, no hour sees more than three resets, and the answer says how long to wait."""
    account, now, granted = ACTIVE, NOON, [NOON - timedelta(days=1)]
    for pause in pauses:
        now += timedelta(seconds=pause)
        recent = [at for at in granted if at > now - RESET_WINDOW]
        if len(recent) < MAX_RESETS:
            account = ask_reset(account, a_proof(), now).account
            granted.append(now)
        else:
            with pytest.raises(ResetLimitReached) as refused:
                ask_reset(account, a_proof(), now)
            assert recent[0] + RESET_WINDOW - now == refused.value.retry_after
    assert len(account.reset_request_times) <= MAX_RESETS


@pytest.mark.parametrize("status", [Status.PENDING_ACTIVATION, Status.DISABLED])
def test_only_an_active_account_is_reset(status: Status) -> None:
    """ID-07: a pending or disabled login cannot ask for a reset, and the error names its status."""
    with pytest.raises(AccountNotActive) as refused:
        ask_reset(replace(ACTIVE, status=status), a_proof(), NOON)
    assert {"status": status.name} == refused.value.metadata


def test_change_keeps_the_asking_session() -> None:
    """ID-06: a password change ends every session but the one that asks, and kills an asked reset."""
    account = replace(RESETTING, live_sessions=(LAPTOP, PHONE, TABLET))
    change = change_password(account, a_change(account), NOON)
    assert (change.revoked, change.account.live_sessions, change.account.proof) == ((LAPTOP, TABLET), (PHONE,), None)
    assert change.actions == (Action.PASSWORD_CHANGED, Action.SESSIONS_REVOKED)


@pytest.mark.parametrize(
    ("account", "correct"),
    [(None, True), (ACTIVE, False), (replace(ACTIVE, status=Status.DISABLED), True), (WAITING, True)],
)
def test_change_needs_the_current_password(account: Account | None, correct: bool) -> None:
    """ID-09: without the right current password of an active login nothing changes."""
    with pytest.raises(PasswordWrong):
        change_password(account, a_change(account if correct else None), NOON)


def test_a_link_says_what_it_is_worth() -> None:
    """ID-07: a link says that it is valid or has expired, and nothing of one that was replaced, used or never sent."""
    late = NOON + RESET_LIFE
    assert ResetStatus.VALID is reset_status(RESETTING, Purpose.RESET, b"right", NOON)
    assert ResetStatus.EXPIRED is reset_status(RESETTING, Purpose.RESET, b"right", late)
    assert ResetStatus.UNKNOWN is reset_status(RESETTING, Purpose.RESET, b"wrong", late)
    assert ResetStatus.UNKNOWN is reset_status(RESETTING, Purpose.ACTIVATION, b"right", NOON)
    assert ResetStatus.UNKNOWN is reset_status(None, Purpose.RESET, b"right", NOON)
