"""What a sign-in tells: its person of a new device, the other services that somebody was there."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import cast

import pytest
from portico.identity.v1.events_pb2 import AccountEvent
from portico.notifications.v1.events_pb2 import MessageRequest
from portico.notifications.v1.resources_pb2 import Channel

from chassis.call import FAMILY_ORG, Call, Role
from chassis.db import Database
from identity.resets.usecases.passwords import activate_account, reset_with_link
from identity.sessions.domain import SignedIn
from identity.sessions.storage import LOAD_CLAIMED, SAVE_SIGN_IN
from identity.sessions.usecases import list_my_sessions, login, logout, refresh_tokens
from services.identity.tests.world import ADMIN, BETTER, GOOD, STRANGER, Counting, World, a_phone_number, an_email

ELSEWHERE = "198.51.100.7"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Version/26.0 Safari/604.1"


def on(device: str = "Firefox", address: str = "192.0.2.7") -> Call:
    """A call by a stranger on a device; as it stands, on the one that every other test uses."""
    return replace(STRANGER, caller=replace(STRANGER.caller, address=address, user_agent=device))


async def sign_in(world: World, call: Call, *, tokens: Sequence[str] = ()) -> SignedIn:
    return await login(
        world.deps, call, realm=world.organization.slug, username=ADMIN, password=GOOD, device_tokens=tokens
    )


async def notices(world: World, *, to: str = ADMIN) -> list[MessageRequest]:
    """The notices of new devices."""
    return [message for message in await world.messages(to=to) if message.template == "NEW_DEVICE"]


async def sign_ins(world: World) -> list[tuple[int, AccountEvent]]:
    """What the other services are told: the version and the event."""
    told = [(version, event) for subject, version, event in await world.events() if subject == "account.signed_in"]
    return cast("list[tuple[int, AccountEvent]]", told)


async def test_the_first_sign_in_is_no_news(world: World) -> None:
    """ID-16: an account's first sign-in tells its person nothing, nor does the next one on the same device."""
    for _ in range(2):
        await sign_in(world, on())
    assert [] == await world.messages(to=ADMIN)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (on("Chrome"), 1),
        (on("firefox"), 1),
        (on(address="192.0.2.8"), 1),
        (on(address=ELSEWHERE), 1),
        (on(address="2001:db8:0:1::1"), 1),
        (on(address="2001:db8::ffff:7"), 0),
        (on(address="::ffff:192.0.2.7"), 0),
    ],
)
async def test_a_device_is_known_by_its_words_in_its_network(world: World, call: Call, expected: int) -> None:
    """ID-16: who signs in on a like device in the same network is not told, for any other device they are."""
    await sign_in(world, on())
    await sign_in(world, on(address="2001:db8::1"))
    before = len(await notices(world))
    await sign_in(world, call)
    assert expected == len(await notices(world)) - before


async def test_a_known_device_is_known_everywhere(world: World) -> None:
    """ID-16: with its token a device is known wherever it is and whatever it says of itself; a stranger's is not."""
    known = (await sign_in(world, on())).device_token
    strangers = (await world.family(an_email())).device_token
    await sign_in(world, on(IPHONE, ELSEWHERE), tokens=[known])
    assert [] == await notices(world)
    await sign_in(world, on("Chrome", ELSEWHERE), tokens=[strangers])
    assert 1 == len(await notices(world))


async def test_the_notice_says_when_and_on_what(world: World) -> None:
    """ID-16, NT-08: a notice has the time with the organization's zone, the device, and no secret."""
    await sign_in(world, on())
    world.clock.advance(timedelta(minutes=5))
    boss = await sign_in(world, on(IPHONE))
    (notice,) = await notices(world)
    assert {
        "display_name": "Boss",
        "organization_name": "Sunrise Childcare",
        "time_zone": "America/New_York",
        "login_time": world.clock().astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "device": IPHONE,
    } == dict(notice.values)
    session_id = world.deps.refresh_tokens.read(boss.refresh_token).session_id
    assert (b"", f"accounts/{boss.account.id}", f"sessions/{session_id}/new-device") == (
        notice.sealed_values,
        notice.reference,
        notice.idempotency_key,
    )


async def test_a_family_is_told_by_sms(world: World) -> None:
    """ID-16: a family that signs in with its phone number gets a text in its language, for its account."""
    family = (await world.family(a_phone_number())).account
    await login(world.deps, on(IPHONE), realm="family", username=family.username, password=GOOD)
    (notice,) = await world.messages(FAMILY_ORG, to=family.username)
    assert ("NEW_DEVICE", Channel.SMS, "es", str(family.id)) == (
        notice.template,
        notice.recipient.channel,
        notice.recipient.language,
        notice.account_id,
    )


async def test_a_hundred_sign_ins_tell_once(world: World) -> None:
    """ID-16: a program that signs in over and over without a device token is told of once."""
    await sign_in(world, on())
    for _ in range(100):
        world.clock.advance(timedelta(minutes=1))
        await sign_in(world, on("python-httpx/0.28.1", ELSEWHERE))
    assert 1 == len(await notices(world))


