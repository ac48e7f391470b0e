"""The table of companies and the statements on it."""

from portico_errors.casemanager import CompanyNameTaken
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from casemanager.companies.domain import TEXTS, Company
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.name_search import search_entry
from chassis.saves import save

companies = Table(
    "companies",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, comment="The name with its case folded: what is unique, and the order"),
    Column("status", SmallInteger, nullable=False, server_default="1"),
    *(Column(name, Text, nullable=False, server_default="") for name in TEXTS if name != "name"),
    Column("responsible_staff_id", Uuid),
    Column("main_contact_id", Uuid, comment="One of its case managers, in service or not"),
    instant("create_time"),
    instant("update_time", server_default=func.now()),
    Column("version", BigInteger, nullable=False),
    Column("spellings", Text, nullable=False, server_default="", comment="Words of the name, alone and run together"),
    Column(
        "search_keys",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="Prefixes and deletion neighbourhood of its words",
    ),
    UniqueConstraint("org_id", "name_key"),
    Index("companies_status_idx", "org_id", "status", "name_key", "id"),
    Index("companies_keys_idx", "org_id", "search_keys", postgresql_using="gin"),
)


COMPANY = mapping(companies, Company, beside=("spellings", "search_keys"))

LOAD_COMPANY = statement(
    select(*COMPANY.columns()).where(companies.c.org_id == bindparam("org_id"), companies.c.id == bindparam("id")),
    into=COMPANY.reader(),
)

_CONFLICTS = {"companies_org_id_name_key_key": CompanyNameTaken}
ADD_COMPANY = save(insert(companies).returning(companies.c.id), conflicts=_CONFLICTS)

_CHANGES = (
    *(*TEXTS, "name_key", "status", "responsible_staff_id", "main_contact_id", "update_time", "version"),
    *("spellings", "search_keys"),
)
SAVE_COMPANY = save(
    update(companies)
    .where(
        companies.c.org_id == bindparam("org_id"),
        companies.c.id == bindparam("company_id"),
        companies.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name, type_=companies.c[name].type) for name in _CHANGES})
    .returning(companies.c.id),
    conflicts=_CONFLICTS,
)
"""A changed company; hits no row when it has changed meanwhile."""


def new_company_params(company: Company) -> Params:
    """The parameters of ADD_COMPANY."""
    entry = search_entry(company.name, is_first=True)
    return {**COMPANY.params(company), "spellings": entry.spellings, "search_keys": entry.keys}


def company_params(company: Company) -> Params:
    """The parameters of SAVE_COMPANY."""
    columns = new_company_params(company)
    changes = {name: columns[name] for name in _CHANGES}
    return {"company_id": company.id, "loaded_version": company.version - 1, **changes}
