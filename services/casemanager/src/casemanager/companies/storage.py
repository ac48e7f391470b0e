"""The table of companies and the statements on it."""

from portico_errors.casemanager import CompanyNameTaken
from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint, Uuid, bindparam, insert, or_, select

from casemanager.companies.domain import Company
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import mapping
from chassis.pagination import Key, Keyset
from chassis.saves import save
from chassis.tables import metadata_with_chassis_tables

metadata = metadata_with_chassis_tables()

companies = Table(
    "companies",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, comment="The name with its case folded: what is unique, and the order"),
    instant("create_time"),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("org_id", "name_key"),
)


COMPANY = mapping(companies, Company)

LOAD_COMPANY = statement(
    select(*COMPANY.columns()).where(companies.c.org_id == bindparam("org_id"), companies.c.id == bindparam("id")),
    into=COMPANY.reader(),
)

LIST_COMPANIES = statement(
    select(*COMPANY.columns())
    .where(
        companies.c.org_id == bindparam("org_id"),
        or_(bindparam("after", type_=Text()).is_(None), companies.c.name_key > bindparam("after", type_=Text())),
    )
    .order_by(companies.c.name_key)
    .limit(bindparam("limit", type_=BigInteger())),
    into=COMPANY.reader(),
)
"""A page of companies by name, beginning after a name key or at the start."""

# Without a first position: a name of blanks has an empty key, and nothing comes before that.
COMPANIES_BY_NAME: Keyset[Company, tuple[Key, ...]] = Keyset(first=(), of=lambda company: (company.name_key,))

SAVE_COMPANY = save(
    insert(companies).returning(companies.c.id), conflicts={"companies_org_id_name_key_key": CompanyNameTaken}
)
