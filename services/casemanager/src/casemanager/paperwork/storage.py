"""The statements on the table of paperwork."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Text,
    Update,
    Uuid,
    any_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    select,
    update,
)

from casemanager.bookings.storage.bounds import lock
from casemanager.bookings.storage.save import save_beside
from casemanager.bookings.storage.tables import bookings
from casemanager.files.domain.states import State
from casemanager.files.scanning import claim_scans, list_kept_blobs, queue_received
from casemanager.files.storage import is_in, is_there, paperwork
from casemanager.paperwork.domain.decisions import Change, Sent
from casemanager.paperwork.domain.file import MAX_TOTAL_BYTES, Paperwork
from casemanager.tasks.storage import beside_params, change_tasks, open_tasks, tasks_are_as_loaded
from chassis.columns import INSTANT
from chassis.db import statement
from chassis.errors import Aborted
from chassis.mapping import Params, mapping
from chassis.pagination import NEWEST, Keyset
from chassis.saves import save

PAPERWORK = mapping(paperwork, Paperwork)

ORG_ID = bindparam("org_id", type_=Uuid)
_ID = bindparam("paperwork_id", type_=Uuid)
_IS_THERE = is_there(paperwork)

LIST_FILES = statement(
    select(*PAPERWORK.columns())
    .where(paperwork.c.org_id == ORG_ID, paperwork.c.booking_id == bindparam("booking_id", type_=Uuid), _IS_THERE)
    .order_by(paperwork.c.upload_time.desc(), paperwork.c.id.desc()),
    into=PAPERWORK.reader(),
)
"""All files of a booking, the newest first: 50 at most."""

FIND_BOOKING = statement(
    select(paperwork.c.booking_id).where(paperwork.c.org_id == ORG_ID, paperwork.c.id == _ID), into=UUID
)
"""Of which booking a file is."""

CLAIM_SCANS = claim_scans(paperwork)
QUEUE_RECEIVED = queue_received(paperwork)
LIST_KEPT_BLOBS = list_kept_blobs(paperwork)

NEWEST_FILES: Keyset[Paperwork, tuple[datetime, UUID]] = Keyset(
    first=NEWEST, of=lambda file: (file.upload_time, file.id)
)

_booking_id = bindparam("paperwork_booking_id", type_=Uuid)
# The booking stays as it was decided on until the file is there: nobody cancels it meanwhile.
_booking = (
    select(bookings.c.org_id, bookings.c.id)
    .where(
        bookings.c.org_id == ORG_ID,
        bookings.c.id == _booking_id,
        bookings.c.version == bindparam("booking_version", type_=BigInteger),
    )
    .with_for_update(read=True)
    .cte("shared_booking")
)
_LENGTH_TOGETHER = (
    select(func.coalesce(func.sum(paperwork.c.size_bytes), 0))
    .where(paperwork.c.org_id == ORG_ID, paperwork.c.booking_id == _booking_id, _IS_THERE)
    .scalar_subquery()
)
_COLUMNS = tuple(str(column.name) for column in paperwork.c)
_CHANGES = (
    *("state", "state_time", "verdict", "signature", "scanner", "scan_time", "scan_attempts", "next_scan_time"),
    *("release_reason", "version"),
)


class PlaceTaken(Aborted):
    """Somebody else's file has come first: look once more."""


ADD_FILE = save(
    insert(paperwork)
    .from_select(
        _COLUMNS,
        select(
            _booking.c.org_id,
            *(bindparam(f"paperwork_{name}", type_=paperwork.c[name].type) for name in _COLUMNS if name != "org_id"),
        ).where(_LENGTH_TOGETHER <= bindparam("room_bytes", type_=BigInteger), tasks_are_as_loaded()),
    )
    .returning(paperwork.c.id),
    change_tasks,
    open_tasks,
    conflicts={"paperwork_place_key": PlaceTaken},
)
"""A new file; no row: its booking has changed meanwhile, or others have come that leave too little room."""
LOCKS = {ADD_FILE: statement(select(lock(func.concat("files of ", cast(_booking_id, Text)))), into=int)}
"""Whoever adds to the length of a booking's files waits for the one before, and counts what that one has added."""

SAVE_FILE = save(
    update(paperwork)
    .where(
        paperwork.c.org_id == ORG_ID,
        paperwork.c.id == _ID,
        paperwork.c.version == bindparam("loaded_version", type_=BigInteger),
        tasks_are_as_loaded(),
    )
    .values({name: bindparam(f"paperwork_{name}", type_=paperwork.c[name].type) for name in _CHANGES})
    .returning(paperwork.c.id),
    change_tasks,
    open_tasks,
)
"""A changed file; hits no row when it has changed meanwhile."""


def _mark_sent(target: CTE) -> Update:
    return (
        update(paperwork)
        .where(
            paperwork.c.org_id == ORG_ID,
            paperwork.c.id == any_(bindparam("sent_ids", type_=ARRAY(Uuid))),
            is_in(paperwork, State.CLEAN),
            exists().select_from(target),
        )
        .values(
            send_time=bindparam("now", type_=INSTANT),
            sent_by=bindparam("sent_by", type_=Uuid),
            version=paperwork.c.version + 1,
        )
    )


SEND_FILES = save_beside(_mark_sent)
"""A booking whose files were sent, and the files."""


def file_params(change: Change) -> Params:
    """The parameters of ADD_FILE or SAVE_FILE."""
    columns = PAPERWORK.params(change.file)
    tasks = beside_params(opened=change.tasks.opened, changed=change.tasks.changed)
    if change.before is None:
        params = {f"paperwork_{name}": value for name, value in columns.items() if name != "org_id"}
        room_bytes = MAX_TOTAL_BYTES - change.file.size_bytes
        return {**params, "booking_version": change.shelf.seen.booking.version, "room_bytes": room_bytes, **tasks}
    changes = {f"paperwork_{name}": columns[name] for name in _CHANGES}
    return {"paperwork_id": change.file.id, "loaded_version": change.before.version, **changes, **tasks}


def sent_params(sent: Sent, sent_by: UUID | None, now: datetime) -> Params:
    """The parameters of SEND_FILES beside those of the booking."""
    return {"sent_ids": [file.id for file in sent.files], "sent_by": sent_by, "now": now}
