"""What families do, on a real database."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from portico.applications.v1 import resources_pb2 as res

from applications.domain.errors import (
    ApplicationNotFound,
    CodeBlocked,
    InvitationExpired,
    InvitationReplaced,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    NumberMismatch,
    TooManyCodes,
    UndoExpired,
)
from applications.domain.invitation import Standing
from applications.domain.link_state import Action
from applications.positions import NEWEST
from applications.usecases.families import (
    check_invitation,
    claim_invitation,
    list_my_applications,
    resend_invitation,
)
from applications.usecases.ports import Ports
from applications.usecases.proofs import Proof, Token, TypedCode
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.secrets import typed_code
from chassis.testing import FakeClock
from services.applications.tests.world import (
    EMAIL,
    FakeIdentity,
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
    checked = await asyncio.gather(*(check_invitation(world.ports, visitor(), secret.link) for _ in range(20)))
    assert {each.standing for each in checked} == {Standing.VALID}
    assert await world.timeline(application) == ["LINK_FETCHED", "INVITED", "SUBMITTED"]
    await world.accept(secret.link, world.an_account())


async def test_a_check_says_who_invites_and_whether_there_is_an_account(world: World) -> None:
    """AP-08: the organization, the number, the masked contact, and whether the contact has an account."""
    email = f"{new_id().hex}@example.org"
    await world.submit(a_guardian(email=email))
    link = (await world.secret()).link
    checked = await check_invitation(world.ports, visitor(), link)
    assert checked.shown is not None
    assert (checked.shown.organization_name, checked.shown.number) == ("Sunrise Childcare", NUMBER)
    assert (checked.shown.invitation.contact, checked.shown.language) == (email, "es")
    assert not checked.account_exists
    world.an_account(email)
    assert (await check_invitation(world.ports, visitor(), link)).account_exists


async def test_a_typed_code_is_opened_by_a_person(world: World) -> None:
    """AP-08: typing the code is no fetch: the timeline says that it was opened."""
    application = await world.submit()
    secret = await world.secret()
    checked = await check_invitation(world.ports, visitor(an_address()), secret.typed(" a1 "))
    assert checked.standing is Standing.VALID
    assert await world.timeline(application) == ["OPENED", "INVITED", "SUBMITTED"]


@pytest.mark.parametrize(
    "token", ["", "nonsense", "ü", "A" * 46, "AaIHkaSNceqXLABGjyyqICS-p1I8ltcx7ascrh3RGLWv3g", "A" * 128]
)
async def test_an_unknown_token_is_unknown(world: World, token: str) -> None:
    """AP-08: whatever stands in the link, it is no invitation."""
    assert (await check_invitation(world.ports, visitor(), Token(token))).standing is Standing.UNKNOWN
    with pytest.raises(InvitationUnknown):
        await claim_invitation(world.ports, visitor(), Token(token))


async def test_claiming_gives_a_ticket_for_the_contact_and_consumes_nothing(world: World) -> None:
    """AP-09, ID-02: identity vouches for the contact that got the invitation, with name and language."""
    email = f"{new_id().hex}@example.org"
    application = await world.submit(a_guardian(email=email))
    secret = await world.secret()
    for proof in (secret.link, secret.typed(NUMBER)):
        ticket = await claim_invitation(world.ports, visitor(an_address()), proof)
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
                await claim_invitation(world.ports, visitor(an_address()), proof)
    await world.invite(application)
    used = (await world.secret()).link
    await world.accept(used, world.an_account())
    with pytest.raises(InvitationUsed):
        await world.accept(used, world.an_account())
    assert (await check_invitation(world.ports, visitor(), used)).standing is Standing.USED


async def test_an_account_that_identity_does_not_know_links_nothing(world: World) -> None:
    """AP-09: without the account's username there is no link."""
    application = await world.submit()
    with pytest.raises(NotFound) as refused:
        await world.accept((await world.secret()).link, new_id())
    assert refused.value.reason == "ACCOUNT_NOT_FOUND"
    assert state(await world.get(application)) == "INVITED"


def look_alikes(code: str) -> str:
    return code.replace("0", "o").replace("1", "l")


@pytest.mark.parametrize(
    "write", [str.lower, lambda code: f"{code[:5]}-{code[5:]}", lambda code: f" {code[:5]} {code[5:]}", look_alikes]
)
async def test_a_code_may_be_typed_carelessly(world: World, write) -> None:
    """AP-04: case, blanks, the hyphen and look-alikes do not matter."""
    await world.submit()
    secret = await world.secret()
    typed = TypedCode(write(secret.code), "a 1")
    assert (await check_invitation(world.ports, visitor(an_address()), typed)).standing is Standing.VALID


