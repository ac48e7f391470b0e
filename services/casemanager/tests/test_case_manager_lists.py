"""The list of case managers: its filters, orders and pages, and how the logins stand in it."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portico.casemanager.v1 import case_managers_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from chassis.call import Role
from chassis.errors import InvalidArgument
from services.casemanager.tests.offers import NO, answer, newest_token, offer
from services.casemanager.tests.test_login_events import lock
from services.casemanager.tests.world import World, status

ORDERS = ("", "create_time desc", "family_name", "company_name", "email", "login_status")


async def page(world: World, **wanted: Any) -> pb.ListCaseManagersResponse:
    answer_: pb.ListCaseManagersResponse = await world.stub.ListCaseManagers(
        pb.ListCaseManagersRequest(**wanted), metadata=world.staff
    )
    return answer_


async def turned(world: World, page_size: int, **wanted: Any) -> list[res.CaseManager]:
    """All pages forth, and back by their previous tokens: the same."""
    pages, token = [], ""
    while True:
        pages.append(await page(world, page_size=page_size, page_token=token, **wanted))
        if not (token := pages[-1].next_page_token):
            break
    forth = [list(each.case_managers) for each in pages]
    assert all(len(each) == page_size for each in forth[:-1])
    assert "" == pages[0].previous_page_token
    back, token = [forth[-1]], pages[-1].previous_page_token
    while token:
        before = await page(world, page_size=page_size, page_token=token, **wanted)
        assert before.next_page_token
        back.insert(0, list(before.case_managers))
        token = before.previous_page_token
    assert forth == back
    return [person for each in forth for person in each]


def in_order(people: Sequence[res.CaseManager], order_by: str) -> list[str]:
    """The ids as the order has them, said with Python's own sort."""
    match order_by:
        case "family_name":
            return [each.id for each in sorted(people, key=lambda each: (sort_name(each), each.id))]
        case "company_name":
            return [each.id for each in sorted(people, key=lambda each: (each.company_name.casefold(), each.id))]
        case "email":
            return [each.id for each in sorted(people, key=lambda each: (each.email, each.id))]
        case "login_status":
            return [each.id for each in sorted(people, key=lambda each: (each.login.status, each.id))]
    return [
        each.id for each in sorted(people, key=lambda each: (each.create_time.ToNanoseconds(), each.id), reverse=True)
    ]


def sort_name(person: res.CaseManager) -> str:
    """The names without accents, case and blanks."""
    plain = f"{person.family_name}{person.given_name}".casefold()
    return "".join({"á": "a", "í": "i", "ñ": "n"}.get(letter, letter) for letter in plain if letter.isalpha())


@pytest.mark.parametrize("order_by", ORDERS)
async def test_every_order_forth_and_back(world: World, order_by: str) -> None:
    """CM-02: each order page by page, forth and back, with ties and empty fields; nobody twice and nobody left out."""
    companies = [await world.company(name) for name in ("beta", "Alpha", "ÉCOLE")]
    given_names = ("Ana", "", "Ben", "Ana", "Cy", "Dee", "E")
    family_names = ("Álvarez", "Zoe", "alvarez", "Álvarez", "", "Ñandu", "Niu")
    people = []
    for number, (given_name, family_name) in enumerate(zip(given_names, family_names, strict=True)):
        if number % 3 == 2:
            world.later(seconds=1)
        email = "" if number % 2 else f"{'zyxwvut'[number]}@north.example"
        written = {"given_name": given_name, "family_name": family_name, "email": email}
        people.append(await world.case_manager(companies[number % 3].id, **written))
    for page_size in (1, 2, 3, 7, 200):
        found = await turned(world, page_size, order_by=order_by)
        assert in_order(people, order_by) == [person.id for person in found]


async def test_pages_of_fifty(world: World) -> None:
    """CM-02: 50 a page unless it is said otherwise, and at most 200."""
    company = await world.company()
    for number in range(51):
        await world.case_manager(company.id, email="", given_name=f"Ana {number}")
    first = await page(world)
    last = await page(world, page_token=first.next_page_token)
    assert (50, 1) == (len(first.case_managers), len(last.case_managers))
    for page_size in (-1, 201):
        with pytest.raises(InvalidArgument):
            await page(world, page_size=page_size)


