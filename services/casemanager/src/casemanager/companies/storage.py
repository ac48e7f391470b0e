"""The table of companies and the statements on it."""

from portico_errors.casemanager import CompanyNameTaken
from sqlalchemy import (
    BigInteger,
    Column,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from casemanager.companies.domain import TEXTS, Company
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import Key, Keyset
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
    instant("create_time"),
    instant("update_time", server_default=func.now()),
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

_CONFLICTS = {"companies_org_id_name_key_key": CompanyNameTaken}
ADD_COMPANY = save(insert(companies).returning(companies.c.id), conflicts=_CONFLICTS)

_CHANGES = (*TEXTS, "name_key", "status", "responsible_staff_id", "update_time", "version")
SAVE_COMPANY = save(
    update(companies)
    .where(
        companies.c.org_id == bindparam("org_id"),
        companies.c.id == bindparam("company_id"),
        companies.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(companies.c.id),
    conflicts=_CONFLICTS,
)
"""A changed company; hits no row when it has changed meanwhile."""


def company_params(company: Company) -> Params:
    """The parameters of SAVE_COMPANY."""
    columns = COMPANY.params(company)
    changes = {name: columns[name] for name in _CHANGES}
    return {"company_id": company.id, "loaded_version": company.version - 1, **changes}
