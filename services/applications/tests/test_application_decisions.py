"""The decisions about invitations, links and contacts."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from portico_errors.applications import (
    ActionNotAllowed,
    InvitationExpired,
    InvitationReplaced,
    InvitationRevoked,
    InvitationUsed,
    InvitedJustNow,
    MethodMissing,
    UndoExpired,
)

from applications.application.domain.application import Contacts, Link, Unlink
from applications.application.domain.events import ContactChanged, Invited, Linked, Opened, Relinked, Revoked, Unlinked
from applications.application.domain.invitation import InvitationOutcome, InvitationStatus, Method, invitation_status
from applications.application.domain.link_state import UNDO_WINDOW, Action, LinkState
from applications.application.domain.update import Update, update
from applications.claims.domain import Accept, accept
from applications.invitations.domain import MIN_SMS_PAUSE, Invite, Revoke, invite, resend, revoke
from applications.links.domain import note_password_reset, undo_unlink, unlink
from services.applications.tests.builders import (
    EMAIL,
    FAMILY,
    KEYS,
    MOMENT,
    NOW,
    PHONE,
    STRANGER,
    accepted,
    actions_of,
    application,
    bounced,
    invited,
    linked,
    resend_command,
    state_of,
)


@pytest.mark.parametrize("days", [1, 30])
def test_an_invitation_lives_as_long_as_the_organization_says(days: int) -> None:
    """AP-04: 1 to 30 days per organization."""
    invitation = invited(application(days=days)).guardian.invitation
    assert invitation is not None
    assert invitation.expire_time == NOW + timedelta(days=days)


def test_the_preferred_method_is_used_and_the_other_where_it_is_missing() -> None:
    """AP-04: by the preferred method, else by the other."""
    by_default = invited(application()).guardian.invitation
    by_need = invited(application(email="")).guardian.invitation
    assert by_default is not None
    assert by_need is not None
    assert (by_default.method, by_default.contact) == (Method.EMAIL, EMAIL)
    assert (by_need.method, by_need.contact) == (Method.SMS, PHONE)


def test_a_chosen_method_without_a_contact_is_refused() -> None:
    """AP-04: a chosen method is not swapped for the other."""
    command = Invite(label=Action.INVITE, invitation_id=UUID(int=101), keys=KEYS, method=Method.SMS)
    with pytest.raises(MethodMissing, match="no phone number"):
        invite(application(phone=""), command, NOW)


def test_reinviting_replaces_the_older_invitation() -> None:
    """AP-05: the older invitation stops working at that moment and says REPLACED."""
    first = invited(application())
    second = invited(first.application, 102, label=Action.REINVITE)
    old = first.guardian.invitation
    assert old is not None
    assert second.ended is not None
    assert (second.ended.id, invitation_status(second.ended, NOW)) == (old.id, InvitationStatus.REPLACED)
    assert [event.supersedes for event in second.events if isinstance(event, Invited)] == [old.id]
    with pytest.raises(InvitationReplaced):
        accept(
            second.application,
            Accept(guardian_id=UUID(int=1), shown=second.ended, account_id=FAMILY, username=EMAIL),
            NOW,
        )


def test_the_label_that_does_not_fit_is_refused_with_the_ones_that_do() -> None:
    """AP-05: Invite on a live invitation names the state and the actions that fit, in order."""
    with pytest.raises(ActionNotAllowed) as refused:
        invited(invited(application()).application)
    assert refused.value.metadata == {
        "link_state": "INVITED",
        "allowed_actions": "REINVITE,REVOKE_INVITATION,UPDATE",
    }
    with pytest.raises(ActionNotAllowed, match="REINVITE does not fit NOT_INVITED; INVITE, UPDATE do"):
        invited(application(), label=Action.REINVITE)
    with pytest.raises(ActionNotAllowed, match="INVITE does not fit LINKED"):
        invited(linked())


def test_only_a_live_invitation_can_be_revoked() -> None:
    """AP-07: there is nothing to withdraw without a live invitation."""
    for state in (application(), linked(), revoke(invited(application()).application, Revoke(), NOW).application):
        with pytest.raises(ActionNotAllowed):
            revoke(state, Revoke(), NOW)


def test_accepting_links_the_account() -> None:
    """AP-09: the account holds the guardian; that it was opened is told before."""
    decision = accepted(invited(application()).application)
    assert decision.guardian.link == Link(FAMILY, EMAIL, NOW)
    assert [type(event) for event in decision.events] == [Opened, Linked]


def test_accepting_twice_changes_nothing() -> None:
    """AP-09: the same account succeeds again, and nothing happens."""
    state = linked()
    repeated = accepted(state, now=NOW + timedelta(days=100))
    assert repeated.application == state
    assert repeated.events == ()


def test_another_account_cannot_accept_a_used_invitation() -> None:
    """AP-09: an invitation is consumed once."""
    with pytest.raises(InvitationUsed):
        accepted(linked(), account=STRANGER)


def test_an_expired_or_revoked_invitation_cannot_be_accepted() -> None:
    """AP-09: an expired one says since when, a revoked one that it was withdrawn."""
    state = invited(application()).application
    with pytest.raises(InvitationExpired) as expired:
        accepted(state, now=NOW + timedelta(days=14))
    assert expired.value.metadata == {"expire_time": "2026-03-15T12:00:00+00:00"}
    with pytest.raises(InvitationRevoked):
        accepted(revoke(state, Revoke(), NOW).application)


def test_the_state_is_newer_than_what_was_shown() -> None:
    """AP-09: an invitation that was revoked after it was looked up cannot be accepted."""
    state = invited(application()).application
    shown = state.guardians[0].invitation
    assert shown is not None
    withdrawn = revoke(state, Revoke(), NOW).application
    command = Accept(guardian_id=UUID(int=1), shown=shown, account_id=FAMILY, username=EMAIL)
    with pytest.raises(InvitationRevoked):
        accept(withdrawn, command, NOW)


def test_an_invitation_that_was_replaced_meanwhile_cannot_be_accepted() -> None:
    """AP-05: a reinvite that lands between the look at the old link and its acceptance wins."""
    before = invited(application())
    shown = before.guardian.invitation
    assert shown is not None
    after = invited(before.application, 102, label=Action.REINVITE).application
    with pytest.raises(InvitationReplaced):
        accept(after, Accept(guardian_id=UUID(int=1), shown=shown, account_id=FAMILY, username=EMAIL), NOW)


def test_an_unlinked_guardian_can_be_invited_again() -> None:
    """AP-11: unlinking takes the link away at once and leaves NOT_INVITED, whatever the old message came to."""
    decision = unlink(bounced(linked()), None, NOW)
    assert decision.guardian.link is None
    assert state_of(decision.application) is LinkState.NOT_INVITED
    assert actions_of(decision.application) == [Action.INVITE, Action.UNDO_UNLINK, Action.UPDATE]
    assert [type(event) for event in decision.events] == [Unlinked]


def test_an_unlink_can_be_undone_for_fifteen_minutes() -> None:
    """AP-11: the same link comes back until the window closes."""
    state = unlink(linked(), None, NOW).application
    undone = undo_unlink(state, None, NOW + UNDO_WINDOW - MOMENT)
    assert undone.guardian.link == Link(FAMILY, EMAIL, NOW)
    assert [type(event) for event in undone.events] == [Relinked]
    with pytest.raises(UndoExpired):
        undo_unlink(state, None, NOW + UNDO_WINDOW)


def test_an_unlink_cannot_be_undone_after_a_new_invitation_or_without_one() -> None:
    """AP-11: unless reinvited meanwhile."""
    for state in (invited(unlink(linked(), None, NOW).application, 102).application, application(), linked()):
        with pytest.raises(UndoExpired):
            undo_unlink(state, None, NOW)


def test_the_used_link_of_an_unlinked_family_stays_used() -> None:
    """AP-11: unlinking does not give the old invitation back."""
    with pytest.raises(InvitationUsed):
        accepted(unlink(linked(), None, NOW).application)


def test_a_changed_contact_revokes_a_live_invitation() -> None:
    """AP-03: the old address must not open anything any more."""
    decision = update(invited(application()).application, Update(guardian_id=UUID(int=1), email="new@example.org"), NOW)
    assert decision.guardian.contacts == Contacts(email="new@example.org", phone=PHONE)
    assert state_of(decision.application) is LinkState.EXPIRED
    assert [type(event) for event in decision.events] == [ContactChanged, Revoked]
    assert decision.ended is not None
    assert InvitationOutcome.CONTACT_CHANGED is decision.ended.outcome


def test_a_changed_contact_forgets_the_bounce() -> None:
    """AP-03: UNDELIVERABLE is about the contact that was."""
    later = NOW + timedelta(days=20)
    for moment in (NOW, later):
        state = bounced(invited(application()).application)
        changed = update(state, Update(guardian_id=UUID(int=1), phone=""), moment).application
        assert state_of(changed, moment) is LinkState.EXPIRED


def test_the_wrong_contact_cannot_renew_an_expired_invitation() -> None:
    """AP-10: after the contact changed, the holder of the old link gets nothing new."""
    later = NOW + timedelta(days=20)
    state = update(invited(application()).application, Update(guardian_id=UUID(int=1), email=""), later)
    assert [type(event) for event in state.events] == [ContactChanged]
    with pytest.raises(ActionNotAllowed):
        resend(state.application, resend_command(), later)


def test_other_details_leave_the_invitation_alive() -> None:
    """AP-03: a corrected name or language is no changed contact."""
    state = invited(application()).application
    decision = update(
        state,
        Update(guardian_id=UUID(int=1), given_name="Ana", language="es", preferred_method=Method.SMS, email=EMAIL),
        NOW,
    )
    assert (decision.guardian.given_name, decision.guardian.language) == ("Ana", "es")
    assert state_of(decision.application) is LinkState.INVITED
    assert decision.events == ()
    assert decision.guardian.version == decision.before.version + 1


def test_a_phone_is_left_alone_for_a_minute() -> None:
    """CASE-S8, NT-10: no second text within a minute, revoked or not; after a failure or elsewhere at once."""
    state = invited(application(email="")).application
    nearly = NOW + MIN_SMS_PAUSE - timedelta(seconds=1)
    for refused in (state, revoke(state, Revoke(), NOW).application):
        with pytest.raises(InvitedJustNow) as told:
            invited(refused, 102, label=Action.REINVITE, now=nearly)
        assert timedelta(seconds=1) == told.value.retry_after
    corrected = update(state, Update(guardian_id=UUID(int=1), phone="+12125550118"), NOW).application
    by_mail = update(state, Update(guardian_id=UUID(int=1), email=EMAIL), NOW).application
    for allowed, now in [(bounced(state), nearly), (corrected, NOW), (by_mail, NOW), (state, NOW + MIN_SMS_PAUSE)]:
        assert invited(allowed, 102, label=Action.REINVITE, now=now).invited


def test_an_expired_invitation_is_renewed_to_the_same_contact() -> None:
    """AP-10: same contact, same method, by the family's own wish."""
    command = Invite(label=Action.INVITE, invitation_id=UUID(int=101), keys=KEYS, method=Method.SMS)
    state, later = invite(application(), command, NOW).application, NOW + timedelta(days=14)
    decision = resend(state, resend_command(), later)
    renewed = decision.invited
    assert renewed is not None
    assert (renewed.invitation.method, renewed.invitation.contact) == (Method.SMS, PHONE)
    assert [event.by_family for event in decision.events if isinstance(event, Invited)] == [True]


