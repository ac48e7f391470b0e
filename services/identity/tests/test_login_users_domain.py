"""What administrators do with a login: the table of actions and states."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from portico_errors.identity import AccountNotFound, ActionNotAllowed, LastAdministrator, UsernameTaken

from chassis.call import Role
from chassis.ids import new_id
from identity.accounts.domain import Account, Change, NewLogin, Proof, Purpose, Status
from identity.login_users import domain
from identity.login_users.domain import Action, LoginUser, State
from identity.resets.domain import ACTIVATION_LIFE, ADMIN_RESET_LIFE, live_proofs
from identity.shared.audit.domain import Action as Audited
from services.identity.tests.examples import ACTIVE, LAPTOP, NOON, PHONE, WAITING, a_proof

ACT: Mapping[Action, Callable[[LoginUser | None], Change]] = {
    Action.RESET_PASSWORD: lambda user: domain.send_password_reset(user, a_proof(life=ADMIN_RESET_LIFE), NOON),
    Action.RESEND_ACTIVATION: lambda user: domain.resend_activation(user, _activation(), NOON),
    Action.CHANGE_USERNAME: lambda user: domain.change_username(user, ("eva@example.org", _activation()), NOON),
    Action.DISABLE: lambda user: domain.disable(user, None, NOON),
    Action.ENABLE: lambda user: domain.enable(user, _activation(), NOON),
    Action.UNLOCK: lambda user: domain.unlock(user, None, NOON),
    Action.REVOKE_SESSIONS: lambda user: domain.revoke_sessions(user, None, NOON),
    Action.SET_ROLE: lambda user: domain.set_role(user, Role.STAFF_ADMIN, NOON),
}
ACCOUNTS: Mapping[State, Account] = {
    State.PENDING_ACTIVATION: WAITING,
    State.ACTIVE: replace(ACTIVE, live_sessions=(LAPTOP, PHONE)),
    State.DISABLED: replace(ACTIVE, status=Status.DISABLED),
    State.LOCKED: replace(ACTIVE, live_sessions=(LAPTOP, PHONE)),
}
LEADS: Mapping[State, Mapping[Action, State]] = {
    State.PENDING_ACTIVATION: {
        Action.RESEND_ACTIVATION: State.PENDING_ACTIVATION,
        Action.CHANGE_USERNAME: State.PENDING_ACTIVATION,
        Action.DISABLE: State.DISABLED,
        Action.SET_ROLE: State.PENDING_ACTIVATION,
    },
    State.ACTIVE: {
        Action.RESET_PASSWORD: State.ACTIVE,
        Action.DISABLE: State.DISABLED,
        Action.UNLOCK: State.ACTIVE,
        Action.REVOKE_SESSIONS: State.ACTIVE,
        Action.SET_ROLE: State.ACTIVE,
    },
    State.DISABLED: {Action.ENABLE: State.ACTIVE},
    State.LOCKED: {
        Action.RESET_PASSWORD: State.LOCKED,
        Action.DISABLE: State.DISABLED,
        Action.UNLOCK: State.ACTIVE,
        Action.REVOKE_SESSIONS: State.LOCKED,
        Action.SET_ROLE: State.LOCKED,
    },
}
"""Where each action leads, in the order in which ID-13 has them; what is missing is refused."""


def _activation() -> Proof:
    return a_proof(Purpose.ACTIVATION, ACTIVATION_LIFE, presented=b"newer")


def _user(
    state: State = State.ACTIVE, account: Account | None = None, *, has_other_administrator: bool = True
) -> LoginUser:
    return LoginUser(
        account=account or ACCOUNTS[state],
        lock_time=NOON if state is State.LOCKED else None,
        has_locks=state in (State.ACTIVE, State.LOCKED),
        has_other_administrator=has_other_administrator,
    )


def _after(user: LoginUser, change: Change) -> State:
    lock_time = None if Audited.ACCOUNT_UNLOCKED in change.actions else user.lock_time
    return replace(user, account=change.account, lock_time=lock_time).state


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_an_action_in_a_state(state: State, action: Action) -> None:
    """ID-13: each of the eight actions in each of the four states leads where the table says, or is refused."""
    user = _user(state)
    if after := LEADS[state].get(action):
        change = ACT[action](user)
        assert (after, user.account.version + change.rise) == (_after(user, change), change.account.version)
        return
    with pytest.raises(ActionNotAllowed) as refused:
        ACT[action](user)
    allowed = ",".join(each.name for each in LEADS[state])
    assert {"state": state.name, "allowed_actions": allowed} == refused.value.metadata


@pytest.mark.parametrize("state", State)
def test_actions_are_offered_in_one_order(state: State) -> None:
    """ID-13: what can be done is offered in the order of the requirement, and nothing else is."""
    assert [*LEADS[state]] == [*_user(state).actions()]


def test_nobody_is_not_found() -> None:
    """ID-13: each action on a login that is not there says so."""
    for act in ACT.values():
        with pytest.raises(AccountNotFound):
            act(None)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"role": Role.SPECIALIST}, {Action.SET_ROLE}),
        ({"role": Role.CASE_MANAGER, "person_id": new_id()}, {Action.SET_ROLE, Action.CHANGE_USERNAME}),
    ],
)
def test_some_actions_are_not_for_everybody(state: State, changed: dict[str, object], missing: set[Action]) -> None:
    """ID-13: only staff change their role, and casemanager keeps the addresses of those that it hands out."""
    user = _user(state, replace(ACCOUNTS[state], **changed))  # type: ignore[arg-type]
    allowed = [action for action in LEADS[state] if action not in missing]
    assert allowed == [*user.actions()]
    for action in missing:
        with pytest.raises(ActionNotAllowed) as refused:
            ACT[action](user)
        expected = {"state": state.name, "allowed_actions": ",".join(action.name for action in allowed)}
        assert expected == refused.value.metadata


def test_unlocking_is_offered_where_somebody_waits() -> None:
    """ID-13: a login without a lock offers no unlocking, and is none the worse for it."""
    user = replace(_user(), has_locks=False)
    assert Action.UNLOCK not in user.actions()
    assert State.ACTIVE is _after(user, ACT[Action.UNLOCK](user))


@pytest.mark.parametrize("state", [State.ACTIVE, State.LOCKED])
def test_the_last_administrator_stays(state: State) -> None:
    """ID-13: the last active administrator, locked or not, can neither be disabled nor lose the role."""
    last = _user(state, replace(ACCOUNTS[state], role=Role.STAFF_ADMIN), has_other_administrator=False)
    assert last.is_last_administrator
    assert [] == [action for action in last.actions() if action in (Action.DISABLE, Action.SET_ROLE)]
    with pytest.raises(LastAdministrator):
        domain.disable(last, None, NOON)
    with pytest.raises(LastAdministrator):
        domain.set_role(last, Role.STAFF, NOON)
    assert Role.STAFF_ADMIN is domain.set_role(last, Role.STAFF_ADMIN, NOON).account.role
    assert Role.STAFF is domain.set_role(replace(last, has_other_administrator=True), Role.STAFF, NOON).account.role


@pytest.mark.parametrize("state", [State.PENDING_ACTIVATION, State.DISABLED])
def test_who_manages_nothing_is_not_the_last(state: State) -> None:
    """ID-13: an administrator who waits or is disabled counts for nobody, and may go."""
    user = _user(state, replace(ACCOUNTS[state], role=Role.STAFF_ADMIN), has_other_administrator=False)
    assert not user.is_last_administrator
    assert [*LEADS[state]] == [*user.actions()]


def test_a_role_that_is_there_ends_nothing() -> None:
    """ID-13: who has the role keeps it and the sessions; who gets another one signs in again."""
    user = _user()
    kept = domain.set_role(user, Role.STAFF, NOON)
    assert ((LAPTOP, PHONE), (), ()) == (kept.account.live_sessions, kept.revoked, kept.actions)
    granted = domain.set_role(user, Role.STAFF_ADMIN, NOON)
    assert ((), (LAPTOP, PHONE)) == (granted.account.live_sessions, granted.revoked)
    assert (Audited.ADMINISTRATOR_GRANTED, Audited.SESSIONS_REVOKED) == granted.actions
    revoked = domain.set_role(replace(user, account=granted.account), Role.STAFF, NOON)
    assert (Audited.ADMINISTRATOR_REVOKED,) == revoked.actions


def test_enabling_depends_on_the_password() -> None:
    """ID-13, ID-14: who had a password is in again; who never set one gets the activation, and its old link is dead."""
    activated = domain.enable(_user(State.DISABLED), _activation(), NOON)
    assert (Status.ACTIVE, None) == (activated.account.status, activated.proof)
    never = domain.disable(_user(State.PENDING_ACTIVATION), None, NOON)
    assert () == live_proofs(never.account, Purpose.ACTIVATION, NOON)
    assert [proof.id for proof in WAITING.proofs] == [*never.used_proofs]
    enabled = domain.enable(_user(State.DISABLED, never.account), _activation(), NOON)
    assert (Status.PENDING_ACTIVATION, 2) == (enabled.account.status, enabled.rise)
    assert (Audited.ACCOUNT_ENABLED, Audited.ACTIVATION_ASKED) == enabled.actions
    assert (enabled.proof,) == live_proofs(enabled.account, Purpose.ACTIVATION, NOON)


def test_another_address_kills_the_link_of_the_first() -> None:
    """ID-03, ID-13: after a change of the address only the new link is live, and the older message is withdrawn."""
    changed = domain.change_username(_user(State.PENDING_ACTIVATION), ("eva@example.org", _activation()), NOON)
    assert ("eva@example.org", WAITING.proofs[0]) == (changed.account.username, changed.replaced)
    assert (changed.proof,) == live_proofs(changed.account, Purpose.ACTIVATION, NOON)
    user = replace(_user(State.PENDING_ACTIVATION), account=changed.account)
    assert NOON + ACTIVATION_LIFE == user.activation_expire_time(NOON)
    assert user.activation_expire_time(NOON + ACTIVATION_LIFE) is None


def test_a_lock_ends_by_itself() -> None:
    """ID-10, ID-13: a locked login says until when, and a disabled one is not locked."""
    assert NOON + timedelta(minutes=15) == _user(State.LOCKED).lock_expire_time
    disabled = _user(State.LOCKED, replace(ACTIVE, status=Status.DISABLED))
    assert (State.DISABLED, None) == (disabled.state, disabled.lock_expire_time)


def test_provisioning_obeys_the_newest_generation() -> None:
    """ID-02: of casemanager's commands the one with the highest generation counts, also while the login is disabled."""
    person_id = new_id()
    login = NewLogin(
        role=Role.SPECIALIST,
        username=ACTIVE.username,
        display_name="Ana",
        language="es",
        person_id=person_id,
        generation=3,
    )
    known = _user(account=replace(ACTIVE, role=Role.SPECIALIST, person_id=person_id, generation=1))
    disabled = replace(known, account=domain.disable_provisioned(known, 2, NOON).account)
    assert (State.DISABLED, 2) == (disabled.state, disabled.account.generation)
    noted = replace(disabled, account=domain.disable_provisioned(disabled, 4, NOON).account)
    assert (State.DISABLED, 4) == (noted.state, noted.account.generation)
    overtaken = domain.provision(noted, (login, _activation()), NOON)
    assert (Status.DISABLED, 4) == (overtaken.account.status, overtaken.account.generation)
    enabled = domain.provision(noted, (replace(login, generation=5), _activation()), NOON)
    assert (Status.ACTIVE, 5) == (enabled.account.status, enabled.account.generation)
    late = domain.disable_provisioned(replace(noted, account=enabled.account), 4, NOON)
    assert Status.ACTIVE is late.account.status


@pytest.mark.parametrize("changed", [{"person_id": new_id()}, {"role": Role.CASE_MANAGER}])
def test_a_login_of_somebody_else_is_taken(changed: dict[str, object]) -> None:
    """ID-02: another person's login, or one of another role, is not handed out; whose it is, is told."""
    login = NewLogin(Role.SPECIALIST, ACTIVE.username, "Ana", "es", person_id=new_id(), generation=9)
    known = replace(ACTIVE, role=Role.SPECIALIST, person_id=login.person_id)
    user = _user(account=replace(known, **changed))  # type: ignore[arg-type]
    with pytest.raises(UsernameTaken) as taken:
        domain.provision(user, (login, _activation()), NOON)
    assert {"account_id": str(ACTIVE.id)} == taken.value.metadata
