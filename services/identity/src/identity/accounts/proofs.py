"""The table of proofs: how an account's are loaded beside it, added, used up and forgotten."""

from datetime import timedelta

import msgspec
from sqlalchemy import (
    ARRAY,
    CTE,
    Column,
    ColumnElement,
    Delete,
    ForeignKeyConstraint,
    Index,
    Interval,
    Label,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Update,
    Uuid,
    any_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from chassis.columns import INSTANT, instant
from chassis.mapping import Params, mapping
from chassis.readers import reader
from chassis.saves import insert_each, rows_of
from identity.accounts.domain import Change, Proof
from identity.shared.tables import metadata

COUNTED = timedelta(days=1)
"""So long after its end a proof is still loaded with its account: requests are counted over a day."""

KEPT = timedelta(days=30)
"""So long after its end a link can say that it has expired, or was used."""

proofs = Table(
    "proofs",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("requester", LargeBinary, comment="Keyed hash of a stranger's network; null: staff asked"),
    instant("create_time"),
    instant("expire_time"),
    instant("use_time", nullable=True, comment="When a password was set, with it or with another"),
    UniqueConstraint("org_id", "hash"),
    ForeignKeyConstraint(["org_id", "account_id"], ["accounts.org_id", "accounts.id"]),
    Index("proofs_account_idx", "org_id", "account_id", "expire_time"),
)
_PROOF = mapping(proofs, Proof, beside=("org_id", "account_id"))
_now = bindparam("now", type_=INSTANT)


def _in_json(column: ColumnElement[object]) -> ColumnElement[object]:
    return func.encode(column, "base64") if isinstance(column.type, LargeBinary) else column


def proofs_of_account(account_id: ColumnElement[object], *, since: timedelta) -> Label[object]:
    """The column `proofs` of a row with this account: those that lived within this time before `now`, newest first."""
    fields = [
        part for name in Proof.__dataclass_fields__ for part in (literal_column(f"'{name}'"), _in_json(proofs.c[name]))
    ]
    newest_first = aggregate_order_by(func.jsonb_build_object(*fields), proofs.c.create_time.desc(), proofs.c.id.desc())
    return (
        select(func.coalesce(func.jsonb_agg(newest_first), literal([], JSONB)))
        .where(
            proofs.c.org_id == bindparam("org_id"),
            proofs.c.account_id == account_id,
            proofs.c.expire_time > _now - cast(since, Interval),
        )
        .scalar_subquery()
        .label("proofs")
    )


def _read(rows: list[object]) -> tuple[Proof, ...]:
    return msgspec.convert(rows, tuple[Proof, ...]) if rows else ()


PROOFS = reader(_read, "proofs")
"""Reads the column that `proofs_of_account` makes."""

account_of_proof = (
    select(proofs.c.account_id)
    .where(
        proofs.c.org_id == bindparam("org_id"),
        proofs.c.hash == any_(bindparam("proof_hashes", type_=ARRAY(LargeBinary))),
    )
    .scalar_subquery()
)

_NEW_PROOF = ("id", "account_id", "purpose", "hash", "requester", "create_time", "expire_time")

add_proofs = insert_each(proofs, *_NEW_PROOF)
"""The write that adds a proof beside a change of its account; `proof_params` gives its parameters."""


def proof_params(change: Change) -> Params:
    """The parameters of `add_proofs`."""
    new = [change.proof] if change.proof else []
    rows = ({**_PROOF.params(proof), "account_id": change.account.id} for proof in new)
    return rows_of(proofs, rows, *_NEW_PROOF)


_of_account = (proofs.c.org_id == bindparam("org_id"), proofs.c.account_id == bindparam("account_id"))


def use_proofs(target: CTE) -> Update:
    """The write that notes on the proofs `used_proofs` that a password was set."""
    used = proofs.c.id == any_(bindparam("used_proofs", type_=ARRAY(Uuid)))
    return update(proofs).where(*_of_account, used, exists().select_from(target)).values(use_time=_now)


def forget_proofs(target: CTE) -> Delete:
    """The write that removes the account's proofs that nobody will ask about any more."""
    return delete(proofs).where(
        *_of_account, proofs.c.expire_time <= _now - cast(KEPT, Interval), exists().select_from(target)
    )
