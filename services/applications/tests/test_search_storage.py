"""Searching twenty thousand applications: what is found, in which order, and by which index."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from applications.application.domain.application import Status
from applications.application.domain.link_state import LinkState
from applications.application.domain.names import letters
from applications.application.domain.search_keys import search_entry
from applications.search.storage.counts import Count
from applications.search.storage.search import Search, text_of
from applications.search.storage.statements import KEYSETS, Assigned, Kind, Shape, Sort, search_statement
from chassis.ids import new_id
from chassis.pagination import Key
from chassis.testing.plugin import ServiceDatabase
from chassis.text import plain
from services.applications.tests.crowd import FILL, MANY, NAMES, NOW, Crowd, first_name, names_of, serial_of


@pytest.fixture(scope="module")
async def crowd(service_database: ServiceDatabase, postgres_url: str) -> Crowd:
    database = await service_database("applications", "applications.migrations")
    async with await database.connect() as connection:
        name = connection.info.dbname
    crowd = Crowd(database, new_id())
    values = {"org": crowd.org_id, "many": MANY, "names": len(NAMES), "now": NOW}
    # The service itself may not ANALYZE.
    admin = await psycopg.AsyncConnection.connect(make_conninfo(postgres_url, dbname=name), autocommit=True)
    async with admin:
        await admin.execute(
            "CREATE FUNCTION id(i int) RETURNS uuid IMMUTABLE LANGUAGE sql"
            " RETURN ('00000010-0000-0000-0000-' || lpad(to_hex(i), 12, '0'))::uuid"
        )
        await admin.execute(FILL[0])
        async with admin.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO names VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [(at, name, *_entry(name)) for at, name in enumerate(NAMES)],
            )
        for statement in FILL[1:]:
            await admin.execute(statement, values)
    return crowd


def _entry(name: str) -> tuple[str, str, list[str], str, list[str]]:
    first, second = search_entry(name, "Ana", is_first=True), search_entry(name, "Leo", is_first=False)
    return first.sort_key, first.spellings, first.keys, second.spellings, second.keys


def a_search(
    text: str = "",
    *,
    states: set[LinkState] | None = None,
    statuses: set[Status] | None = None,
    sort: Sort = Sort.CREATE_TIME,
    descending: bool = True,
) -> Search:
    return Search(
        text=text_of(text),
        link_states=frozenset(states or ()),
        statuses=frozenset(statuses or ()),
        sort=sort,
        descending=descending,
    )


EXPECTED_ORDERS = {
    (Sort.CREATE_TIME, True): range(1, MANY + 1),
    (Sort.CREATE_TIME, False): range(MANY, 0, -1),
    (Sort.NUMBER, True): range(MANY, 0, -1),
    (Sort.NUMBER, False): range(1, MANY + 1),
    (Sort.FAMILY_NAME, False): sorted(range(1, MANY + 1), key=lambda i: (first_name(i).replace(" ", ""), i)),
    (Sort.FAMILY_NAME, True): sorted(
        range(1, MANY + 1), key=lambda i: (first_name(i).replace(" ", ""), i), reverse=True
    ),
}


@pytest.mark.parametrize(("sort", "descending"), list(EXPECTED_ORDERS))
async def test_all_six_orders_page_by_page(crowd: Crowd, sort: Sort, descending: bool) -> None:
    """AP-02: the pages together are the whole list, in order, with nothing twice and nothing left out."""
    search, found = a_search(sort=sort, descending=descending), list[int]()
    after: tuple[Key, ...] = ()
    while len(found) < MANY:
        page = await crowd.page(search, after=after, limit=3000)
        found += map(serial_of, page)
        after = KEYSETS[sort].of(page[-1])
    assert found == list(EXPECTED_ORDERS[sort, descending])


@pytest.mark.parametrize(("sort", "descending"), list(EXPECTED_ORDERS))
@pytest.mark.parametrize(
    "typed",
    [
        *("t", "tar", "Tar", NAMES[5], NAMES[77][1:], NAMES[99] + "x", NAMES[8], NAMES[8][:-1], "ZZZZ"),
        *(NAMES[8].replace(" ", ""), f"{NAMES[5][:3]} {NAMES[5][3:]}", f"Ana {NAMES[5]}", f"{NAMES[77][1:]} Leo"),
    ],
)
async def test_a_name_finds_what_python_finds(crowd: Crowd, typed: str, sort: Sort, descending: bool) -> None:
    """AP-02, CASE-A9, CASE-A10: in every order as if each name was looked at in turn, whatever words stand together."""
    expected = [i for i in EXPECTED_ORDERS[sort, descending] if _is_meant(typed, names_of(i))]
    search = a_search(typed, sort=sort, descending=descending)
    assert await crowd.find(search) == expected
    first = await crowd.page(search, after=(), limit=7)
    if first:
        second = await crowd.page(search, after=KEYSETS[sort].of(first[-1]), limit=7)
        assert [serial_of(each) for each in (*first, *second)] == expected[:14]


def _is_meant(typed: str, names: list[str]) -> bool:
    """Whether a guardian has the letters that were typed, or each of the words."""
    words = plain(typed).split()
    for person in zip(names, ("ana", "leo"), strict=False):
        pairs = ["", *(first + second for first, second in pairwise(words)), ""]
        each = [
            _has(word, person) or any(pair and len(pair) <= 16 and _has(pair, person) for pair in pairs[at : at + 2])
            for at, word in enumerate(words)
        ]
        if _has(letters(typed), person) or (len(words) > 1 and all(each)):
            return True
    return False


@cache  # three thousand names stand for twenty thousand applications
def _has(typed: str, person: tuple[str, ...]) -> bool:
    for name in person:
        words = name.split()
        runs = {"".join(words[at:to]) for at in range(len(words)) for to in range(at + 1, len(words) + 1)}
        if any("".join(words[at:]).startswith(typed) for at in range(len(words))):
            return True
        if len(typed) >= 3 and any(_becomes(typed, run, at) for run in runs for at in range(len(run) + 1)):
            return True
    return False


def _becomes(typed: str, name: str, at: int) -> bool:
    before, after = name[:at], name[at:]
    swapped = before + after[1:2] + after[:1] + after[2:]
    one_less = before + after[1:]
    replaced = typed[:at] == before and typed[at + 1 :] == after[1:] and len(typed) == len(name)
    one_more = typed[:at] == before and typed[at + 1 :] == after
    return typed in {swapped, one_less} or replaced or one_more


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("A-000123", [123]),
        ("a-00012", range(120, 130)),
        ("123", [123]),
        ("A-0199", range(19900, 20000)),
        ("020000", [20000]),
        ("A-9", [9]),
        ("999999", []),
    ],
)
async def test_a_number_is_found_exactly_or_by_its_beginning(crowd: Crowd, typed: str, expected: range) -> None:
    """AP-02: by number, exact or prefix."""
    assert await crowd.find(a_search(typed, sort=Sort.NUMBER, descending=False)) == list(expected)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({LinkState.LINKED}, {0}),
        ({LinkState.INVITED}, {1}),
        ({LinkState.EXPIRED}, {2}),
        ({LinkState.NOT_INVITED}, {3}),
        ({LinkState.INVITED, LinkState.EXPIRED, LinkState.LINKED}, {0, 1, 2}),
    ],
)
async def test_link_states_filter(crowd: Crowd, states: set[LinkState], expected: set[int]) -> None:
    """AP-02: only guardians in one of the states; those that bounced or have no contact are others."""
    found = await crowd.find(a_search(states=states))
    others = LinkState.NOT_INVITED in states
    assert found == [
        i for i in range(1, MANY + 1) if (i % 4 in expected and i % 1000 not in {9, 17}) or (others and i % 5 == 0)
    ]


async def test_filters_hold_together(crowd: Crowd) -> None:
    """AP-02: name, link state and status at once."""
    search = a_search("t", states={LinkState.LINKED}, statuses={Status.CLOSED, Status.ENROLLED})
    expected = [i for i in range(500, MANY + 1, 500) if _is_meant("t", names_of(i))]
    assert await crowd.find(search) == expected
    assert expected


@pytest.mark.parametrize(
    "search",
    [
        a_search(),
        a_search(states={LinkState.LINKED}),
        a_search(states={LinkState.INVITED, LinkState.NOT_INVITED}, statuses={Status.ACTIVE}),
        a_search(statuses={Status.CLOSED, Status.ENROLLED}),
        a_search("tar"),
        a_search(NAMES[5], states={LinkState.EXPIRED}),
        a_search("A-0199", states={LinkState.LINKED, LinkState.NOT_INVITED}),
        a_search("ZZZZ"),
        replace(a_search(), assignee_id=UUID(int=7)),
        replace(a_search(states={LinkState.NO_CONTACT}), is_unassigned=True),
    ],
)
async def test_a_count_is_what_the_list_finds(crowd: Crowd, search: Search) -> None:
    """AP-02, U15: each number is how many applications stand in the list that it leads to, up to ten thousand."""
    counts = await crowd.count(search)
    of_all_states = replace(search, link_states=frozenset())
    for state in LinkState:
        found = await crowd.find(replace(of_all_states, link_states=frozenset({state})))
        assert Count(len(found), exceeded=False) == counts.states[state]
    found = await crowd.find(search)
    assert Count(min(len(found), 10_000), exceeded=len(found) > 10_000) == counts.found


async def test_a_common_text_is_counted_to_a_bound(crowd: Crowd) -> None:
    """AP-02: when a text finds too many, no number pretends to be exact."""
    counts = await crowd.count(a_search("an"))  # every first guardian is Ana
    assert Count(10_000, exceeded=True) == counts.found
    assert all(counted.exceeded for counted in counts.states.values())


async def test_counts_go_by_the_index(crowd: Crowd) -> None:
    """AP-02: what is rare is counted by the index of the link states; a text is looked for once."""
    assert "guardians_link_state_idx" in await crowd.plan_of_count(a_search())
    plan = await crowd.plan_of_count(a_search(NAMES[500]))
    assert "family_names_keys_idx" in plan
    assert "Seq Scan on guardians" not in plan
    assert "Seq Scan on applications" not in plan


async def test_another_organization_finds_nothing(crowd: Crowd) -> None:
    """AP-02: a search stays in its organization."""
    stranger = Crowd(crowd.database, new_id())
    for search in (a_search(), a_search("t"), a_search("A-0"), a_search(states={LinkState.LINKED})):
        assert await stranger.find(search) == []
        assert Count(0, exceeded=False) == (await stranger.count(search)).found


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (a_search(), "applications_newest_idx"),
        (a_search(sort=Sort.NUMBER), "applications_org_id_serial_key"),
        (a_search(sort=Sort.FAMILY_NAME), "family_names_sorted_idx"),
        (a_search(NAMES[500]), "family_names_keys_idx"),
        (a_search(NAMES[500], sort=Sort.FAMILY_NAME), "family_names_keys_idx"),
        (a_search("A-000123"), "applications_org_id_number_key"),
        (a_search(states={LinkState.UNDELIVERABLE}), "guardians_link_state_idx"),
        (a_search(states={LinkState.NO_CONTACT}, sort=Sort.FAMILY_NAME), "guardians_link_state_idx"),
        (a_search(states={LinkState.LINKED}), "applications_newest_idx"),
        (replace(a_search(), is_unassigned=True), "applications_newest_idx"),
        (replace(a_search(), assignee_id=new_id()), "applications_assignee_idx"),
    ],
)
async def test_an_index_leads_to_the_page(crowd: Crowd, search: Search, index: str) -> None:
    """AP-02: what is rare is found by an index on it, what is common by the order; no table is walked over."""
    plan = await crowd.plan(search)
    assert index in plan
    assert "Seq Scan on applications" not in plan
    assert "Seq Scan on guardians" not in plan
    assert "Seq Scan on family_names" not in plan


def test_statements_are_made_once() -> None:
    """AP-02: the same kind of search is the same statement, whatever is typed."""

    def made() -> object:
        shape = Shape(
            kinds=frozenset({Kind.NAME}),
            words=2,
            states=frozenset({LinkState.LINKED}),
            has_statuses=False,
            assigned=Assigned.TO_ANYBODY,
        )
        return search_statement(shape, sort=Sort.NUMBER, descending=True, is_continued=False)

    assert made() is made()
