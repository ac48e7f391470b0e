"""The table of case managers, how they are loaded and saved."""

from dataclasses import asdict, dataclass
from uuid import UUID

from portico_errors.casemanager import EmailTaken, UnitNotFound
from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    FromClause,
    Index,
    SmallInteger,
    Table,
    Text,
    Update,
    Uuid,
    any_,
    bindparam,
    exists,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from casemanager.case_managers.domain import TEXTS, CaseManager, PersonSummary
from casemanager.companies.domain import name_key
from casemanager.companies.storage import companies
from casemanager.history.storage import add_history
from casemanager.logins.storage import (
    LOGIN,
    OFFER,
    add_offer_token,
    login_columns,
    logins,
    offer_columns,
    with_offers,
    write_login,
    write_offer,
)
from casemanager.shared.tables import metadata
from casemanager.tasks.domain.task import Kind as TaskKind
from casemanager.tasks.domain.task import PersonName
from casemanager.tasks.storage import (
    OPEN_TASK,
    change_tasks,
    move_tasks,
    open_task_about,
    open_task_columns,
    open_task_count,
    open_tasks,
    tasks_are_as_loaded,
)
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.name_search import search_entry
from chassis.readers import reader
from chassis.saves import save
from chassis.text import full_name


def _name_of(id_: UUID, given_name: str, family_name: str, company_name: str) -> PersonName:
    return PersonName(id_, full_name(given_name, family_name), company_name)


BY_BYTES = Text(collation="C")

case_managers = Table(
    "case_managers",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("business_unit_id", Uuid),
    *(Column(name, BY_BYTES if name == "email" else Text, nullable=False, server_default="") for name in TEXTS),
    instant("contact_verify_time", nullable=True),
    Column("contact_verifier_id", Uuid),
    Column("promotions_consent", Boolean, nullable=False, server_default=text("false")),
    instant("promotions_consent_time", nullable=True, comment="When it was given or withdrawn; null: nobody has said"),
    Column("promotions_consent_source", SmallInteger),
    Column("responsible_staff_id", Uuid),
    Column("created_by", Uuid, comment="The account of who entered the person"),
    Column("account_status", SmallInteger, nullable=False),
    Column("suspends_login", Boolean, nullable=False, server_default=text("false")),
    instant("create_time"),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    Column("sort_name", BY_BYTES, nullable=False, comment="What lists by family name are sorted by"),
    Column("company_key", BY_BYTES, nullable=False, comment="The company's name_key, for lists by company"),
    Column("spellings", Text, nullable=False, comment="Words of the names, alone and run together"),
    Column("search_keys", ARRAY(Text), nullable=False, comment="Prefixes and deletion neighbourhood of its words"),
    ForeignKeyConstraint(
        ["org_id", "company_id"], ["companies.org_id", "companies.id"], name="case_managers_company_fkey"
    ),
    ForeignKeyConstraint(
        ["org_id", "company_id", "business_unit_id"],
        ["units.org_id", "units.company_id", "units.id"],
        name="case_managers_unit_fkey",
    ),
    # An address names one person: it may become a login.
    Index("case_managers_email_key", "org_id", "email", unique=True, postgresql_where=text("email <> ''")),
    Index("case_managers_create_idx", "org_id", "create_time", "id"),
    Index("case_managers_name_idx", "org_id", "sort_name", "id"),
    Index("case_managers_company_name_idx", "org_id", "company_key", "id"),
    Index("case_managers_mail_idx", "org_id", "email", "id"),
    Index("case_managers_company_idx", "org_id", "company_id", "create_time", "id"),
    Index("case_managers_unit_idx", "org_id", "business_unit_id"),
    # What cases and bookings refer to: whose they are belongs to their company, and stays there.
    Index("case_managers_of_company_key", "org_id", "company_id", "id", unique=True),
    Index("case_managers_keys_idx", "org_id", "search_keys", postgresql_using="gin"),
)
_SEARCHED = ("sort_name", "company_key", "spellings", "search_keys")
_ELSEWHERE = ("company_name", "company_status", "login", "offer", "open_task", "open_tasks")
CASE_MANAGER = mapping(case_managers, CaseManager, beside=_SEARCHED, elsewhere=_ELSEWHERE)


def with_all(found: FromClause) -> FromClause:
    """The case managers of `found`, each beside their company, their login and their open task.

    What narrows them down stands in `found`: PostgreSQL reorders no more than eight joins, and would make the others
    for everybody first.
    """
    is_theirs = (companies.c.org_id == case_managers.c.org_id) & (companies.c.id == case_managers.c.company_id)
    beside = with_offers(found.join(companies, is_theirs), case_managers)
    return beside.outerjoin(*open_task_about(case_managers, TaskKind.ENABLE_LOGIN))


people = with_all(case_managers)
columns = (
    *CASE_MANAGER.columns(),
    companies.c.name.label("company_name"),
    companies.c.status.label("company_status"),
    *login_columns,
    *offer_columns,
    *open_task_columns,
    open_task_count(case_managers).label("open_tasks"),
)
"""A case manager with their company and their login, from `people`, as `READER` reads them."""
READER = CASE_MANAGER.reader(
    **{name: name for name in ("company_name", "company_status", "open_tasks")},
    login=LOGIN,
    offer=OFFER,
    open_task=OPEN_TASK,
)