async def test_a_token_is_of_one_list(world: World, people) -> None:
    """CM-02: a token of another filter, order, search or organization, or one that nobody made, is refused."""
    company = await world.company()
    for _ in range(2):
        await world.case_manager(company.id)
    token = (await page(world, page_size=1)).next_page_token
    strange: list[dict[str, Any]] = [
        {"order_by": "email"},
        {"order_by": "create_time desc"},
        {"query": "ana"},
        {"query": "!!!"},
        {"company_id": company.id},
        {"account_status": res.CaseManager.ACTIVE},
        {"login_statuses": [res.Login.NONE]},
        {"contact_verified": False},
        {"state": "NSW"},
    ]
    for wanted in strange:
        with pytest.raises(InvalidArgument) as refused:
            await page(world, page_token=token, **wanted)
        assert "PAGE_TOKEN_INVALID" == refused.value.reason
    for wrong in (token[:-2] + "AA", "ü", "x"):
        with pytest.raises(InvalidArgument):
            await page(world, page_token=wrong)
    elsewhere = people.metadata(Role.STAFF, org_id=uuid4())
    with pytest.raises(InvalidArgument):
        await world.stub.ListCaseManagers(pb.ListCaseManagersRequest(page_token=token), metadata=elsewhere)


@pytest.mark.parametrize(
    "wanted",
    [
        {"order_by": "name"},
        {"order_by": "email desc"},
        {"query": "x" * 101},
        {"company_id": "7"},
        {"account_ids": ["7"]},
        {"account_ids": [str(uuid4())] * 201},
        {"login_statuses": [res.Login.STATUS_UNSPECIFIED]},
        {"state": "x" * 41},
    ],
)
async def test_what_cannot_be_asked(world: World, wanted: dict[str, Any]) -> None:
    """CM-02: an order, a filter or a search that the contract does not have is refused."""
    with pytest.raises(InvalidArgument):
        await page(world, **wanted)


async def test_all_seven_statuses(world: World) -> None:
    """CM-02, CM-05: the list finds each status, several at once, as the profile shows it; a lock by the clock."""
    people = {"NONE": await world.case_manager(), "OFFERED": await offer(world, await world.case_manager())}
    people["DECLINED"] = await offer(world, await world.case_manager())
    await answer(world, await newest_token(world), NO)
    people["LOCKED"] = await world.active()
    await lock(world, people["LOCKED"])
    people["ACTIVE"] = await world.active()
    people["ACTIVATION_SENT"] = await world.enable(await world.case_manager())
    people["DISABLED"] = await world.disable(await world.active())
    await world.hear()
    for name, person in people.items():
        assert name == status(await world.get(person))
        assert [person.id] == await world.find(login_statuses=[res.Login.Status.Value(name)])
    wanted = [res.Login.NONE, res.Login.DISABLED, res.Login.DISABLED]
    assert {people["NONE"].id, people["DISABLED"].id} == {*await world.find(login_statuses=wanted)}
    listed = {each.id: each for each in (await page(world)).case_managers}
    assert listed == {person.id: await world.get(person) for person in people.values()}
    by_status = await turned(world, 2, order_by="login_status")
    assert sorted(people, key=res.Login.Status.Value) == [status(person) for person in by_status]
    world.later(minutes=16)
    by_status = await turned(world, 3, order_by="login_status", query="garcia")
    assert in_order(by_status, "login_status") == [person.id for person in by_status]
    assert ["ACTIVE", "ACTIVE", "DISABLED"] == [status(person) for person in by_status][-3:]
    active = {people["LOCKED"].id, people["ACTIVE"].id}
    assert (active, []) == (
        {*await world.find(login_statuses=[res.Login.ACTIVE])},
        await world.find(login_statuses=[res.Login.LOCKED]),
    )


async def test_who_stands_behind_logins(world: World) -> None:
    """CM-02: people are found by the accounts that they have, so that Login Users can say whose a login is."""
    one, other = await world.active(), await world.enable(await world.case_manager())
    await world.case_manager()
    ids = [one.login.account_id, other.login.account_id, str(uuid4())]
    assert {one.id, other.id} == {*await world.find(account_ids=ids)}
    assert [] == await world.find(account_ids=ids[2:])


