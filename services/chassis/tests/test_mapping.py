"""A table and a dataclass, bound to each other."""

from dataclasses import dataclass, field, make_dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal, NewType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from chassis.columns import instant
from chassis.mapping import TableMapping, mapping
from chassis.readers import Reader, reader
from chassis.statements import statement


class Colour(IntEnum):
    RED = 1
    BLUE = 2


class Purpose(StrEnum):
    RESET = "RESET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.email or self.phone)


@dataclass(frozen=True, slots=True)
class Proof:
    id: UUID
    purpose: Purpose
    hash: bytes
    tries: int = 0
    used_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    given_name: str
    colour: Colour
    mood: Colour | None
    contacts: Contacts
    proof: Proof | None
    words: tuple[str, ...]
    times: tuple[datetime, ...] | None
    create_time: datetime


people = Table(
    "people",
    MetaData(),
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("first_name", Text, nullable=False),
    Column("colour", SmallInteger, nullable=False),
    Column("mood", SmallInteger),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("proof_id", Uuid),
    Column("proof_purpose", Text),
    Column("proof_hash", LargeBinary),
    Column("proof_tries", SmallInteger, nullable=False),
    Column("proof_used_time", instant("x").type),
    Column("words", ARRAY(Text), nullable=False),
    Column("times", ARRAY(instant("x").type)),
    instant("create_time"),
)
PERSON = mapping(
    people,
    Person,
    named={"given_name": "first_name"},
    parts={"contacts": "", "proof": "proof_"},
    beside=("org_id",),
)
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


ID = NewType("ID", UUID)


@pytest.mark.parametrize(
    ("column", "annotation"),
    [
        (Column("it", Uuid, nullable=False), ID),
        (Column("it", Text, nullable=False), Literal["A", "B"]),
        (Column("it", JSONB, nullable=False), list[dict[str, str]]),
        (Column("it", TSTZRANGE, nullable=False), object),
        (Column("it", ARRAY(Integer)), "tuple[int, ...] | None"),
    ],
)
def test_what_fits(column, annotation):
    """OP-11: new types, literals, JSON, arrays, and what SQLAlchemy knows no type of are accepted."""
    mapping(Table("things", MetaData(), column), make_dataclass("Thing", [("it", annotation)]))


NAME = Column("name", Text, nullable=False)


@pytest.mark.parametrize(
    ("fields", "said", "mistake"),
    [
        ({"name": str, "size": int}, {}, "Thing.size: things has no column size"),
        ({}, {}, "things.name: no field has it"),
        ({"name": str | None}, {}, "Thing.name: it may be None, things.name may not be null"),
        ({"name": str, "note": str}, {}, "Thing.note: things.note may be null, it may not be None"),
        ({"name": int}, {}, "Thing.name: int does not fit Text"),
        ({"name": Colour}, {}, "Thing.name: Colour does not fit Text"),
        ({"name": Literal["a", 1]}, {}, "Thing.name: typing.Literal"),
        ({"name": tuple[str, ...]}, {}, "Thing.name: "),
        ({"name": str, "many": tuple[int, ...]}, {}, "Thing.many: "),
        ({"name": str, "many": tuple[Purpose, ...]}, {}, "Thing.many: "),
        ({"name": str, "other": str}, {"named": {"other": "name"}}, "things.name is another field's, too"),
        ({"name": str}, {"named": {"nome": "name"}}, "Thing has no field nome"),
        ({"name": str}, {"elsewhere": ["nome"]}, "Thing has no field nome"),
        ({"name": str}, {"beside": ["nome"]}, "things has no column nome"),
        ({"name": str}, {"beside": ["name"]}, "things.name: beside, and a field has it"),
        ({"name": str}, {"by_hand": {"name": reader(str, "nome")}}, "things has no column nome"),
        ({"name": str}, {"parts": {"name": ""}}, "Thing.name: a part is a dataclass"),
        ({"proof": Proof | None}, {"parts": {"proof": ""}}, "Thing.proof.id: things has no column id"),
    ],
)
def test_each_mistake_is_named(fields, said, mistake):
    """OP-11: what does not fit is refused when the module is imported, in words that say where."""
    thing = make_dataclass("Thing", fields.items())
    table = Table("things", MetaData(), NAME._copy(), Column("note", Text), Column("many", ARRAY(Text), nullable=False))
    with pytest.raises(TypeError) as refused:
        mapping(table, thing, **said)
    assert mistake in str(refused.value)


def test_all_mistakes_are_named_at_once():
    """OP-11: who made three mistakes reads of three."""
    thing = make_dataclass("Thing", {"name": int, "size": int}.items())
    table = Table("things", MetaData(), NAME._copy(), Column("note", Text))
    with pytest.raises(TypeError) as refused:
        mapping(table, thing)
    assert 3 == len(str(refused.value).split("; "))


def test_a_part_that_may_be_missing_says_by_which_column():
    """OP-11: a part whose fields may all be None, or that lacks a default where null is not allowed, is refused."""
    part = make_dataclass("Part", [("note", str | None)])
    strict = make_dataclass("Strict", [("note", str), ("name", str)])
    table = Table("things", MetaData(), NAME._copy(), Column("note", Text))
    for cls, mistake in ((part, "no column says by null that it is missing"), (strict, "there is no default to hold")):
        with pytest.raises(TypeError, match=mistake):
            mapping(table, make_dataclass("Thing", [("part", cls | None)]), parts={"part": ""})


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
