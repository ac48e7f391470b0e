"""The table of cases, and how they are loaded, saved and locked."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    Date,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Integer,
    Select,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from casemanager.case_managers.storage import case_managers
from casemanager.cases.domain import MAX_DUPLICATES, TEXTS, Case, Party, PartyRole, State
from casemanager.cases.search import found_by
from casemanager.shared.tables import metadata
from casemanager.shared.visibility import Sight, visible
from chassis.columns import instant
from chassis.db import statement
from chassis.errors import Aborted
from chassis.mapping import Params, mapping
from chassis.readers import reader
from chassis.saves import save

cases = Table(
    "cases",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("case_manager_id", Uuid, nullable=False),
    *(Column(f"subject_{name}", Text, nullable=False) for name in ("given_name", "family_name")),
    Column("subject_birth_date", Date),
    Column("subject_phone", Text, nullable=False),
    *(Column(name, Text, nullable=False) for name in TEXTS),
    instant("consent_time", nullable=True),
    Column("parties", JSONB, nullable=False, comment="Who else has to do with it, in order"),
    instant("create_time"),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    Column("sort_name", Text(collation="C"), nullable=False, comment="What lists by family name are sorted by"),
    Column("spellings", Text, nullable=False, comment="Words of the subject's name, alone and run together"),
    Column("search_keys", ARRAY(Text), nullable=False, comment="As those of people, and the beginnings of its numbers"),
    Column("file_key", Text, nullable=False, comment="Letters and digits of the company's file number"),
    Column("subject_key", Text, nullable=False, comment="Letters of the subject's name"),
    ForeignKeyConstraint(["org_id", "company_id"], ["companies.org_id", "companies.id"]),
    ForeignKeyConstraint(
        ["org_id", "company_id", "case_manager_id"],
        ["case_managers.org_id", "case_managers.company_id", "case_managers.id"],
    ),
    UniqueConstraint("org_id", "number"),
    Index("cases_create_idx", "org_id", "create_time", "id"),
    Index("cases_name_idx", "org_id", "sort_name", "id"),
    Index("cases_case_manager_idx", "org_id", "case_manager_id", "create_time", "id"),
    Index("cases_company_idx", "org_id", "company_id", "create_time", "id"),
    Index("cases_file_idx", "org_id", "company_id", "file_key"),
    Index("cases_subject_idx", "org_id", "company_id", "subject_key"),
    Index("cases_keys_idx", "org_id", "search_keys", postgresql_using="gin"),
)


def _parties(stored: Iterable[Mapping[str, str | int | None]]) -> tuple[Party, ...]:
    return tuple(
        Party(
            id=UUID(str(each["id"])),
            role=PartyRole(int(each["role"] or 0)),
            case_manager_id=UUID(str(each["case_manager_id"])) if each["case_manager_id"] else None,
            name=str(each["name"]),
            email=str(each["email"]),
        )
        for each in stored
    )


_FOUND_BY = ("sort_name", "spellings", "search_keys", "file_key", "subject_key")
CASE = mapping(
    cases,
    Case,
    parts={"subject": "subject_"},
    by_hand={"parties": reader(_parties, "parties")},
    beside=_FOUND_BY,
)
READER = CASE.reader()
ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("case_id", type_=Uuid)
_this = (cases.c.org_id == ORG_ID, cases.c.id == _ID)


def is_seen(sight: Sight) -> ColumnElement[bool]:
    """Whether somebody with this sight sees a case; of `with_case_managers`, whose unit of now reads it."""
    return visible(sight, owner=cases.c.case_manager_id, unit=case_managers.c.business_unit_id)


def with_case_managers(found: FromClause) -> FromClause:
    """The cases of `found`, each beside its case manager."""
    is_theirs = (case_managers.c.org_id == cases.c.org_id) & (case_managers.c.id == cases.c.case_manager_id)
    return found.join(case_managers, is_theirs)


def _seen(sight: Sight) -> Select[tuple[object, ...]]:
    rows = select(*CASE.columns()).select_from(with_case_managers(cases))
    return rows.where(cases.c.org_id == ORG_ID, is_seen(sight))


LOAD_CASE = {sight: statement(_seen(sight).where(cases.c.id == _ID), into=READER) for sight in Sight}
"""A case, by how far the caller sees."""

_birth_date = bindparam("birth_date", type_=Date)
_file_key = bindparam("file_key", type_=Text)
LIST_DUPLICATES = {
    sight: statement(
        _seen(sight)
        .where(
            cases.c.id != _ID,
            cases.c.company_id == bindparam("company_id", type_=Uuid),
            or_(
                (cases.c.file_key == _file_key) & (cases.c.file_key != literal("", Text)),
                (cases.c.subject_key == bindparam("subject_key", type_=Text))
                & cases.c.subject_birth_date.is_not_distinct_from(_birth_date),
            ),
        )
        .order_by(cases.c.create_time.desc(), cases.c.id.desc())
        .limit(bindparam("limit", MAX_DUPLICATES, type_=Integer)),
        into=READER,
    )
    for sight in Sight
}
"""Cases of a company that may be the same matter as one, by how far the caller sees; the newest first."""

_person_id = bindparam("person_id", type_=Uuid)
FIND_PART = statement(
    select(cases.c.id)
    .where(
        cases.c.org_id == ORG_ID,
        cases.c.company_id
        == select(case_managers.c.company_id)
        .where(case_managers.c.org_id == ORG_ID, case_managers.c.id == _person_id)
        .scalar_subquery(),
        cases.c.parties.contains(bindparam("party", type_=JSONB)),
    )
    .limit(literal(1)),
    into=UUID,
)
"""A case of a case manager's company in which they have a part."""

LOCK_CASE = statement(select(cases.c.id).where(*_this).with_for_update(key_share=True), into=UUID)
"""Waits for everybody who is requesting a booking of the case, and lets nobody else until the transaction ends."""


def open_case() -> CTE:
    """The open `case_id`, shared with others who request a booking of it: nobody closes it while they do."""
    return (
        select(cases.c.org_id, cases.c.id)
        .where(*_this, cases.c.state == literal(State.OPEN, SmallInteger))
        .with_for_update(read=True)
        .cte("open_case")
    )


# The case manager has gone to another company since they were looked at.
_CONFLICTS = {"cases_org_id_company_id_case_manager_id_fkey": Aborted}
ADD_CASE = save(insert(cases).returning(cases.c.id), conflicts=_CONFLICTS)
_FIXED = {"org_id", "id", "number", "create_time"}
_CHANGES = tuple(str(column.name) for column in cases.c if column.name not in _FIXED)
SAVE_CASE = save(
    update(cases)
    .where(*_this, cases.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name, type_=cases.c[name].type) for name in _CHANGES})
    .returning(cases.c.id),
    conflicts=_CONFLICTS,
)
"""A changed case; hits no row when it has changed meanwhile."""


def new_params(case: Case) -> Params:
    """The parameters of ADD_CASE."""
    parties = [
        {
            "id": str(party.id),
            "role": int(party.role),
            "case_manager_id": str(party.case_manager_id) if party.case_manager_id else None,
            "name": party.name,
            "email": party.email,
        }
        for party in case.parties
    ]
    return {**CASE.params(case), "parties": parties, **asdict(found_by(case))}


def changed_params(case: Case) -> Params:
    """The parameters of SAVE_CASE."""
    columns = new_params(case)
    changes = {name: columns[name] for name in _CHANGES}
    return {"case_id": case.id, "loaded_version": case.version - 1, **changes}
