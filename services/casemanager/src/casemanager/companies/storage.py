"""The tables of casemanager and the statements on them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Table, Text, UniqueConstraint, Uuid, bindparam, insert, or_, select

from chassis.columns import instant
from chassis.db import statement
from chassis.saving import save
from chassis.tables import metadata_with_chassis_tables

metadata = metadata_with_chassis_tables()

companies = Table(
    "companies",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, comment="The name with its case folded: what is unique, and the order"),
    instant("created_at"),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("org_id", "name_key"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer of the provider."""

    org_id: UUID
    id: UUID
    name: str
    name_key: str
    created_at: datetime
    version: int


COMPANY_BY_ID = statement(
    select(companies).where(companies.c.org_id == bindparam("org_id"), companies.c.id == bindparam("id")),
    into=Company,
)

COMPANIES_AFTER = statement(
    select(companies)
    .where(
        companies.c.org_id == bindparam("org_id"),
        or_(bindparam("after", type_=Text()).is_(None), companies.c.name_key > bindparam("after", type_=Text())),
    )
    .order_by(companies.c.name_key)
    .limit(bindparam("limit", type_=BigInteger())),
    into=Company,
)
"""A page of companies by name, beginning after a name key or at the start."""

NEW_COMPANY = save(insert(companies).returning(companies.c.id))
"""Adds a company; a taken name violates `companies_org_id_name_key_key`."""
