"""How an organization books: what its administrators set."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import booking_settings_pb2 as pb

from casemanager.settings.domain import BookingSettings, Changes, change
from casemanager.settings.usecases import settings_of
from chassis.call import Role
from chassis.errors import Aborted, AlreadyExists, Denied, InvalidArgument, Unauthenticated
from chassis.ids import new_id
from services.casemanager.tests.world import World

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADMIN, STAFF = Role.STAFF_ADMIN, Role.STAFF


def setting(*paths, request_id="", **fields):
    return pb.UpdateBookingSettingsRequest(
        settings=pb.BookingSettingsPatch(**fields), update_mask=FieldMask(paths=paths), request_id=request_id
    )


async def read(world, metadata=None):
    return await world.stub.GetBookingSettings(pb.GetBookingSettingsRequest(), metadata=metadata or world.staff)


async def write(world, *paths, **fields):
    return await world.stub.UpdateBookingSettings(setting(*paths, **fields), metadata=world.as_role(ADMIN))


def test_settings_are_changed_by_a_pure_decision() -> None:
    """CM-08: what is not said stays; each change counts."""
    first = BookingSettings(org_id=new_id())
    on = change(first, Changes(enable_on_yes=True), NOW)
    same = change(on, Changes(), NOW)
    assert [(False, 0), (True, 1), (True, 2)] == [(each.enable_on_yes, each.version) for each in (first, on, same)]
    assert [None, NOW] == [first.update_time, on.update_time]


async def test_what_an_organization_has_that_set_nothing(world: World) -> None:
    """CM-04, CM-08: a yes gives staff a task, and there is no time of a change."""
    settings = await read(world)
    assert (False, False) == (settings.enable_on_yes, settings.HasField("update_time"))


async def test_what_administrators_set(world: World) -> None:
    """CM-08: each change is kept with its time, and counted; a mask takes a tick away."""
    on = await write(world, enable_on_yes=True)
    assert (True, world.clock()) == (on.enable_on_yes, on.update_time.ToDatetime(tzinfo=UTC))
    assert on == await read(world) == await read(world, world.as_role(ADMIN))
    assert (await write(world)).enable_on_yes
    assert not (await write(world, "enable_on_yes")).enable_on_yes
    assert 3 == (await settings_of(world.deps.database, world.org_id)).version


async def test_the_first_ones_at_once(world: World) -> None:
    """CM-08: of administrators who set them at the same moment none is lost: each counts, or is told to come again."""
    outcomes = await asyncio.gather(*(write(world, enable_on_yes=True) for _ in range(6)), return_exceptions=True)
    lost = [outcome for outcome in outcomes if isinstance(outcome, Aborted)]
    assert len(outcomes) - len(lost) == (await settings_of(world.deps.database, world.org_id)).version
    assert (await read(world)).enable_on_yes


async def test_a_repeated_change(world: World) -> None:
    """CM-08: one request id sets once, whatever is set by now; another body under that id is refused."""
    request_id, admin = str(uuid4()), world.people.metadata(ADMIN, org_id=world.org_id, account_id=uuid4())
    request = setting(enable_on_yes=True, request_id=request_id)
    first = await world.stub.UpdateBookingSettings(request, metadata=admin)
    await write(world, "enable_on_yes")
    assert first == await world.stub.UpdateBookingSettings(request, metadata=admin)
    assert not (await read(world)).enable_on_yes
    with pytest.raises(AlreadyExists) as refused:
        await world.stub.UpdateBookingSettings(setting("enable_on_yes", request_id=request_id), metadata=admin)
    assert "REQUEST_ID_REUSED" == refused.value.reason


@pytest.mark.parametrize("path", ["update_time", "nonsense", "settings.enable_on_yes"])
async def test_what_cannot_be_set(world: World, path: str) -> None:
    """CM-08: a mask names only settings."""
    with pytest.raises(InvalidArgument) as refused:
        await write(world, path)
    assert [("update_mask", "FIELD_UNKNOWN")] == [(each.field, each.reason) for each in refused.value.violations]


async def test_settings_are_for_administrators(world: World) -> None:
    """CM-15: staff read, administrators write, nobody else does either."""
    for role in (Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST, Role.FAMILY):
        with pytest.raises(Denied):
            await world.stub.UpdateBookingSettings(setting(enable_on_yes=True), metadata=world.as_role(role))
        if role is not Role.STAFF:
            with pytest.raises(Denied):
                await read(world, world.as_role(role))
    for call, request in (
        (world.stub.GetBookingSettings, pb.GetBookingSettingsRequest()),
        (world.stub.UpdateBookingSettings, setting(enable_on_yes=True)),
    ):
        with pytest.raises(Unauthenticated):
            await call(request)
    assert not (await read(world)).enable_on_yes


async def test_settings_are_of_one_organization(world: World, people) -> None:
    """CM-15: what one sets, another does not have."""
    await write(world, enable_on_yes=True)
    assert not (await read(world, people.metadata(STAFF, org_id=uuid4()))).enable_on_yes
