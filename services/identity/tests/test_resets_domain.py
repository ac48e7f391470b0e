from dataclasses import replace
from datetime import datetime, timedelta

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

from identity.accounts.domain import Account, Method, Proof, Purpose, Session, Status
from identity.resets.domain import (
    ACTIVATION_LIFE,
    MAX_LIVE_CODES,
    MAX_LIVE_LINKS,
    MAX_PENDING,
    RESET_LIFE,
    ChangePassword,
    ResetStatus,
    SetPassword,
    activate,
    ask_activation,
    ask_reset,
    change_password,
    live_proofs,
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
    assert (Status.ACTIVE, "new", now) == (
        change.account.status,
        change.account.password_hash,
        change.account.activate_time,
    )
    assert [proof.id for proof in WAITING.proofs] == list(change.used_proofs)
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
        ACTIVE,
        replace(RESETTING, proofs=(replace(a_proof(), use_time=NOON),)),
        replace(RESETTING, status=Status.DISABLED),
        replace(RESETTING, proofs=(a_proof(Purpose.ACTIVATION),)),
        replace(RESETTING, proofs=(*(a_proof(presented=b"newer") for _ in range(MAX_LIVE_LINKS)), a_proof())),
        WAITING,
    ],
    ids=["unknown", "never asked", "used", "disabled", "other purpose", "replaced", "pending"],
)
def test_dead_proof_resets_nothing(account: Account | None) -> None:
    """ID-07: an unknown, used, replaced or guessed-at proof resets nothing, and nobody learns which it was."""
    with pytest.raises(ResetTokenInvalid):
        reset_password(account, a_password(), NOON)


