"""What a run of invitations writes, a chunk at a time: one statement for all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import TypeEngine

from applications.application.domain.invitation import InvitationOutcome
from applications.application.domain.timeline import Kind
from applications.application.storage.tables import guardians, invitations, timeline
from applications.batches.domain.batch import Outcome
from applications.batches.storage.chunks import fenced, of_outcome
from applications.batches.storage.tables import batch_rows
from applications.shared.metadata import metadata
from chassis.columns import INSTANT
from chassis.db import statement

_org_id = bindparam("org_id", type_=Uuid)
_batch_id = bindparam("batch_id", type_=Uuid)
_now = bindparam("now", type_=INSTANT)
_g, _i, _row = guardians.c, invitations.c, batch_rows.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A row that is to be invited, as the columns of one row of INVITE_ROWS.

    `request` and `event` are pieces of `MessageRequests` and `GuardianEvents` on the wire: putting bytes together puts
    repeated fields together. `parcel`, from 1, is the number of the events that they travel in.
    """

    position: int
    guardian_id: UUID
    application_id: UUID
    loaded_version: int
    version: int
    invitation_id: UUID
    method: int
    contact: str
    token_hash: bytes
    code_hash: bytes
    expire_time: datetime
    ended_id: UUID | None
    entry_id: UUID
    detail: str
    request: bytes
    event: bytes
    parcel: int


_TYPES: dict[str, TypeEngine[Any]] = {
    "position": Integer(),
    "loaded_version": BigInteger(),
    "version": BigInteger(),
    "method": SmallInteger(),
    "parcel": Integer(),
    **dict.fromkeys(("guardian_id", "application_id", "invitation_id", "ended_id", "entry_id"), Uuid()),
    **dict.fromkeys(("contact", "detail"), Text()),
    **dict.fromkeys(("token_hash", "code_hash", "request", "event"), LargeBinary()),
    "expire_time": INSTANT,
}
_COLUMNS = tuple(Invited.__dataclass_fields__)
_arrays = (
    func.unnest(*(bindparam(f"rows_{name}", type_=ARRAY(_TYPES[name])) for name in _COLUMNS))
    .table_valued(*(column(name, _TYPES[name]) for name in _COLUMNS))
    .render_derived(name="arrays")
)
_given = fenced(select(_org_id.label("org_id"), _batch_id.label("batch_id"), *_arrays.c), "given")
# In the order of their ids, so that two batches over the same guardians cannot wait for each other; whom somebody holds
# is left for the next pass, so that no chunk waits for a person. Who changed since then has another version.
_held = (
    select(_g.id)
    .join(_given, (_given.c.org_id == _g.org_id) & (_given.c.guardian_id == _g.id))
    .where(_given.c.loaded_version == _g.version)
    .order_by(_g.id)
    .with_for_update(of=guardians, key_share=True, skip_locked=True)
    .cte("held")
)
_won = fenced(select(*_given.c).join(_held, _held.c.id == _given.c.guardian_id), "won")
_w = _won.c
# It is open: its end would have given the guardian another version. To ask for that would offer the planner the index
# of open invitations, through which it walks for each row.
_ended = (
    update(invitations)
    .where(_i.org_id == _w.org_id, _i.id == _w.ended_id)
    .values(outcome=literal_column(str(InvitationOutcome.REPLACED.value)), end_time=_now)
    .returning(_i.id)
    .cte("ended")
)
_when_ended: ColumnElement[bool] = select(func.count()).select_from(_ended).scalar_subquery() >= literal_column("0")
_new = (
    *("org_id", "id", "application_id", "guardian_id", "method", "contact", "token_hash", "code_hash", "by_family"),
    *("create_time", "expire_time", "batch_id", "batch_position"),
)
_invited = (
    insert(invitations)
    .from_select(
        list(_new),
        select(
            *(_org_id, _w.invitation_id, _w.application_id, _w.guardian_id, _w.method, _w.contact, _w.token_hash),
            *(_w.code_hash, literal_column("false"), _now, _w.expire_time, _batch_id, _w.position),
        ).where(_when_ended),
    )
    .cte("invited")
)
_changed = (
    update(guardians)
    .where(_g.org_id == _w.org_id, _g.id == _w.guardian_id)
    .values(
        invitation_id=_w.invitation_id,
        offered_until=_w.expire_time,
        failure_reason="",
        # A link that was taken away can no longer be given back; one that stands is never invited.
        account_id=null(),
        account_username=null(),
        link_time=null(),
        unlink_time=null(),
        update_time=_now,
        version=_w.version,
    )
    .cte("changed")
)
_noted = (
    insert(timeline)
    .from_select(
        [
            *("org_id", "application_id", "event_time", "id", "kind", "guardian_id", "actor_id", "method", "detail"),
            "invitation_id",
        ],
        select(
            *(_org_id, _w.application_id, _now, _w.entry_id, literal_column(str(Kind.INVITED.value)), _w.guardian_id),
            *(bindparam("actor_id", type_=Uuid), _w.method, _w.detail, _w.invitation_id),
        ),
    )
    .cte("noted")
)
_done = (
    update(batch_rows)
    .where(_row.org_id == _w.org_id, _row.batch_id == _w.batch_id, _row.position == _w.position)
    .values(outcome=of_outcome(Outcome.INVITED), invitation_id=_w.invitation_id)
    .cte("done")
)
_parcels = (
    func.unnest(*(bindparam(f"parcels_{name}", type_=ARRAY(Uuid)) for name in ("request_id", "event_id")))
    .table_valued(column("request_id", Uuid), column("event_id", Uuid), with_ordinality="number")
    .render_derived(name="parcels")
)
_EVENT = ("org_id", "id", "subject", "type", "payload", "aggregate_id", "version", "event_time")


def _together(piece: ColumnElement[bytes]) -> ColumnElement[bytes]:
    return func.string_agg(piece, aggregate_order_by(literal_column("''::bytea"), _w.position))


def _told(id_: ColumnElement[UUID], subject: str, kind: str, piece: ColumnElement[bytes]) -> Select[tuple[object, ...]]:
    return (
        select(
            *(_org_id, id_, literal_column(f"'{subject}'"), literal_column(f"'{kind}'"), _together(piece)),
            *(_batch_id, literal_column("0"), _now),
        )
        .select_from(_won.join(_parcels, _parcels.c.number == _w.parcel))
        .group_by(id_)
    )


_sent = (
    insert(metadata.tables["outbox"])
    .from_select(
        list(_EVENT),
        union_all(
            _told(
                _parcels.c.request_id,
                "notification.requested_in_bulk",
                "portico.notifications.v1.MessageRequests",
                _w.request,
            ),
            _told(_parcels.c.event_id, "guardian.changed", "portico.applications.v1.GuardianEvents", _w.event),
        ),
    )
    .cte("sent")
)
INVITE_ROWS = statement(
    select(func.count()).select_from(_won).add_cte(_ended, _invited, _changed, _noted, _done, _sent),
    into=int,
)
"""Invites those of the rows that nobody holds and whose guardians are as loaded, with all that follows; how many."""


def invited_params(rows: Sequence[Invited]) -> dict[str, object]:
    """The rows as parameters of INVITE_ROWS."""
    return {f"rows_{name}": [getattr(row, name) for row in rows] for name in _COLUMNS}
