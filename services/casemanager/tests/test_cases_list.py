"""The list of cases: its filters, orders, pages, and what finds a case."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from portico.casemanager.v1 import case_resources_pb2 as res
from portico.casemanager.v1 import cases_pb2 as pb

from chassis.errors import InvalidArgument
from services.casemanager.tests.matters import NOAH, close_case, found, list_cases, open_case, reopen_case, update_case
from services.casemanager.tests.world import World

ORDERS = ("", "create_time desc", "family_name")


async def turned(world: World, page_size: int, **wanted: Any) -> list[res.Case]:
    """All pages forth, and back by their previous tokens: the same."""
    pages, token = [], ""
    while True:
        pages.append(await list_cases(world, page_size=page_size, page_token=token, **wanted))
        if not (token := pages[-1].next_page_token):
            break
    forth = [list(each.cases) for each in pages]
    assert "" == pages[0].previous_page_token
    back, token = [forth[-1]], pages[-1].previous_page_token
    while token:
        before = await list_cases(world, page_size=page_size, page_token=token, **wanted)
        back.insert(0, list(before.cases))
        token = before.previous_page_token
    assert forth == back
    return [case for each in forth for case in each]


def in_order(cases: Sequence[res.Case], order_by: str) -> list[str]:
    """The ids as the order has them, said with Python's own sort."""
    if order_by == "family_name":
        names = {each.id: f"{each.subject.family_name}{each.subject.given_name}".casefold() for each in cases}
        return [each.id for each in sorted(cases, key=lambda each: (names[each.id], each.id))]
    times = {each.id: each.create_time.ToNanoseconds() for each in cases}
    return [each.id for each in sorted(cases, key=lambda each: (times[each.id], each.id), reverse=True)]


@pytest.mark.parametrize("order_by", ORDERS)
async def test_every_order_forth_and_back(world: World, order_by: str) -> None:
    """CM-07: each order page by page, forth and back, with ties and empty names; none twice and none left out."""
    ana, cases = await world.case_manager(), []
    for number, (given_name, family_name) in enumerate(
        [("Noah", "Tran"), ("", "tran"), ("Mia", ""), ("Noah", "Tran"), ("Ben", "Zoe"), ("Al", "Adams")]
    ):
        if number % 3 == 2:
            world.later(seconds=1)
        subject = {"given_name": given_name, "family_name": family_name}
        cases.append(await open_case(world, ana, subject=subject))
    for page_size in (1, 2, 4, 200):
        assert in_order(cases, order_by) == [case.id for case in await turned(world, page_size, order_by=order_by)]


async def test_each_filter_by_itself(world: World) -> None:
    """CM-07: company, unit, case manager, service and state narrow the list, together as well."""
    company = await world.company()
    unit = await world.unit(company)
    ana = await world.case_manager(company.id, business_unit_id=unit.id)
    ben, sue = await world.case_manager(company.id), await world.case_manager()
    first = await open_case(world, ana, service_type="IME")
    second = await open_case(world, ben, service_type="RE_EXAMINATION")
    third = await open_case(world, sue, service_type="IME")
    await close_case(world, second)
    expected: list[tuple[dict[str, Any], list[res.Case]]] = [
        ({}, [third, second, first]),
        ({"company_id": company.id}, [second, first]),
        ({"business_unit_id": unit.id}, [first]),
        ({"case_manager_id": sue.id}, [third]),
        ({"service_type": " IME "}, [third, first]),
        ({"state": res.Case.OPEN}, [third, first]),
        ({"state": res.Case.CLOSED}, [second]),
        ({"company_id": company.id, "service_type": "IME"}, [first]),
        ({"company_id": company.id, "query": "tran", "state": res.Case.OPEN}, [first]),
        ({"company_id": str(uuid4())}, []),
    ]
    for wanted, cases in expected:
        assert [case.id for case in cases] == await found(world, **wanted)
    await reopen_case(world, second)
    await world.update(ana, "business_unit_id")
    assert [] == await found(world, business_unit_id=unit.id)
    assert [] == await found(world, state=res.Case.CLOSED)


FINDS = {
    "a family name": "tran",
    "a given name": "noah",
    "both, in any order": "Tran Noah",
    "beginnings": "tr no",
    "one typo": "tram",
    "accents and case": "TRÁN",
    "the number": "C-000001",
    "its beginning": "c-0000",
    "its digits": "000001",
    "its count": "1",
    "the file number": "NW-2026/0042",
    "the beginning of the file number": "nw 2026",
    "the claim number": "CL88",
}
FINDS_NOTHING = {
    "another name": "garcia",
    "another number": "C-000002",
    "the end of a number": "0042",
    "no letter and no digit": "--",
    "a name that a number begins with": "nw",
}


@pytest.mark.parametrize("typed", FINDS.values(), ids=FINDS)
async def test_what_finds_a_case(world: World, typed: str) -> None:
    """CM-07: the subject's name as people are found by theirs, and the beginnings of its numbers."""
    case = await _numbered(world)
    assert [case.id] == await found(world, query=typed)


@pytest.mark.parametrize("typed", FINDS_NOTHING.values(), ids=FINDS_NOTHING)
async def test_what_finds_no_case(world: World, typed: str) -> None:
    """CM-07: other names and other numbers find nothing."""
    await _numbered(world)
    assert [] == await found(world, query=typed)


async def _numbered(world: World) -> res.Case:
    ana = await world.case_manager()
    return await open_case(world, ana, subject=NOAH, company_file_number="NW-2026/0042", claim_number="CL 88")


async def test_a_case_is_found_by_what_is_written_now(world: World) -> None:
    """CM-07: after a change the new name and number find it, the old ones do not."""
    case = await _numbered(world)
    await update_case(world, case, subject={"given_name": "Mia", "family_name": "Ortiz"}, company_file_number="X-9")
    assert [[case.id], [case.id], [], []] == [
        await found(world, query=typed) for typed in ("ortiz", "x9", "tran", "nw 2026")
    ]


async def test_a_page_is_of_its_list(world: World) -> None:
    """CM-07: 50 a page unless it is said otherwise, and at most 200; a token of another list is refused."""
    ana = await world.case_manager()
    for _ in range(3):
        await open_case(world, ana)
    first = await list_cases(world, page_size=2)
    for wanted in ({"query": "tran"}, {"state": res.Case.OPEN}, {"scope": pb.ListCasesRequest.MINE}):
        with pytest.raises(InvalidArgument) as refused:
            await list_cases(world, page_size=2, page_token=first.next_page_token, **wanted)
        assert "PAGE_TOKEN_INVALID" == refused.value.reason
    wrong: dict[str, Any] = {"page_size": 201, "order_by": "number"}
    for field, value in wrong.items():
        with pytest.raises(InvalidArgument) as refused:
            await list_cases(world, **{field: value})
        assert [field] == [each.field for each in refused.value.violations]
