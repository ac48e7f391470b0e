"""The table of specialists, and how they are loaded, saved and locked."""

from uuid import UUID

from portico_errors.casemanager import EmailTaken
from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    Column,
    Index,
    SmallInteger,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from casemanager.logins.storage import (
    LOGIN,
    login_columns,
    login_is_enabled,
    login_params,
    logins,
    with_logins,
    write_login,
)
from casemanager.reservations.domain import ReservationKind
from casemanager.reservations.storage import reservations
from casemanager.shared.tables import metadata
from casemanager.specialists.domain import LISTS, TEXTS, AccountStatus, Change, Specialist
from casemanager.tasks.domain.task import PersonName
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.name_search import SearchEntry, search_entry
from chassis.readers import reader
from chassis.saves import Step, save
from chassis.text import full_name

specialists = Table(
    "specialists",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    *(Column(name, Text, nullable=False) for name in TEXTS if name != "language"),
    Column("language", Text, nullable=False, server_default="en"),
    *(Column(name, ARRAY(Text), nullable=False) for name in LISTS),
    Column("modes", ARRAY(SmallInteger), nullable=False),
    Column("place_ids", ARRAY(Uuid), nullable=False),
    Column("account_status", SmallInteger, nullable=False),
    Column("suspends_login", Boolean, nullable=False, server_default=text("false")),
    instant("create_time"),
    instant("update_time"),
    Column("version", BigInteger, nullable=False),
    Column("sort_name", Text(collation="C"), nullable=False, comment="What lists are sorted by"),
    Column("spellings", Text, nullable=False, comment="Words of the names, alone and run together"),
    Column("search_keys", ARRAY(Text), nullable=False, comment="Prefixes and deletion neighbourhood of its words"),
    # An address names one person: it may become a login.
    Index("specialists_email_key", "org_id", "email", unique=True, postgresql_where=text("email <> ''")),
    Index("specialists_name_idx", "org_id", "sort_name", "id"),
)
_SEARCHED = ("sort_name", "spellings", "search_keys")
SPECIALIST = mapping(specialists, Specialist, beside=_SEARCHED, elsewhere=("login",))
"""A specialist; their login is beside them in `people` alone."""
people = with_logins(specialists, specialists)
columns = (*SPECIALIST.columns(), *login_columns)
"""A specialist with their login, from `people`, as `READER` reads them."""
READER = SPECIALIST.reader(login=LOGIN)

ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("specialist_id", type_=Uuid)
IS_ACTIVE = specialists.c.account_status == literal(AccountStatus.ACTIVE, SmallInteger)
_this = (specialists.c.org_id == ORG_ID, specialists.c.id == _ID)

LOAD_SPECIALIST = statement(select(*columns).select_from(people).where(*_this), into=READER)
FIND_OWN_SPECIALIST = statement(
    select(specialists.c.id)
    .select_from(people)
    .where(
        specialists.c.org_id == ORG_ID,
        IS_ACTIVE,
        logins.c.account_id == bindparam("login_account_id", type_=Uuid),
        login_is_enabled(),
    ),
    into=UUID,
)
"""Which active specialist signs in with an account that is on."""
FIND_BY_ACCOUNT = statement(
    select(specialists.c.id)
    .select_from(people)
    .where(specialists.c.org_id == ORG_ID, logins.c.account_id == bindparam("login_account_id", type_=Uuid)),
    into=UUID,
)
"""Which specialist has a login, in service or not."""


def _name_of(id_: UUID, title: str, given_name: str, family_name: str) -> PersonName:
    return PersonName(id_, f"{title} {full_name(given_name, family_name)}".strip(), "")


_NAME = ("id", "title", "given_name", "family_name")
SPECIALIST_NAMES_OF = statement(
    select(*(specialists.c[name] for name in _NAME)).where(
        specialists.c.org_id == ORG_ID, specialists.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    ),
    into=reader(_name_of, *_NAME),
)

LOCK_SPECIALIST = statement(select(specialists.c.id).where(*_this).with_for_update(key_share=True), into=UUID)
"""Waits for everybody who is taking the specialist's time, and lets nobody else take any until the transaction ends."""


def active_specialist() -> CTE:
    """The active `specialist_id`, shared with others who take their time: nobody is deactivated while they do."""
    return (
        select(specialists.c.org_id, specialists.c.id)
        .where(*_this, IS_ACTIVE)
        .with_for_update(read=True)
        .cte("active_specialist")
    )


class SpecialistEmailTaken(EmailTaken):
    """Another specialist has this email address."""

    message = "Another specialist has this email address."


_CONFLICTS = {"specialists_email_key": SpecialistEmailTaken}
_CHANGES = tuple(str(column.name) for column in specialists.c if column.name not in {"org_id", "id", "create_time"})
_changed = (
    update(specialists)
    .where(*_this, specialists.c.version == bindparam("loaded_version"))
    .values({name: bindparam(name, type_=specialists.c[name].type) for name in _CHANGES})
    .returning(specialists.c.org_id, specialists.c.id)
)
ADD_SPECIALIST = save(insert(specialists).returning(specialists.c.id), conflicts=_CONFLICTS)
SAVE_SPECIALIST = save(_changed, write_login, conflicts=_CONFLICTS)
"""A changed specialist and their login; hits no row when they have changed meanwhile."""

_of_this = (reservations.c.org_id == ORG_ID, reservations.c.specialist_id == _ID)


def _release_holds(target: CTE) -> Step:
    """What is held of the specialist's time is nobody's any more."""
    held = literal(ReservationKind.HELD, SmallInteger)
    return delete(reservations).where(
        reservations.c.org_id == target.c.org_id,
        reservations.c.specialist_id == target.c.id,
        reservations.c.kind == held,
    )


SAVE_DEACTIVATED = save(
    _changed.where(
        ~exists().where(
            *_of_this,
            reservations.c.kind == literal(ReservationKind.CONFIRMED, SmallInteger),
            reservations.c.during.op("&&")(bindparam("ahead", type_=reservations.c.during.type)),
        )
    ),
    _release_holds,
    write_login,
)
"""A deactivated specialist; hits no row when they have changed, or something of the time `ahead` is confirmed."""


def found_by(specialist: Specialist) -> SearchEntry:
    """What a search finds the specialist by."""
    sort_name = f"{specialist.family_name} {specialist.given_name}".strip()
    phones = (specialist.phone, specialist.mobile)
    return search_entry(sort_name, specialist.given_name, is_first=True, email=specialist.email, phones=phones)


def new_params(specialist: Specialist) -> Params:
    """The parameters of ADD_SPECIALIST."""
    entry = found_by(specialist)
    searched = {"sort_name": entry.sort_key, "spellings": entry.spellings, "search_keys": entry.keys}
    return {**SPECIALIST.params(specialist), **searched}


def changed_params(change: Change) -> Params:
    """The parameters of SAVE_SPECIALIST."""
    specialist = change.specialist
    columns = new_params(specialist)
    return {
        "specialist_id": specialist.id,
        "loaded_version": specialist.version - 1,
        **{name: columns[name] for name in _CHANGES},
        **login_params(specialist.id, specialist.login if change.commands_login else None),
    }
