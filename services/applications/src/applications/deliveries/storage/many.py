"""Reports about the messages of one batch: one statement for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    SmallInteger,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from applications.application.domain.invitation import InvitationOutcome
from applications.application.storage.tables import guardians, invitations, timeline
from applications.batches.storage.chunks import fenced
from applications.batches.storage.tables import batches
from applications.deliveries.domain import FINAL
from chassis.columns import INSTANT
from chassis.db import statement

_org_id = bindparam("org_id", type_=Uuid)
_g, _i, _b = guardians.c, invitations.c, batches.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest report about a message: the columns of one row of NOTE_REPORTS.

    `failure_reason` None: nothing new is known. `revokes`: the message was taken back with its batch, and so is the
    invitation.
    """

    invitation_id: UUID
    message_version: int
    message_state: int
    failure_reason: str | None
    revokes: bool
    event_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the timeline about a message."""

    invitation_id: UUID
    entry_id: UUID
    kind: int
    detail: str
    event_time: datetime


_NEWEST: Mapping[str, TypeEngine[Any]] = {
    "invitation_id": Uuid(),
    "message_version": BigInteger(),
    "message_state": SmallInteger(),
    "failure_reason": Text(),
    "revokes": Boolean(),
    "event_time": INSTANT,
}
_LINES: Mapping[str, TypeEngine[Any]] = {
    "invitation_id": Uuid(),
    "entry_id": Uuid(),
    "kind": SmallInteger(),
    "detail": Text(),
    "event_time": INSTANT,
}
_reports = (
    func.unnest(*(bindparam(f"reports_{name}", type_=ARRAY(type_)) for name, type_ in _NEWEST.items()))
    .table_valued(*(column(name, type_) for name, type_ in _NEWEST.items()))
    .render_derived(name="reports")
)
_given = fenced(select(_org_id.label("org_id"), *_reports.c), "given")
_told_lines = (
    func.unnest(*(bindparam(f"lines_{name}", type_=ARRAY(type_)) for name, type_ in _LINES.items()))
    .table_valued(*(column(name, type_) for name, type_ in _LINES.items()))
    .render_derived(name="told_lines")
)
_lines = fenced(select(_org_id.label("org_id"), *_told_lines.c), "lines")
_known_failure = case((_i.contact == _g.email, _g.email_failure_time), else_=_g.phone_failure_time)
_failure_time = case((_given.c.failure_reason != literal_column("''"), _given.c.event_time))
_tells_something = and_(
    _given.c.failure_reason.is_not(None),
    _i.contact.in_([_g.email, _g.phone]),
    or_(_g.failure_reason != _given.c.failure_reason, _known_failure.is_distinct_from(_failure_time)),
)
_is_revoked = and_(_given.c.revokes, _i.end_time.is_(None))
# Guardians before invitations, as every change of a guardian takes them, and in the order of their ids: nobody waits
# for somebody who waits for them. Few are changed: a message that was sent says nothing new about its guardian.
_held = (
    select(_g.id)
    .join(invitations, and_(_i.org_id == _g.org_id, _i.guardian_id == _g.id, _i.id == _g.invitation_id))
    .join(_given, and_(_given.c.org_id == _i.org_id, _given.c.invitation_id == _i.id))
    .where(
        _i.message_version < _given.c.message_version,
        or_(_tells_something, _is_revoked),
    )
    .order_by(_g.id)
    .with_for_update(of=guardians, key_share=True)
    .cte("held")
)
_when_held: ColumnElement[bool] = select(func.count()).select_from(_held).scalar_subquery() >= literal_column("0")
_before = (
    select(
        _i.org_id,
        _i.id,
        _i.guardian_id,
        _i.contact,
        _i.create_time,
        _i.message_state.label("old_state"),
        _is_revoked.label("is_revoked"),
        *(_given.c[name] for name in ("message_version", "message_state", "failure_reason", "event_time")),
    )
    .join(_given, and_(_given.c.org_id == _i.org_id, _given.c.invitation_id == _i.id))
    .where(_i.message_version < _given.c.message_version, _when_held)
    .order_by(_i.id)
    .with_for_update(of=invitations, key_share=True)
    .cte("before")
)
_was = _before.c
_advanced = (
    update(invitations)
    .where(_i.org_id == _was.org_id, _i.id == _was.id)
    .values(
        message_version=_was.message_version,
        message_state=_was.message_state,
        outcome=case((_was.is_revoked, literal_column(str(InvitationOutcome.REVOKED.value))), else_=_i.outcome),
        end_time=case((_was.is_revoked, _was.event_time), else_=_i.end_time),
    )
    .cte("advanced")
)


def _failed(contact: ColumnElement[str], known: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """When a contact failed: what is reported, if it is that one's message that has a reason or arrived."""
    reported = case((_was.failure_reason != literal_column("''"), _was.event_time))
    return case((and_(_was.contact == contact, _was.failure_reason.is_not(None)), reported), else_=known)


_changed = (
    update(guardians)
    .where(
        _g.org_id == _was.org_id,
        _g.id == _was.guardian_id,
        _g.invitation_id == _was.id,
        exists().where(_held.c.id == _g.id).correlate(guardians),
    )
    .values(
        failure_reason=func.coalesce(_was.failure_reason, _g.failure_reason),
        email_failure_time=_failed(_g.email, _g.email_failure_time),
        phone_failure_time=_failed(_g.phone, _g.phone_failure_time),
        offered_until=case((_was.is_revoked, _was.create_time), else_=_g.offered_until),
        update_time=func.greatest(_g.update_time, _was.event_time),
        version=_g.version + literal_column("1"),
    )
    .cte("changed")
)
_LINE = ("org_id", "application_id", "event_time", "id", "kind", "guardian_id", "method", "detail", "invitation_id")
_noted = (
    insert(timeline)
    .from_select(
        list(_LINE),
        select(
            *(_org_id, _i.application_id, _lines.c.event_time, _lines.c.entry_id, _lines.c.kind, _i.guardian_id),
            *(_i.method, _lines.c.detail, _i.id),
        ).join(_lines, and_(_lines.c.org_id == _i.org_id, _lines.c.invitation_id == _i.id)),
    )
    .cte("noted")
)


def _is_final(state: ColumnElement[int]) -> ColumnElement[bool]:
    return state.in_([literal_column(str(final)) for final in sorted(FINAL)])


_counts = (
    select(
        func.count().filter(_was.old_state == literal_column("0")).label("accepted"),
        func.count().filter(and_(_is_final(_was.message_state), not_(_is_final(_was.old_state)))).label("reported"),
    )
    .select_from(_before)
    .cte("counts")
)
NOTE_REPORTS = statement(
    update(batches)
    .where(_b.org_id == _org_id, _b.id == bindparam("batch_id", type_=Uuid))
    .values(
        accepted_count=_b.accepted_count + _counts.c.accepted, reported_count=_b.reported_count + _counts.c.reported
    )
    .add_cte(_advanced, _changed, _noted)
)
"""Writes down what many reports of one batch say, and counts whose messages are taken, and whose are sent or given up.

Older reports than the newest known change nothing but the timeline.
"""


def report_params(newest: Sequence[Newest], lines: Sequence[Line]) -> dict[str, object]:
    """The parameters of NOTE_REPORTS."""
    return {
        **{f"reports_{name}": [getattr(report, name) for report in newest] for name in _NEWEST},
        **{f"lines_{name}": [getattr(line, name) for line in lines] for name in _LINES},
    }
