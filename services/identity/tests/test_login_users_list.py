"""The list of Login Users, on a real database."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.identity.v1.login_users_pb2 import LoginUser

from chassis.call import Role
from chassis.ids import new_id
from identity.accounts.domain import Account, Status
from identity.login_users.domain import State
from identity.login_users.usecases import LISTED_ROLES
from services.identity.tests.desks import Desk, a_login, store
from services.identity.tests.world import World

NAMES = st.one_of(
    st.sampled_from(["Ana", "ana", "Ána", "Ana ", " ", "\t", "Ñandú", "Zoë", "O’Neil", "李", "-", "ａｎａ"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=3),
)


async def _in_order(world: World) -> list[str]:
    async with await world.deps.database.connect() as connection:
        rows = await connection.execute(
            "SELECT id FROM accounts WHERE org_id = %s ORDER BY lower(display_name), id", [world.organization.org_id]
        )
        return [str(row[0]) for row in await rows.fetchall()]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, max_size=9), size=st.integers(1, 7))
async def test_every_login_stands_on_one_page(world: World, names: list[str], size: int) -> None:
    """ID-13: page after page, there and back, each login is listed once, by name, whatever the names and the size."""
    here = await World.with_organization(world.deps, world.clock)
    desk = await Desk.of(here)
    for name in names:
        await store(here, a_login(name))
    expected = await _in_order(here)
    assert expected == await desk.listed(size)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(["Ana", "Anabel Ana", "An Ana", "Ána Lima", "Ben"]), max_size=9),
    size=st.integers(1, 4),
)
async def test_every_hit_stands_on_one_page(world: World, names: list[str], size: int) -> None:
    """ID-13: a login is found once, also by several of its words, whatever the size of the pages."""
    here = await World.with_organization(world.deps, world.clock)
    desk = await Desk.of(here)
    stored = [await store(here, a_login(name, f"an.{new_id().hex}@example.org")) for name in names]
    expected = {str(account.id) for account in stored}
    found = await desk.listed(size, query="an")
    assert (len(expected), expected) == (len(found), {*found})


@pytest.fixture
async def crowd(world: World) -> dict[tuple[Role, State], Account]:
    """A login of each role in each state; all have the word Maple in their names."""
    return {
        (role, state): await store(
            world,
            a_login(f"Maple {role.name} {state.name}", role=role),
            Status.ACTIVE if state is State.LOCKED else Status(state),
            is_locked=state is State.LOCKED,
        )
        for role, state in product(LISTED_ROLES, State)
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.lists(st.sampled_from(LISTED_ROLES), max_size=4),
    states=st.lists(st.sampled_from(State), max_size=4),
    size=st.integers(1, 20),
)
async def test_filters_by_role_and_state(
    world: World,
    crowd: dict[tuple[Role, State], Account],
    roles: Sequence[Role],
    states: Sequence[State],
    size: int,
) -> None:
    """ID-13: only the roles and states that are asked for, each login once; the locked stand apart from the active."""
    desk = await Desk.of(world)
    expected = {
        str(account.id)
        for (role, state), account in crowd.items()
        if role in (roles or LISTED_ROLES) and state in (states or State)
    }
    boss = {str(desk.call.account_id)}
    for query in ("", "maple"):
        found = await desk.listed(size, roles=roles, states=states, query=query)
        assert (expected, len({*found})) == ({*found} - boss, len(found))


async def test_a_login_in_the_list_is_thea_login(world: World, crowd: dict[tuple[Role, State], Account]) -> None:
    """ID-13: in the list stands what the login itself says: state, actions, last administrator."""
    desk = await Desk.of(world)
    page = await desk.ask("ListLoginUsers", page_size=200)
    assert [await desk.ask("GetLoginUser", account_id=user.account.id) for user in page.login_users] == [
        *page.login_users
    ]
    locked = await desk.ask("ListLoginUsers", states=[State.LOCKED], roles=[Role.STAFF])
    assert [(str(crowd[Role.STAFF, State.LOCKED].id), LoginUser.LOCKED)] == [
        (user.account.id, user.state) for user in locked.login_users
    ]
