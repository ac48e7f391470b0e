"""The search of Login Users, on a real database."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.call import Role
from chassis.pagination import PageTokenInvalid
from identity.login_users.domain import Action, State
from services.identity.tests.desks import Desk, a_login, store
from services.identity.tests.world import World, an_email

PEOPLE = {
    "jose": ("José García-López", "jose.g@example.org"),
    "noor": ("Noor Ali", "+12135550177"),
    "ali": ("Jose Ali", "a.li@example.com"),
    "ana": ("Ana Anabel Ananda", "ana@example.org"),
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("jose", {"jose", "ali"}),
        ("JOSÉ", {"jose", "ali"}),
        ("jos garc", {"jose"}),
        ("lop jo", {"jose"}),
        ("  López\tJosé ", {"jose"}),
        ("garcía-lópez", {"jose"}),
        ("ali noor", {"noor"}),
        ("ali", {"noor", "ali"}),
        ("ana", {"ana"}),
        ("an an", {"ana"}),
        ("lopez ana", set()),
        ("pez", set()),
        ("jose.g@example.org", {"jose"}),
        ("JOSE.G@Example.ORG", {"jose"}),
        ("ｊｏｓｅ.g@example.org", {"jose"}),
        ("jose.g@ex", {"jose"}),
        ("jose.g", {"jose"}),
        ("g@example.org", set()),
        ("(213) 555-0177", {"noor"}),
        ("213.555.0177", {"noor"}),
        ("+1 213 555 0177", {"noor"}),
        ("1-213-555", {"noor"}),
        ("213555", {"noor"}),
        ("555-0177", {"noor"}),
        ("٢١٣ ٥٥٥", {"noor"}),
        ("0177", set()),
        ("+12135550178", set()),
        ("!!!", set()),
        ("@", set()),
        ("’", set()),
        ("zz", set()),
        ("", {*PEOPLE}),
        (" \t", {*PEOPLE}),
    ],
)
async def test_what_is_typed_finds_whom(world: World, typed: str, found: set[str]) -> None:
    """ID-13: beginnings of words in any order find a login, without their accents, and a contact in any form."""
    desk = await Desk.of(world)
    stored = {name: str((await store(world, a_login(*person))).id) for name, person in PEOPLE.items()}
    hits = await desk.listed(200, query=typed)
    boss = str(desk.call.account_id)
    assert {stored[name] for name in found} == {*hits} - {boss}
    assert len(hits) == len({*hits})


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_beginnings_of_words_find_in_any_order(world: World, data: st.DataObject) -> None:
    """ID-13: whichever beginnings of whichever of its words are typed in whichever order, the login is found."""
    here = await World.with_organization(world.deps, world.clock)
    desk = await Desk.of(here)
    words = data.draw(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=4))
    account = await store(here, a_login(" ".join(words)))
    chosen = data.draw(st.permutations(words))[: data.draw(st.integers(1, len(words)))]
    typed = " ".join(word[: data.draw(st.integers(1, len(word)))].upper() for word in chosen)
    assert str(account.id) in await desk.listed(200, query=typed)


async def test_families_and_strangers_are_never_found(world: World) -> None:
    """ID-13: the list and its search stay in the organization, and know no family; a token is of one list."""
    family = (await world.family(an_email())).account
    desk = await Desk.of(world)
    stranger = await Desk.of(await World.with_organization(world.deps, world.clock))
    account = await store(world, a_login("Maple"))
    own: list[dict[str, object]] = [{}, {"query": "maple"}, {"query": account.username}, {"states": [State.ACTIVE]}]
    for wanted in own:
        assert str(account.id) in await desk.listed(200, **wanted)
        assert str(account.id) not in await stranger.listed(200, **wanted)
    for query in ("ruiz", family.username, ""):
        assert str(family.id) not in await desk.listed(200, query=query)
    page = await desk.ask("ListLoginUsers", page_size=1)
    strange: list[tuple[Desk, dict[str, object]]] = [
        (stranger, {}),
        (desk, {"query": "maple"}),
        (desk, {"roles": [Role.STAFF]}),
    ]
    for other, wanted in strange:
        with pytest.raises(PageTokenInvalid):
            await other.ask("ListLoginUsers", page_token=page.next_page_token, **wanted)


async def test_words_follow_the_address(world: World) -> None:
    """ID-13: after a change of its address a login is found by the new one and by its name, and not by the old one."""
    desk = await Desk.of(world)
    account, _ = await world.invited("old.mailbox@example.org")
    await desk.act(Action.CHANGE_USERNAME, account)
    for typed in ("old", "mailbox", "old.mailbox@example.org"):
        assert [] == await desk.listed(200, query=typed)
    for typed in ("eva", "eva@example.org", "noor", "Noor ev"):
        assert [str(account.id)] == await desk.listed(200, query=typed)
