"""How an organization books: what its administrators set."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import booking_settings_pb2 as pb
from portico_errors.casemanager import SettingOutOfBounds

from casemanager.settings.domain import BOUNDS, BookingSettings, change
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


USUAL: dict[str, Any] = {
    "hold_hours": 48,
    "minimum_notice_hours": 24,
    "horizon_days": 180,
    "request_days": 30,
    "cancellation_notice_hours": 48,
    "paperwork_days": 7,
    "report_days": 14,
    "reminder_days": [7, 3],
    "reminder_minute": 480,
    "enable_on_yes": False,
    "allow_unscanned": False,
    "holidays": [],
    "booking_email": "",
}
OTHER: dict[str, Any] = {
    "hold_hours": 336,
    "minimum_notice_hours": 0,
    "horizon_days": 7,
    "request_days": 1,
    "cancellation_notice_hours": 0,
    "paperwork_days": 0,
    "report_days": 180,
    "reminder_days": [30, 2, 0],
    "reminder_minute": 0,
    "enable_on_yes": True,
    "allow_unscanned": True,
    "holidays": ["2026-12-25", "2027-01-26"],
    "booking_email": "bookings@harbour.example",
}


def said(settings: Any) -> dict[str, Any]:
    lists = {"reminder_days", "holidays"}
    return {name: [*getattr(settings, name)] if name in lists else getattr(settings, name) for name in USUAL}


def test_settings_are_changed_by_a_pure_decision() -> None:
    """CM-08: what is not said stays; each change counts; days stand in order, once each."""
    first = BookingSettings(org_id=new_id())
    on = change(first, {"enable_on_yes": True}, NOW)
    same = change(on, {}, NOW)
    assert [(False, 0), (True, 1), (True, 2)] == [(each.enable_on_yes, each.version) for each in (first, on, same)]
    assert [None, NOW] == [first.update_time, on.update_time]
    days = change(first, {"reminder_days": [3, 7, 3], "holidays": [date(2027, 1, 26), date(2026, 12, 25)] * 2}, NOW)
    assert ((7, 3), (date(2026, 12, 25), date(2027, 1, 26))) == (days.reminder_days, days.holidays)


async def test_what_an_organization_has_that_set_nothing(world: World) -> None:
    """CM-04, CM-08: the usual values of the specification, and no time of a change."""
    settings = await read(world)
    assert (USUAL, False) == (said(settings), settings.HasField("update_time"))


async def test_every_setting_is_kept(world: World) -> None:
    """CM-08: each is set to either end of its bounds and read again; without a mask a zero that is said counts."""
    assert OTHER == said(await write(world, **OTHER)) == said(await read(world))
    emptied = await write(world, "reminder_days", "holidays", "allow_unscanned", "booking_email")
    nothing = {"reminder_days": [], "holidays": [], "allow_unscanned": False, "booking_email": ""}
    assert {**OTHER, **nothing} == said(emptied)
    least = {name: bounds[0] for name, bounds in BOUNDS.items()}
    largest = {name: bounds[1] for name, bounds in BOUNDS.items()}
    for bounds in (least, largest):
        assert {**said(emptied), **bounds} == said(await write(world, **bounds))


WRONG = [(name, value) for name, bounds in BOUNDS.items() for value in (bounds[0] - 1, bounds[1] + 1)]
WRONG_DAYS: list[tuple[str, Any]] = [("reminder_days", [31]), ("reminder_days", [-1]), ("reminder_days", [4, 3, 2, 1])]


@pytest.mark.parametrize(("name", "value"), [*WRONG, *WRONG_DAYS])
async def test_what_is_out_of_bounds(world: World, name: str, value: Any) -> None:
    """CM-08: SETTING_OUT_OF_BOUNDS names the field, in Spanish, too; nothing else of the call is set."""
    with pytest.raises(InvalidArgument) as refused:
        await write(world, **{"enable_on_yes": True, name: value})
    assert "SETTING_OUT_OF_BOUNDS" == refused.value.reason
    assert [f"settings.{name}"] == [each.field for each in refused.value.violations]
    with pytest.raises(SettingOutOfBounds) as decided:
        change(BookingSettings(org_id=world.org_id), {name: value}, NOW)
    assert decided.value.violations[0].localized["es"].startswith("Escriba")
    assert USUAL == said(await read(world))


@pytest.mark.parametrize(
    ("day", "field", "reason"),
    [("2027-02-29", "settings.holidays[1]", "DATE_INVALID"), ("soon", "settings.holidays[1]", "STRING_PATTERN")],
)
async def test_a_holiday_is_a_date(world: World, day: str, field: str, reason: str) -> None:
    """CM-08: a date that no calendar has is named."""
    with pytest.raises(InvalidArgument) as refused:
        await write(world, holidays=["2026-12-25", day])
    assert [(field, reason)] == [(each.field, each.reason) for each in refused.value.violations]


async def test_the_address_is_one(world: World) -> None:
    """CM-08: it is kept in its one form; what is no email address is named, and nothing else of the call is set."""
    assert "desk@harbour.example" == (await write(world, booking_email="  Desk@Harbour.Example ")).booking_email
    with pytest.raises(InvalidArgument) as refused:
        await write(world, enable_on_yes=True, booking_email="desk")
    assert "CONTACT_INVALID" == refused.value.reason
    assert ["settings.booking_email"] == [each.field for each in refused.value.violations]
    settings = await read(world)
    assert ("desk@harbour.example", False) == (settings.booking_email, settings.enable_on_yes)


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
