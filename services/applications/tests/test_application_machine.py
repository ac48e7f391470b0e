"""Any order of commands, with the clock running in between, against a model that only keeps facts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from portico_errors.applications import ActionNotAllowed, InvitedJustNow, MethodMissing, UndoExpired

from applications.application.domain.application import Application, Contacts, Guardian, Organization, Status
from applications.application.domain.decision import Decision
from applications.application.domain.invitation import (
    Invitation,
    InvitationOutcome,
    InvitationStatus,
    Method,
    invitation_status,
)
from applications.application.domain.link_state import Action, LinkState, allowed_actions, link_state
from applications.application.domain.update import Update, update
from applications.claims.domain import Accept, accept
from applications.invitations.domain import MIN_SMS_PAUSE, Invite, Resend, Revoke, invite, resend, revoke
from applications.links.domain import undo_unlink, unlink
from chassis.errors import Conflict
from services.applications.tests.builders import KEYS

GUARDIAN = UUID(int=1)
ACCOUNTS = [UUID(int=71), UUID(int=72)]
ORGANIZATION = Organization(
    id=UUID(int=9), name="Sunrise", country="US", time_zone="UTC", languages=("en",), invite_days=2
)
EMAILS, PHONES = ["", "a@example.org", "b@example.org"], ["", "+15550100017"]


@dataclass
class Facts:
    """What happened to the guardian, as simply as it can be noted."""

    account: UUID | None = None
    unlink_time: datetime | None = None
    offered: bool = False
    bounced: bool = False


class LinkStatus(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.made = 100
        self.ever: dict[UUID, Invitation] = {}
        self.facts = Facts()
        self.application = Application(
            organization=ORGANIZATION,
            id=UUID(int=8),
            number="A-000001",
            status=Status.ACTIVE,
            guardians=(
                Guardian(
                    id=GUARDIAN,
                    given_name="Ana",
                    family_name="Ruiz",
                    contacts=Contacts(email=EMAILS[1]),
                    preferred_method=Method.EMAIL,
                    language="en",
                    update_time=self.now,
                ),
            ),
            children=(),
            answers="{}",
            create_time=self.now,
            update_time=self.now,
        )

    @property
    def guardian(self) -> Guardian:
        return self.application.guardians[0]

    def next_id(self) -> UUID:
        self.made += 1
        return UUID(int=self.made)

    def take(self, decision: Decision) -> None:
        changed = replace(decision.guardian, version=0) != replace(decision.before, version=0)
        rise = decision.guardian.version - decision.before.version
        assert rise == max(changed, len(decision.events))
        for invitation in (decision.ended, decision.guardian.invitation):
            if invitation:
                self.ever[invitation.id] = invitation
        self.application = decision.application

    @rule(label=st.sampled_from([Action.INVITE, Action.REINVITE]), method=st.sampled_from([None, *Method]))
    def invite(self, label: Action, method: Method | None) -> None:
        command = Invite(label=label, invitation_id=self.next_id(), keys=KEYS, method=method)
        fits = label in allowed_actions(self.guardian, self.now)
        try:
            self.take(invite(self.application, command, self.now))
        except ActionNotAllowed:
            assert not fits
        except MethodMissing:
            assert method is not None
            assert not self.guardian.contacts.of(method)
        except InvitedJustNow:
            assert self.guardian.invitation
            assert self.guardian.invitation.method is Method.SMS
            assert self.now < self.guardian.invitation.create_time + MIN_SMS_PAUSE
        else:
            assert fits
            self.facts = Facts(offered=True)

    @rule()
    def revoke(self) -> None:
        try:
            self.take(revoke(self.application, Revoke(), self.now))
        except ActionNotAllowed:
            assert self.live() == []
        else:
            assert self.live() == []

    @rule(data=st.data(), account=st.sampled_from(ACCOUNTS))
    def accept(self, data: st.DataObject, account: UUID) -> None:
        if not self.ever:
            return
        shown = data.draw(st.sampled_from(list(self.ever.values())))
        was_valid, was_linked = invitation_status(shown, self.now) is InvitationStatus.VALID, self.facts.account
        command = Accept(guardian_id=GUARDIAN, shown=shown, account_id=account, username="x@example.org")
        try:
            self.take(accept(self.application, command, self.now))
        except Conflict:
            assert not was_valid
            assert account != was_linked
        else:
            assert was_valid or account == was_linked
            self.facts = Facts(account=account)

    @rule()
    def unlink(self) -> None:
        try:
            self.take(unlink(self.application, None, self.now))
        except ActionNotAllowed:
            assert self.facts.account is None
        else:
            self.facts = Facts(unlink_time=self.now)

    @rule()
    def undo(self) -> None:
        at = self.facts.unlink_time
        try:
            self.take(undo_unlink(self.application, None, self.now))
        except UndoExpired:
            assert at is None or self.now - at >= timedelta(minutes=15)
        else:
            assert at is not None
            assert self.guardian.link
            self.facts = Facts(account=self.guardian.link.account_id)

    @rule(email=st.sampled_from([None, *EMAILS]), phone=st.sampled_from([None, *PHONES]))
    def update(self, email: str | None, phone: str | None) -> None:
        before = self.guardian.contacts
        self.take(update(self.application, Update(guardian_id=GUARDIAN, email=email, phone=phone), self.now))
        if self.guardian.contacts != before:
            self.facts.bounced = False
            assert self.live() == []

    @rule()
    def bounce(self) -> None:
        invitation = self.guardian.invitation
        if invitation and invitation.outcome is not InvitationOutcome.ACCEPTED:
            failed = replace(invitation, failure_reason="550 no such mailbox")
            self.application = self.application.with_guardian(replace(self.guardian, invitation=failed))
            self.ever[failed.id] = failed
            self.facts.bounced = self.facts.offered

    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        if not self.ever:
            return
        shown = data.draw(st.sampled_from(list(self.ever)))
        command = Resend(
            guardian_id=GUARDIAN, shown_id=shown, invitation_id=self.next_id(), keys=KEYS, recent_resends=0
        )
        was = invitation_status(self.ever[shown], self.now)
        try:
            self.take(resend(self.application, command, self.now))
        except ActionNotAllowed:
            assert was is not InvitationStatus.EXPIRED
        else:
            assert was is InvitationStatus.EXPIRED
            assert self.guardian.invitation
            assert self.guardian.invitation.contact == self.ever[shown].contact
            self.facts = Facts(offered=True)

    @rule(step=st.sampled_from([timedelta(minutes=14), timedelta(minutes=15), timedelta(days=1), timedelta(days=3)]))
    def wait(self, step: timedelta) -> None:
        self.now += step

    def live(self) -> list[UUID]:
        return [
            id_
            for id_, invitation in self.ever.items()
            if invitation_status(invitation, self.now) is InvitationStatus.VALID
        ]

    @invariant()
    def at_most_one_invitation_is_live(self) -> None:
        assert len(self.live()) <= 1

    @invariant()
    def linked_means_that_an_account_holds_it(self) -> None:
        state = link_state(self.guardian, self.now)
        assert (state is LinkState.LINKED) == (self.facts.account is not None)
        assert (self.guardian.link and self.guardian.link.account_id) == self.facts.account

    @invariant()
    def the_higher_row_wins(self) -> None:
        holds = {
            LinkState.LINKED: self.facts.account is not None,
            LinkState.NO_CONTACT: self.guardian.contacts == Contacts(),
            LinkState.UNDELIVERABLE: self.facts.bounced,
            LinkState.INVITED: bool(self.live()),
            LinkState.EXPIRED: self.facts.offered,
            LinkState.NOT_INVITED: True,
        }
        assert link_state(self.guardian, self.now) is next(state for state, fact in holds.items() if fact)


class TestLinkStatus(LinkStatus.TestCase):  # type: ignore[misc,valid-type]
    """AP-03, AP-04, AP-05, AP-07, AP-09, AP-10, AP-11: in any order of commands there is at most one live invitation,
    LINKED means that an account holds the guardian, and the higher link state wins.
    """
