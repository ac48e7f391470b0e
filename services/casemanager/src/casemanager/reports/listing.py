"""The list of the reports of all bookings: what somebody sees, cut before anything is looked up (CM-13, CM-15)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    Uuid,
    bindparam,
    literal,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY

from casemanager.bookings.domain.booking import Booking
from casemanager.bookings.domain.states import OPEN
from casemanager.bookings.domain.visibility import Caller
from casemanager.bookings.storage.load import READER as BOOKING
from casemanager.bookings.storage.load import columns as booking_columns
from casemanager.bookings.storage.load import with_names
from casemanager.bookings.storage.tables import bookings
from casemanager.case_managers.storage import case_managers
from casemanager.files.domain.states import State
from casemanager.reports.domain.report import Report
from casemanager.reports.storage import ORG_ID, READER, columns, is_unread, reports
from chassis.columns import INSTANT
from chassis.db import Executor, Statement, statement
from chassis.pagination import NEWEST, Keyset
from chassis.readers import reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reports: only what the caller has not got yet, and can get; of a case, None: of all."""

    is_unread: bool = False
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A report, and its booking."""

    report: Report
    booking: Booking


BY_FILE_TIME: Keyset[Listed, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda listed: (listed.report.file_time, listed.report.id)
)


async def list_reports(
    executor: Executor,
    org_id: UUID,
    caller: Caller,
    wanted: Wanted,
    *,
    before: tuple[datetime, UUID],
    limit: int,
) -> Sequence[Listed]:
    """At most so many reports from before a position on, in the order of `BY_FILE_TIME`."""
    stmt = _list_statement(_scopes(caller), is_unread_only=wanted.is_unread, of_case=wanted.case_id is not None)
    if stmt is None:
        return []
    params = {
        "case_id": wanted.case_id,
        "account_id": caller.account_id,
        "reader_ids": [caller.case_manager_id],
        "case_manager_id": caller.case_manager_id,
        "unit_id": caller.unit_id,
        "specialist_id": caller.specialist_id,
    }
    known = {name: value for name, value in params.items() if name in stmt.names}
    return await executor.all(stmt, org_id=org_id, before_time=before[0], before_id=before[1], limit=limit, **known)


def _scopes(caller: Caller) -> tuple[str, ...]:
    """By which ways the caller sees reports; each is a walk of its own, and the list unites them."""
    if caller.is_staff:
        return ("all",)
    if caller.case_manager_id is not None:
        return ("named", "own", "unit") if caller.unit_id is not None else ("named", "own")
    return ("filed",) if caller.specialist_id is not None else ()


_of_booking = (bookings.c.org_id == reports.c.org_id) & (bookings.c.id == reports.c.booking_id)
_order = (reports.c.file_time, reports.c.id)
_LIMIT = bindparam("limit", type_=Integer)
_IS_CLEAN = reports.c.state == literal(State.CLEAN.value, SmallInteger)
_COUNTS = _IS_CLEAN & reports.c.withdraw_time.is_(None)


def _is_seen(scope: str) -> Iterator[ColumnElement[bool]]:
    if scope in {"named", "own", "unit"}:
        yield _IS_CLEAN
    match scope:
        case "named":
            yield reports.c.recipient_ids.contains(bindparam("reader_ids", type_=ARRAY(Uuid)))
        case "own":
            yield bookings.c.case_manager_id == bindparam("case_manager_id", type_=Uuid)
        case "unit":
            unit_id = bindparam("unit_id", type_=Uuid)
            is_open = bookings.c.state.in_([literal(int(state), SmallInteger) for state in sorted(OPEN)])
            of_now = select(case_managers.c.id).where(
                case_managers.c.org_id == ORG_ID, case_managers.c.business_unit_id == unit_id
            )
            yield (is_open & bookings.c.case_manager_id.in_(of_now)) | (
                ~is_open & (bookings.c.business_unit_id == unit_id)
            )
        case "filed":
            yield bookings.c.specialist_id == bindparam("specialist_id", type_=Uuid)


def _branch(scope: str, *, is_unread_only: bool, of_case: bool) -> Select[tuple[datetime, UUID]]:
    before = tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid))
    conditions = [reports.c.org_id == ORG_ID, tuple_(*_order) < before, *_is_seen(scope)]
    if is_unread_only:
        conditions += [_COUNTS, is_unread()]
    if of_case:
        conditions.append(bookings.c.case_id == bindparam("case_id", type_=Uuid))
    return (
        select(*_order)
        .select_from(reports.join(bookings, _of_booking))
        .where(*conditions)
        .order_by(reports.c.file_time.desc(), reports.c.id.desc())
        .limit(_LIMIT)
    )


@lru_cache(maxsize=32)
def _list_statement(scopes: tuple[str, ...], *, is_unread_only: bool, of_case: bool) -> Statement[Listed] | None:
    if not scopes:
        return None
    branches = [_branch(scope, is_unread_only=is_unread_only, of_case=of_case) for scope in scopes]
    found = union(*(select(branch.subquery()) for branch in branches)).subquery("found")
    page = (
        select(found.c.file_time, found.c.id)
        .order_by(found.c.file_time.desc(), found.c.id.desc())
        .limit(_LIMIT)
        .subquery("page")
    )
    return statement(
        select(*columns, *booking_columns)
        .select_from(with_names.join(reports, _of_booking).join(page, page.c.id == reports.c.id))
        .where(reports.c.org_id == ORG_ID)
        .order_by(page.c.file_time.desc(), page.c.id.desc()),
        into=reader(Listed, report=READER, booking=BOOKING),
    )
