"""Families are offered what else waits for the contact that they proved, on a real database."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from portico.applications.v1 import claims_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import InvitationExpired, InvitationRevoked, InvitationUnknown, InvitationUsed

from applications.claims.usecases.offers import PROOF_LIFE, accept_offer, list_offers
from chassis.call import Role
from chassis.errors import Denied
from chassis.ids import new_id
from services.applications.tests.world import PHONE, World, a_guardian, as_family, family, state


async def offered(world: World, account_id: UUID) -> list[str]:
    """The numbers of the applications that the account is offered."""
    return [shown.number for shown in await list_offers(world.deps, family(account_id))]


async def siblings(world: World, count: int = 3) -> tuple[list[res.Application], UUID]:
    """Applications that were sent to one contact, and an account that came in by the first."""
    contact = f"{new_id().hex}@example.org"
    applications = [await world.submit(a_guardian(email=contact)) for _ in range(count)]
    account_id = world.an_account(contact)
    await world.accept((await world.secret(-count)).link, account_id)
    return applications, account_id


def invitation_of(application: res.Application) -> UUID:
    return UUID(application.guardians[0].invitation.id)


async def test_whoever_accepts_one_is_offered_the_others(world: World) -> None:
    """AP-12, AP-09: all that wait for the same contact, and nothing of another one; accepted, they are theirs."""
    (first, second, third), account_id = await siblings(world)
    another = await world.submit(a_guardian(email=f"{new_id().hex}@example.org"))
    with pytest.raises(InvitationUnknown):
        await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(another))
    assert [second.number, third.number] == await offered(world, account_id)
    seen = await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(second))
    assert seen == await world.sees(account_id, second)
    assert [third.number] == await offered(world, account_id)
    assert {"LINKED"} == {state(await world.get(each)) for each in (first, second)}
    assert ["ACCEPTED", "OPENED", "INVITED", "SUBMITTED"] == await world.timeline(second)
    assert 2 == (await world.subjects()).count("guardian.linked")


async def test_an_offer_by_phone(world: World) -> None:
    """AP-12: a phone is a contact like an email."""
    contact = a_guardian(email="", phone=PHONE)
    await world.submit(contact)
    other, account_id = await world.submit(contact), world.an_account(PHONE)
    await world.accept((await world.secret(-2)).link, account_id)
    assert [other.number] == await offered(world, account_id)


async def test_only_who_proved_the_contact_is_offered_it(world: World) -> None:
    """AP-12, AP-09: a username proves nothing here, and no id opens what another account is offered."""
    (_, second, _), account_id = await siblings(world)
    namesake, stranger = world.an_account(world.identity.accounts[str(account_id)]), world.an_account()
    elsewhere = await World.with_organization(world.deps, world.clock, world.identity)
    contact = second.guardians[0].email
    foreign = await elsewhere.submit(a_guardian(email=contact))
    assert 2 == len(await offered(world, account_id))
    for account in (namesake, stranger):
        assert [] == await offered(world, account)
        with pytest.raises(InvitationUnknown):
            await accept_offer(world.deps, family(account), invitation_id=invitation_of(second))
    with pytest.raises(InvitationUnknown):
        await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(foreign))
    assert "INVITED" == state(await world.get(second))


async def test_a_proof_grows_old(world: World) -> None:
    """AP-12: a day later a phone number may be another's."""
    (_, second, _), account_id = await siblings(world)
    world.clock.advance(PROOF_LIFE - timedelta(microseconds=1))
    assert 2 == len(await offered(world, account_id))
    world.clock.advance(timedelta(microseconds=1))
    assert [] == await offered(world, account_id)
    with pytest.raises(InvitationUnknown):
        await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(second))


async def test_whom_staff_unlinked_is_offered_nothing(world: World) -> None:
    """AP-11, AP-12: with the link goes what it proved."""
    (first, _, _), account_id = await siblings(world)
    await world.unlink(first)
    assert [] == await offered(world, account_id)


async def test_an_offer_is_an_invitation_like_any_other(world: World) -> None:
    """AP-09, AP-12: withdrawn or taken by another account it says so."""
    (_, taken, withdrawn), account_id = await siblings(world)
    await world.revoke(withdrawn)
    with pytest.raises(InvitationRevoked):
        await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(withdrawn))
    await world.accept((await world.secret(1)).link, world.an_account())
    with pytest.raises(InvitationUsed):
        await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(taken))
    assert [] == await offered(world, account_id)


async def test_an_offer_runs_out(world: World) -> None:
    """AP-09, AP-12: on its own time, whatever was accepted since."""
    contact = f"{new_id().hex}@example.org"
    late, account_id = await world.submit(a_guardian(email=contact)), world.an_account(contact)
    world.clock.advance(timedelta(days=14) - timedelta(hours=1))
    await world.submit(a_guardian(email=contact))
    await world.accept((await world.secret()).link, account_id)
    assert [late.number] == await offered(world, account_id)
    world.clock.advance(timedelta(hours=1))
    assert [] == await offered(world, account_id)
    with pytest.raises(InvitationExpired):
        await accept_offer(world.deps, family(account_id), invitation_id=invitation_of(late))


async def test_of_many_who_accept_at_once_one_wins(world: World) -> None:
    """AP-09, AP-12: two parents with one mailbox press the button together."""
    (_, second, third), account_id = await siblings(world)
    partner = world.an_account()
    await world.accept((await world.secret()).link, partner)  # the third, with the same contact
    tries = [
        accept_offer(world.deps, family(account), invitation_id=invitation_of(second))
        for account in (account_id, partner) * 5
    ]
    done = await asyncio.gather(*tries, return_exceptions=True)
    won = [each for each in done if isinstance(each, res.FamilyApplication)]
    assert {InvitationUsed} == {type(each) for each in done if each not in won}
    assert 5 == len(won)
    assert 1 == (await world.timeline(second)).count("ACCEPTED")
    assert third.number not in await offered(world, account_id)


async def test_offers_over_grpc(grpc_stub, people, world: World) -> None:
    """AP-12: number, organization and masked contact, no more than a link shows."""
    (_, second, _), account_id = await siblings(world)
    metadata = as_family(people, account_id)
    answer = await grpc_stub.ListOffers(pb.ListOffersRequest(), metadata=metadata)
    [offer, _] = answer.offers
    assert ("Sunrise Childcare", second.number, "America/New_York") == (
        offer.organization_name,
        offer.application_number,
        offer.time_zone,
    )
    assert "•••@example.org" in offer.masked_contact
    request = pb.AcceptOfferRequest(invitation_id=offer.invitation_id, request_id=str(new_id()))
    accepted = await grpc_stub.AcceptOffer(request, metadata=metadata)
    assert accepted == await grpc_stub.AcceptOffer(request, metadata=metadata)
    assert second.id == accepted.id
    with pytest.raises(Denied):
        await grpc_stub.ListOffers(pb.ListOffersRequest(), metadata=people.metadata(Role.STAFF, org_id=world.org_id))
