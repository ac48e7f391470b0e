"""For how long it is known who took bookings home."""

from datetime import datetime, timedelta

from portico.casemanager.v1 import booking_exports_pb2 as pb
from sqlalchemy import Uuid, bindparam, select

from casemanager.exports.retention import remove_old_exports
from casemanager.exports.storage import SWEEP_OLD, exports
from chassis.db import statement
from services.casemanager.tests.desk import Desk

MS = timedelta(milliseconds=1)
BEGUN = statement(
    select(exports.c.begin_time)
    .where(exports.c.org_id == bindparam("org_id", type_=Uuid))
    .order_by(exports.c.begin_time),
    into=datetime,
)


async def begun(desk: Desk) -> list[datetime]:
    """When the exports began of which something is known."""
    return list(await desk.world.deps.database.all(BEGUN, org_id=desk.world.org_id))


async def export(desk: Desk) -> None:
    request = pb.ExportBookingsRequest(format=pb.ExportBookingsRequest.CSV, query="Quintero")
    async for _ in desk.world.stub.ExportBookings(request, metadata=desk.staff):
        pass


async def test_an_export_is_known_for_a_year(desk: Desk) -> None:
    """CM-14: what began more than a year ago is removed, of every organization; what is younger stays."""
    clock = desk.world.clock
    first = clock()
    await export(desk)
    clock.advance(timedelta(days=1))
    second = clock()
    await export(desk)
    clock.now = first + timedelta(days=365)
    await remove_old_exports(desk.world.deps)
    assert [first, second] == await begun(desk)
    clock.now += MS
    assert 1 <= await remove_old_exports(desk.world.deps)
    assert [second] == await begun(desk)
    assert 0 == await remove_old_exports(desk.world.deps)


async def test_old_exports_are_found_by_an_index(desk: Desk) -> None:
    """CM-14: the hourly look reads what is old, however many exports there are."""
    async with await desk.world.deps.database.connect() as connection:
        await connection.execute("SET enable_seqscan = off")
        rows = await (await connection.execute(f"EXPLAIN (GENERIC_PLAN) {SWEEP_OLD.sql}".encode())).fetchall()
    assert "exports_age_idx" in "\n".join(str(row[0]) for row in rows)
