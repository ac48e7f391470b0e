"""Statements of the senders, which work for every organization at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.types import TypeEngine

from chassis.columns import INSTANT
from chassis.db import statement
from notifications.messages.domain import State
from notifications.messages.storage import IS_SUPERSEDED, NOW, links, messages, metadata, organizations
from notifications.sending.domain import RESERVED
from notifications.shared.domain import Channel, Profile, Urgency

_c = messages.c
WHY = "A sender works for every organization."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that a sender holds: until `due_time` it is nobody else's."""

    org_id: UUID
    id: UUID
    template: str
    channel: Channel
    address: str
    language: str
    values: dict[str, str]
    sealed_values: bytes | None
    reference: str
    group: str
    urgency: Urgency
    not_after: datetime | None
    attempt_count: int
    version: int
    retry_since: datetime
    due_time: datetime
    failure_reason: str
    traceparent: str | None
    is_superseded: bool
    profile: dict[str, str] | None


LIMIT = bindparam("limit", type_=Integer)
CHANNEL = bindparam("channel", type_=SmallInteger)
IS_DUE = (
    _c.due_time <= NOW,
    _c.retry_since <= bindparam("stored_before", type_=INSTANT),
    or_(_c.state != State.SENDING, bindparam("takes_over", type_=Boolean)),
)


def _due(urgency: Urgency, limit: ColumnElement[int]) -> CTE:
    return (
        select(_c.org_id, _c.id)
        .where(_c.channel == CHANNEL, _c.urgency == literal_column(str(int(urgency))), *IS_DUE)
        .order_by(_c.due_time)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte(urgency.name.lower())
    )


