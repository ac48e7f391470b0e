"""What decisions about many guardians leave behind, in one statement; whom somebody else holds or changed is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Delete,
    Insert,
    SmallInteger,
    Update,
    Uuid,
    bindparam,
    case,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.types import BigInteger, Text, TypeEngine

from applications.application.domain.decision import Decision
from applications.application.domain.events import Unlinked
from applications.application.domain.search_keys import entry_of
from applications.application.domain.timeline import TimelineEntry
from applications.application.storage.rows import ENTRY, guardian_columns
from applications.application.storage.tables import family_names, guardians, invitations, timeline, unlink_notices
from applications.application.storage.writes import GUARDIAN_CHANGES
from applications.batches.domain.batch import Outcome
from applications.batches.storage.chunks import fenced
from applications.batches.storage.pieces import insert_pieces
from applications.batches.storage.tables import batch_rows
from chassis.columns import INSTANT
from chassis.ids import Ids
from chassis.mapping import Params
from chassis.saves import rows_of, save

_org_id = bindparam("org_id", type_=Uuid)
_batch_id = bindparam("batch_id", type_=Uuid)
_ROW = ("position", "outcome", "unlink_time", "contact_hash")
_NAMES: dict[str, TypeEngine[Any]] = {"name_plain": Text(), "name_spellings": Text(), "name_keys": Text()}
_NOTICE: dict[str, TypeEngine[Any]] = {"notice_id": Uuid(), "notice_account_id": Uuid(), "notice_username": Text()}
_GIVEN: dict[str, TypeEngine[Any]] = {
    "guardian_id": Uuid(),
    "loaded_version": BigInteger(),
    **{f"guardian_{name}": guardians.c[name].type for name in GUARDIAN_CHANGES},
    **{f"row_{name}": batch_rows.c[name].type for name in _ROW},
    "ended_id": Uuid(),
    "ended_outcome": SmallInteger(),
    "ended_end_time": INSTANT,
    **_NOTICE,
    **_NAMES,
}
_arrays = (
    func.unnest(*(bindparam(f"given_{name}", type_=ARRAY(kind)) for name, kind in _GIVEN.items()))
    .table_valued(*(column(name, kind) for name, kind in _GIVEN.items()))
    .render_derived(name="arrays")
)
_given = fenced(select(_org_id.label("org_id"), _batch_id.label("row_batch_id"), *_arrays.c), "given")
_locked = (
    select(*_given.c)
    .join(guardians, (guardians.c.org_id == _given.c.org_id) & (guardians.c.id == _given.c.guardian_id))
    .where(guardians.c.version == _given.c.loaded_version)
    .order_by(guardians.c.id)
    .with_for_update(of=guardians, key_share=True, skip_locked=True)
    .cte("locked")
)
"""In the order of their ids, so that two batches over the same guardians never wait for each other in a circle; whom a
person is just changing is left to the next pass."""


_TOLD = [_locked.c[name] for name in _GIVEN if name.startswith(("row_", "ended_", "notice_", "name_"))]


def _change_rows(target: CTE) -> Update:
    return (
        update(batch_rows)
        .where(
            batch_rows.c.org_id == _org_id,
            # By the column: with the parameter the planner may walk through the whole batch for each of them.
            batch_rows.c.batch_id == target.c.row_batch_id,
            batch_rows.c.position == target.c.row_position,
        )
        .values({name: target.c[f"row_{name}"] for name in _ROW if name != "position"})
    )


def _end_invitations(target: CTE) -> Update:
    return (
        update(invitations)
        .where(
            invitations.c.org_id == _org_id,
            invitations.c.id == target.c.ended_id,
            invitations.c.end_time.is_(None),
        )
        .values(outcome=target.c.ended_outcome, end_time=target.c.ended_end_time)
    )


def _change_names(target: CTE) -> Update:
    return (
        update(family_names)
        .where(
            family_names.c.org_id == _org_id,
            family_names.c.guardian_id == target.c.id,
            target.c.name_plain.is_not(None),
        )
        .values(
            plain=target.c.name_plain,
            spellings=target.c.name_spellings,
            search_keys=func.string_to_array(target.c.name_keys, literal_column("' '")),
        )
    )


def _add_notices(target: CTE) -> Insert:
    """Without a time: they fall due with their batch."""
    return insert(unlink_notices).from_select(
        ["org_id", "id", "account_id", "username", "guardian_id", "batch_id"],
        select(_org_id, *(target.c[name] for name in _NOTICE), target.c.id, target.c.row_batch_id).where(
            target.c.notice_id.is_not(None)
        ),
    )


def _drop_notices(target: CTE) -> Delete:
    """Nobody is told of an unlink who is linked again."""
    return delete(unlink_notices).where(
        unlink_notices.c.org_id == _org_id,
        unlink_notices.c.guardian_id == target.c.id,
        unlink_notices.c.account_id == target.c.linked_account_id,
        unlink_notices.c.send_time.is_(None),
    )


_LINE = tuple(str(each.name) for each in timeline.c if each.name != "org_id")


def _add_lines(target: CTE) -> Insert:
    arrays = [bindparam(f"timeline_{name}", type_=ARRAY(timeline.c[name].type)) for name in _LINE]
    lines = func.unnest(*arrays).table_valued(*(column(name, timeline.c[name].type) for name in _LINE))
    each = lines.render_derived(name="lines")
    return insert(timeline).from_select(
        ["org_id", *_LINE], select(_org_id, *each.c).where(each.c.guardian_id == target.c.id)
    )


SAVE_DECISIONS = save(
    update(guardians)
    .where(guardians.c.org_id == _locked.c.org_id, guardians.c.id == _locked.c.guardian_id)
    .values({name: _locked.c[f"guardian_{name}"] for name in GUARDIAN_CHANGES})
    .returning(
        guardians.c.id,
        *_TOLD,
        _locked.c.row_batch_id,
        case((_locked.c.guardian_unlink_time.is_(None), _locked.c.guardian_account_id)).label("linked_account_id"),
    ),
    *(_change_rows, _end_invitations, _change_names, _add_notices, _drop_notices, _add_lines),
    insert_pieces,
)
"""Guardians as decisions left them, with their rows; the number of those that were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision about the guardian of a row, and how the row is then; `lines` are those of its events."""

    decision: Decision
    lines: Sequence[TimelineEntry]
    position: int
    outcome: Outcome
    unlink_time: datetime | None
    contact_hash: bytes | None


def decisions_params(each: Sequence[Decided], *, ids: Ids) -> Params:
    """The parameters of SAVE_DECISIONS but the batch's id and those of its events."""
    given = [_given_row(one, ids) for one in each]
    return {
        **{f"given_{name}": [row[name] for row in given] for name in _GIVEN},
        **rows_of(
            timeline,
            (
                {**ENTRY.params(line), "application_id": one.decision.application.id}
                for one in each
                for line in one.lines
            ),
        ),
    }


def _given_row(one: Decided, ids: Ids) -> Params:
    decision, ended = one.decision, one.decision.ended
    columns = guardian_columns(decision.guardian)
    unlinked = next((event for event in decision.events if isinstance(event, Unlinked)), None)
    is_found_by_the_same = decision.before.contacts == decision.guardian.contacts
    found_by = None if is_found_by_the_same else entry_of(decision.application, decision.guardian)
    return {
        "guardian_id": decision.guardian.id,
        "loaded_version": decision.before.version,
        **{f"guardian_{name}": columns[name] for name in GUARDIAN_CHANGES},
        **{f"row_{name}": getattr(one, name) for name in _ROW},
        "ended_id": ended and ended.id,
        "ended_outcome": ended and ended.outcome,
        "ended_end_time": ended and ended.end_time,
        "notice_id": ids() if unlinked else None,
        "notice_account_id": unlinked and unlinked.link.account_id,
        "notice_username": unlinked and unlinked.link.username,
        "name_plain": found_by and found_by.sort_key,
        "name_spellings": found_by and found_by.spellings,
        "name_keys": " ".join(found_by.keys) if found_by else None,
    }
