"""What staff must look at, found by the indexes `paperwork_check_idx` and `reports_check_idx`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    Uuid,
    bindparam,
    exists,
    literal_column,
    select,
    tuple_,
)

from casemanager.bookings.storage.load import READER as BOOKING
from casemanager.bookings.storage.load import columns as booking_columns
from casemanager.bookings.storage.load import with_names
from casemanager.bookings.storage.tables import bookings
from casemanager.files.domain.states import UNJUDGED, State
from casemanager.files.storage import is_in, is_there, line_of, paperwork
from casemanager.paperwork.domain.file import Paperwork
from casemanager.paperwork.storage import PAPERWORK
from casemanager.reports.listing import Listed
from casemanager.reports.storage import READER as REPORT
from casemanager.reports.storage import columns as report_columns
from casemanager.reports.storage import reports
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.pagination import NEWEST, Keyset
from chassis.readers import reader

_ORG_ID = bindparam("org_id", type_=Uuid)
# As the indexes have it: written out, so that a prepared plan knows that it fits.
_AWAITED: list[ColumnElement[int]] = [
    literal_column(str(state.value)) for state in sorted({*UNJUDGED, State.QUARANTINED})
]


@dataclass(frozen=True, slots=True)
class FileToCheck:
    """A file of paperwork with the number of its booking."""

    file: Paperwork
    booking_number: str


Found = FileToCheck | Listed
"""A file of paperwork, or a version of a report."""


def _awaits(files: Table, come_time: ColumnElement[datetime]) -> Iterable[ColumnElement[bool]]:
    """Quarantined, or without a verdict since `stuck_time`; from before a position on."""
    yield files.c.org_id == _ORG_ID
    yield files.c.state.in_(_AWAITED)
    yield is_in(files, State.QUARANTINED) | (come_time <= bindparam("stuck_time", type_=INSTANT))
    before = tuple_(bindparam("before_time", type_=INSTANT), bindparam("before_id", type_=Uuid))
    yield tuple_(come_time, files.c.id) < before


def _booking_of(files: Table) -> ColumnElement[bool]:
    return (bookings.c.org_id == files.c.org_id) & (bookings.c.id == files.c.booking_id)


_LIMIT = bindparam("limit", type_=BigInteger)
# What was held back before a clean version is nobody's concern any more.
_later = paperwork.alias("later")
_age = ("file_version", "upload_time", "id")
_has_cleaned = exists().where(
    _later.c.org_id == _ORG_ID,
    _later.c.booking_id == paperwork.c.booking_id,
    is_there(_later),
    is_in(_later, State.CLEAN),
    line_of(_later) == line_of(paperwork),
    tuple_(*(_later.c[name] for name in _age)) > tuple_(*(paperwork.c[name] for name in _age)),
)
LIST_PAPERWORK_TO_CHECK = statement(
    select(*PAPERWORK.columns(), bookings.c.number.label("booking_number"))
    .join(bookings, _booking_of(paperwork))
    .where(*_awaits(paperwork, paperwork.c.upload_time), ~is_in(paperwork, State.QUARANTINED) | ~_has_cleaned)
    .order_by(paperwork.c.upload_time.desc(), paperwork.c.id.desc())
    .limit(_LIMIT),
    into=reader(FileToCheck, file=PAPERWORK.reader(), booking_number="booking_number"),
)
"""The files of paperwork that staff must look at, the newest first."""

_page = (
    select(reports.c.file_time, reports.c.id)
    .join(bookings, _booking_of(reports))
    .where(
        *_awaits(reports, reports.c.file_time),
        ~is_in(reports, State.QUARANTINED) | (reports.c.report_version > bookings.c.report_version),
    )
    .order_by(reports.c.file_time.desc(), reports.c.id.desc())
    .limit(_LIMIT)
    .subquery("page")
)
LIST_REPORTS_TO_CHECK = statement(
    select(*report_columns, *booking_columns)
    .select_from(with_names.join(reports, _booking_of(reports)).join(_page, _page.c.id == reports.c.id))
    .where(reports.c.org_id == _ORG_ID)
    .order_by(_page.c.file_time.desc(), _page.c.id.desc()),
    into=reader(Listed, report=REPORT, booking=BOOKING),
)
"""The versions of reports that staff must look at, the newest first; cut before anything is looked up."""


def _position(found: Found) -> tuple[datetime, UUID]:
    if isinstance(found, Listed):
        return found.report.file_time, found.report.id
    return found.file.upload_time, found.file.id


NEWEST_TO_CHECK: Keyset[Found, tuple[datetime, UUID]] = Keyset(first=NEWEST, of=_position)


def newest_of(found: Iterable[Found], limit: int) -> Sequence[Found]:
    """The first so many in the order of the list."""
    return sorted(found, key=_position, reverse=True)[:limit]
