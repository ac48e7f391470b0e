"""The table of case managers, how they are found, loaded and saved."""

from uuid import UUID

from portico_errors.casemanager import EmailTaken, UnitNotFound
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    insert,
    select,
    text,
    update,
)

from casemanager.case_managers.domain import TEXTS, CaseManager
from casemanager.companies.storage import companies
from casemanager.logins.storage import LOGIN, account_states, login_columns, logins
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.name_search import search_entry
from chassis.saves import save

case_managers = Table(
    "case_managers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("business_unit_id", Uuid),
    *(Column(name, Text, nullable=False, server_default="") for name in TEXTS),
    instant("contact_verify_time", nullable=True),
    Column("contact_verifier_id", Uuid),
    Column("responsible_staff_id", Uuid),
    Column("account_status", SmallInteger, nullable=False),
    Column("suspends_login", Boolean, nullable=False, server_default=text("false")),
    instant("create_time"),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    Column("sort_name", Text(collation="C"), nullable=False, comment="What lists by family name are sorted by"),
    Column("spellings", Text, nullable=False, comment="Words of the names, alone and run together"),
    Column("search_keys", ARRAY(Text), nullable=False, comment="Prefixes and deletion neighbourhood of its words"),
    ForeignKeyConstraint(["org_id", "company_id"], ["companies.org_id", "companies.id"]),
    ForeignKeyConstraint(["org_id", "business_unit_id"], ["units.org_id", "units.id"]),
    # An address names one person: it may become a login.
    Index("case_managers_email_key", "org_id", "email", unique=True, postgresql_where=text("email <> ''")),
    Index("case_managers_create_idx", "org_id", "create_time", "id"),
    Index("case_managers_name_idx", "org_id", "sort_name", "id"),
    Index("case_managers_company_idx", "org_id", "company_id", "create_time", "id"),
    Index("case_managers_keys_idx", "org_id", "search_keys", postgresql_using="gin"),
)
_SEARCHED = ("sort_name", "spellings", "search_keys")
CASE_MANAGER = mapping(case_managers, CaseManager, beside=_SEARCHED, elsewhere=("company_name", "login"))

rows = (
    select(*CASE_MANAGER.columns(), companies.c.name.label("company_name"), *login_columns())
    .select_from(
        case_managers.join(
            companies, (companies.c.org_id == case_managers.c.org_id) & (companies.c.id == case_managers.c.company_id)
        )
        .outerjoin(logins, (logins.c.org_id == case_managers.c.org_id) & (logins.c.person_id == case_managers.c.id))
        .outerjoin(
            account_states,
            (account_states.c.org_id == logins.c.org_id) & (account_states.c.account_id == logins.c.account_id),
        )
    )
    .where(case_managers.c.org_id == bindparam("org_id"))
)
"""All case managers of an organization with their company and their login, as `row_reader` reads them."""
row_reader = CASE_MANAGER.reader(company_name="company_name", login=LOGIN)

LOAD_CASE_MANAGER = statement(rows.where(case_managers.c.id == bindparam("id", type_=Uuid)), into=row_reader)
FIND_BY_EMAIL = statement(
    select(case_managers.c.id).where(
        case_managers.c.org_id == bindparam("org_id"), case_managers.c.email == bindparam("email")
    ),
    into=UUID,
)

_CONFLICTS = {
    "case_managers_email_key": EmailTaken,
    "case_managers_org_id_business_unit_id_fkey": UnitNotFound,
}
ADD_CASE_MANAGER = save(insert(case_managers).returning(case_managers.c.id), conflicts=_CONFLICTS)

_CHANGES = (
    *(*TEXTS, "business_unit_id", "contact_verify_time", "contact_verifier_id", "responsible_staff_id"),
    *("account_status", "suspends_login", "update_time", "version", *_SEARCHED),
)
SAVE_CASE_MANAGER = save(
    update(case_managers)
    .where(
        case_managers.c.org_id == bindparam("org_id"),
        case_managers.c.id == bindparam("case_manager_id"),
        case_managers.c.version == bindparam("loaded_version"),
    )
    .values({name: bindparam(name, type_=case_managers.c[name].type) for name in _CHANGES})
    .returning(case_managers.c.id),
    conflicts=_CONFLICTS,
)
"""A changed case manager; hits no row when they have changed meanwhile."""


def new_params(person: CaseManager) -> Params:
    """The parameters of ADD_CASE_MANAGER."""
    sort_name = f"{person.family_name} {person.given_name}".strip()
    others = (person.given_name, person.company_name)
    entry = search_entry(sort_name, *others, is_first=True, email=person.email, phone=person.mobile or person.phone)
    found_by = {"sort_name": entry.sort_key, "spellings": entry.spellings, "search_keys": entry.keys}
    return {**CASE_MANAGER.params(person), **found_by}


def changed_params(person: CaseManager) -> Params:
    """The parameters of SAVE_CASE_MANAGER."""
    columns = new_params(person)
    changes = {name: columns[name] for name in _CHANGES}
    return {"case_manager_id": person.id, "loaded_version": person.version - 1, **changes}
