"""The statements that find, load and save the logins of an organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portico_errors.identity import UsernameTaken
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    SmallInteger,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from chassis.call import Role
from chassis.db import Statement, statement
from chassis.mapping import Params
from chassis.pagination import Keyset
from chassis.readers import reader
from chassis.saves import save
from identity.accounts.domain import Change, Status
from identity.accounts.proofs import COUNTED, add_proofs, forget_proofs, use_proofs
from identity.accounts.storage import (
    BY_NAME,
    account_params,
    accounts,
    add_sessions,
    end_sessions,
    with_proofs,
    with_proofs_reader,
)
from identity.accounts.words import MAX_QUERY_WORDS, account_words, add_words, forget_words, word_params
from identity.lockout.storage import forgive, has_locks, lock_time_of, locked_accounts
from identity.login_users.domain import LoginUser
from identity.shared.audit.storage import add_entries

_Key = ColumnElement[object]
ORG_ID = bindparam("org_id", type_=Uuid)
_ACTIVE = literal(Status.ACTIVE, SmallInteger)


def _administrators(of: FromClause) -> tuple[ColumnElement[bool], ...]:
    is_administrator = of.c.role == literal(Role.STAFF_ADMIN, SmallInteger)
    return (of.c.org_id == ORG_ID, is_administrator, of.c.status == _ACTIVE)


_others = accounts.alias("others")
_columns = (
    lock_time_of(accounts).label("lock_time"),
    has_locks(accounts).label("has_locks"),
    exists().where(*_administrators(_others), _others.c.id != accounts.c.id).label("has_other_administrator"),
)
_login_user = with_proofs(COUNTED).add_columns(*_columns)
_reader = reader(LoginUser, account=with_proofs_reader)

LOAD_LOGIN_USER = statement(_login_user.where(accounts.c.id == bindparam("id")), into=_reader)
LOAD_LOGIN_USER_BY_USERNAME = statement(_login_user.where(accounts.c.username == bindparam("username")), into=_reader)
LOAD_LOGIN_USER_OF_PERSON = statement(
    _login_user.where(accounts.c.person_id == bindparam("person_id"))
    .order_by(accounts.c.generation.desc(), accounts.c.id.desc())
    .limit(1),
    into=_reader,
)
"""Of the person's logins the one that casemanager means: the latest; of one generation the one that was made later."""

_CHANGES = ("role", "username", "status", "generation", "version")
_stays = (bindparam("role", type_=SmallInteger) == literal(Role.STAFF_ADMIN, SmallInteger)) & (
    bindparam("status", type_=SmallInteger) == _ACTIVE
)
# Locked in one order, and seen as they are once the locks are there: of two administrators who take each other's role
# at the same moment, the second finds nobody else.
_locked = (
    select(accounts.c.id)
    .where(*_administrators(accounts), ~_stays)
    .order_by(accounts.c.id)
    .with_for_update()
    .cte("administrators")
)
SAVE_LOGIN_USER = save(
    update(accounts)
    .where(
        accounts.c.org_id == ORG_ID,
        accounts.c.id == bindparam("account_id"),
        accounts.c.version == bindparam("loaded_version"),
        or_(
            _stays,
            ~and_(*_administrators(accounts)),
            exists().where(_locked.c.id != bindparam("account_id", type_=Uuid)),
        ),
    )
    .values({name: bindparam(name) for name in _CHANGES})
    .returning(accounts.c.id),
    end_sessions,
    add_sessions,
    forgive,
    use_proofs,
    add_proofs,
    forget_proofs,
    forget_words,
    add_words,
    add_entries,
    conflicts={"accounts_org_id_username_key": UsernameTaken},
)
"""A changed login; hits no row when it has changed meanwhile, or when it was the last active administrator's."""


def login_user_params(change: Change, *, now: datetime) -> Params:
    """The parameters of SAVE_LOGIN_USER, without the audit's."""
    account = change.account
    columns = {name: getattr(account, name) for name in _CHANGES}
    others = account_params(change, now=now)
    unused = ("password_hash", "activate_time", "last_login_time", "prove_time")
    return {
        **{name: value for name, value in others.items() if name not in unused},
        **columns,
        **word_params(account),
    }


@dataclass(frozen=True, slots=True)
class ListedLogin:
    """A login in a list, and by what it stands where it does: its name, or the word that was found."""

    user: LoginUser
    key: str


BY_KEY: Keyset[ListedLogin, tuple[str, UUID]] = Keyset(
    first=("", UUID(int=0)), of=lambda listed: (listed.key, listed.user.account.id)
)

_statuses = bindparam("statuses", type_=ARRAY(SmallInteger))
_roles = bindparam("roles", type_=ARRAY(SmallInteger))
_with_locked = bindparam("with_locked", type_=Boolean)
_limit = bindparam("limit", type_=BigInteger)
_position = tuple_(bindparam("key", type_=Text), bindparam("position_id", type_=Uuid))


def _turned(
    keys: Sequence[ColumnElement[object]], *, is_back: bool
) -> tuple[ColumnElement[bool], list[ColumnElement[object]]]:
    """What stands on the asked side of the position, and the order from there on."""
    side = tuple_(*keys) < _position if is_back else tuple_(*keys) > _position
    return side, [key.desc() if is_back else key for key in keys]


