"""What families do with invitations, on a real database."""

import asyncio
from datetime import timedelta

import pytest
from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import (
    CodeBlocked,
    InvitationExpired,
    InvitationReplaced,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    NumberMismatch,
)

from applications.application.domain.invitation import InvitationStatus, Method
from applications.claims.usecases.claims import (
    check_invitation,
    claim_invitation,
    resend_invitation,
)
from applications.claims.usecases.proofs import Proof, Token, TypedCode
from chassis.errors import NotFound
from chassis.ids import new_id
from services.applications.tests.world import (
    EMAIL,
    PHONE,
    World,
    a_guardian,
    an_address,
    family,
    request_key,
    state,
    visitor,
)

NUMBER = "A-000001"
FORTNIGHT = timedelta(days=14)


async def test_checking_consumes_nothing_and_is_noted_once(world: World) -> None:
    """AP-08: twenty fetches by scanners leave one line, and the invitation is as good as before."""
    application = await world.submit()
    secret = await world.secret()
    checked = await asyncio.gather(*(check_invitation(world.deps, visitor(), secret.link) for _ in range(20)))
    assert {each.invitation_status for each in checked} == {InvitationStatus.VALID}
    assert await world.timeline(application) == ["LINK_FETCHED", "INVITED", "SUBMITTED"]
    await world.accept(secret.link, world.an_account())


async def test_a_check_says_who_invites_and_whether_there_is_an_account(world: World) -> None:
    """AP-08: the organization, its time zone, the number, the masked contact, and whether that has an account."""
    email = f"{new_id().hex}@example.org"
    await world.submit(a_guardian(email=email))
    link = (await world.secret()).link
    checked = await check_invitation(world.deps, visitor(), link)
    assert checked.shown is not None
    assert (checked.shown.organization_name, checked.shown.number) == ("Sunrise Childcare", NUMBER)
    assert "America/New_York" == checked.shown.time_zone
    assert (checked.shown.invitation.contact, checked.shown.language) == (email, "es")
    assert not checked.account_exists
    world.an_account(email)
    assert (await check_invitation(world.deps, visitor(), link)).account_exists


async def test_a_typed_code_is_opened_by_a_person(world: World) -> None:
    """AP-08: typing the code is no fetch: the timeline says that it was opened."""
    application = await world.submit()
    secret = await world.secret()
    checked = await check_invitation(world.deps, visitor(an_address()), secret.typed(" a1 "))
    assert checked.invitation_status is InvitationStatus.VALID
    assert await world.timeline(application) == ["OPENED", "INVITED", "SUBMITTED"]


@pytest.mark.parametrize(
    "token", ["", "nonsense", "ü", "A" * 46, "AaIHkaSNceqXLABGjyyqICS-p1I8ltcx7ascrh3RGLWv3g", "A" * 128]
)
async def test_an_unknown_token_is_unknown(world: World, token: str) -> None:
    """AP-08: whatever stands in the link, it is no invitation."""
    assert (await check_invitation(world.deps, visitor(), Token(token))).invitation_status is InvitationStatus.UNKNOWN
    with pytest.raises(InvitationUnknown):
        await claim_invitation(world.deps, visitor(), Token(token))


async def test_claiming_gives_a_ticket_for_the_contact_and_consumes_nothing(world: World) -> None:
    """AP-09, ID-02: identity vouches for the contact that got the invitation, with name and language."""
    email = f"{new_id().hex}@example.org"
    application = await world.submit(a_guardian(email=email))
    secret = await world.secret()
    for proof in (secret.link, secret.typed(NUMBER)):
        ticket = await claim_invitation(world.deps, visitor(an_address()), proof)
        assert ticket.contact_ticket == f"ticket for {email}"
    asked = [request for request in world.identity.tickets if request.contact == email]
    assert {(request.display_name, request.language) for request in asked} == {("Maria García", "es")}
    assert await world.timeline(application) == ["OPENED", "INVITED", "SUBMITTED"]


async def test_accepting_links_the_account(world: World) -> None:
    """AP-09: the guardian is linked, the family sees the application, and everybody is told."""
    application, account_id = await world.submit(), world.an_account("grandma@example.org")
    seen = await world.accept((await world.secret()).link, account_id)
    now = await world.get(application)
    assert state(now) == "LINKED"
    assert now.guardians[0].account_username == "grandma@example.org"
    assert seen == await world.sees(account_id, application)
    assert await world.subjects() == ["application.submitted", "guardian.invited", "guardian.linked"]
    assert await world.timeline(application) == ["ACCEPTED", "OPENED", "INVITED", "SUBMITTED"]


async def test_fifty_families_and_one_invitation(world: World) -> None:
    """AP-09: fifty accounts accept at once: exactly one wins, the others read INVITATION_USED, one event tells."""
    await world.submit()
    link = (await world.secret()).link
    accounts = [world.an_account() for _ in range(50)]
    answers = await asyncio.gather(*(world.accept(link, account) for account in accounts), return_exceptions=True)
    assert sum(isinstance(answer, res.FamilyApplication) for answer in answers) == 1
    assert sum(isinstance(answer, InvitationUsed) for answer in answers) == 49
    assert (await world.subjects()).count("guardian.linked") == 1


async def test_the_same_family_may_accept_again(world: World) -> None:
    """AP-09: one account, fifty times at once and with either proof: always linked, once told."""
    application, account_id = await world.submit(), world.an_account()
    secret = await world.secret()
    proofs: list[Proof] = [secret.link, secret.typed(NUMBER)] * 25
    answers = await asyncio.gather(*(world.accept(proof, account_id) for proof in proofs))
    assert {answer.id for answer in answers} == {application.id}
    assert (await world.subjects()).count("guardian.linked") == 1
    assert (await world.timeline(application)).count("ACCEPTED") == 1


