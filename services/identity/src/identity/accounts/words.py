"""What a login is searched by: the words of its name and of its username."""

from sqlalchemy import (
    ARRAY,
    CTE,
    Column,
    Delete,
    ForeignKeyConstraint,
    Index,
    Insert,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.call import FAMILY_ORG
from chassis.mapping import Params
from chassis.text import letters_and_digits, plain
from identity.accounts.domain import Account
from identity.shared.tables import metadata

MAX_QUERY_WORDS = 4
"""So many of the typed words, the longest, have to be there."""

_MIN_DIGITS = 3
_WITHOUT_COUNTRY, _WITHOUT_AREA = 10, 7

account_words = Table(
    "account_words",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    # By bytes: a beginning is then a range.
    Column("word", Text(collation="C"), primary_key=True),
    ForeignKeyConstraint(["org_id", "account_id"], ["accounts.org_id", "accounts.id"]),
    Index("account_words_word_idx", "org_id", "word", "account_id"),
)


def words_of_login(display_name: str, username: str) -> list[str]:
    """The words that find a login: of its name, of its address before the @, the whole username, digits of a number."""
    local, is_email, _ = username.partition("@")
    digits = username.removeprefix("+")
    parts = plain(local).split() if is_email else [digits, digits[-_WITHOUT_COUNTRY:], digits[-_WITHOUT_AREA:]]
    return sorted({*plain(display_name).split(), username.casefold(), *parts})


def typed_words(typed: str) -> list[str]:
    """The beginnings of words that are looked for, the longest first: it is the rarest."""
    digits = letters_and_digits(typed)
    if digits.isdecimal() and len(digits) >= _MIN_DIGITS:
        return [digits]
    words = {word for part in typed.split() for word in ([part.casefold()] if "@" in part else plain(part).split())}
    return sorted(words, key=lambda word: (-len(word), word))[:MAX_QUERY_WORDS]


_words = bindparam("words", type_=ARRAY(Text))
_account_id = bindparam("account_id", type_=Uuid)


def add_words(target: CTE) -> Insert:
    """The write that adds those words of an account that are not there; `word_params` gives its parameters."""
    word = func.unnest(_words).column_valued("word")
    new = select(bindparam("org_id", type_=Uuid), _account_id, word).where(exists().select_from(target))
    return insert(account_words).from_select(["org_id", "account_id", "word"], new).on_conflict_do_nothing()


def forget_words(target: CTE) -> Delete:
    """The write that removes the words by which an account is found no longer."""
    words = account_words.c
    return delete(account_words).where(
        words.org_id == bindparam("org_id"),
        words.account_id == _account_id,
        ~words.word.in_(select(func.unnest(_words).column_valued("word"))),
        exists().select_from(target),
    )


def word_params(account: Account) -> Params:
    """The parameters of `add_words` and `forget_words`."""
    is_family = account.org_id == FAMILY_ORG  # which nobody lists
    words = [] if is_family else words_of_login(account.display_name, account.username)
    return {"account_id": account.id, "words": words}
