"""Applications that staff should look at, on a real database."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.applications.v1 import resources_pb2 as res

from applications.application.domain.link_state import LinkState
from applications.claims.usecases.claims import resend_invitation
from applications.search.domain import Attention
from applications.search.storage.counts import STATES, Counts, count
from applications.search.storage.search import Search, find
from applications.search.storage.statements import State
from services.applications.tests.world import World, a_guardian, visitor

WEEK, MOMENT = timedelta(days=7), timedelta(microseconds=1)


async def found(world: World, *states: State) -> set[str]:
    """The ids of what is found by one of the states."""
    search = Search(
        text=None,
        link_states=frozenset(each for each in states if isinstance(each, LinkState)),
        attentions=frozenset(each for each in states if isinstance(each, Attention)),
        statuses=frozenset(),
    )
    items = await find(world.deps.database, search, org_id=world.org_id, now=world.deps.clock(), after=(), limit=200)
    return {str(application.id) for application in items}


async def counts(world: World) -> Counts:
    search = Search(text=None, link_states=frozenset(), statuses=frozenset())
    return await count(world.deps.database, search, org_id=world.org_id, now=world.deps.clock())


async def test_who_was_invited_long_ago(world: World) -> None:
    """AP-03, PO-05: from the seventh day on while the invitation is live, unless accepted or made anew."""
    waiting, reinvited = await world.submit(), await world.submit()
    linked, _ = await world.linked()
    world.clock.advance(WEEK - MOMENT)
    assert set() == await found(world, Attention.INVITED_LONG_AGO)
    world.clock.advance(MOMENT)
    await world.invite(reinvited)
    assert {waiting.id} == await found(world, Attention.INVITED_LONG_AGO)
    assert {waiting.id, linked.id} == await found(world, Attention.INVITED_LONG_AGO, LinkState.LINKED)
    world.clock.advance(WEEK)  # the invitations of the first day have run out
    assert {reinvited.id} == await found(world, Attention.INVITED_LONG_AGO)


async def test_who_asked_for_help(world: World) -> None:
    """AP-10: a family that asked for a new invitation counts for seven days, unless staff invited it since."""
    first, second = await world.submit(), await world.submit()
    links = [(await world.secret(position)).link for position in (0, 1)]
    world.clock.advance(timedelta(days=15))
    for link in links:
        await resend_invitation(world.deps, visitor(), link)
    assert {first.id, second.id} == await found(world, Attention.HELP_REQUESTED)
    await world.invite(second)
    assert {first.id} == await found(world, Attention.HELP_REQUESTED)
    world.clock.advance(WEEK - MOMENT)
    assert {first.id} == await found(world, Attention.HELP_REQUESTED)
    world.clock.advance(MOMENT)
    assert set() == await found(world, Attention.HELP_REQUESTED)


async def test_who_asked_for_help_and_came_in_needs_none(world: World) -> None:
    """AP-10: once it is linked nobody has to look at it."""
    await world.submit()
    link = (await world.secret()).link
    world.clock.advance(timedelta(days=15))
    await resend_invitation(world.deps, visitor(), link)
    await world.accept((await world.secret()).link, world.an_account())
    assert set() == await found(world, Attention.HELP_REQUESTED)


STEPS = st.lists(
    st.sampled_from(["submit", "two", "none", "week", "invite", "revoke", "resend", "accept", "unlink"]), max_size=12
)


@given(STEPS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_sum_is_what_its_link_finds(world: World, steps: list[str]) -> None:
    """PO-05, AP-03: whatever happened, each number of the start page is how many applications its list has."""
    here = await World.with_organization(world.deps, world.clock, world.identity)
    application: res.Application | None = None
    for step in steps:
        application = await _do(here, step, application)
    sums = await counts(here)
    for state in STATES:
        assert (len(await found(here, state)), state) == (sums.states[state].number, state)
    assert len(await found(here)) == sums.found.number


async def _do(world: World, step: str, application: res.Application | None) -> res.Application | None:
    """Does something to the application that came in last, when it fits."""
    if step in {"submit", "two", "none"}:
        first = a_guardian(email="" if step == "none" else "maria@example.org")
        return await world.submit(*([first, a_guardian(email="leo@example.org")] if step == "two" else [first]))
    if step == "week":
        world.clock.advance(WEEK)
        return application
    if application is None:
        return None
    state = LinkState((await world.get(application)).guardians[0].link_state)
    if step == "invite" and state in {LinkState.INVITED, LinkState.EXPIRED}:
        await world.invite(application)
    elif step == "revoke" and state is LinkState.INVITED:
        await world.revoke(application)
    elif step == "resend" and state is LinkState.EXPIRED:
        await resend_invitation(world.deps, visitor(), (await world.secret()).link)
    elif step == "accept" and state is LinkState.INVITED:
        await world.accept((await world.secret()).link, world.an_account())
    elif step == "unlink" and state is LinkState.LINKED:
        await world.unlink(application)
    return application
