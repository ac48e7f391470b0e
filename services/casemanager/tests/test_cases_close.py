"""A case is closed while something is requested for it: one of the two wins, by a lock on the case."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from portico.casemanager.v1 import case_resources_pb2 as res
from portico_errors.casemanager import CaseHasOpenBookings, CaseNotFound
from sqlalchemy import ARRAY, BigInteger, Text, Uuid, any_, bindparam, insert, literal, select

from casemanager.cases.storage import open_case as open_case_row
from casemanager.cases.usecases import CaseFiles
from casemanager.shared.bookings import BookingCounts
from casemanager.shared.numbers import numbers
from casemanager.shared.visibility import STAFF_VIEWER
from chassis.call import Call, Caller, Role
from chassis.db import Executor, OnConnection, statement
from chassis.ids import new_id
from chassis.outbox import event_params
from chassis.saves import run_save, save
from chassis.testing import eventually
from services.casemanager.tests.matters import close_case, get_case, open_case, reopen_case
from services.casemanager.tests.test_reservations import one_waits
from services.casemanager.tests.world import World

# Until bookings have a table, a count under the case's id stands for what is requested.
_open = open_case_row()
REQUEST = save(
    insert(numbers)
    .from_select(["org_id", "prefix", "last_number"], select(_open.c.org_id, _open.c.id.cast(Text), literal(1)))
    .returning(numbers.c.prefix)
)
COUNTS = statement(
    select(numbers.c.prefix).where(
        numbers.c.org_id == bindparam("org_id", type_=Uuid),
        numbers.c.prefix == any_(bindparam("ids", type_=ARRAY(Text))),
        numbers.c.last_number > literal(0, BigInteger),
    ),
    into=str,
)


async def counted(executor: Executor, org_id: UUID, case_ids: Sequence[UUID]) -> Mapping[UUID, BookingCounts]:
    requested = await executor.all(COUNTS, org_id=org_id, ids=[str(case_id) for case_id in case_ids])
    return {UUID(case_id): BookingCounts(total=1, open=1) for case_id in requested}


def requested_on(executor: Executor, world: World, case: res.Case) -> Any:
    """Requests something for the case; how much was written."""
    told = event_params(world.org_id, ())
    return run_save(executor, REQUEST, {**told, "org_id": world.org_id, "case_id": UUID(case.id)})


def closing(world: World, case: res.Case) -> Any:
    """Closes the case, as the servicer does for staff."""
    caller = Caller(service="gateway", org_id=world.org_id, account_id=new_id(), role=Role.STAFF)
    files = CaseFiles(world.deps, counted)
    return files.close(Call(caller, "/portico.casemanager.v1.CasesService/CloseCase"), STAFF_VIEWER, UUID(case.id), "")


async def test_a_case_with_something_requested_stays_open(world: World) -> None:
    """CM-07: CASE_HAS_OPEN_BOOKINGS while something is requested, and nothing is requested of a closed case."""
    case, other = [await open_case(world, await world.case_manager()) for _ in range(2)]
    assert 1 == await requested_on(world.deps.database, world, case)
    with pytest.raises(CaseHasOpenBookings):
        await closing(world, case)
    assert case == await get_case(world, case)
    assert res.Case.CLOSED == (await closing(world, other)).state
    assert 0 == await requested_on(world.deps.database, world, other)
    await reopen_case(world, other)
    assert 1 == await requested_on(world.deps.database, world, other)


async def test_a_close_waits_for_who_is_requesting(world: World) -> None:
    """CM-07: a request that began first wins, though it was not there when the close began."""
    case = await open_case(world, await world.case_manager())
    async with await world.deps.database.connect() as connection:
        async with connection.transaction():
            assert 1 == await requested_on(OnConnection(connection), world, case)
            going = asyncio.create_task(closing(world, case))
            await eventually(partial(one_waits, connection))
        with pytest.raises(CaseHasOpenBookings):
            await going
    assert res.Case.OPEN == (await get_case(world, case)).state


async def test_a_request_waits_for_who_is_closing(world: World) -> None:
    """CM-07: a request that comes while the case is being closed finds it closed, and writes nothing."""
    case = await open_case(world, await world.case_manager())
    async with await world.deps.database.connect() as connection, await world.deps.database.connect() as other:
        async with connection.transaction():
            await connection.execute("SELECT id FROM cases WHERE id = %s FOR NO KEY UPDATE", [case.id])
            going = asyncio.create_task(requested_on(OnConnection(other), world, case))
            await eventually(partial(one_waits, connection))
            await connection.execute("UPDATE cases SET state = 2 WHERE id = %s", [case.id])
        assert 0 == await going


async def test_requests_do_not_wait_for_one_another(world: World) -> None:
    """CM-07: whoever requests for a case shares its row: only a close, or a change, stands alone."""
    case = await open_case(world, await world.case_manager())
    async with await world.deps.database.connect() as connection, connection.transaction():
        await connection.execute("SELECT id FROM cases WHERE id = %s FOR SHARE", [case.id])
        assert 1 == await requested_on(world.deps.database, world, case)


async def test_a_repeated_close(world: World) -> None:
    """CM-07: one request id closes once, also many at once; repeated after a reopening it changes nothing."""
    case, request_id = await open_case(world, await world.case_manager()), str(uuid4())
    closed = await asyncio.gather(*(close_case(world, case, request_id=request_id) for _ in range(4)))
    assert [closed[0]] * 4 == list(closed)
    await reopen_case(world, case)
    assert closed[0] == await close_case(world, case, request_id=request_id)
    assert res.Case.OPEN == (await get_case(world, case)).state


async def test_a_close_of_what_is_not_there(world: World) -> None:
    """CM-07: CASE_NOT_FOUND for an id that no case has."""
    with pytest.raises(CaseNotFound):
        await closing(world, res.Case(id=str(uuid4())))