async def test_a_code_finds_its_organization_by_itself(
    world: World, ports: Ports, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-09: two organizations have an A-000001; each code opens its own."""
    other = await World.with_organization(ports, clock, identity)
    mine, theirs = await world.submit(), await other.submit()
    account_id = world.an_account()
    seen = [await w.accept((await w.secret()).typed(NUMBER), account_id) for w in (world, other)]
    assert [application.id for application in seen] == [mine.id, theirs.id]


async def test_five_wrong_numbers_kill_the_code_but_not_the_link(world: World) -> None:
    """AP-09: twenty wrong numbers at once: five count, then the code is dead, said once; the link still opens."""
    application, account_id = await world.submit(), world.an_account()
    secret = await world.secret()
    answers = await asyncio.gather(
        *(world.accept(secret.typed("A-000002"), account_id) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(answer, NumberMismatch) for answer in answers) == 5
    assert sum(isinstance(answer, CodeBlocked) for answer in answers) == 15
    with pytest.raises(CodeBlocked):
        await world.accept(secret.typed(NUMBER), account_id)
    assert (await world.timeline(application)).count("CODE_BLOCKED") == 1
    await world.accept(secret.link, account_id)


async def test_unknown_codes_count_against_their_address(world: World) -> None:
    """AP-09: ten an hour from an address, however many come at once; then a good code is refused there, too."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    tries = [check_invitation(world.ports, visitor(address), TypedCode(typed_code(10), NUMBER)) for _ in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, TooManyCodes) for answer in answers) == 30
    world.clock.advance(timedelta(minutes=20))
    with pytest.raises(TooManyCodes) as refused:
        await check_invitation(world.ports, visitor(address), secret.typed(NUMBER))
    assert refused.value.retry_after == timedelta(minutes=40)
    elsewhere = await check_invitation(world.ports, visitor(an_address()), secret.typed(NUMBER))
    by_link = await check_invitation(world.ports, visitor(address), secret.link)
    world.clock.advance(timedelta(minutes=40))
    later = await check_invitation(world.ports, visitor(address), secret.typed(NUMBER))
    assert {each.standing for each in (elsewhere, by_link, later)} == {Standing.VALID}


async def test_the_hour_of_unknown_codes_slides(world: World) -> None:
    """AP-09: never more than ten within any hour."""
    address, answers = an_address(), []
    for _ in range(30):
        try:
            await check_invitation(world.ports, visitor(address), TypedCode(typed_code(10), NUMBER))
            answers.append(world.clock())
        except TooManyCodes:
            pass
        world.clock.advance(timedelta(minutes=5))
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in zip(answers, answers[10:], strict=False))
    assert len(answers) > 20


async def test_addresses_of_one_household_count_together(world: World) -> None:
    """AP-09: of IPv6 the /64 counts, so that changing the address within it helps nobody."""
    network = f"2001:db8:{new_id().int % 65536:x}:{new_id().int % 65536:x}"
    for host in range(10):
        await check_invitation(world.ports, visitor(f"{network}::{host:x}"), TypedCode("nonsense", NUMBER))
    with pytest.raises(TooManyCodes):
        await check_invitation(world.ports, visitor(f"{network}::ffff"), TypedCode("nonsense", NUMBER))


async def test_an_expired_invitation_is_sent_anew_to_the_same_contact(world: World) -> None:
    """AP-10: by link or by code, three times a day, each in the timeline; the answer never tells."""
    application = await world.submit()
    first = await world.secret()
    await resend_invitation(world.ports, visitor(), first.link)
    assert len(await world.messages()) == 1
    for count in range(2, 6):
        world.clock.advance(FORTNIGHT if count == 2 else timedelta(0))
        secret = await world.secret()
        for _ in range(5):
            await blocked(world, secret.typed("A-9"))
        await resend_invitation(world.ports, visitor(an_address()), secret.typed(NUMBER))
        assert len(await world.messages()) == min(count, 4)
    assert {message.recipient.address for message in await world.messages()} == {EMAIL}
    assert (await world.timeline(application)).count("RESENT") == 3
    world.clock.advance(timedelta(days=1))
    await resend_invitation(world.ports, visitor(), (await world.secret()).link)
    assert len(await world.messages()) == 5


