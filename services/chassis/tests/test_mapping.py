"""A table and a dataclass that are bound to each other: what is written is read."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Text, bindparam, literal, select

from chassis.mapping import TableMapping, mapping
from chassis.readers import Reader, reader
from chassis.statements import statement
from services.chassis.tests.person import PERSON, Colour, Contacts, Person, Proof, Purpose, people

ADA = Person(UUID(int=1), "Ada", Colour.RED, None, Contacts(), None, ("a",), None, datetime(2026, 1, 2, tzinfo=UTC))
INSTANTS = st.datetimes(timezones=st.just(UTC))
PEOPLE = st.builds(
    Person,
    id=st.uuids(),
    given_name=st.text(),
    colour=st.sampled_from(Colour),
    mood=st.none() | st.sampled_from(Colour),
    contacts=st.builds(Contacts, email=st.text(), phone=st.text()),
    proof=st.none()
    | st.builds(
        Proof,
        id=st.uuids(),
        purpose=st.just(Purpose.RESET),
        hash=st.binary(),
        tries=st.integers(),
        used_time=st.none() | INSTANTS,
    ),
    words=st.lists(st.text()).map(tuple),
    times=st.none() | st.lists(INSTANTS).map(tuple),
    create_time=INSTANTS,
)


def stored(value):
    """As the driver gives it back."""
    return value.value if isinstance(value, Colour | Purpose) else value


def row_maker(bound: TableMapping[Any], prefix="", **elsewhere):
    query = select(*bound.columns(prefix)).where(people.c.org_id == bindparam("org_id"))
    return statement(query, into=bound.reader(prefix, **elsewhere)).make_row


@given(PEOPLE, st.sampled_from(["", "person_"]))
def test_what_is_written_is_read(person, prefix):
    """OP-11: object → parameters → row → object is the identity, and row → object → parameters too."""
    params = PERSON.params(person)
    columns = [column.name for column in people.c if column.name != "org_id"]
    row = tuple(stored(params[name]) for name in columns)
    read = row_maker(PERSON, prefix)(row)
    assert person == read
    assert [type(person.mood), type(person.times)] == [type(read.mood), type(read.times)]
    assert params == PERSON.params(read)


def test_parameters_are_what_the_driver_takes():
    """OP-11: arrays are lists, and where a part is missing its columns are null or hold the default."""
    params = PERSON.params(ADA)
    assert {column.name for column in people.c} - {"org_id"} == params.keys()
    assert (["a"], None, "", None, 0) == tuple(
        params[name] for name in ("words", "times", "email", "proof_id", "proof_tries")
    )


def test_readers_find_columns_by_label_not_by_offset():
    """OP-11: the same object comes out whatever stands before, between and in which order."""

    @dataclass(frozen=True)
    class Pair:
        left: Person
        right: Person | None
        note: str

    values = {name: stored(value) for name, value in PERSON.params(ADA).items()}
    other = people.alias()
    columns = [
        *reversed(PERSON.columns("left_")),
        literal("x", Text).label("note"),
        *(other.c[name].label(f"right_{name}") for name in values),
    ]
    query = select(*columns).where(people.c.org_id == bindparam("org_id"), other.c.org_id == people.c.org_id)
    into = reader(Pair, left=PERSON.reader("left_"), right=PERSON.reader("right_").unless_null("right_id"))
    make = statement(query, into=into).make_row
    left = [values[column.name] for column in reversed([c for c in people.c if c.name in values])]
    later = replace(ADA, id=UUID(int=2))
    assert Pair(ADA, later, "x") == make([*left, "x", *(values | {"id": UUID(int=2)}).values()])
    assert Pair(ADA, None, "x") == make([*left, "x", *[None] * len(values)])


def test_what_is_said_by_hand_is_read_by_hand():
    """OP-11: a function of columns reads a field, others stand elsewhere, and one column can be another expression."""

    @dataclass(frozen=True)
    class Short:
        id: UUID
        name: str
        tags: tuple[str, ...]
        size: int = 3

    def loud(first_name: str) -> str:
        return first_name.upper()

    short = mapping(
        people,
        Short,
        by_hand={"name": reader(loud, "first_name")},
        elsewhere=("tags", "size"),
        beside={"org_id", *PERSON.params(ADA)} - {"id", "first_name"},
    )
    query = select(*short.columns("p_", first_name=literal("bo", Text)), literal(None).label("labels"))
    ours = query.where(people.c.org_id == bindparam("org_id"))
    make = statement(ours, into=short.reader("p_", tags="labels")).make_row
    assert Short(UUID(int=1), "BO", ("a",)) == make((UUID(int=1), "bo", ["a"]))
    assert {"id": UUID(int=1)} == short.params(Short(UUID(int=1), "BO", ()))
    constant = short.reader(tags=reader(tuple), size=reader(int))
    assert Short(UUID(int=1), "BO", (), 0) == constant.row_maker([("first_name", None), ("id", None)])(
        ["bo", UUID(int=1)]
    )
    with pytest.raises(TypeError, match="Short needs tags"):
        short.reader()
    with pytest.raises(TypeError, match="Short has no field tagz"):
        short.reader(tags="tags", tagz="tags")


@pytest.mark.parametrize("labels", [["a"], ["a", "b", "c"], ["a", "b", "b"]])
def test_a_row_that_does_not_fit_is_refused(labels):
    """OP-11: a column that is missing, superfluous or there twice is found when the statement is made."""
    with pytest.raises(TypeError, match=r"differ in [bc]"):
        reader("{}{}".format, "a", "b").row_maker([(label, None) for label in labels])


def test_fields_with_defaults_keep_their_order():
    """OP-11: a field that is not read keeps its default, and those behind it get their own values."""

    @dataclass(frozen=True)
    class Mixed:
        a: int
        b: int = 2
        c: int = 3
        d: list[int] = field(default_factory=list, kw_only=True)

    query = select(literal(9).label("c"), literal(1).label("a"))
    assert Mixed(1, 2, 9) == statement(query, into=Mixed).make_row((9, 1))
    assert isinstance(reader(Mixed), Reader)
