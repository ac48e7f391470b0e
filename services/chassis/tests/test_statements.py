"""Compiling a statement once: its parameters, and how rows become dataclasses."""

from dataclasses import dataclass
from enum import Enum, StrEnum

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid, bindparam, func, insert, literal, select, values
from sqlalchemy import Enum as EnumType

from chassis.statements import cross_tenant_statements, statement

things = Table(
    "things",
    MetaData(),
    Column("org_id", Uuid, primary_key=True),
    Column("name", Text),
    Column("size", Integer, default=3),
)
OURS = things.c.org_id == bindparam("org_id")


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    colours: tuple[str, ...]
    colour: Colour | None
    shade: str = "plain"


def row_of(query, into, *row):
    return statement(query, into=into).make_row(row)


def test_columns_find_their_fields_by_name():
    """OP-11: the order of the columns does not matter to the dataclass."""
    assert Thing("box", 2) == row_of(select(things.c.size, things.c.name).where(OURS), Thing, 2, "box")


def test_columns_in_the_order_of_the_fields_are_taken_as_they_are():
    """OP-11: the usual order gives the same."""
    assert Thing("box", 2) == row_of(select(things.c.name, things.c.size).where(OURS), Thing, "box", 2)


@pytest.mark.parametrize(("stored", "colour"), [("red", Colour.RED), (None, None)])
def test_an_annotation_turns_text_into_an_enumeration_and_an_array_into_a_tuple(stored, colour):
    """OP-11: a row carries the domain's types; a field with a default may be missing among the columns."""
    query = select(literal(stored, Text).label("colour"), literal("x").label("colours"))
    assert Painted(colours=("a", "b"), colour=colour, shade="plain") == row_of(query, Painted, stored, ["a", "b"])


def test_an_enumeration_column_converts_itself():
    """OP-11: the name that the database keeps becomes the member."""

    class Side(Enum):
        LEFT = 1

    @dataclass(frozen=True, slots=True)
    class Turn:
        side: Side

    assert Turn(Side.LEFT) == row_of(select(literal("LEFT", EnumType(Side)).label("side")), Turn, "LEFT")


def test_one_column_is_its_value():
    """OP-11: a statement with one column can give the value alone."""
    assert 7 == row_of(select(func.count()).select_from(things).where(OURS), int, 7)


def test_without_a_type_rows_are_tuples():
    """OP-11: nobody has to name a type."""
    assert (1, 2) == row_of(select(literal(1), literal(2)), None, 1, 2)


@pytest.mark.parametrize("columns", [["name"], ["name", "size", "org_id"]])
def test_columns_that_do_not_fit_are_named(columns):
    """OP-11: a missing or a superfluous column is found when the statement is made."""
    with pytest.raises(TypeError, match=r"org_id|size"):
        statement(select(*(things.c[name] for name in columns)).where(OURS), into=Thing)


def test_a_value_needs_exactly_one_column():
    """OP-11: two columns are no value."""
    with pytest.raises(TypeError, match="exactly one column"):
        statement(select(things.c.name, things.c.size).where(OURS), into=int)


def test_parameters_are_numbered_once_and_literals_come_along():
    """OP-11: a parameter that stands twice is sent once."""
    stmt = statement(select(things.c.name).where(OURS, things.c.size > 5, things.c.org_id == bindparam("org_id")))
    assert 2 == len(stmt.names)
    assert ["us", 5] == stmt.values({"org_id": "us"})


@pytest.mark.parametrize("params", [{}, {"org_id": "us", "typo": 1}])
def test_wrong_parameters_are_refused(params):
    """OP-11: a missing or an unknown parameter does not reach the database."""
    with pytest.raises(TypeError, match=r"'org_id'|'typo'"):
        statement(select(things.c.name).where(OURS)).values(params)


def test_a_percent_sign_is_sent_as_it_is():
    """OP-11: nothing rewrites the text, so nothing has to be doubled."""
    assert "%%" not in statement(select(things.c.size % 2).where(OURS)).sql


def test_a_list_of_changing_length_is_refused():
    """OP-11: IN would make another statement for each length."""
    with pytest.raises(TypeError, match="any_"):
        statement(select(things.c.name).where(OURS, things.c.size.in_([1, 2])))


def test_a_default_of_python_is_refused():
    """OP-11: nobody would run it."""
    with pytest.raises(TypeError, match="server_default"):
        statement(insert(things).values(org_id=bindparam("org_id"), name="x"))


def test_a_statement_over_all_tenants_says_why_and_is_listed():
    """OP-11: the tenancy check can be lifted, but not in silence."""
    stmt = statement(select(things.c.name), cross_tenant="An example that counts everything.")
    assert stmt.sql in [listed.sql for listed in cross_tenant_statements() if "An example" in listed.why]


def test_rows_without_a_table_can_be_asked_for():
    """OP-11: a list of values is no tenant's table."""
    rows = values(Column("n", Integer), name="rows").data([(1,), (2,)])
    assert 2 == len(statement(select(rows.c.n)).fixed)
