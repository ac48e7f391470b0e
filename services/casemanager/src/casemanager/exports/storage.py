"""Reading the rows of an export, and the audit of what was exported."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from casemanager.bookings.domain.states import UNANSWERED, State
from casemanager.bookings.storage.listing import Shape, found_page
from casemanager.bookings.storage.load import ORG_ID, with_names
from casemanager.bookings.storage.sorts import Order
from casemanager.bookings.storage.tables import bookings
from casemanager.bookings.storage.walks import NOW, UNIT
from casemanager.case_managers.storage import case_managers
from casemanager.cases.storage import cases
from casemanager.companies.storage import companies
from casemanager.exports.rows import ROW, Row
from casemanager.files.downloads import DownloadKind, downloads
from casemanager.places.storage import places
from casemanager.shared.tables import metadata
from casemanager.specialists.storage import specialists
from casemanager.units.storage import units
from chassis.columns import INSTANT, instant
from chassis.db import Statement, statement

EVERYTHING = 2**31 - 1
"""The limit of a page that has them all."""

_zone = func.coalesce(bookings.c.time_zone, bindparam("zone", type_=Text))
_is_unanswered = bookings.c.state.in_([literal(int(state), SmallInteger) for state in sorted(UNANSWERED)])
_state = case(
    (_is_unanswered & (bookings.c.expire_time <= NOW), literal(State.EXPIRED, SmallInteger)), else_=bookings.c.state
)


def _seconds(since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.extract("epoch", until - since)


def _local(name: str) -> ColumnElement[object]:
    return func.timezone(_zone, bookings.c[name])


_last_download = (
    select(func.timezone(_zone, func.max(downloads.c.download_time)))
    .where(
        downloads.c.org_id == ORG_ID,
        downloads.c.booking_id == bookings.c.id,
        downloads.c.kind == literal(DownloadKind.REPORT, SmallInteger),
    )
    .correlate(bookings)
    .scalar_subquery()
)
"""When somebody last took a version of its report."""

_COLUMNS = {
    **{name: bookings.c[name] for name in ("number", "service_type", "specialty", "mode", "report_version")},
    **{name: bookings.c[name] for name in ("start_time", "cancellation_kind", "cancellation_reason")},
    "case_number": cases.c.number,
    **{name: cases.c[name] for name in ("company_file_number", "subject_given_name", "subject_family_name")},
    "company_name": companies.c.name,
    "unit_name": units.c.name,
    **{f"manager_{name}": case_managers.c[name] for name in ("given_name", "family_name")},
    **{f"specialist_{name}": specialists.c[name] for name in ("title", "given_name", "family_name")},
    "place_name": places.c.name,
    "zone": _zone,
    "minutes": cast(_seconds(bookings.c.start_time, bookings.c.end_time) / literal(60, Integer), Integer),
    "state": _state,
    "hours_to_confirmation": cast(
        func.round(_seconds(bookings.c.request_time, bookings.c.confirm_time) / literal(3600, Integer), 1), Float
    ),
    **{f"local_{name}": _local(f"{name}_time") for name in ("start", "request", "confirm", "report")},
    "last_download": _last_download,
    **{f"local_{name}": _local(f"{name}_time") for name in ("paperwork_due", "paperwork_sent", "report_due")},
}


@lru_cache(maxsize=256)
def export_statement(shape: Shape, order: Order) -> Statement[Row]:
    """The rows of all that is found, in order."""
    page = found_page(shape, order)
    found = with_names.outerjoin(units, (units.c.org_id == bookings.c.org_id) & (units.c.id == UNIT))
    return statement(
        select(*(column.label(name) for name, column in _COLUMNS.items()))
        .select_from(found.join(page, page.c.id == bookings.c.id))
        .where(bookings.c.org_id == ORG_ID)
        .order_by(*order.of(page)),
        into=ROW,
    )


@lru_cache(maxsize=256)
def count_statement(shape: Shape, order: Order) -> Statement[int]:
    """How many are found."""
    return statement(select(func.count()).select_from(found_page(shape, order)), into=int)


exports = Table(
    "exports",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, comment="Of who took it"),
    Column("role", Text, nullable=False),
    Column("format", SmallInteger, nullable=False),
    Column("selection", JSONB, nullable=False, comment="The request as it was"),
    instant("begin_time"),
    Column("row_count", Integer, nullable=False, comment="Known at the end; 0 until then"),
    Column("is_whole", Boolean, nullable=False),
    Index("exports_begin_idx", "org_id", "begin_time", "id"),
    # What is old enough to be removed; whose it is does not matter there.
    Index("exports_age_idx", "begin_time"),
)
"""The audit: which bookings left the house, as a file, and with whom."""

ADD_EXPORT = statement(
    insert(exports).values(
        {
            **{
                name: bindparam(name, type_=exports.c[name].type)
                for name in ("org_id", "id", "account_id", "role", "format", "selection", "begin_time")
            },
            "row_count": literal(0, Integer),
            "is_whole": literal(value=False),
        }
    )
)
END_EXPORT = statement(
    update(exports)
    .where(exports.c.org_id == ORG_ID, exports.c.id == bindparam("export_id", type_=Uuid))
    .values(
        row_count=bindparam("rows", type_=Integer),
        is_whole=bindparam("whole", type_=Boolean),
    )
)

_key = tuple_(exports.c.org_id, exports.c.id)
SWEEP_OLD = statement(
    delete(exports).where(
        _key.in_(
            select(exports.c.org_id, exports.c.id)
            .where(exports.c.begin_time < bindparam("before", type_=INSTANT))
            .limit(bindparam("limit", type_=BigInteger))
            .with_for_update(skip_locked=True)
        )
    ),
    cross_tenant="Rows are removed by their age alone.",
)
"""Removes what began before an instant, at most so many rows."""
