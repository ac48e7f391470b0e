"""How many codes an address and its network may type that open nothing, on a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from portico_errors.applications import TooManyCodes
from structlog.testing import capture_logs

from applications.application.domain.invitation import InvitationStatus
from applications.claims.usecases.claims import check_invitation, resend_invitation
from chassis.ids import new_id
from services.applications.tests.tries import (
    NUMBER,
    WRONG_NUMBER,
    Counting,
    answers,
    fill,
    guess,
    network_hash,
    unknown,
)
from services.applications.tests.world import World, an_address, visitor

HOUR = timedelta(hours=1)


async def test_a_family_gets_in_where_ten_codes_were_mistyped(world: World) -> None:
    """CASE-A21, AP-09: of fifty unknown codes from one address at once ten are looked at; a right code gets in."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    guesses = [*(unknown() for _ in range(50)), secret.typed(NUMBER)]
    told = await answers(*(check_invitation(world.deps, visitor(address), each) for each in guesses))
    assert {"UNKNOWN": 10, "TooManyCodes": 40, "VALID": 1} == told


async def test_over_the_bound_everything_else_is_one_refusal(world: World) -> None:
    """CASE-A21: unknown code, wrong number, dead code with either number: the same words, wait and statements."""
    await world.submit()
    dead = await world.secret()
    await answers(*(check_invitation(world.deps, visitor(), dead.typed(WRONG_NUMBER)) for _ in range(5)))
    await world.submit()
    alive, address = await world.secret(), an_address()
    await guess(world, address, 12)
    world.clock.advance(timedelta(minutes=20))
    refusals = set()
    for typed in (unknown(), alive.typed("A-000077"), dead.typed(NUMBER), dead.typed(WRONG_NUMBER)):
        counting = Counting(world.deps.database)
        deps = replace(world.deps, database=counting)  # type: ignore[arg-type] # as much of one as is needed
        with pytest.raises(TooManyCodes) as refused:
            await check_invitation(deps, visitor(address), typed)
        error = refused.value
        refusals.add((str(error), error.retry_after, str(error.metadata), *counting.ran))
    assert 1 == len(refusals)


async def test_over_the_bound_a_wrong_number_kills_no_code(world: World) -> None:
    """CASE-A21: who guesses where too many were typed takes no family's code away: it opens, there and elsewhere."""
    application = await world.submit()
    secret, address = await world.secret(), an_address()
    await guess(world, address, 10)
    wrong = [check_invitation(world.deps, visitor(address), secret.typed(WRONG_NUMBER)) for _ in range(20)]
    assert {"TooManyCodes": 20} == await answers(*wrong)
    assert "CODE_BLOCKED" not in await world.timeline(application)
    right = [check_invitation(world.deps, visitor(each), secret.typed(NUMBER)) for each in (address, an_address())]
    assert {"VALID": 2} == await answers(*right)


async def test_over_the_bound_a_dead_code_is_sent_anew(world: World) -> None:
    """CASE-A21, AP-10: who has code and number may ask for a new one, also where too many codes were typed."""
    await world.submit()
    dead, address = await world.secret(), an_address()
    await answers(*(check_invitation(world.deps, visitor(), dead.typed(WRONG_NUMBER)) for _ in range(5)))
    await guess(world, address, 10)
    with pytest.raises(TooManyCodes):
        await resend_invitation(world.deps, visitor(address), dead.typed(WRONG_NUMBER))
    assert 1 == len(await world.messages())
    await resend_invitation(world.deps, visitor(address), dead.typed(NUMBER))
    assert 2 == len(await world.messages())