_rows = select(*columns).select_from(people).where(case_managers.c.org_id == bindparam("org_id", type_=Uuid))
LOAD_CASE_MANAGER = statement(_rows.where(case_managers.c.id == bindparam("id", type_=Uuid)), into=READER)
LOAD_BY_ACCOUNT = statement(_rows.where(logins.c.account_id == bindparam("account_id", type_=Uuid)), into=READER)
FIND_BY_EMAIL = statement(
    select(case_managers.c.id).where(
        case_managers.c.org_id == bindparam("org_id"), case_managers.c.email == bindparam("email")
    ),
    into=UUID,
)
NAMES_OF = statement(
    select(
        *(case_managers.c[name] for name in ("id", "given_name", "family_name")),
        companies.c.name.label("company_name"),
    )
    .join(companies, (companies.c.org_id == case_managers.c.org_id) & (companies.c.id == case_managers.c.company_id))
    .where(
        case_managers.c.org_id == bindparam("org_id", type_=Uuid),
        case_managers.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    ),
    into=reader(_name_of, "id", "given_name", "family_name", "company_name"),
)
LOAD_SUMMARIES = statement(
    select(
        *(case_managers.c[name] for name in ("id", "given_name", "family_name", "company_id", "business_unit_id")),
        case_managers.c.account_status,
        companies.c.name.label("company_name"),
        companies.c.status.label("company_status"),
    )
    .join(companies, (companies.c.org_id == case_managers.c.org_id) & (companies.c.id == case_managers.c.company_id))
    .where(
        case_managers.c.org_id == bindparam("org_id", type_=Uuid),
        case_managers.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    ),
    into=reader(PersonSummary, name=reader(full_name, "given_name", "family_name")),
)
FIND_BY_ACCOUNT = statement(
    select(case_managers.c.id)
    .join(logins, (logins.c.org_id == case_managers.c.org_id) & (logins.c.person_id == case_managers.c.id))
    .where(case_managers.c.org_id == bindparam("org_id"), logins.c.account_id == bindparam("account_id")),
    into=UUID,
)

_CONFLICTS = {"case_managers_email_key": EmailTaken, "case_managers_unit_fkey": UnitNotFound}
# Who was loaded under a name that their company no longer has would not be found by its new one.
_company_is_as_loaded = (
    exists()
    .where(
        companies.c.org_id == bindparam("org_id", type_=Uuid),
        companies.c.id == bindparam("company_id", type_=Uuid),
        companies.c.name_key == bindparam("company_key", type_=Text),
    )
    .select_from(companies)
)
_new_values = [bindparam(column.name, type_=column.type) for column in case_managers.c]
ADD_CASE_MANAGER = save(
    insert(case_managers)
    .from_select([column.name for column in case_managers.c], select(*_new_values).where(_company_is_as_loaded))
    .returning(case_managers.c.id),
    add_history,
    conflicts=_CONFLICTS,
)
"""A new case manager; no row: their company was renamed meanwhile."""

_CHANGES = (
    *(*TEXTS, "company_id", "business_unit_id", "contact_verify_time", "contact_verifier_id", "responsible_staff_id"),
    *("promotions_consent", "promotions_consent_time", "promotions_consent_source"),
    *("account_status", "suspends_login", "update_time", "version", *_SEARCHED),
)


def _leave_company(target: CTE) -> Update:
    """Who has left is not the main contact of where they were."""
    return (
        update(companies)
        .where(
            companies.c.org_id == bindparam("org_id"),
            companies.c.id == bindparam("left_company_id", type_=Uuid),
            companies.c.main_contact_id == bindparam("case_manager_id", type_=Uuid),
            exists().select_from(target),
        )
        .values(main_contact_id=None, version=companies.c.version + literal(1, BigInteger))
    )


SAVE_CASE_MANAGER = save(
    update(case_managers)
    .where(
        case_managers.c.org_id == bindparam("org_id"),
        case_managers.c.id == bindparam("case_manager_id"),
        case_managers.c.version == bindparam("loaded_version"),
        _company_is_as_loaded,
        tasks_are_as_loaded(),
    )
    .values({name: bindparam(name, type_=case_managers.c[name].type) for name in _CHANGES})
    .returning(case_managers.c.id),
    write_login,
    write_offer,
    add_offer_token,
    change_tasks,
    move_tasks,
    open_tasks,
    _leave_company,
    add_history,
    conflicts=_CONFLICTS,
)
"""A changed case manager, their login and offer, and the task and the line that follow; no row: changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBy:
    """The columns by which a person is found and listed."""

    sort_name: str
    company_key: str
    spellings: str
    search_keys: list[str]


def found_by(person: CaseManager) -> FoundBy:
    """What a person is found and listed by."""
    sort_name = f"{person.family_name} {person.given_name}".strip()
    others = (person.given_name, person.company_name) if person.family_name else (person.company_name,)
    phones = (person.mobile, person.phone)
    entry = search_entry(sort_name, *others, is_first=True, email=person.email, phones=phones)
    return FoundBy(
        sort_name=entry.sort_key,
        company_key=name_key(person.company_name),
        spellings=entry.spellings,
        search_keys=entry.keys,
    )


def new_params(person: CaseManager) -> Params:
    """The parameters of ADD_CASE_MANAGER, without the history's."""
    return {**CASE_MANAGER.params(person), **asdict(found_by(person))}


def changed_params(person: CaseManager) -> Params:
    """The parameters of SAVE_CASE_MANAGER that are of the person."""
    values = new_params(person)
    changes = {name: values[name] for name in _CHANGES}
    return {"case_manager_id": person.id, "loaded_version": person.version - 1, **changes}
