"""The audit as administrators read it and filter it, on a real database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.identity.v1 import audit_pb2 as pb
from portico_errors.identity import LoginFailed

from chassis.errors import InvalidArgument
from chassis.ids import new_id
from chassis.pagination import PageTokenInvalid
from identity.accounts.domain import Account
from identity.audit.wire import filter_of
from identity.organizations.usecases import update_organization
from identity.shared.audit.domain import Action
from services.identity.tests.audits import Reader, write
from services.identity.tests.desks import Desk, a_login, store
from services.identity.tests.world import World

ACTIONS = (Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.ACCOUNT_DISABLED)


@pytest.fixture
async def reader(world: World) -> Reader:
    return Reader(await Desk.of(world))


@pytest.fixture
async def people(world: World) -> list[Account]:
    """Two logins, of whom and by whom there are lines of each of three actions; nobody is the third."""
    people = [await store(world, a_login(name)) for name in ("Ana", "Ben")]
    ids = [*(person.id for person in people), None]
    for at, (action, subject, actor) in enumerate((a, s, b) for a in ACTIONS for s in ids for b in ids):
        time = world.clock() + timedelta(hours=5 * (at // 2))  # two at a time
        outcome = "REFUSED" if action.is_refusal else "SUCCEEDED"
        await write(world, action=action, outcome=outcome, subject_id=subject, actor_id=actor, event_time=time)
    return people


def test_every_action_has_its_word() -> None:
    """ID-15: whatever the audit can tell, the contract has a word for, and the other way round."""
    words = {name for name, number in pb.AuditEvent.Action.items() if number}
    assert {action.name for action in Action} == words
    assert [action.name for action in Action] == [action.value for action in Action]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_filters_find_what_they_say(
    world: World, reader: Reader, people: list[Account], data: st.DataObject
) -> None:
    """ID-15: whatever is asked for together, exactly those lines come, newest first, there and back, in any pages."""
    ids = [None, *(person.id for person in people), new_id()]
    actor, subject = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
    actions = data.draw(st.lists(st.sampled_from(ACTIONS), max_size=3))
    outcome = data.draw(st.sampled_from(["", "SUCCEEDED", "REFUSED"]))
    days = st.sampled_from([None, *(date(2026, 1, day) for day in (14, 15, 16, 17, 30))])
    start, end = data.draw(days), data.draw(days)
    zone = ZoneInfo(world.organization.time_zone)
    expected = [
        entry
        for entry in await world.written_audit()
        if actor in (None, entry.actor_id)
        and subject in (None, entry.subject_id)
        and (not actions or entry.action in actions)
        and outcome in ("", entry.outcome)
        and (not start or start <= entry.event_time.astimezone(zone).date())
        and (not end or entry.event_time.astimezone(zone).date() <= end)
    ]
    expected.sort(key=lambda entry: (entry.event_time, entry.id), reverse=True)
    wanted: dict[str, Any] = {
        "actor_id": str(actor or ""),
        "subject_id": str(subject or ""),
        "actions": [action.name for action in actions],
        "outcome": outcome or 0,
        "start_date": str(start or ""),
        "end_date": str(end or ""),
    }
    found = await reader.events(data.draw(st.integers(1, 9)), **wanted)
    assert [str(entry.id) for entry in expected] == [event.id for event in found]
    rows = await reader.file(**wanted)
    assert [_row(event) for event in found] == [tuple(row.values()) for row in rows]


def _row(event: pb.AuditEvent) -> tuple[str, ...]:
    people = ((each.display_name, each.username, each.account_id) for each in (event.subject, event.actor))
    return (
        event.event_time.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        pb.AuditEvent.Action.Name(event.action),
        pb.AuditEvent.Outcome.Name(event.outcome),
        str(event.count),
        *(word for person in people for word in person),
        event.address,
        event.user_agent,
    )


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("America/New_York", "2026-03-08", datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        ("America/New_York", "2026-11-01", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
        ("America/New_York", "2026-07-04", datetime(2026, 7, 4, 4, tzinfo=UTC), 24),
        # There the clock is put forward and back at midnight: a day begins at one, and another has midnight twice.
        ("America/Havana", "2026-03-08", datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        ("America/Havana", "2026-11-01", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
    ],
)
async def test_a_day_is_the_organizations(world: World, zone: str, day: str, start: datetime, hours: int) -> None:
    """ID-15: a day is from midnight to midnight where the organization is, also when the clocks change."""
    here = replace(world, deps=replace(world.deps, organizations=_Directory(world, zone)))  # type: ignore[arg-type]
    reader = Reader(await Desk.of(here))
    expected = []
    for hour in range(-2, hours + 2):
        for time in (start + timedelta(hours=hour, microseconds=less) for less in (-1, 0)):
            entry_id = await write(world, action=Action.PASSWORD_CHANGED, event_time=time)
            if start <= time < start + timedelta(hours=hours):
                expected.append(str(entry_id))
    found = await reader.events(actions=["PASSWORD_CHANGED"], start_date=day, end_date=day)
    assert expected[::-1] == [event.id for event in found]


class _Directory:
    """The organization, as it is in another time zone."""

    def __init__(self, world: World, zone: str) -> None:
        self._organization = replace(world.organization, time_zone=zone)

    async def by_id(self, _: UUID) -> object:
        return self._organization

    by_slug = by_id


@pytest.mark.parametrize("field", ["start_date", "end_date"])
@pytest.mark.parametrize("day", ["2026-02-29", "2026-13-01", "0000-01-01", "2026-00-10"])
def test_a_day_is_in_the_calendar(field: str, day: str) -> None:
    """ID-15: a day that no calendar has is refused, and its field is named."""
    wanted: dict[str, Any] = {field: day}
    with pytest.raises(InvalidArgument) as refused:
        filter_of(pb.ListAuditEventsRequest(**wanted), ZoneInfo("UTC"))
    assert [(field, "DATE_INVALID")] == [(each.field, each.reason) for each in refused.value.violations]


async def test_the_ends_of_the_calendar(world: World, reader: Reader) -> None:
    """ID-15: from the first day to the last one is everything, and the other way round it is nothing."""
    everything = await reader.events()
    assert everything == await reader.events(start_date="0001-01-01", end_date="9999-12-31")
    ends: list[dict[str, Any]] = [{"start_date": "9999-12-31"}, {"end_date": "0001-01-01"}]
    for wanted in ends:
        assert [] == await reader.events(**wanted)


async def test_people_have_their_names(world: World, reader: Reader) -> None:
    """ID-15: who acted and upon whom stands there by name; the organization is nobody, and a stranger has no name."""
    boss = (await world.sign_in()).account
    await update_organization(
        world.deps, reader.desk.call, org_id=world.organization.org_id, written={"phone": "(312) 555-0100"}
    )
    [event] = await reader.events(actions=["ORGANIZATION_UPDATED"])
    assert (False, "Boss", boss.username) == (
        event.HasField("subject"),
        event.actor.display_name,
        event.actor.username,
    )
    [row] = await reader.file(actions=["ORGANIZATION_UPDATED"])
    assert ("", "", "", "Boss") == (row["Login"], row["Username"], row["Login id"], row["By"])
    stranger = new_id()
    await write(world, action=Action.RESET_ASKED, subject_id=boss.id, actor_id=stranger, actor_org_id=new_id())
    [event] = await reader.events(actions=["RESET_ASKED"])
    assert pb.AuditedPerson(account_id=str(stranger)) == event.actor
    assert pb.AuditedPerson(account_id=str(boss.id), display_name="Boss", username=boss.username) == event.subject


async def test_refusals_are_counted(world: World, reader: Reader) -> None:
    """ID-15, CASE-S3: what was refused many times within a minute is one line, which says how often."""
    for _ in range(3):
        with pytest.raises(LoginFailed):
            await world.sign_in("nobody@example.org")
    await world.audit()
    [event] = await reader.events(outcome="REFUSED")
    assert (pb.AuditEvent.SIGN_IN_FAILED, 3, False) == (event.action, event.count, event.HasField("subject"))
    assert ["3"] == [row["Count"] for row in await reader.file(outcome="REFUSED")]


async def test_another_organizations_audit_is_not_told(world: World, reader: Reader) -> None:
    """ID-15, OP-11: nobody reads what happened elsewhere, also not by an id from there; a token is of one list."""
    other = await World.with_organization(world.deps, world.clock)
    stranger = Reader(await Desk.of(other))
    account = await store(world, a_login("Ana"))
    for _ in range(2):
        await write(world, subject_id=account.id, actor_id=account.id)
    ids: list[dict[str, Any]] = [{"subject_id": str(account.id)}, {"actor_id": str(account.id)}]
    for wanted in ids:
        assert ([], []) == (await stranger.events(**wanted), await stranger.file(**wanted))
        assert 2 == len(await reader.events(1, **wanted))
    page = await reader.page(page_size=1)
    with pytest.raises(PageTokenInvalid):
        await stranger.page(page_token=page.next_page_token)
