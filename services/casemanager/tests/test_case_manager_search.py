"""Finding case managers by what staff type."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.casemanager.tests.world import World

PEOPLE = {
    "ana": {"given_name": "Ana María", "family_name": "García-López", "email": "ana.g@north.example"},
    "jose": {"given_name": "José", "family_name": "Muñoz", "mobile": "0412 345 678", "phone": "(02) 9220 0000"},
    "noor": {"given_name": "", "family_name": "Noor", "email": "noor@south.example"},
    "ian": {"given_name": "Ian", "family_name": "McDonald", "phone": "(02) 9220 0001"},
    "oconnor": {"given_name": "Siobhán", "family_name": "O’Connor"},
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ana garcia", {"ana"}),
        ("García Ana", {"ana"}),
        ("GARC AN", {"ana"}),
        ("lopez", {"ana"}),
        ("maria lop", {"ana"}),
        ("garcía-lópez", {"ana"}),
        ("munoz", {"jose"}),
        ("MUÑOZ JO", {"jose"}),
        ("mu", {"jose"}),
        ("munos", {"jose"}),
        ("munzo", {"jose"}),
        ("muoz", {"jose"}),
        ("munnoz", {"jose"}),
        ("muunnoz", set()),
        ("noor", {"noor"}),
        ("mc donald", {"ian"}),
        ("mcdonald ian", {"ian"}),
        ("donald", set()),
        ("ian mc don", {"ian"}),
        ("don mc", set()),
        ("oconnor", {"oconnor"}),
        ("o'connor siob", {"oconnor"}),
        ("northwind", {"ana", "jose"}),
        ("northwnid", {"ana", "jose"}),
        ("muñoz north", {"jose"}),
        ("acme", {"noor", "ian", "oconnor"}),
        ("noor acme", {"noor"}),
        ("noor north", set()),
        ("ana.g@north.example", {"ana"}),
        (" ANA.G@North.example ", {"ana"}),
        ("ana.g@north", set()),
        ("0412 345 678", {"jose"}),
        ("+61 412 345 678", {"jose"}),
        ("(02) 9220 0000", {"jose"}),
        ("9220 0001", {"ian"}),
        ("9220 0009", set()),
        ("!!!", set()),
        ("@", set()),
        ("zz", set()),
        ("", {*PEOPLE}),
        (" \t", {*PEOPLE}),
    ],
)
async def test_what_is_typed_finds_whom(world: World, typed: str, found: set[str]) -> None:
    """CM-02: names in both orders, beginnings, one typo, without accents; the company; an address, either phone."""
    north, acme = await world.company("Northwind Insurance"), await world.company("Acme")
    company_of = {"ana": north, "jose": north}
    stored = {
        (await world.case_manager(company_of.get(name, acme).id, **fields)).id: name for name, fields in PEOPLE.items()
    }
    hits = await world.find(query=typed)
    assert found == {stored[person_id] for person_id in hits}
    assert len(hits) == len({*hits})


async def test_who_was_renamed_is_found_by_the_present_name(world: World) -> None:
    """CM-02: name, address and phones of before find nobody."""
    person = await world.case_manager(family_name="García", email="old@north.example", phone="(02) 9220 0000")
    await world.update(person, family_name="Quispe", email="new@north.example", phone="(02) 9220 0001")
    for typed in ("garcia", "old@north.example", "(02) 9220 0000"):
        assert [] == await world.find(query=typed)
    for typed in ("quispe", "new@north.example", "(02) 9220 0001"):
        assert [person.id] == await world.find(query=typed)


async def test_the_search_stays_in_the_organization(world: World, people) -> None:
    """CM-15: whatever is typed, another organization finds nobody of ours."""
    person = await world.case_manager(email="ana@north.example")
    elsewhere = await World.with_organization(world.deps, world.identity, world.stub, people, world.clock)
    for wanted in ({}, {"query": "garcia"}, {"query": "ana@north.example"}, {"company_id": person.company_id}):
        assert [person.id] == await world.find(**wanted)
        assert [] == await elsewhere.find(**wanted)


WORDS = st.text("abcdé", min_size=1, max_size=6)
NAMES = st.lists(WORDS, min_size=1, max_size=2).map(" ".join)


def bare(word: str) -> str:
    return word.replace("é", "e")


def starts(name: str) -> list[str]:
    """The name from each of its words on, as one word."""
    words = bare(name).split()
    return ["".join(words[number:]) for number in range(len(words))]


def runs(name: str) -> list[str]:
    """Up to three words that stand together, as one."""
    words = bare(name).split()
    return ["".join(words[begin:end]) for begin in range(len(words)) for end in range(begin + 1, begin + 4)]


def is_a_typo_away(one: str, other: str) -> bool:
    """Whether one letter more, fewer or other, or two that changed places, make one word the other."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) == 1:
        return any(shorter == longer[:number] + longer[number + 1 :] for number in range(len(longer)))
    if len(longer) != len(shorter):
        return False
    wrong = [number for number in range(len(one)) if one[number] != other[number]]
    if len(wrong) == 1:
        return True
    first, *_, last = wrong
    return len(wrong) == 2 and last == first + 1 and one[first] + one[last] == other[last] + other[first]


def fits(form: str, names: list[str]) -> bool:
    begins = any(start.startswith(form) for name in names for start in starts(name))
    return begins or (len(form) >= 3 and any(is_a_typo_away(form, run) for name in names for run in runs(name)))


def is_found(typed: str, names: list[str]) -> bool:
    """The rule as slowly as it can be said: all words as one, or each by itself or joined with its neighbour."""
    words = bare(typed).split()
    if fits("".join(words), names):
        return True
    pairs = ["".join(pair) for pair in pairwise(words)]
    return bool(pairs) and all(
        any(fits(form, names) for form in (word, *pairs[max(0, number - 1) : number + 1]))
        for number, word in enumerate(words)
    )


def mistyped(data: st.DataObject, word: str) -> str:
    """The word as it is, its beginning, or with one letter left out, doubled or changed for another."""
    place = data.draw(st.integers(0, len(word) - 1))
    before, after = word[:place], word[place:]
    forms = [word, word[: place + 1], before + after[1:], before + word[place] + after, f"{before}c{after[1:]}"]
    return data.draw(st.sampled_from([form for form in forms if form]))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(st.tuples(NAMES | st.just(""), NAMES), min_size=1, max_size=3), data=st.data())
async def test_the_search_agrees_with_the_rule(world: World, written, data: st.DataObject) -> None:
    """CM-02: small random sets of people are found as the plain rule says, no more and no fewer."""
    here = await World.with_organization(world.deps, world.identity, world.stub, world.people, world.clock)
    company, names = await here.company("bab cab"), {}
    for given_name, family_name in written:
        person = await here.case_manager(company.id, given_name=given_name, family_name=family_name, email="")
        names[person.id] = [f"{family_name} {given_name}", given_name, "bab cab"]
    known = [word for each in names.values() for name in each for word in name.split()]
    for _ in range(4):
        words = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
        typed = " ".join(mistyped(data, word) for word in words)
        expected = {person_id for person_id, each in names.items() if is_found(typed, each)}
        assert expected == {*await here.find(query=typed)}
