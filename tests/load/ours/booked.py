"""casemanager's use cases without their server: staff book a slot of a specialist, many at once the same one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import grpc
from portico.casemanager.v1 import (
    availabilities_pb2,
    bookings_pb2,
    case_managers_pb2,
    cases_pb2,
    companies_pb2,
    specialists_pb2,
)
from portico.casemanager.v1 import schedule_resources_pb2 as schedules
from portico.identity.v1.stub import IdentityStub
from portico_errors.casemanager import SlotTaken

from casemanager.app import servicers
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import UPSERT_ORGANIZATION
from chassis.blobs import Blobs, BlobUrl
from chassis.call import Call, Caller, Role, set_current_call
from chassis.clock import utc_now
from chassis.db import Connection, Database, DatabaseOptions, OnConnection
from chassis.ids import new_id
from chassis.pagination import Pager, PageTokens
from chassis.secrets import KeyedHash, Sealer
from chassis.testing.eventually import eventually
from chassis.wire import timestamp
from tests.load.ours.invite import SEALING_KEY
from tests.load.ours.serving import KEY
from tests.load.workers import work

WRITERS = 8
_STEP_MINUTES, _DAYS = 10, 720
_FIRST = date.fromordinal(datetime.now(UTC).date().toordinal() + 2)


@dataclass(frozen=True, slots=True)
class Desk:
    """An organization whose staff book for a case; `slot` makes the n-th time of its specialist."""

    deps: Deps
    org_id: UUID
    case: str
    availability: str

    def slot(self, number: int) -> bookings_pb2.SlotChoice:
        """Each number is another one, for some 100,000 numbers."""
        midnight = datetime(_FIRST.year, _FIRST.month, _FIRST.day, tzinfo=UTC)
        start = midnight + timedelta(minutes=_STEP_MINUTES * number)
        return bookings_pb2.SlotChoice(availability_id=self.availability, start_time=timestamp(start))

    async def book(self, number: int, deps: Deps | None = None) -> None:
        """Requests the n-th time, which is confirmed at once; SlotTaken when somebody has it."""
        request = bookings_pb2.RequestBookingRequest(case_id=self.case, slot=self.slot(number))
        await called(deps or self.deps, self.org_id, "RequestBooking", request)


async def called(deps: Deps, org_id: UUID, name: str, request: Any) -> Any:
    """What an RPC answers a member of the staff."""
    caller = Caller(service="gateway", account_id=new_id(), org_id=org_id, role=Role.STAFF, session_id=new_id())
    set_current_call(Call(caller=caller, method=name))
    method = next(getattr(each, name) for each in servicers(deps) if hasattr(each, name))
    return await method(request, None)


def deps_on(database: Database) -> Deps:
    """What the use cases are handed; neither neighbours nor files are asked for."""
    nobody = grpc.aio.insecure_channel("127.0.0.1:1")
    return Deps(
        database=database,
        clock=utc_now,
        ids=new_id,
        hashes=KeyedHash(KEY),
        sealer=Sealer(SEALING_KEY),
        public_url="https://portico.example",
        pager=Pager(PageTokens(KEY)),
        identity=IdentityStub(nobody),
        blobs=Blobs(BlobUrl.parse("file:///nowhere")),
        has_scanner=False,
    )


async def entered(deps: Deps) -> Desk:
    """A new organization with a case, and a specialist who can be booked at any time of two years."""
    org_id = new_id()
    known = {"name": "Harbour Assessments", "country": "AU", "time_zone": "Australia/Sydney"}
    await deps.database.run(UPSERT_ORGANIZATION, org_id=org_id, slug=f"harbour-{org_id.hex}", **known)

    async def call(name: str, request: Any) -> Any:
        return await called(deps, org_id, name, request)

    company = await call("CreateCompany", companies_pb2.CreateCompanyRequest(name="Northwind"))
    ana = case_managers_pb2.CaseManagerPatch(given_name="Ana", family_name="García", email="ana@north.example")
    request = case_managers_pb2.CreateCaseManagerRequest(company_id=company.id, case_manager=ana)
    manager = await call("CreateCaseManager", request)
    noah = cases_pb2.CaseSubjectPatch(given_name="Noah", family_name="Tran")
    patch = cases_pb2.CasePatch(case_manager_id=manager.id, subject=noah)
    case = await call("CreateCase", cases_pb2.CreateCaseRequest(case=patch))
    doctor = specialists_pb2.SpecialistPatch(
        given_name="Rui", family_name="Zhang", time_zone="UTC", email="zhang@clinic.example"
    )
    specialist = await call("CreateSpecialist", specialists_pb2.CreateSpecialistRequest(specialist=doctor))
    block = availabilities_pb2.AvailabilityBlock(
        kind=schedules.Availability.AVAILABLE,
        start_minute=0,
        end_minute=1440,
        start_date=_FIRST.isoformat(),
        end_date=(_FIRST + timedelta(days=_DAYS)).isoformat(),
        weekdays=range(1, 8),
        appointment_minutes=_STEP_MINUTES,
    )
    created = availabilities_pb2.CreateAvailabilityRequest(
        specialist_id=specialist.id, mode=schedules.TELEHEALTH, block=block
    )
    availability = await call("CreateAvailability", created)
    return Desk(deps, org_id, case.id, availability.id)


async def released_at_once(lock: Connection, calls: list[Awaitable[object]]) -> tuple[float, list[object]]:
    """How long all of them take from the moment on in which the table is free again, and what came of them."""
    async with lock.transaction():
        await lock.execute("LOCK TABLE reservations IN EXCLUSIVE MODE")
        running = [asyncio.ensure_future(call) for call in calls]
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'reservations'::regclass"

        async def all_wait() -> bool:
            return await (await lock.execute(query)).fetchone() == (len(calls),)

        await eventually(all_wait)
    started = time.perf_counter()
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    return time.perf_counter() - started, list(outcomes)


@asynccontextmanager
async def begin(*, database_url: str, rivals: int) -> AsyncIterator[tuple[object, Any]]:
    """`rivals` others on connections of their own want one time, over and over, for `seconds=…`."""
    database = Database(database_url, application="casemanager", options=DatabaseOptions(max_connections=WRITERS))
    await database.open()
    async with AsyncExitStack() as stack:
        desk, number = await entered(deps_on(database)), 0
        opened = [await stack.enter_async_context(await database.connect()) for _ in range(rivals + 1)]
        own = [replace(desk.deps, database=cast("Database", OnConnection(each))) for each in opened[1:]]

        async def answer(*, seconds: float) -> object:
            nonlocal number
            end, walls = time.perf_counter() + seconds, list[float]()
            while not walls or time.perf_counter() < end:
                number += 1
                wall, outcomes = await released_at_once(opened[0], [desk.book(number, each) for each in own])
                losers = [each for each in outcomes if isinstance(each, SlotTaken)]
                assert (rivals - 1, 1) == (len(losers), outcomes.count(None)), outcomes[:3]
                walls.append(wall)
            return {"walls": walls}

        yield str(desk.org_id), answer
    await database.close()


if __name__ == "__main__":
    work(begin)