async def test_each_filter(world: World) -> None:
    """CM-02: each filter finds its people, and no others; a state in any case and with blanks around it."""
    company = await world.company()
    unit, staff_id = await world.unit(company), str(world.staff_id)
    written = {"business_unit_id": unit.id, "state": "nsw", "contact_verified": True, "responsible_staff_id": staff_id}
    person = await world.case_manager(company.id, **written)
    other = await world.deactivate(await world.case_manager(state="VIC"))
    for wanted in (
        {"company_id": company.id},
        {"business_unit_id": unit.id},
        {"state": " NSW "},
        {"contact_verified": True},
        {"responsible_staff_id": staff_id},
        {"account_status": res.CaseManager.ACTIVE},
    ):
        assert [person.id] == await world.find(**wanted)
    for wanted in ({"state": "vic"}, {"contact_verified": False}, {"account_status": res.CaseManager.INACTIVE}):
        assert [other.id] == await world.find(**wanted)
    assert [] == await world.find(company_id=company.id, state="VIC")
    assert {person.id, other.id} == {*await world.find()}


PERSON = st.fixed_dictionaries(
    {
        "company": st.integers(0, 1),
        "unit": st.booleans(),
        "state": st.sampled_from(["", "NSW", "nsw", "VIC"]),
        "contact_verified": st.booleans(),
        "is_looked_after": st.booleans(),
        "family_name": st.sampled_from(["García", "Garcia", "Ñandu", "Li"]),
        "login": st.sampled_from(["NONE", "OFFERED", "ACTIVATION_SENT", "DISABLED"]),
        "is_active": st.booleans(),
    }
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "company_id": st.integers(0, 1),
        "business_unit_id": st.integers(0, 1),
        "state": st.sampled_from(["NSW", " vic "]),
        "contact_verified": st.booleans(),
        "responsible_staff_id": st.booleans(),
        "account_status": st.sampled_from([res.CaseManager.ACTIVE, res.CaseManager.INACTIVE]),
        "login_statuses": st.lists(
            st.sampled_from([res.Login.NONE, res.Login.OFFERED, res.Login.ACTIVATION_SENT, res.Login.DISABLED]),
            min_size=1,
            max_size=2,
        ),
        "query": st.sampled_from(["garcia", "li"]),
    },
)


async def entered(world: World, company: res.Company, unit: res.BusinessUnit, drawn: dict[str, Any]) -> res.CaseManager:
    """A person as they were drawn."""
    written = {name: drawn[name] for name in ("state", "contact_verified", "family_name")}
    written["responsible_staff_id"] = str(world.staff_id) if drawn["is_looked_after"] else ""
    person = await world.case_manager(company.id, business_unit_id=unit.id if drawn["unit"] else "", **written)
    if drawn["login"] == "OFFERED":
        await offer(world, person)
    if drawn["login"] in {"ACTIVATION_SENT", "DISABLED"}:
        await world.enable(person)
    if drawn["login"] == "DISABLED":
        await world.disable(person)
    if not drawn["is_active"]:
        await world.deactivate(person)
    return await world.get(person)


def is_wanted(person: res.CaseManager, wanted: dict[str, Any]) -> bool:
    """The filters, one after the other."""
    tests = {
        "company_id": lambda value: person.company_id == value,
        "business_unit_id": lambda value: person.business_unit_id == value,
        "state": lambda value: person.state.lower() == value.strip().lower(),
        "contact_verified": lambda value: person.contact_verified is value,
        "responsible_staff_id": lambda value: person.responsible_staff_id == value,
        "account_status": lambda value: person.account_status == value,
        "login_statuses": lambda value: person.login.status in value,
        "query": lambda value: sort_name(person).startswith(value),
    }
    return all(tests[name](value) for name, value in wanted.items())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(PERSON, max_size=6),
    asked=st.lists(FILTERS, min_size=4, max_size=4),
    order_by=st.sampled_from(ORDERS),
)
async def test_filters_agree_with_a_slow_reference(world: World, drawn, asked, order_by: str) -> None:
    """CM-02: of small random sets, any filters together give whom Python gives, in order, on pages of two."""
    here = await World.with_organization(world.deps, world.identity, world.stub, world.people, world.clock)
    companies = [await here.company("North"), await here.company("south")]
    units = [await here.unit(company) for company in companies]
    people = [await entered(here, companies[each["company"]], units[each["company"]], each) for each in drawn]
    staff = [SimpleNamespace(id=str(staff_id)) for staff_id in (uuid4(), here.staff_id)]
    records: dict[str, list[Any]] = {"company_id": companies, "business_unit_id": units, "responsible_staff_id": staff}
    for filters in asked:
        wanted = {name: records[name][value].id if name in records else value for name, value in filters.items()}
        found = await turned(here, 2, order_by=order_by, **wanted)
        expected = [person for person in people if is_wanted(person, wanted)]
        assert in_order(expected, order_by) == [person.id for person in found]
        assert {person.id: person for person in expected} == {person.id: person for person in found}
