"""Link state and allowed actions: which holds, and what fits."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from portico_errors.applications import (
    GuardianNotFound,
)

from applications.application.domain.application import Contacts
from applications.application.domain.events import Revoked
from applications.application.domain.invitation import InvitationStatus, invitation_status
from applications.application.domain.link_state import Action, LinkState, link_state
from applications.invitations.domain import Invite, Revoke, invite, revoke
from services.applications.tests.builders import (
    KEYS,
    MOMENT,
    NOW,
    actions_of,
    application,
    bounced,
    invited,
    linked,
    state_of,
)


def test_a_guardian_without_contacts_can_only_be_updated() -> None:
    """AP-03: with neither email nor phone the state is NO_CONTACT and the first action Update."""
    state = application(email="", phone="")
    assert state_of(state) is LinkState.NO_CONTACT
    assert actions_of(state) == [Action.UPDATE]


def test_a_guardian_who_was_never_invited_can_be_invited() -> None:
    """AP-03: never invited is NOT_INVITED, and Invite comes first."""
    assert state_of(application()) is LinkState.NOT_INVITED
    assert actions_of(application()) == [Action.INVITE, Action.UPDATE]


def test_a_live_invitation_can_be_replaced_or_revoked() -> None:
    """AP-03: a live invitation is INVITED, and Reinvite comes first."""
    state = invited(application()).application
    assert state_of(state) is LinkState.INVITED
    assert actions_of(state) == [Action.REINVITE, Action.REVOKE_INVITATION, Action.UPDATE]


def test_an_invitation_expires_by_the_clock_alone() -> None:
    """AP-03: INVITED becomes EXPIRED at its last moment, though nothing was written."""
    state, outcome = invited(application()).application, NOW + timedelta(days=14)
    assert state_of(state, outcome - MOMENT) is LinkState.INVITED
    assert state_of(state, outcome) is LinkState.EXPIRED
    assert actions_of(state, outcome) == [Action.REINVITE, Action.UPDATE]


def test_a_revoked_invitation_counts_as_expired() -> None:
    """AP-03, AP-07: after a revocation the state is EXPIRED, and the holder reads REVOKED."""
    decision = revoke(invited(application()).application, Revoke(), NOW)
    assert state_of(decision.application) is LinkState.EXPIRED
    assert decision.ended is not None
    assert invitation_status(decision.ended, NOW) is InvitationStatus.REVOKED
    assert [type(event) for event in decision.events] == [Revoked]


def test_a_bounce_wins_over_a_live_and_over_an_expired_invitation() -> None:
    """AP-03: UNDELIVERABLE stands above INVITED and EXPIRED; a live one can still be revoked."""
    state, later = bounced(invited(application()).application), NOW + timedelta(days=20)
    assert state_of(state) is LinkState.UNDELIVERABLE
    assert state_of(state, later) is LinkState.UNDELIVERABLE
    assert actions_of(state) == [Action.REINVITE, Action.REVOKE_INVITATION, Action.UPDATE]
    assert actions_of(state, later) == [Action.REINVITE, Action.UPDATE]


def test_missing_contacts_win_over_a_bounce() -> None:
    """AP-03: NO_CONTACT stands above UNDELIVERABLE."""
    state = bounced(invited(application()).application)
    bare = state.with_guardian(replace(state.guardians[0], contacts=Contacts()))
    assert state_of(bare) is LinkState.NO_CONTACT


def test_a_link_wins_over_everything() -> None:
    """AP-03: LINKED stands above NO_CONTACT; Unlink comes first, then Send password reset."""
    state = linked()
    bare = state.with_guardian(replace(state.guardians[0], contacts=Contacts()))
    assert state_of(bare, NOW + timedelta(days=400)) is LinkState.LINKED
    assert actions_of(state) == [Action.UNLINK, Action.SEND_PASSWORD_RESET, Action.UPDATE]


def test_each_guardian_has_a_link_state_of_their_own() -> None:
    """AP-03: inviting one guardian leaves the other as they were."""
    state = invite(
        application(), Invite(label=Action.INVITE, guardian_id=UUID(int=2), invitation_id=UUID(int=101), keys=KEYS), NOW
    ).application
    states = [link_state(guardian, NOW) for guardian in state.guardians]
    assert states == [LinkState.NOT_INVITED, LinkState.INVITED]


def test_an_unknown_guardian_is_not_found() -> None:
    """AP-03: a guardian of another application is none of this one's."""
    with pytest.raises(GuardianNotFound):
        revoke(application(), Revoke(guardian_id=UUID(int=3)), NOW)