def _is_locked() -> ColumnElement[bool]:
    return (accounts.c.status == _ACTIVE) & lock_time_of(accounts).is_not(None)


def _is_wanted() -> tuple[ColumnElement[bool], ...]:
    """By role and state; a locked login is active, and stands among the locked ones alone."""
    by_status = (accounts.c.status == any_(_statuses)) & ~_is_locked()
    return accounts.c.role == any_(_roles), or_(by_status, _with_locked & _is_locked())


def _listed(found: Select[tuple[object, ...]], *, is_back: bool) -> Statement[ListedLogin]:
    """The logins that were found, as rows of a list; the page is cut before anything is looked up for it."""
    page = found.subquery("page")
    order = [page.c.key.desc(), page.c.id.desc()] if is_back else [page.c.key, page.c.id]
    rows = _login_user.add_columns(page.c.key).join(page, page.c.id == accounts.c.id).order_by(*order)
    return statement(rows, into=reader(ListedLogin, user=_reader))


def _by_name(*, is_back: bool) -> Statement[ListedLogin]:
    """Each role with each status is a range of the index, of which a page is enough."""
    side, order = _turned(BY_NAME, is_back=is_back)
    roles = func.unnest(_roles).table_valued("role", name="wanted_roles").render_derived()
    statuses = func.unnest(_statuses).table_valued("status", name="wanted_statuses").render_derived()
    key = BY_NAME[0].label("key")
    each = (
        select(key, accounts.c.id)
        .where(
            accounts.c.org_id == ORG_ID,
            accounts.c.role == roles.c.role,
            accounts.c.status == statuses.c.status,
            side,
            ~_is_locked(),
        )
        .order_by(*order)
        .limit(_limit)
        .lateral("each")
    )
    of_locked = accounts.c.id.in_(locked_accounts(ORG_ID).where(_with_locked))
    locked = select(key, accounts.c.id).where(accounts.c.org_id == ORG_ID, of_locked, *_is_wanted(), side)
    is_any = literal(value=True)
    unlocked = select(each.c.key, each.c.id).select_from(roles.join(statuses, is_any).join(each, is_any))
    found = union_all(unlocked, locked).subquery("found")
    turned = [found.c.key.desc(), found.c.id.desc()] if is_back else [found.c.key, found.c.id]
    return _listed(select(found.c.key, found.c.id).order_by(*turned).limit(_limit), is_back=is_back)


def _by_words(*, is_back: bool) -> Statement[ListedLogin]:
    """In the order of the words that begin as the first typed one, each login once; the others must be there, too."""
    words, earlier = account_words, account_words.alias("earlier")
    low, high = _range(0)
    side, order = _turned((words.c.word, words.c.account_id), is_back=is_back)
    is_first = ~exists().where(
        *_of_login(earlier, words.c.account_id), earlier.c.word >= low, earlier.c.word < words.c.word
    )
    found = (
        select(words.c.word.label("key"), words.c.account_id.label("id"))
        .join(accounts, (accounts.c.org_id == words.c.org_id) & (accounts.c.id == words.c.account_id))
        .where(words.c.org_id == ORG_ID, words.c.word >= low, words.c.word < high, side, is_first, *_is_wanted())
        .where(*(_has_word(words.c.account_id, at) for at in range(1, MAX_QUERY_WORDS)))
        .order_by(*order)
        .limit(_limit)
    )
    return _listed(found, is_back=is_back)


def word_ranges(words: Sequence[str]) -> Params:
    """The parameters of FIND_LOGIN_USERS that say which words, one to MAX_QUERY_WORDS."""
    ranges: list[tuple[str | None, str | None]] = [(word, f"{word}\U0010ffff") for word in words]
    ranges += [(None, None)] * (MAX_QUERY_WORDS - len(words))
    return {
        f"{end}_{at}": value for at, both in enumerate(ranges) for end, value in zip(("low", "high"), both, strict=True)
    }


def first_key(words: Sequence[str], key: str) -> str:
    """Where a search begins to read: at the first typed word, or further on.

    PostgreSQL begins where the position stands, however far before the word that is: it would read all words between.
    """
    return max(words[0], key)


def _range(at: int) -> tuple[ColumnElement[str], ColumnElement[str]]:
    low, high = (bindparam(f"{end}_{at}", type_=Text(collation="C")) for end in ("low", "high"))
    return low, high


def _has_word(account_id: ColumnElement[UUID], at: int) -> ColumnElement[bool]:
    words, (low, high) = account_words.alias(f"word_{at}"), _range(at)
    return or_(low.is_(None), exists().where(*_of_login(words, account_id), words.c.word >= low, words.c.word < high))


def _of_login(words: FromClause, account_id: ColumnElement[UUID]) -> tuple[ColumnElement[bool], ...]:
    return words.c.org_id == ORG_ID, words.c.account_id == account_id


LIST_LOGIN_USERS, LIST_LOGIN_USERS_BACK = _by_name(is_back=False), _by_name(is_back=True)
FIND_LOGIN_USERS, FIND_LOGIN_USERS_BACK = _by_words(is_back=False), _by_words(is_back=True)
