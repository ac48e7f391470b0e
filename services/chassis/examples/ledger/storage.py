"""Tables and statements of the example."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import mapping
from chassis.saves import insert_each, save
from chassis.tables import metadata_with_chassis_tables
from services.chassis.examples.ledger.domain import Entry, Ledger

metadata = metadata_with_chassis_tables()
ledgers = Table(
    "ledgers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("labels", JSONB, nullable=False),
    instant("open_time"),
    UniqueConstraint("org_id", "name"),
)
entries = Table(
    "entries",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("ledger_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("details", JSONB, nullable=False),
    ForeignKeyConstraint(["org_id", "ledger_id"], [ledgers.c.org_id, ledgers.c.id]),
)


LEDGERS = mapping(ledgers, Ledger)
"""The table and the dataclass, bound to each other: a column that one of them lacks is refused at import."""

_this_ledger = (ledgers.c.org_id == bindparam("org_id"), ledgers.c.id == bindparam("ledger_id"))

LEDGER = statement(select(*LEDGERS.columns()).where(*_this_ledger), into=LEDGERS.reader())
ENTRY_COUNT = statement(
    select(func.count())
    .select_from(entries)
    .where(entries.c.org_id == bindparam("org_id"), entries.c.ledger_id == bindparam("ledger_id")),
    into=int,
)
ENTRIES = statement(
    select(entries.c.id, entries.c.amount, entries.c.details["text"].astext.label("text"))
    .where(
        entries.c.org_id == bindparam("org_id"),
        entries.c.ledger_id == bindparam("ledger_id"),
        entries.c.id > bindparam("after"),
    )
    .order_by(entries.c.id),
    into=Entry,
)
OPEN_LEDGER = save(insert(ledgers).returning(ledgers.c.id))
BOOK = save(
    update(ledgers)
    .where(*_this_ledger, ledgers.c.version == bindparam("loaded_version"))
    .values(balance=bindparam("new_balance"), version=ledgers.c.version + 1)
    .returning(ledgers.c.id),
    insert_each(entries, "id", "ledger_id", "amount", "details"),
)
ADD_TO_BALANCE = statement(update(ledgers).where(*_this_ledger).values(balance=ledgers.c.balance + bindparam("amount")))
