"""A table and a dataclass that do not fit, and what is said of it."""

from dataclasses import make_dataclass
from typing import Literal, NewType
from uuid import UUID

import pytest
from sqlalchemy import ARRAY, Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from chassis.mapping import mapping
from chassis.readers import reader
from services.chassis.tests.person import Colour, Proof, Purpose

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
