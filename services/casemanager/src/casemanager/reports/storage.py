"""The table of reports, and the statements on it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Insert,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Update,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from casemanager.bookings.storage.save import save_beside
from casemanager.bookings.storage.tables import bookings
from casemanager.case_managers.domain import AccountStatus
from casemanager.case_managers.storage import case_managers
from casemanager.cases.domain import Case
from casemanager.cases.storage import CASE, cases
from casemanager.companies.storage import companies
from casemanager.files.domain.states import UNJUDGED
from casemanager.files.downloads import downloads, ended_download
from casemanager.files.scanning import claim_scans, list_kept_blobs, queue_received
from casemanager.logins.storage import can_sign_in, logins
from casemanager.reports.domain.change import Change
from casemanager.reports.domain.report import Person, Recipient, RecipientKind, Report
from casemanager.shared.tables import metadata
from casemanager.tasks.storage import beside_params, change_tasks, open_tasks, tasks_are_as_loaded
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import Params, mapping
from chassis.pagination import NEWEST, Keyset
from chassis.readers import reader
from chassis.saves import save
from chassis.text import full_name

reports = Table(
    "reports",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("booking_id", Uuid, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("report_version", "replaces_version")),
    *(Column(name, SmallInteger, nullable=False) for name in ("kind", "file_kind", "state", "filed_as")),
    *(Column(name, Text, nullable=False) for name in ("file_name", "note", "signature", "scanner")),
    *(Column(name, Text, nullable=False) for name in ("filer_name", "withdraw_reason")),
    Column("release_reason", Text, nullable=False, server_default=""),
    Column("recipients", JSONB, nullable=False, comment="Who is to read it, as they were called then"),
    Column("recipient_ids", ARRAY(Uuid), nullable=False, comment="The case managers among the recipients"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("blob_key", Text, nullable=False, comment="Where the bytes are in the blob store"),
    instant("state_time"),
    Column("verdict", SmallInteger),
    instant("scan_time", nullable=True),
    Column("scan_attempts", Integer, nullable=False),
    instant("next_scan_time", nullable=True),
    Column("filed_by", Uuid),
    instant("file_time"),
    instant("withdraw_time", nullable=True),
    Column("withdrawn_by", Uuid),
    Column("version", BigInteger, nullable=False),
    ForeignKeyConstraint(["org_id", "booking_id"], ["bookings.org_id", "bookings.id"]),
    Index("reports_booking_key", "org_id", "booking_id", "report_version", unique=True),
    Index("reports_file_idx", "org_id", "file_time", "id"),
    Index("reports_check_idx", "org_id", "file_time", "id", postgresql_where=text("state IN (1, 2, 4)")),
    Index("reports_recipients_idx", "recipient_ids", postgresql_using="gin"),
    Index("reports_blob_key_key", "blob_key", unique=True),
    # What is to be scanned; whose it is does not matter there.
    Index("reports_scan_idx", "next_scan_time", "id", postgresql_where=text("next_scan_time IS NOT NULL")),
)


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _recipients(stored: Iterable[Mapping[str, str]]) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(
            kind=RecipientKind[each["kind"]],
            case_manager_id=_id(each["case_manager_id"]),
            party_id=_id(each["party_id"]),
            name=each["name"],
            email=each["email"],
        )
        for each in stored
    )


_ELSEWHERE = ("company_file_number", "downloads_count", "is_unread")
REPORT = mapping(
    reports,
    Report,
    by_hand={"recipients": reader(_recipients, "recipients")},
    beside=("recipient_ids",),
    elsewhere=_ELSEWHERE,
)
ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("report_id", type_=Uuid)

_theirs = (downloads.c.org_id == ORG_ID, downloads.c.file_id == reports.c.id)
_count = select(func.count()).select_from(downloads).where(*_theirs).correlate(reports).scalar_subquery()


def is_unread() -> ColumnElement[bool]:
    """Whether the account has not got all of a report."""
    is_mine = downloads.c.account_id == bindparam("account_id", type_=Uuid)
    return ~exists().where(*_theirs, is_mine, downloads.c.is_whole).correlate(reports)


HAS_READ = statement(
    select(
        exists().where(
            downloads.c.org_id == ORG_ID,
            downloads.c.file_id == _ID,
            downloads.c.is_whole,
            downloads.c.account_id == logins.c.account_id,
            logins.c.org_id == ORG_ID,
            logins.c.person_id == bindparam("person_id", type_=Uuid),
        )
    ),
    into=bool,
)
"""Whether somebody has got all of a report."""

_PREFIX = "filed_report_"
"""A booking has columns of its own that begin with `report_`."""
columns = (
    *REPORT.columns(_PREFIX),
    cases.c.company_file_number.label(_PREFIX + "company_file_number"),
    _count.label(_PREFIX + "downloads_count"),
    is_unread().label(_PREFIX + "is_unread"),
)
"""A report with what stands elsewhere, beside its booking and its case, as `READER` reads it."""
READER = REPORT.reader(_PREFIX, **{name: _PREFIX + name for name in _ELSEWHERE})

LIST_OF_BOOKING = statement(
    select(*columns)
    .select_from(
        reports.join(bookings, (bookings.c.org_id == reports.c.org_id) & (bookings.c.id == reports.c.booking_id)).join(
            cases, (cases.c.org_id == bookings.c.org_id) & (cases.c.id == bookings.c.case_id)
        )
    )
    .where(reports.c.org_id == ORG_ID, reports.c.booking_id == bindparam("booking_id", type_=Uuid))
    .order_by(reports.c.report_version.desc()),
    into=READER,
)
"""All versions of a booking's report, the newest first: 50 at most."""

