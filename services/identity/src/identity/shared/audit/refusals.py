"""Repeated refusals: counted as they come, and written to the audit as one row a minute.

The counters are rows: what a process has counted when it ends, in whatever way, the next one writes.
"""

import asyncio
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    delete,
    exists,
    literal,
    select,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from chassis import telemetry
from chassis.clock import Clock
from chassis.columns import INSTANT, instant
from chassis.db import Database, statement
from chassis.errors import ServiceError
from chassis.networks import network_of
from identity.shared.audit.storage import AuditEntry, audit, entry_params
from identity.shared.tables import metadata

MAX_OWN_ROWS = 10
"""So many refusals on one account within `TARGET_WINDOW` have a row each, which names the account."""

TARGET_WINDOW = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_EVERY_SECONDS = 10.0
_log = telemetry.logger(__name__)

refusals = Table(
    "refusals",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True, comment="Of the row that the audit gets"),
    Column("action", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("address", Text, nullable=False, comment="The first one"),
    Column("user_agent", Text, nullable=False, comment="The first one"),
    instant("start_time", comment="The minute that is counted"),
    Column("count", Integer, nullable=False),
    UniqueConstraint("org_id", "action", "network", "start_time"),
    Index("refusals_start_idx", "start_time"),
)

refusal_targets = Table(
    "refusal_targets",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("target", Text, primary_key=True, comment="An account; where none has the username, the network"),
    instant("start_time", primary_key=True, comment="The hour that is counted"),
    Column("count", Integer, nullable=False),
    Index("refusal_targets_start_idx", "start_time"),
)

_aimed = (
    insert(refusal_targets)
    .values(
        org_id=bindparam("org_id"),
        action=bindparam("action"),
        target=bindparam("target"),
        start_time=bindparam("hour", type_=INSTANT),
        count=1,
    )
    .on_conflict_do_update(
        index_elements=["org_id", "action", "target", "start_time"], set_={"count": refusal_targets.c.count + 1}
    )
    .returning(refusal_targets.c.count)
    .cte("aimed")
)
_ENTRY = [column.name for column in audit.c]
_own_row = (
    plain_insert(audit)
    .from_select(
        _ENTRY,
        select(*(bindparam(name, type_=audit.c[name].type) for name in _ENTRY if name != "count"), 1).where(
            bindparam("subject_id", type_=Uuid).is_not(None), _aimed.c.count <= MAX_OWN_ROWS
        ),
    )
    .returning(audit.c.id)
    .cte("own_row")
)
_COUNTER = ("org_id", "id", "action", "network", "address", "user_agent")
COUNT_REFUSAL = statement(
    insert(refusals)
    .from_select(
        [*_COUNTER, "start_time", "count"],
        select(
            *(bindparam(name, type_=refusals.c[name].type) for name in _COUNTER), bindparam("minute", type_=INSTANT), 1
        ).where(~exists().select_from(_own_row)),
    )
    .on_conflict_do_update(
        index_elements=["org_id", "action", "network", "start_time"], set_={"count": refusals.c.count + 1}
    )
)
"""Gives a refusal its own row in the audit, or counts it; on nobody's account it costs as much as on somebody's."""

_before = bindparam("before", type_=INSTANT)
_finished = delete(refusals).where(refusals.c.start_time < _before).returning(*refusals.c).cte("finished")
_COUNTED = ("org_id", "id", "action", "address", "user_agent", "count")
WRITE_REFUSALS = statement(
    plain_insert(audit).from_select(
        [*_COUNTED, "event_time", "outcome"],
        select(*(_finished.c[name] for name in _COUNTED), _finished.c.start_time, literal("REFUSED", Text)),
    ),
    cross_tenant="Finished minutes are written to the audit whosever they are.",
)
"""Moves the minutes that are over to the audit; each of them once, however many processes do it."""

FORGET_TARGETS = statement(
    delete(refusal_targets).where(refusal_targets.c.start_time < _before),
    cross_tenant="Counts are removed by their age alone.",
)


async def count_refusal(database: Database, entry: AuditEntry, *, org_id: UUID) -> None:
    """Writes the refusal to the audit, now or together with the others of its minute."""
    network = network_of(entry.address)
    await database.run(
        COUNT_REFUSAL,
        org_id=org_id,
        network=network,
        target=str(entry.subject_id or network),
        hour=_beginning(entry.event_time, TARGET_WINDOW),
        minute=_beginning(entry.event_time, _MINUTE),
        **{name: value for name, value in entry_params(entry).items() if name != "count"},
    )


async def write_refusals(database: Database, clock: Clock) -> int:
    """Writes the minutes that are over to the audit; how many rows it got."""
    now = clock()
    await database.run(FORGET_TARGETS, before=now - 2 * TARGET_WINDOW)
    return await database.run(WRITE_REFUSALS, before=_beginning(now, _MINUTE))


async def keep_writing_refusals(database: Database, clock: Clock) -> NoReturn:
    """Writes them every ten seconds; several processes do not hinder each other."""
    while True:
        try:
            await write_refusals(database, clock)
        except ServiceError as error:  # the database is away; the counters are there as well
            _log.warning("refusals.failed", reason=error.reason)
        await asyncio.sleep(_EVERY_SECONDS)


def _beginning(time: datetime, of: timedelta) -> datetime:
    return time - (time - datetime.min.replace(tzinfo=time.tzinfo)) % of