def test_a_dead_code_is_renewed_though_its_link_lives() -> None:
    """AP-10: five wrong numbers are no dead end."""
    state = invited(application()).application
    first = state.guardians[0]
    assert first.invitation is not None
    dead = state.with_guardian(replace(first, invitation=replace(first.invitation, mismatches=5)))
    assert resend(dead, resend_command(), NOW).invited is not None


def test_nothing_else_is_renewed() -> None:
    """AP-10: not a live, revoked, accepted, unlinked or replaced one, and no fourth within a day."""
    live, later = invited(application()).application, NOW + timedelta(days=14)
    revoked_one = revoke(live, Revoke(), NOW).application
    replaced = invited(live, 102, label=Action.REINVITE).application
    states = [(live, NOW), (revoked_one, later), (linked(), later), (replaced, later)]
    for state, now in [*states, (unlink(linked(), None, NOW).application, later), (application(), NOW)]:
        with pytest.raises(ActionNotAllowed):
            resend(state, resend_command(), now)
    assert resend(live, resend_command(recent=2), later).invited is not None
    with pytest.raises(ActionNotAllowed):
        resend(live, resend_command(recent=3), later)


def test_a_password_reset_needs_a_link() -> None:
    """ID-07: staff send it to the linked family."""
    decision = note_password_reset(linked(), None, NOW)
    assert len(decision.events) == 1
    with pytest.raises(ActionNotAllowed):
        note_password_reset(application(), None, NOW)


def test_an_unlink_remembers_the_link() -> None:
    """AP-11: what was taken away is known, for the undo and for the message."""
    assert unlink(linked(), None, NOW).guardian.unlink == Unlink(Link(FAMILY, EMAIL, NOW), NOW)
