"""What staff do, on a real database."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from unittest.mock import Mock

import pytest
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.events_pb2 import GuardianEvent
from portico.applications.v1.links_pb2 import SendPasswordResetRequest
from portico_errors.applications import (
    ActionNotAllowed,
    ApplicationNotFound,
    ContactInvalid,
    MethodMissing,
    OrganizationNotFound,
)

from applications.application.aggregate import guardians
from applications.application.contacts import WrittenContacts
from applications.application.domain.invitation import Method
from applications.application.domain.link_state import Action
from applications.application.domain.timeline import Kind
from applications.application.messages import invitation_in
from applications.claims.usecases.claims import check_invitation
from applications.claims.usecases.proofs import Proof
from applications.deliveries.domain import Report
from applications.deliveries.usecases import note_report
from applications.links.servicer import LinksServicer
from applications.shared.deps import Deps
from applications.shared.organizations import SET_INVITE_DAYS
from chassis.call import Call, set_current_call
from chassis.errors import Aborted, Exhausted
from chassis.ids import new_id
from chassis.secrets import CROCKFORD
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.world import (
    EMAIL,
    PHONE,
    World,
    a_guardian,
    actions,
    an_address,
    request_key,
    state,
    visitor,
)


async def test_submitting_invites_the_first_guardian(world: World) -> None:
    """AP-01: a new application has a number, its first guardian an invitation and a message, the second nothing."""
    application = await world.submit(a_guardian(phone="(212) 555-0117"), a_guardian(email="B@Example.org"))
    assert application.number == "A-000001"
    assert [state(application), state(application, 1)] == ["INVITED", "NOT_INVITED"]
    assert application.guardians[0].phone == PHONE
    assert application.guardians[1].email == "b@example.org"
    assert application.guardians[0].language == "es"
    assert await world.subjects() == ["application.submitted", "guardian.invited"]
    assert await world.timeline(application) == ["INVITED", "SUBMITTED"]
    assert await world.get(application) == application


async def test_the_message_says_everything_and_hides_the_secrets(world: World) -> None:
    """AP-04: open values, a sealed link and code (which notifications shows in two groups), good until it runs out."""
    application = await world.submit()
    (message,) = await world.messages()
    invitation = application.guardians[0].invitation
    assert message.template == "FAMILY_INVITATION"
    assert (message.recipient.address, message.recipient.language) == (EMAIL, "es")
    assert dict(message.values) == {
        "guardian_name": "Maria García",
        "organization_name": "Sunrise Childcare",
        "application_number": "A-000001",
        "expire_time": (world.clock() + timedelta(days=14)).isoformat().replace("+00:00", "Z"),
        "time_zone": "America/New_York",
    }
    assert message.reference == f"invitations/{invitation.id}"
    assert message.not_after == invitation.expire_time
    assert message.supersedes == ""
    secret = await world.secret()
    assert len(secret.code) == 10
    assert set(secret.code) <= set(CROCKFORD)
    assert len(secret.token) == 46
    assert secret.token.encode() not in message.SerializeToString()


async def test_the_other_method_is_used_where_the_preferred_is_missing(world: World) -> None:
    """AP-01: by SMS when there is no email, though email is preferred."""
    application = await world.submit(a_guardian(email="", phone=PHONE))
    invitation = application.guardians[0].invitation
    assert (Method(invitation.method), invitation.contact) == (Method.SMS, PHONE)


async def test_without_contacts_nothing_is_sent(world: World) -> None:
    """AP-01: with neither email nor phone the link state is NO_CONTACT and no message is asked for."""
    application = await world.submit(a_guardian(email="", phone=""))
    assert state(application) == "NO_CONTACT"
    assert actions(application) == ["UPDATE"]
    assert await world.messages() == []
    assert await world.timeline(application) == ["SUBMITTED"]


async def test_numbers_are_unique_however_many_come_at_once(world: World) -> None:
    """AP-01: fifty applications at once get fifty numbers."""
    applications = await asyncio.gather(*(world.submit() for _ in range(50)))
    expected = {f"A-{serial:06d}" for serial in range(1, 51)}
    assert {application.number for application in applications} == expected


async def test_one_request_id_is_one_application(world: World) -> None:
    """AP-01: fifty calls with one request id enter one application, send one message, and get the same answer."""
    call = world.staff(request_key(world.staff_id))
    answers = await asyncio.gather(*(world.submit(call=call) for _ in range(50)))
    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    assert len(await world.messages()) == 1


async def test_an_unknown_organization_has_no_applications(
    deps: Deps, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-01: until identity has told of the organization, nothing can be entered for it."""
    stranger = World(deps, clock, identity, new_id(), new_id())
    with pytest.raises(OrganizationNotFound):
        await stranger.submit()