_kept = {urgency: LIMIT // part for urgency, part in RESERVED.items()}
_urgent = _due(Urgency.URGENT, LIMIT - _kept[Urgency.NORMAL] - _kept[Urgency.BULK])
_urgent_count = select(func.count()).select_from(_urgent).scalar_subquery()
_normal = _due(Urgency.NORMAL, LIMIT - _kept[Urgency.BULK] - _urgent_count)
_one_by_one = union_all(*(select(cte.c.org_id, cte.c.id) for cte in (_urgent, _normal))).cte("due")

_speaker = func.coalesce(
    select(links.c.org_id)
    .where(links.c.account_id == _c.account_id)
    .order_by(links.c.link_time.desc())
    .limit(1)
    .correlate(messages)
    .scalar_subquery(),
    _c.org_id,
)
"""Who speaks: to a family the organization that it was linked to last."""
_profile = (
    select(func.jsonb_build_object(*(part for f in fields(Profile) for part in (f.name, organizations.c[f.name]))))
    .where(organizations.c.org_id == _speaker)
    .correlate(messages)
    .scalar_subquery()
    .label("profile")
)


def claim(due: CTE) -> ReturningUpdate[Any]:
    """Makes what is due the sender's, as `Claimed`."""
    return (
        update(messages)
        .where(_c.org_id == due.c.org_id, _c.id == due.c.id)
        .values(
            state=State.SENDING,
            due_time=bindparam("lease_until", type_=INSTANT),
            attempt_count=_c.attempt_count + 1,
            version=_c.version + 1,
        )
        .returning(
            *(_c[field.name] for field in fields(Claimed) if field.name not in {"is_superseded", "profile"}),
            IS_SUPERSEDED,
            _profile,
        )
    )


CLAIM_MESSAGES = statement(claim(_one_by_one), into=Claimed, cross_tenant=WHY)
"""Claims what is URGENT or NORMAL and stored since a time; with `takes_over` also what another sender held until its
lease ran out."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt, and the event that says so; the columns of one row of `RECORD_RESULTS`."""

    org_id: UUID
    id: UUID
    version: int
    state: State
    failure_reason: str
    due_time: datetime | None
    send_time: datetime | None
    dead_time: datetime | None
    template_version: int | None
    subject: str
    text: str
    segment_count: int
    event_id: UUID
    event_subject: str
    event_type: str
    event_aggregate_id: UUID
    event_head: bytes
    event_payload: bytes
    event_time: datetime
    traceparent: str | None


_TYPES: dict[str, TypeEngine[Any]] = {
    "event_id": Uuid(),
    "event_subject": Text(),
    "event_type": Text(),
    "event_aggregate_id": Uuid(),
    "event_head": LargeBinary(),
    "event_payload": LargeBinary(),
    "event_time": INSTANT,
}
_result_columns = [
    (field.name, _TYPES[field.name] if field.name in _TYPES else _c[field.name].type) for field in fields(Result)
]
_results = (
    func.unnest(*(bindparam(name, type_=ARRAY(type_)) for name, type_ in _result_columns))
    .table_valued(*(column(name, type_) for name, type_ in _result_columns))
    .render_derived(name="results")
)
# A message that this sender held twice, because its lease ran out in between: what the provider took counts.
_result_of_each = (
    select(_results)
    .ext(distinct_on(_results.c.org_id, _results.c.id))
    .order_by(_results.c.org_id, _results.c.id, _results.c.state != State.SENT, _results.c.version.desc())
    .cte("result_of_each")
)
_r = _result_of_each.c
_is_over = and_(_r.due_time.is_(None), _r.dead_time.is_(None))
_recorded = (
    update(messages)
    .where(
        _c.org_id == _r.org_id,
        _c.id == _r.id,
        # Another hand on the message since (a cancellation, another sender after the lease) made the version move on.
        # A result that says SENT comes with a version further on: what the provider took was sent, whatever else.
        _c.version < _r.version,
        _c.state != State.SENT,
    )
    .values(
        version=_r.version,
        state=_r.state,
        failure_reason=_r.failure_reason,
        # What was withdrawn while it was being sent does not wait for its retry to be cancelled.
        due_time=case((and_(_r.due_time.is_not(None), IS_SUPERSEDED.element), _r.event_time), else_=_r.due_time),
        send_time=_r.send_time,
        dead_time=func.coalesce(_r.dead_time, _c.dead_time),
        dead_reason=case((_r.dead_time.is_(None), _c.dead_reason), else_=_r.failure_reason),
        redrive_time=case((_r.dead_time.is_(None), _c.redrive_time)),
        template_version=func.coalesce(_r.template_version, _c.template_version),
        subject=_r.subject,
        text=_r.text,
        segment_count=_r.segment_count,
        values=case((_is_over, null()), else_=_c["values"]),
        sealed_values=case((_is_over, null()), else_=_c.sealed_values),
    )
    .returning(_c.org_id, _c.id)
    .cte("recorded")
)

RECORD_RESULTS = statement(
    insert(metadata.tables["outbox"]).from_select(
        ["org_id", "id", "subject", "type", "payload", "aggregate_id", "version", "event_time", "traceparent"],
        select(
            _r.org_id,
            func.array_agg(_r.event_id, type_=ARRAY(Uuid()))[1],
            _r.event_subject,
            _r.event_type,
            _r.event_head.concat(func.string_agg(_r.event_payload, literal(b"", LargeBinary()))),
            _r.event_aggregate_id,
            func.max(_r.version),
            func.max(_r.event_time),
            func.max(_r.traceparent),
        )
        .select_from(_result_of_each.join(_recorded, and_(_recorded.c.org_id == _r.org_id, _recorded.c.id == _r.id)))
        .group_by(_r.org_id, _r.event_subject, _r.event_type, _r.event_aggregate_id, _r.event_head),
    ),
    cross_tenant=WHY,
)
"""Writes many results and their events at once, those of a group as one; its count is the number of these events."""


def result_params(results: Sequence[Result]) -> dict[str, object]:
    """The parameters of `RECORD_RESULTS` for these results."""
    return {name: [getattr(result, name) for result in results] for name, _ in _result_columns}


def _state(state: State) -> ColumnElement[int]:
    return literal(int(state), SmallInteger)


_released = (
    func.unnest(*(bindparam(name, type_=ARRAY(_c[name].type)) for name in ("org_id", "id", "version")))
    .table_valued(column("org_id", Uuid()), column("id", Uuid()), column("version", BigInteger()))
    .render_derived(name="released")
)

RELEASE_MESSAGES = statement(
    update(messages)
    .where(
        _c.org_id == _released.c.org_id,
        _c.id == _released.c.id,
        _c.version == _released.c.version,
    )
    .values(
        state=case((_c.attempt_count == 1, _state(State.QUEUED)), else_=_state(State.TEMPORARY_FAILURE)),
        due_time=bindparam("due_time", type_=INSTANT),
        attempt_count=_c.attempt_count - 1,
        version=_c.version + 1,
    ),
    cross_tenant=WHY,
)
"""Hands back what was claimed and not attempted."""