async def test_sign_ins_at_once_tell_once_of_each_device(world: World) -> None:
    """ID-16: of five sign-ins at once on each of three new devices all get in, and each device is told of once."""
    await sign_in(world, on())
    devices = [on(IPHONE), on(IPHONE, ELSEWHERE), on("Chrome")]
    people = await asyncio.gather(*(sign_in(world, device) for _ in range(5) for device in devices))
    assert 16 == len(await list_my_sessions(world.deps, world.call(people[0])))
    assert sorted([IPHONE, IPHONE, "Chrome"]) == sorted(notice.values["device"] for notice in await notices(world))
    assert 3 == len({notice.idempotency_key for notice in await notices(world)})


async def test_a_session_that_has_ended_is_remembered(world: World) -> None:
    """ID-16: signing out makes no device new; after its session is forgotten it is new once more."""
    await logout(world.deps, world.call(await sign_in(world, on())))
    await sign_in(world, on())
    assert 0 == len(await notices(world))
    world.clock.advance(timedelta(hours=13))
    await sign_in(world, on(IPHONE))
    world.clock.advance(timedelta(hours=13))
    await sign_in(world, on())
    assert [IPHONE, "Firefox"] == [notice.values["device"] for notice in await notices(world)]


async def test_a_device_is_told_of_once_a_day(world: World) -> None:
    """ID-16: a device whose session has moved on to another network is not told of once more on the same day."""
    await sign_in(world, on())
    iphone = await sign_in(world, on(IPHONE))
    await refresh_tokens(world.deps, on(IPHONE, ELSEWHERE), refresh_token=iphone.refresh_token)
    await sign_in(world, on(IPHONE))
    assert 1 == len(await notices(world))


async def test_activation_and_reset_tell_of_no_device(world: World) -> None:
    """ID-16: who sets a password with a link has another message, and the device is known from then on."""
    _, token = await world.invited("noor@example.org", Role.STAFF)
    await activate_account(world.deps, on(IPHONE), token=token, password=GOOD)
    reset = await world.reset_token("noor@example.org")
    await reset_with_link(world.deps, on("Chrome"), token=reset, new_password=BETTER)
    for call in (on(IPHONE), on("Chrome")):
        await login(world.deps, call, realm=world.organization.slug, username="noor@example.org", password=BETTER)
    assert [] == await notices(world, to="noor@example.org")


async def test_a_new_device_costs_no_statement_more(world: World) -> None:
    """ID-04, ID-16: a sign-in that tells is one load and one save; where that is told already it is one save more."""
    await sign_in(world, on())
    world.clock.advance(timedelta(hours=25))
    counting = Counting(world.deps.database)
    watched = replace(world, deps=replace(world.deps, database=cast("Database", counting)))
    iphone = await sign_in(watched, on(IPHONE))
    assert [LOAD_CLAIMED, SAVE_SIGN_IN] == counting.ran
    assert (1, 2) == (len(await notices(world)), len(await sign_ins(world)))
    await refresh_tokens(world.deps, on(IPHONE, ELSEWHERE), refresh_token=iphone.refresh_token)
    await sign_in(watched, on(IPHONE))
    assert [LOAD_CLAIMED, SAVE_SIGN_IN, SAVE_SIGN_IN] == counting.ran[-3:]


async def test_other_services_hear_of_a_sign_in_once_a_day(world: World) -> None:
    """ID-01: a sign-in is an event when it is the first of its day in UTC, with the account's version.

    So who comes each day, a little earlier than the day before, is heard of each day.
    """
    boss = await sign_in(world, on())
    for pause, expected in (
        (timedelta(hours=11, minutes=59), 1),
        (timedelta(minutes=1), 2),
        (timedelta(hours=23), 2),
        (timedelta(hours=23), 3),
        (timedelta(0), 3),
    ):
        world.clock.advance(pause)
        await sign_in(world, on())
        assert expected == len(await sign_ins(world))
    version, event = (await sign_ins(world))[0]
    assert (str(boss.account.id), int(Role.STAFF_ADMIN)) == (event.account_id, event.role)
    assert boss.account.version == version == event.version


async def test_sign_ins_at_once_are_one_event(world: World) -> None:
    """ID-01: of ten sign-ins at once after a day all get in, and the other services hear of one."""
    await sign_in(world, on())
    world.clock.advance(timedelta(hours=25))
    people = await asyncio.gather(*(sign_in(world, on(f"device {number % 2}")) for number in range(10)))
    assert 10 == len(await list_my_sessions(world.deps, world.call(people[0])))
    assert 2 == len(await sign_ins(world))
    assert 2 == len(await notices(world))


async def test_activation_and_reset_are_no_sign_in_event(world: World) -> None:
    """ID-01: activation and reset open a session, and tell events of their own."""
    _, token = await world.invited("noor@example.org", Role.STAFF)
    before = len(await sign_ins(world))
    await activate_account(world.deps, on(), token=token, password=GOOD)
    await world.reset_by_link(await world.reset_token("noor@example.org"))
    assert before == len(await sign_ins(world))