async def test_contacts_that_cannot_be_name_their_fields(world: World) -> None:
    """AP-01: every wrong contact is named with its path, in both languages."""
    first = replace(a_guardian(), contacts=WrittenContacts(path="guardians[0]", email="maria@", phone="12"))
    second = replace(a_guardian(), contacts=WrittenContacts(path="guardians[1]", email="a@b@c", phone=PHONE))
    with pytest.raises(ContactInvalid) as refused:
        await world.submit(first, second)
    assert [(each.field, each.reason) for each in refused.value.violations] == [
        ("guardians[0].email", "EMAIL_INVALID"),
        ("guardians[0].phone", "PHONE_INVALID"),
        ("guardians[1].email", "EMAIL_INVALID"),
    ]
    assert refused.value.violations[0].localized["es"] == "No es un correo electrónico."


async def test_another_organizations_application_does_not_exist(
    world: World, deps: Deps, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-03: for another organization's staff it is not found, whatever they try."""
    application = await world.submit()
    other = await World.with_organization(deps, clock, identity)
    for attempt in (other.get, other.invite, other.revoke, other.unlink, other.undo, other.update, other.timeline):
        with pytest.raises(ApplicationNotFound):
            await attempt(application)


async def test_reinviting_kills_the_older_secrets(world: World) -> None:
    """AP-05: link and code of the older invitation say REPLACED at once, and its unsent message is superseded."""
    application = await world.submit()
    old = await world.secret()
    reinvited = await world.invite(application)
    new = await world.secret()
    assert await worth(world, old.link) == await worth(world, old.typed("A-000001")) == "REPLACED"
    assert await worth(world, new.link) == await worth(world, new.typed("A-000001")) == "VALID"
    before, after = await world.messages()
    assert after.supersedes == before.reference
    assert after.reference == f"invitations/{reinvited.guardians[0].invitation.id}"


async def test_fifty_reinvitations_leave_one_that_works(world: World) -> None:
    """AP-04: whoever invites at the same moment, one invitation is live; each that was made has its message."""
    application = await world.submit()
    answers = await asyncio.gather(*(world.invite(application) for _ in range(50)), return_exceptions=True)
    made = [answer for answer in answers if not isinstance(answer, Aborted)]
    assert len(await world.messages()) == 1 + len(made)
    secrets = [await world.secret(position) for position in range(1 + len(made))]
    worths = [await worth(world, secret.link) for secret in secrets]
    assert (worths.count("VALID"), worths.count("REPLACED")) == (1, len(made))


async def test_twenty_five_reinvitations_send_one_text(world: World) -> None:
    """CASE-S8, NT-10: however often staff press the button within a minute, one text goes to the phone."""
    application = await world.submit(a_guardian(email="", phone="212-555-0117"))
    for _ in range(25):
        with pytest.raises(Exhausted) as refused:
            await world.invite(application)
        assert ("INVITED_JUST_NOW", timedelta(minutes=1)) == (refused.value.reason, refused.value.retry_after)
    assert 1 == len(await world.messages())
    world.clock.advance(timedelta(minutes=1))
    assert "INVITED" == state(await world.invite(application))


async def test_one_request_id_is_one_invitation(world: World) -> None:
    """AP-05: a repeated call gets the first one's answer, though the state is another by now."""
    application = await world.submit()
    call = world.staff(request_key(world.staff_id))
    first = await world.invite(application, call=call)
    await world.revoke(application)
    assert await world.invite(application, call=call) == first
    assert len(await world.messages()) == 2


async def test_the_label_that_does_not_fit_is_refused(world: World) -> None:
    """AP-05: Invite where Reinvite fits is refused, and nothing is sent."""
    application = await world.submit()
    with pytest.raises(ActionNotAllowed) as refused:
        await world.invite(application, label=Action.INVITE)
    assert refused.value.metadata["allowed_actions"] == "REINVITE,REVOKE_INVITATION,UPDATE"
    with pytest.raises(MethodMissing):
        await world.invite(application, method=Method.SMS)
    assert len(await world.messages()) == 1


async def test_an_organization_says_how_long_its_invitations_live(world: World) -> None:
    """AP-04: one to thirty days; what was sent before keeps its time."""
    await world.deps.database.run(SET_INVITE_DAYS, org_id=world.org_id, invite_days=30)
    invitation = (await world.submit()).guardians[0].invitation
    assert invitation.expire_time.ToDatetime(UTC) == world.clock() + timedelta(days=30)


async def test_a_revoked_invitation_opens_nothing(world: World) -> None:
    """AP-07: it says REVOKED, the state is EXPIRED, and the timeline tells."""
    application = await world.submit()
    revoked = await world.revoke(application)
    assert state(revoked) == "EXPIRED"
    assert await world.timeline(application) == ["REVOKED", "INVITED", "SUBMITTED"]
    assert await worth(world, (await world.secret()).link) == "REVOKED"
    assert await world.subjects() == ["application.submitted", "guardian.invited", "guardian.revoked"]


async def test_the_message_of_an_ended_invitation_is_withdrawn(world: World) -> None:
    """CASE-S2, AP-07: revoked, accepted though it had failed, or its contact changed: its message is not sent late."""
    revoked, corrected = await world.submit(), await world.submit()
    await world.linked()  # by its message, which has arrived then
    await world.submit()
    references = [message.reference for message in await world.messages()]
    failed = invitation_in(references[3])
    assert failed is not None
    await note_report(
        world.deps.database,
        Report(kind=Kind.MESSAGE_FAILED, failure_reason="550 no such person"),
        ids=world.deps.ids,
        org_id=world.org_id,
        invitation_id=failed,
        message_version=3,
        event_time=world.clock(),
    )
    await world.accept((await world.secret()).link, world.an_account())
    await world.revoke(revoked)
    await world.update(corrected, email="new@example.org")
    assert await world.withdrawn() == [references[3], references[0], references[1]]


async def test_expiry_needs_nobody(world: World) -> None:
    """AP-03, AP-17: after fourteen days the state is EXPIRED and the timeline says when, though nothing was written."""
    application = await world.submit()
    world.clock.advance(timedelta(days=14))
    assert state(await world.get(application)) == "EXPIRED"
    assert await world.timeline(application) == ["EXPIRED", "INVITED", "SUBMITTED"]
    world.clock.advance(timedelta(days=1))
    reinvited = await world.invite(application)
    assert state(reinvited) == "INVITED"
    assert await world.timeline(application) == ["INVITED", "EXPIRED", "INVITED", "SUBMITTED"]


async def test_a_changed_contact_revokes_and_the_new_one_is_invited(world: World) -> None:
    """AP-03: Update with another email ends the live invitation; the next one goes to the new address."""
    application = await world.submit()
    changed = await world.update(application, email=" New@Example.org ")
    assert (state(changed), changed.guardians[0].email) == ("EXPIRED", "new@example.org")
    old = await world.secret()
    await world.invite(application)
    assert await worth(world, old.link) == "REVOKED"
    assert (await world.messages())[-1].recipient.address == "new@example.org"
    assert await world.timeline(application) == [
        *("LINK_FETCHED", "INVITED", "REVOKED", "CONTACT_CHANGED", "INVITED", "SUBMITTED")
    ]
    assert await world.subjects() == [
        "application.submitted",
        *("guardian.invited", "guardian.contact_changed", "guardian.revoked", "guardian.invited"),
    ]


async def test_a_wrong_contact_changes_nothing(world: World) -> None:
    """AP-03: the field is named, the invitation lives on."""
    application = await world.submit()
    with pytest.raises(ContactInvalid) as refused:
        await world.update(application, phone="12")
    assert [violation.field for violation in refused.value.violations] == ["guardian.phone"]
    assert await world.get(application) == application


async def test_events_count_up_the_guardians_version(world: World) -> None:
    """AP-17: two events of one change have two versions, so that nobody takes the second for an old one."""
    application = await world.submit()
    await world.update(application, email="new@example.org")
    versions = [
        (version, message.version) for _, version, message in await world.events() if isinstance(message, GuardianEvent)
    ]
    assert versions == [(1, 1), (2, 2), (3, 3)]


async def test_a_password_reset_is_sent_once_and_written_down(world: World) -> None:
    """ID-07: identity sends it to the linked account in the staff member's name; a repeated call sends nothing more."""
    application, account_id = await world.linked()
    call = world.staff(request_key(world.staff_id))
    first, second = [await send_reset(world, application, call) for _ in range(2)]
    assert first == second
    (asked,) = [reset for reset in world.identity.resets.values() if reset.account_id == str(account_id)]
    assert (asked.actor_id, asked.actor_org_id) == (str(world.staff_id), str(world.org_id))
    assert (await world.timeline(application))[0] == "PASSWORD_RESET_SENT"


async def test_identitys_refusal_comes_through(world: World) -> None:
    """ID-07: a limit that identity reports is reported as such, and no line says that something was sent."""
    application, account_id = await world.linked()
    world.identity.exhausted.add(str(account_id))
    with pytest.raises(Exhausted) as refused:
        await send_reset(world, application, world.staff())
    assert (refused.value.reason, refused.value.domain) == ("RESET_LIMIT_REACHED", "identity")
    assert "PASSWORD_RESET_SENT" not in await world.timeline(application)


async def test_no_password_reset_without_a_link(world: World) -> None:
    """ID-07: identity is not even asked."""
    application = await world.submit()
    with pytest.raises(ActionNotAllowed):
        await send_reset(world, application, world.staff())


async def worth(world: World, proof: Proof) -> str:
    return (await check_invitation(world.deps, visitor(an_address()), proof)).invitation_status.name


async def send_reset(world: World, application: res.Application, call: Call) -> res.Application:
    set_current_call(call)
    links = LinksServicer(world.deps, guardians(world.deps))
    return await links.SendPasswordReset(SendPasswordResetRequest(application_id=application.id), Mock())
