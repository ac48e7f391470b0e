"""The numbers that people call things by: counted in each organization, one count for each kind of thing."""

from uuid import UUID

from sqlalchemy import BigInteger, Column, Table, Text, Uuid, bindparam, literal
from sqlalchemy.dialects.postgresql import insert

from casemanager.shared.tables import metadata
from chassis.db import Executor, statement

numbers = Table(
    "numbers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("prefix", Text, primary_key=True, comment="What the numbers begin with: the kind of thing"),
    Column("last_number", BigInteger, nullable=False),
)

_first = insert(numbers).values(
    org_id=bindparam("org_id", type_=Uuid),
    prefix=bindparam("prefix", type_=Text),
    last_number=literal(1, BigInteger),
)
_NEXT_NUMBER = statement(
    _first.on_conflict_do_update(
        index_elements=["org_id", "prefix"], set_={"last_number": numbers.c.last_number + literal(1, BigInteger)}
    ).returning(numbers.c.last_number),
    into=int,
)


async def next_number(executor: Executor, org_id: UUID, prefix: str) -> int:
    """The next number of an organization; nobody else gets it. One that is not used leaves a gap."""
    number = await executor.first(_NEXT_NUMBER, org_id=org_id, prefix=prefix)
    assert number is not None  # noqa: S101 an upsert returns its row
    return number


def written_number(prefix: str, number: int) -> str:
    """As people read it.

    >>> written_number("C", 123)
    'C-000123'
    """
    return f"{prefix}-{number:06d}"