async def test_a_used_invitation_leads_its_family_to_the_application(world: World) -> None:
    """CASE-A12, AP-09: weeks later, too, by link and by code, and nothing happens again; others are refused."""
    application, account_id = await world.submit(), world.an_account()
    secret = await world.secret()
    await world.accept(secret.link, account_id)
    told, lines = await world.events(), await world.timeline(application)
    for passed in (timedelta(), FORTNIGHT, FORTNIGHT):
        world.clock.advance(passed)
        for proof in (secret.link, secret.typed(NUMBER)):
            assert await world.accept(proof, account_id) == await world.sees(account_id, application)
            with pytest.raises(InvitationUsed):
                await world.accept(proof, world.an_account())
    assert (told, lines) == (await world.events(), await world.timeline(application))


async def test_one_request_id_is_one_acceptance(world: World) -> None:
    """AP-09: a repeated call gets its answer again, even when the family was unlinked since."""
    application, account_id = await world.submit(), world.an_account()
    link, call = (await world.secret()).link, family(account_id, request_key(account_id))
    first = await world.accept(link, account_id, call)
    await world.unlink(application)
    assert await world.accept(link, account_id, call) == first


async def test_worthless_invitations_say_why(world: World) -> None:
    """AP-09: expired, revoked, replaced and used ones are refused with their reason, by link and by code."""
    application = await world.submit()
    replaced = await world.secret()
    await world.invite(application)
    revoked = await world.secret()
    await world.revoke(application)
    await world.invite(application)
    expired = await world.secret()
    world.clock.advance(FORTNIGHT)
    expectations = [(replaced, InvitationReplaced), (revoked, InvitationRevoked), (expired, InvitationExpired)]
    for secret, error in expectations:
        for proof in (secret.link, secret.typed(NUMBER)):
            with pytest.raises(error):
                await world.accept(proof, world.an_account())
            with pytest.raises(error):
                await claim_invitation(world.deps, visitor(an_address()), proof)
    await world.invite(application)
    used = (await world.secret()).link
    await world.accept(used, world.an_account())
    with pytest.raises(InvitationUsed):
        await world.accept(used, world.an_account())
    assert (await check_invitation(world.deps, visitor(), used)).invitation_status is InvitationStatus.USED


async def test_an_account_that_identity_does_not_know_links_nothing(world: World) -> None:
    """AP-09: without the account's username there is no link."""
    application = await world.submit()
    with pytest.raises(NotFound) as refused:
        await world.accept((await world.secret()).link, new_id())
    assert refused.value.reason == "ACCOUNT_NOT_FOUND"
    assert state(await world.get(application)) == "INVITED"


async def test_an_expired_invitation_is_sent_anew_to_the_same_contact(world: World) -> None:
    """AP-10: by link or by code, three times a day, each in the timeline; the answer never tells."""
    application = await world.submit()
    first = await world.secret()
    await resend_invitation(world.deps, visitor(), first.link)
    assert len(await world.messages()) == 1
    for count in range(2, 6):
        world.clock.advance(FORTNIGHT if count == 2 else timedelta(0))
        secret = await world.secret()
        for _ in range(5):
            await blocked(world, secret.typed("A-9"))
        await resend_invitation(world.deps, visitor(an_address()), secret.typed(NUMBER))
        assert len(await world.messages()) == min(count, 4)
    assert {message.recipient.address for message in await world.messages()} == {EMAIL}
    assert (await world.timeline(application)).count("RESENT") == 3
    world.clock.advance(timedelta(days=1))
    await resend_invitation(world.deps, visitor(), (await world.secret()).link)
    assert len(await world.messages()) == 5


async def blocked(world: World, proof: TypedCode) -> None:
    with pytest.raises((NumberMismatch, CodeBlocked)):
        await check_invitation(world.deps, visitor(an_address()), proof)


async def test_fifty_wishes_at_once_are_one_message(world: World) -> None:
    """AP-10: the first one replaces the invitation, the others show one that is replaced; all get the same answer."""
    await world.submit()
    link = (await world.secret()).link
    world.clock.advance(FORTNIGHT)
    await asyncio.gather(*(resend_invitation(world.deps, visitor(), link) for _ in range(50)))
    assert len(await world.messages()) == 2


async def test_revoked_replaced_and_unlinked_ones_are_not_sent_anew(world: World) -> None:
    """AP-10: nothing comes after a revocation, a changed contact or an unlink; a wrong number is not told."""
    application = await world.submit()
    first = await world.secret()
    await world.revoke(application)
    await world.invite(application)
    second = await world.secret()
    await world.update(application, email="new@example.org")
    await world.invite(application)
    third = await world.secret()
    await world.accept(third.link, world.an_account())
    await world.unlink(application)
    world.clock.advance(FORTNIGHT)
    sent = len(await world.messages())
    for proof in (first.link, second.link, third.link, third.typed(NUMBER), third.typed("A-7"), Token("unknown")):
        await resend_invitation(world.deps, visitor(an_address()), proof)
    assert len(await world.messages()) == sent


@pytest.mark.parametrize(
    ("method", "username", "is_noted"),
    [(Method.SMS, PHONE, True), (Method.SMS, EMAIL, False), (Method.EMAIL, EMAIL, False)],
)
async def test_an_accepted_sms_proves_the_number(
    world: World, method: Method, username: str, *, is_noted: bool
) -> None:
    """CASE-A19: who accepts an invitation that came to their account's phone number has shown that it is theirs."""
    await world.submit(a_guardian(phone=PHONE, method=method))
    account = world.an_account(username)
    await world.accept((await world.secret()).link, account)
    noted = [contact for noted_id, contact in world.identity.noted if noted_id == str(account)]
    assert ([username] if is_noted else []) == noted