async def test_an_address_has_a_hundred_tries(world: World) -> None:
    """CASE-A21: after a hundred within an hour, all at once, even a right code waits; a link does not; one alarm."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    with capture_logs() as logs:
        await answers(*(check_invitation(world.deps, visitor(address), unknown()) for _ in range(130)))
        right = check_invitation(world.deps, visitor(address), secret.typed(NUMBER))
        assert {"TooManyCodes": 1} == await answers(right)
    assert ["codes.bound_reached"] == [line["event"] for line in logs if line["log_level"] == "error"]
    elsewhere = check_invitation(world.deps, visitor(an_address()), secret.typed(NUMBER))
    by_link = check_invitation(world.deps, visitor(address), secret.link)
    assert {"VALID": 2} == await answers(elsewhere, by_link)
    world.clock.advance(timedelta(minutes=20))
    with pytest.raises(TooManyCodes) as refused:
        await check_invitation(world.deps, visitor(address), secret.typed(NUMBER))
    assert timedelta(minutes=40) == refused.value.retry_after
    world.clock.advance(timedelta(minutes=40))
    assert {"VALID": 1} == await answers(check_invitation(world.deps, visitor(address), secret.typed(NUMBER)))


@pytest.mark.parametrize("network", ["203.0.{0}.", "2001:db8:{0:x}:"])
async def test_a_network_has_a_thousand_tries(world: World, network: str) -> None:
    """CASE-A21: the addresses of a /24 or a /48 have a thousand tries together; then even a right code waits there."""
    await world.submit()
    secret, third = await world.secret(), new_id().int % 200
    hosts = [network.format(third) + (f"{host}" if "." in network else f"{host:x}::1") for host in range(1, 42)]
    await fill(world, network_hash(world, hosts[0]), 990)
    with capture_logs() as logs:
        told = await answers(*(check_invitation(world.deps, visitor(host), unknown()) for host in hosts[:-1]))
    assert {"UNKNOWN": 10, "TooManyCodes": 30} == told
    assert ["codes.bound_reached"] == [line["event"] for line in logs if line["log_level"] == "error"]
    right = [check_invitation(world.deps, visitor(host), secret.typed(NUMBER)) for host in (hosts[-1], an_address())]
    assert {"VALID": 1, "TooManyCodes": 1} == await answers(*right)
    world.clock.advance(HOUR)
    assert {"VALID": 1} == await answers(check_invitation(world.deps, visitor(hosts[-1]), secret.typed(NUMBER)))


async def test_an_address_is_heard_again_after_an_hour_of_rest(world: World) -> None:
    """AP-09: never more than ten unknown codes are looked at within any hour, and what is typed meanwhile counts."""
    address, looks = an_address(), []
    for _ in range(24):
        told = await answers(check_invitation(world.deps, visitor(address), unknown()))
        looks += [world.clock()] * told["UNKNOWN"]
        world.clock.advance(timedelta(minutes=5))
    assert 10 == len(looks)
    world.clock.advance(HOUR)
    assert {"UNKNOWN": 1} == await answers(check_invitation(world.deps, visitor(address), unknown()))


async def test_nobody_waits_for_the_address_that_is_forgotten(world: World) -> None:
    """AP-09: an address of an hour ago that is just coming back is forgotten later, instead of being waited for."""
    old = an_address()
    await check_invitation(world.deps, visitor(old), unknown())
    world.clock.advance(timedelta(hours=1))
    async with await world.deps.database.connect() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM code_attempts FOR UPDATE")
        checked = await check_invitation(world.deps, visitor(an_address()), unknown())
    assert InvitationStatus.UNKNOWN is checked.invitation_status


async def test_addresses_of_one_household_count_together(world: World) -> None:
    """AP-09: of IPv6 the /64 counts, so that changing the address within it helps nobody."""
    network = f"2001:db8:{new_id().int % 65536:x}:{new_id().int % 65536:x}"
    for host in range(10):
        await check_invitation(world.deps, visitor(f"{network}::{host:x}"), unknown())
    with pytest.raises(TooManyCodes):
        await check_invitation(world.deps, visitor(f"{network}::ffff"), unknown())


async def test_an_address_is_the_same_in_the_clothes_of_ipv6(world: World) -> None:
    """AP-09: `::ffff:203.0.113.7` counts as 203.0.113.7, and not as the network of all that are written so."""
    address, neighbour = an_address(), an_address()
    for written in [address, f"::ffff:{address}"] * 5:
        await check_invitation(world.deps, visitor(written), unknown())
    for written in (address, f"::ffff:{address}", f"::FFFF:{address}"):
        with pytest.raises(TooManyCodes):
            await check_invitation(world.deps, visitor(written), unknown())
    checked = await check_invitation(world.deps, visitor(f"::ffff:{neighbour}"), unknown())
    assert InvitationStatus.UNKNOWN is checked.invitation_status


async def test_known_codes_use_nothing_up(world: World) -> None:
    """AP-09: thirty good codes from one address at once, as from an office, are all answered and count for nothing."""
    await world.submit()
    secret, address = await world.secret(), an_address()
    good = [check_invitation(world.deps, visitor(address), secret.typed(NUMBER)) for _ in range(30)]
    assert {"VALID": 30} == await answers(*good)
    others = [check_invitation(world.deps, visitor(address), unknown()) for _ in range(11)]
    assert {"UNKNOWN": 10, "TooManyCodes": 1} == await answers(*others)