async def blocked(world: World, proof: TypedCode) -> None:
    with pytest.raises((NumberMismatch, CodeBlocked)):
        await check_invitation(world.ports, visitor(an_address()), proof)


async def test_fifty_wishes_at_once_are_one_message(world: World) -> None:
    """AP-10: the first one replaces the invitation, the others show one that is replaced; all get the same answer."""
    await world.submit()
    link = (await world.secret()).link
    world.clock.advance(FORTNIGHT)
    await asyncio.gather(*(resend_invitation(world.ports, visitor(), link) for _ in range(50)))
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
        await resend_invitation(world.ports, visitor(an_address()), proof)
    assert len(await world.messages()) == sent


async def test_an_unlinked_family_sees_nothing_from_that_moment(world: World) -> None:
    """AP-11, AP-14: the next call is refused; undone within fifteen minutes, everything is as before."""
    application, account_id = await world.linked()
    before = await world.get(application)
    unlinked = await world.unlink(application)
    assert state(unlinked) == "NOT_INVITED"
    assert not unlinked.guardians[0].HasField("invitation")
    with pytest.raises(ApplicationNotFound):
        await world.sees(account_id, application)
    assert await mine(world, account_id) == []
    world.clock.advance(timedelta(minutes=14))
    undone = await world.undo(application)
    assert (state(undone), undone.guardians[0].link_time) == ("LINKED", before.guardians[0].link_time)
    assert await mine(world, account_id) == [application.id]
    assert (await world.timeline(application))[:2] == ["UNLINK_UNDONE", "UNLINKED"]


async def test_an_unlink_is_final_after_fifteen_minutes_or_a_new_invitation(world: World) -> None:
    """AP-11: then Undo is refused, and another contact may be invited."""
    late, _ = await world.linked()
    reinvited, _ = await world.linked()
    for application in (late, reinvited):
        await world.unlink(application)
    await world.update(reinvited, email="father@example.org")
    await world.invite(reinvited, label=Action.INVITE)
    with pytest.raises(UndoExpired):
        await world.undo(reinvited)
    world.clock.advance(timedelta(minutes=15))
    with pytest.raises(UndoExpired):
        await world.undo(late)
    assert (await world.messages())[-1].recipient.address == "father@example.org"


async def test_a_family_sees_its_applications_of_all_organizations(
    world: World, ports: Ports, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-14: newest first, over all organizations, page by page; never another family's."""
    other = await World.with_organization(ports, clock, identity)
    account_id, stranger = world.an_account(), world.an_account()
    expected: list[str] = []
    for organization in (world, other, world):
        clock.advance(timedelta(minutes=1))
        application = await organization.submit()
        await organization.accept((await organization.secret()).link, account_id)
        expected.insert(0, application.id)
    assert await mine(world, account_id) == expected
    assert await mine(world, stranger) == []
    with pytest.raises(ApplicationNotFound):
        await world.sees(stranger, application)


async def test_who_holds_both_guardians_sees_the_application_once(world: World) -> None:
    """AP-14: as the first of them."""
    application = await world.submit(a_guardian(), a_guardian(email="other@example.org"))
    account_id = world.an_account()
    await world.accept((await world.secret()).link, account_id)
    await world.invite(application, label=Action.INVITE, guardian_id=UUID(application.guardians[1].id))
    await world.accept((await world.secret()).link, account_id)
    assert await mine(world, account_id) == [application.id]
    assert (await world.sees(account_id, application)).contact.guardian_id == application.guardians[0].id


async def test_a_familys_history_has_only_what_it_may_know(world: World) -> None:
    """AP-14: its own guardian's lines, without contacts, staff, deliveries or the other guardian's."""
    application = await world.submit(a_guardian(), a_guardian(email="other@example.org"))
    account_id, link = world.an_account(), (await world.secret()).link
    await check_invitation(world.ports, visitor(), link)
    await world.accept(link, account_id)
    await world.invite(application, label=Action.INVITE, guardian_id=UUID(application.guardians[1].id))
    seen = await world.sees(account_id, application)
    kinds = [res.TimelineEntry.Kind.Name(entry.kind) for entry in seen.history]
    assert kinds == ["ACCEPTED", "INVITED", "SUBMITTED"]
    assert {entry.actor_id + entry.detail for entry in seen.history} == {""}


async def mine(world: World, account_id: UUID) -> list[str]:
    views = await list_my_applications(world.ports, family(account_id), before=NEWEST, most=100)
    return [str(view.application.id) for view in views]