def test_reset_ends_all_sessions() -> None:
    """ID-07: a reset sets the password, uses up its proof, ends every session and begins one."""
    change = reset_password(RESETTING, a_password(), NOON)
    assert (change.account.password_hash, change.account.live_sessions) == ("new", (SESSION.id,))
    assert ([proof.id for proof in RESETTING.proofs], ()) == (
        list(change.used_proofs),
        live_proofs(change.account, Purpose.RESET, NOON),
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


@pytest.mark.parametrize(("username", "limit"), [("ana@example.org", MAX_LIVE_LINKS), ("+12135550100", MAX_LIVE_CODES)])
def test_newer_proofs_let_older_ones_live(username: str, limit: int) -> None:
    """CASE-S6, ID-07: up to three links and the newest two codes live; asking once more kills the oldest, by name."""
    account, now = replace(ACTIVE, username=username), NOON
    asked: list[Proof] = []
    for number in range(limit + 2):
        now += timedelta(minutes=3)
        asked.append(a_proof(presented=b"%d" % number, requester=b"%d" % number, now=now))
        change = ask_reset(account, asked[-1], now)
        account = change.account
        assert (asked[-1], asked[-1 - limit] if number >= limit else None) == (change.proof, change.replaced)
    status = [reset_status(account, Purpose.RESET, proof.hash, now) for proof in asked]
    assert [ResetStatus.UNKNOWN] * 2 + [ResetStatus.VALID] * limit == status
    used = reset_password(account, replace(a_password(), presented=asked[-1].hash), now).account
    assert {ResetStatus.USED} == {reset_status(used, Purpose.RESET, proof.hash, now) for proof in asked}


_ASKS = st.lists(st.tuples(st.integers(0, 100), st.sampled_from([None, b"a", b"b", b"c"])), min_size=1, max_size=60)


@given(_ASKS)
def test_budgets_of_resets(asks: list[tuple[int, bytes | None]]) -> None:
    """CASE-S6, ID-07: whoever asks when, strangers get 3 an hour by network and 6 a day, staff their own 3 an hour."""
    account, now = ACTIVE, NOON
    sent: list[Proof] = []
    for pause, requester in asks:
        now += timedelta(minutes=pause)

        def since(window: timedelta, now: datetime = now) -> list[Proof]:
            return [proof for proof in sent if proof.create_time > now - window]

        def by_strangers(proof: Proof) -> bool:
            return proof.requester is not None

        hour, day = since(timedelta(hours=1)), since(timedelta(days=1))
        if requester is None:
            allowed = len([proof for proof in hour if not by_strangers(proof)]) < 3
        else:
            allowed = (
                not since(timedelta(minutes=2))
                and len([proof for proof in hour if proof.requester == requester]) < 3
                and len([*filter(by_strangers, day)]) < 6
            )
        proof = a_proof(requester=requester, now=now)
        if allowed:
            account = ask_reset(account, proof, now).account
            sent.append(proof)
        else:
            with pytest.raises(ResetLimitReached) as refused:
                ask_reset(account, proof, now)
            assert refused.value.retry_after is not None
            assert timedelta() < refused.value.retry_after <= timedelta(days=1)


def test_a_refused_ask_says_when_to_come_again() -> None:
    """ID-07: after the time that the refusal of staff names, one is sent again, and not before."""
    account = ACTIVE
    for minute in range(3):
        account = ask_reset(account, a_proof(now=NOON), NOON + timedelta(minutes=minute)).account
    with pytest.raises(ResetLimitReached) as refused:
        ask_reset(account, a_proof(), NOON + timedelta(minutes=3))
    assert timedelta(minutes=57) == refused.value.retry_after
    ask_reset(account, a_proof(), NOON + timedelta(hours=1))


def test_budget_of_activations() -> None:
    """CASE-A20, ID-03: an activation is sent again at most every ten minutes, 3 a day, and the newest link works."""
    account, now, sent = WAITING, NOON, 0
    while (now := now + timedelta(minutes=5)) < NOON + timedelta(hours=23):
        try:
            change = ask_activation(account, a_proof(Purpose.ACTIVATION, ACTIVATION_LIFE, requester=b"x", now=now), now)
        except ResetLimitReached:
            continue
        assert account.proofs[0] == change.replaced
        account, sent = change.account, sent + 1
        assert timedelta(minutes=10) * sent == now - NOON
        assert account.proofs[:1] == live_proofs(account, Purpose.ACTIVATION, now)
    assert 3 == sent
    ask_activation(account, a_proof(Purpose.ACTIVATION, now=now), NOON + timedelta(days=1, minutes=10))


@pytest.mark.parametrize(
    ("account", "age"),
    [(None, timedelta(1)), (ACTIVE, timedelta(1)), (WAITING, MAX_PENDING + timedelta(seconds=1))],
    ids=["unknown", "active", "too old"],
)
def test_only_a_young_pending_login_is_activated_again(account: Account | None, age: timedelta) -> None:
    """CASE-A20: nobody but a login that has waited for 30 days at most gets its activation again."""
    with pytest.raises(AccountNotActive):
        ask_activation(account, a_proof(Purpose.ACTIVATION), NOON + age)
    ask_activation(WAITING, a_proof(Purpose.ACTIVATION), NOON + MAX_PENDING)


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
    assert (change.revoked, change.account.live_sessions) == ((LAPTOP, TABLET), (PHONE,))
    assert tuple(proof.id for proof in RESETTING.proofs) == change.used_proofs
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
    """CASE-A17, ID-07: a link says that it is valid, expired or used, and nothing of one that was never sent."""
    late = NOON + RESET_LIFE
    used = reset_password(RESETTING, a_password(), NOON).account
    assert ResetStatus.USED is reset_status(used, Purpose.RESET, b"right", late)
    active = activate(WAITING, a_password(), NOON).account
    assert ResetStatus.USED is reset_status(active, Purpose.ACTIVATION, b"right", NOON)
    assert ResetStatus.VALID is reset_status(RESETTING, Purpose.RESET, b"right", NOON)
    assert ResetStatus.EXPIRED is reset_status(RESETTING, Purpose.RESET, b"right", late)
    assert ResetStatus.UNKNOWN is reset_status(RESETTING, Purpose.RESET, b"wrong", late)
    assert ResetStatus.UNKNOWN is reset_status(RESETTING, Purpose.ACTIVATION, b"right", NOON)
    assert ResetStatus.UNKNOWN is reset_status(None, Purpose.RESET, b"right", NOON)
