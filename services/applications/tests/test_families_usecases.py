"""What families see, and until when, on a real database."""

from datetime import timedelta
from uuid import UUID

import pytest
from portico.applications.v1 import resources_pb2 as res
from portico_errors.applications import (
    ApplicationNotFound,
    UndoExpired,
)

from applications.application.domain.link_state import Action
from applications.claims.usecases.claims import check_invitation
from applications.families.usecases import list_my_applications
from applications.shared.deps import Deps
from chassis.pagination import NEWEST
from chassis.testing import FakeClock
from services.applications.tests.neighbours import FakeIdentity
from services.applications.tests.world import (
    World,
    a_guardian,
    state,
    visitor,
)

NUMBER = "A-000001"
FORTNIGHT = timedelta(days=14)


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
    world: World, deps: Deps, clock: FakeClock, identity: FakeIdentity
) -> None:
    """AP-14: newest first, over all organizations, page by page; never another family's."""
    other = await World.with_organization(deps, clock, identity)
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
    await check_invitation(world.deps, visitor(), link)
    await world.accept(link, account_id)
    await world.invite(application, label=Action.INVITE, guardian_id=UUID(application.guardians[1].id))
    seen = await world.sees(account_id, application)
    kinds = [res.TimelineEntry.Kind.Name(entry.kind) for entry in seen.history]
    assert kinds == ["ACCEPTED", "INVITED", "SUBMITTED"]
    assert {entry.actor_id + entry.detail for entry in seen.history} == {""}


async def mine(world: World, account_id: UUID) -> list[str]:
    views = await list_my_applications(world.deps, account_id, NEWEST, 100)
    return [str(view.application.id) for view in views]