FIND_BOOKING = statement(select(reports.c.booking_id).where(reports.c.org_id == ORG_ID, reports.c.id == _ID), into=UUID)
"""Of which booking a report is."""

NEWEST_VERSIONS: Keyset[Report, tuple[int]] = Keyset(first=(2**31 - 1,), of=lambda report: (report.report_version,))
NEWEST_REPORTS: Keyset[Report, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda report: (report.file_time, report.id)
)


def _pair(case: Case, report_email: str) -> tuple[Case, str]:
    return case, report_email


LOAD_CASE_OF_BOOKING = statement(
    select(*CASE.columns(), companies.c.report_email)
    .select_from(
        bookings.join(cases, (cases.c.org_id == bookings.c.org_id) & (cases.c.id == bookings.c.case_id)).join(
            companies, (companies.c.org_id == bookings.c.org_id) & (companies.c.id == bookings.c.company_id)
        )
    )
    .where(bookings.c.org_id == ORG_ID, bookings.c.id == bindparam("booking_id", type_=Uuid)),
    into=reader(_pair, CASE.reader(), "report_email"),
)
"""The case of a booking, and its company's address for reports."""

LOAD_PEOPLE = statement(
    select(
        *(case_managers.c[name] for name in ("id", "given_name", "family_name", "email", "language", "time_zone")),
        (case_managers.c.account_status == literal(AccountStatus.ACTIVE, SmallInteger)).label("is_active"),
        can_sign_in(case_managers.c.id).label("can_sign_in"),
    ).where(case_managers.c.org_id == ORG_ID, case_managers.c.id == any_(bindparam("person_ids", type_=ARRAY(Uuid)))),
    into=reader(Person, name=reader(full_name, "given_name", "family_name")),
)
"""Case managers, as far as reports ask for them."""

CLAIM_SCANS = claim_scans(reports)
QUEUE_RECEIVED = queue_received(reports)
LIST_KEPT_BLOBS = list_kept_blobs(reports)

_COLUMNS = tuple(str(column.name) for column in reports.c if column.name != "org_id")
_SCANNED = ("state", "state_time", "scan_attempts", "next_scan_time")
_CHANGES = (
    *("verdict", "signature", "scanner", "scan_time", "release_reason", "version"),
    *("withdraw_time", "withdraw_reason", "withdrawn_by", "recipients", "recipient_ids"),
    *_SCANNED,
)


def _value(name: str) -> ColumnElement[object]:
    return bindparam(f"report_{name}", type_=reports.c[name].type)


def _insert_report(target: CTE) -> Insert:
    return insert(reports).from_select(
        ["org_id", *_COLUMNS], select(ORG_ID, *map(_value, _COLUMNS)).where(exists().select_from(target))
    )


def _update_report(target: CTE) -> Update:
    return (
        update(reports)
        .where(reports.c.org_id == ORG_ID, reports.c.id == _ID, exists().select_from(target))
        .values({name: _value(name) for name in _CHANGES})
    )


ADD_REPORT = save_beside(_insert_report)
"""A booking with the next version of its report."""
SAVE_REPORT = save_beside(_update_report)
"""A booking and a version that changed: each such change raises the booking's version, so that none is lost."""
SAVE_SCAN = save(
    update(reports)
    .where(
        reports.c.org_id == ORG_ID,
        reports.c.id == _ID,
        reports.c.version == _value("version"),
        reports.c.state.in_([literal(int(state), SmallInteger) for state in sorted(UNJUDGED)]),
        tasks_are_as_loaded(),
    )
    .values({name: _value(name) for name in _SCANNED})
    .returning(reports.c.id),
    change_tasks,
    open_tasks,
)
"""When the scanner is asked again; no row: the version has changed meanwhile. It is the same version afterwards."""

END_READING = save(ended_download().where(tasks_are_as_loaded()).returning(downloads.c.id), change_tasks, open_tasks)
"""How much of a report was delivered, and the task to read it; no row: somebody else has done that meanwhile."""


def report_params(change: Change) -> Params:
    """The parameters of ADD_REPORT, SAVE_REPORT or SAVE_SCAN beside those of the booking."""
    report = change.report
    values: Params = {
        **REPORT.params(report),
        "recipients": [
            {
                "kind": each.kind.name,
                "case_manager_id": str(each.case_manager_id or ""),
                "party_id": str(each.party_id or ""),
                "name": each.name,
                "email": each.email,
            }
            for each in report.recipients
        ],
        "recipient_ids": [each.case_manager_id for each in report.recipients if each.case_manager_id],
    }
    if change.before is None:
        return {f"report_{name}": values[name] for name in _COLUMNS}
    if change.decision is None:
        names: Iterable[str] = ("version", *_SCANNED)
        tasks = beside_params(opened=change.tasks.opened, changed=change.tasks.changed)
    else:
        names, tasks = _CHANGES, {}
    return {"report_id": report.id, **{f"report_{name}": values[name] for name in names}, **tasks}
