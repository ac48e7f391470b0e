"""Any order of what administrators do with the logins of their organization, against what must always hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from portico_errors.identity import ActionNotAllowed, LastAdministrator, ResetLimitReached

from chassis.call import Role
from chassis.ids import new_id
from identity.accounts.domain import STAFF_ROLES, Account, Change, Proof, Purpose, Status
from identity.accounts.events import account_events
from identity.login_users import domain
from identity.login_users.domain import Action, LoginUser
from identity.resets.domain import ACTIVATION_LIFE, ADMIN_RESET_LIFE, live_proofs
from identity.shared.audit.domain import Action as Audited
from services.identity.tests.examples import ACTIVE, NOON, WAITING, a_proof

C = TypeVar("C")
WHO = st.integers(0, 3)
PERSON = new_id()


class Organization(RuleBasedStateMachine):
    """Two administrators, one of the staff who waits, and a specialist whom casemanager handed out."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.locked: dict[int, bool] = {}
        self.accounts: list[Account] = [
            replace(ACTIVE, id=new_id(), role=Role.STAFF_ADMIN),
            replace(ACTIVE, id=new_id(), role=Role.STAFF_ADMIN),
            replace(WAITING, id=new_id(), role=Role.STAFF),
            replace(ACTIVE, id=new_id(), role=Role.SPECIALIST, person_id=PERSON, generation=1),
        ]

    def user(self, who: int) -> LoginUser:
        others = (account for at, account in enumerate(self.accounts) if at != who)
        is_locked = self.locked.get(who, False)
        return LoginUser(
            account=self.accounts[who],
            lock_time=self.now if is_locked else None,
            has_locks=is_locked,
            has_other_administrator=any(_is_administrator(other) for other in others),
        )

    def act(
        self,
        who: int,
        action: Action,
        decide: Callable[[LoginUser | None, C, datetime], Change],
        command: C,
        *,
        is_idle: bool,
    ) -> None:
        user = self.user(who)
        may = action in user.actions() or is_idle
        try:
            change = decide(user, command, self.now)
        except ActionNotAllowed as refused:
            assert not may
            names = refused.metadata["allowed_actions"]
            assert ",".join(each.name for each in user.actions()) == names
        except LastAdministrator:
            assert user.is_last_administrator
        except ResetLimitReached:
            assert action is Action.RESET_PASSWORD
        else:
            assert may
            self.take(who, change)

    def take(self, who: int, change: Change) -> None:
        before = self.accounts[who].version
        versions = [event.version for event in account_events(change, ids=new_id, now=self.now) if event.version]
        assert versions in ([], [*range(before + 1, change.account.version + 1)])
        assert before + change.rise == change.account.version
        assert change.rise == max(1, len(versions))
        assert {*self.accounts[who].live_sessions} == {*change.revoked, *change.account.live_sessions}
        self.accounts[who] = change.account
        if Audited.ACCOUNT_UNLOCKED in change.actions:
            self.locked[who] = False

    @rule(who=WHO)
    def send_password_reset(self, who: int) -> None:
        proof = a_proof(life=ADMIN_RESET_LIFE, now=self.now)
        self.act(who, Action.RESET_PASSWORD, domain.send_password_reset, proof, is_idle=False)

    @rule(who=WHO)
    def resend_activation(self, who: int) -> None:
        self.act(who, Action.RESEND_ACTIVATION, domain.resend_activation, self.activation(), is_idle=False)

    @rule(who=WHO, name=st.sampled_from(["eva@example.org", "+12135550101"]))
    def change_username(self, who: int, name: str) -> None:
        self.act(who, Action.CHANGE_USERNAME, domain.change_username, (name, self.activation()), is_idle=False)

    @rule(who=WHO)
    def disable(self, who: int) -> None:
        self.act(who, Action.DISABLE, domain.disable, None, is_idle=False)

    @rule(who=WHO)
    def enable(self, who: int) -> None:
        self.act(who, Action.ENABLE, domain.enable, self.activation(), is_idle=False)

    @rule(who=WHO)
    def unlock(self, who: int) -> None:
        is_idle = self.accounts[who].status is Status.ACTIVE
        self.act(who, Action.UNLOCK, domain.unlock, None, is_idle=is_idle)

    @rule(who=WHO)
    def revoke_sessions(self, who: int) -> None:
        self.act(who, Action.REVOKE_SESSIONS, domain.revoke_sessions, None, is_idle=False)

    @rule(who=WHO, role=st.sampled_from(STAFF_ROLES))
    def set_role(self, who: int, role: Role) -> None:
        is_idle = self.accounts[who].role is role
        self.act(who, Action.SET_ROLE, domain.set_role, role, is_idle=is_idle)

    @rule(generation=st.integers(1, 6))
    def disable_provisioned(self, generation: int) -> None:
        self.take(3, domain.disable_provisioned(self.user(3), generation, self.now))

    @rule(who=WHO)
    def sign_in(self, who: int) -> None:
        account = self.accounts[who]
        if account.status is Status.ACTIVE:
            self.accounts[who] = replace(
                account, live_sessions=(new_id(), *account.live_sessions), version=account.version + 1
            )

    @rule(who=WHO)
    def lock(self, who: int) -> None:
        self.locked[who] = self.accounts[who].status is Status.ACTIVE

    @rule(minutes=st.sampled_from([1, 30, 60, 60 * 24, 60 * 24 * 8]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def activation(self) -> Proof:
        return a_proof(Purpose.ACTIVATION, ACTIVATION_LIFE, presented=new_id().bytes, now=self.now)

    @invariant()
    def somebody_manages_the_logins(self) -> None:
        assert [account for account in self.accounts if _is_administrator(account)]

    @invariant()
    def who_is_disabled_has_nothing_left(self) -> None:
        for account in self.accounts:
            if account.status is Status.DISABLED:
                live = [proof for purpose in Purpose for proof in live_proofs(account, purpose, self.now)]
                assert ((), []) == (account.live_sessions, live)

    @invariant()
    def an_activation_has_one_link(self) -> None:
        for account in self.accounts:
            assert 2 > len(live_proofs(account, Purpose.ACTIVATION, self.now))

    @invariant()
    def whose_it_is_never_changes(self) -> None:
        expected: list[tuple[UUID | None, bool]] = [(None, True), (None, True), (None, True), (PERSON, False)]
        assert expected == [(account.person_id, account.role in STAFF_ROLES) for account in self.accounts]


def _is_administrator(account: Account) -> bool:
    return account.role is Role.STAFF_ADMIN and account.status is Status.ACTIVE


class TestOrganization(Organization.TestCase):  # type: ignore[misc,valid-type]
    """ID-13, ID-14: whatever is done in any order, an administrator stays, and who is disabled has nothing left."""
