"""A provider whose staff, case managers and specialists book: what tests of bookings do, and what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from portico.casemanager.v1 import booking_resources_pb2 as res
from portico.casemanager.v1 import bookings_pb2 as pb
from portico.casemanager.v1 import case_resources_pb2 as cases
from portico.casemanager.v1 import schedule_resources_pb2 as schedules
from portico.casemanager.v1.events_pb2 import BookingEvent
from portico.casemanager.v1.resources_pb2 import CaseManager
from portico.notifications.v1.events_pb2 import MessageRequest
from sqlalchemy import Uuid, bindparam, select

from casemanager.reservations.domain import Reservation
from casemanager.tasks.domain.task import Task
from casemanager.tasks.storage import TASK, tasks
from chassis.call import Role
from chassis.db import statement
from chassis.errors import ServiceError
from chassis.ids import new_id
from chassis.saves import write
from chassis.tables import outbox
from chassis.testing.grpc import Metadata
from chassis.wire import timestamp
from services.casemanager.tests.matters import open_case
from services.casemanager.tests.practice import ADD_LOGIN, Practice
from services.casemanager.tests.world import World

ORG_ID = bindparam("org_id", type_=Uuid)
TASKS = statement(select(*TASK.columns()).where(tasks.c.org_id == ORG_ID).order_by(tasks.c.id), into=TASK.reader())


@dataclass(frozen=True)
class Told:
    """A row of the outbox."""

    subject: str
    type: str
    payload: bytes


TOLD = statement(
    select(outbox.c.subject, outbox.c.type, outbox.c.payload)
    .where(outbox.c.org_id == ORG_ID)
    .order_by(outbox.c.position),
    into=Told,
)


@contextmanager
def refuses(reason: str) -> Iterator["pytest.ExceptionInfo[ServiceError]"]:
    """That a call is refused, for this reason."""
    with pytest.raises(ServiceError) as refused:
        yield refused
    assert reason == refused.value.reason


MARCH = datetime(2026, 3, 3, tzinfo=UTC)
"""A Tuesday, seven weeks after the tests' clock."""


def at(hour: float, day: int = 0) -> datetime:
    """An hour of that Tuesday, or so many days later."""
    return MARCH + timedelta(days=day, hours=hour)


def state_of(booking: res.Booking) -> str:
    return res.Booking.State.Name(booking.state)


def actions_of(booking: res.Booking) -> list[str]:
    return [res.Booking.Action.Name(action) for action in booking.allowed_actions]


def options_of(booking: res.Booking) -> list[str]:
    return [res.BookingOption.State.Name(option.state) for option in booking.options]


def slot(availability: schedules.Availability, start: datetime) -> pb.SlotChoice:
    return pb.SlotChoice(availability_id=availability.id, start_time=timestamp(start))


def own_time(specialist: schedules.Specialist, start: datetime, **fields: Any) -> pb.TimeChoice:
    """An hour by telehealth, outside of any availability, unless it says otherwise."""
    usual = {"mode": schedules.TELEHEALTH, "minutes": 60, "outside_availability_reason": "Asked by phone"}
    return pb.TimeChoice(specialist_id=specialist.id, start_time=timestamp(start), **{**usual, **fields})


def wishes(*windows: tuple[datetime, datetime]) -> pb.WishedTimes:
    made = [res.TimeWindow(start_time=timestamp(start), end_time=timestamp(end)) for start, end in windows]
    return pb.WishedTimes(windows=made)


@dataclass(frozen=True)
class Desk:
    """The provider, Dr Zhang with mornings that are AVAILABLE and afternoons that are ON_DEMAND, and Ana's case."""

    world: World
    practice: Practice
    ana: CaseManager
    case: cases.Case
    zhang: schedules.Specialist
    mornings: schedules.Availability
    afternoons: schedules.Availability
    as_ana: Metadata
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    async def of(cls, world: World) -> "Desk":
        practice = Practice(world.deps, world.stub, world.people, world.clock, world.org_id, world.staff)
        company = await world.company(f"Northwind {new_id().hex}")
        unit = await world.unit(company)
        ana = await world.case_manager(company.id, business_unit_id=unit.id)
        zhang = await practice.specialist(
            time_zone="UTC", specialties=["ORTHOPAEDICS"], email=f"{new_id().hex}@h.example"
        )
        mornings = await practice.availability(zhang)
        on_demand = schedules.Availability.ON_DEMAND
        afternoons = await practice.availability(zhang, kind=on_demand, start_minute=780, end_minute=1020)
        case = await open_case(world, ana, service_type="IME")
        as_ana = await login(world, ana.id, Role.CASE_MANAGER)
        return cls(world, practice, ana, case, zhang, mornings, afternoons, as_ana)

    @property
    def staff(self) -> Metadata:
        return self.world.staff

    async def call(self, name: str, request: Message, metadata: Metadata | None = None) -> Any:
        return await getattr(self.world.stub, name)(request, metadata=metadata or self.staff)

    async def request(
        self, metadata: Metadata | None = None, case: cases.Case | None = None, **given: Any
    ) -> res.Booking:
        """Asks for an appointment of Ana's case, by her unless somebody else does; by wishes unless it says when."""
        if not {"slot", "time", "wishes"} & given.keys():
            given["wishes"] = pb.WishedTimes()
        request = pb.RequestBookingRequest(case_id=(case or self.case).id, **given)
        answer: res.Booking = await self.call("RequestBooking", request, metadata or self.as_ana)
        return answer

    async def confirmed(self, start: datetime | None = None, metadata: Metadata | None = None) -> res.Booking:
        """A booking of a morning."""
        return await self.request(metadata, slot=slot(self.mornings, start or at(9)))

    async def offer(self, booking: res.Booking, *times: pb.SlotChoice | pb.TimeChoice, **given: Any) -> res.Booking:
        options = [
            pb.OfferedTime(slot=each) if isinstance(each, pb.SlotChoice) else pb.OfferedTime(own=each) for each in times
        ]
        request = pb.OfferOptionsRequest(booking_id=booking.id, options=options, **given)
        answer: res.Booking = await self.call("OfferOptions", request)
        return answer

    async def offered(self, *starts: datetime) -> res.Booking:
        """A request to which these mornings are offered."""
        return await self.offer(await self.request(), *(slot(self.mornings, start) for start in starts or (at(9),)))

    async def do(self, name: str, booking: res.Booking, by: Metadata | None = None, /, **given: Any) -> res.Booking:
        """A command on a booking, by Ana unless somebody else gives it."""
        request = getattr(pb, f"{name}Request")(booking_id=booking.id, **given)
        answer: res.Booking = await self.call(name, request, by or self.as_ana)
        return answer

    async def confirm(self, booking: res.Booking, number: int = 0, metadata: Metadata | None = None) -> res.Booking:
        return await self.do("ConfirmOption", booking, metadata, option_id=booking.options[number].id)

    async def cancel(self, booking: res.Booking, metadata: Metadata | None = None, **given: Any) -> res.Booking:
        usual = {"reason": res.CLIENT_REQUEST, **({"kind": res.Cancellation.NO_FEE} if metadata else {})}
        return await self.do("CancelBooking", booking, metadata, **{**usual, **given})

    async def get(self, booking: res.Booking, metadata: Metadata | None = None) -> res.Booking:
        answer: res.Booking = await self.call("GetBooking", pb.GetBookingRequest(booking_id=booking.id), metadata)
        return answer

    async def update(self, booking: res.Booking, *paths: str, metadata: Metadata | None = None, **fields: Any) -> Any:
        patch = pb.BookingPatch(**fields)
        return await self.do("UpdateBooking", booking, metadata, booking=patch, update_mask=FieldMask(paths=paths))

    async def history(self, booking: res.Booking, metadata: Metadata | None = None) -> list[res.BookingHistoryEntry]:
        """What happened to it, the newest first."""
        request = pb.ListBookingHistoryRequest(booking_id=booking.id, page_size=200)
        return list((await self.call("ListBookingHistory", request, metadata)).entries)

    async def kinds(self, booking: res.Booking, metadata: Metadata | None = None) -> list[str]:
        """What happened to it, by name, in the order of time."""
        entries = await self.history(booking, metadata)
        return [res.BookingHistoryEntry.Kind.Name(entry.kind) for entry in reversed(entries)]

    async def listed(self, metadata: Metadata | None = None, **wanted: Any) -> list[str]:
        """The ids of the bookings that are listed, on one page."""
        request = pb.ListBookingsRequest(page_size=200, **wanted)
        return [booking.id for booking in (await self.call("ListBookings", request, metadata)).bookings]

    async def reserved(self, specialist: schedules.Specialist | None = None) -> list[Reservation]:
        return await self.practice.reserved(specialist or self.zhang)

    async def tasks(self) -> list[Task]:
        """All tasks, in the order in which they were made."""
        return list(await self.world.deps.database.all(TASKS, org_id=self.world.org_id))

    async def open_tasks(self) -> list[str]:
        """The kinds of the tasks that are open, in order."""
        return [task.kind.name for task in await self.tasks() if task.done_time is None]

    async def told(self) -> list[str]:
        """What was told others of bookings, in order."""
        name = BookingEvent.DESCRIPTOR.full_name
        rows = await self.world.deps.database.all(TOLD, org_id=self.world.org_id)
        return [row.subject.removeprefix("booking.") for row in rows if row.type == name]

    async def told_of_tasks(self) -> list[str]:
        """What was told others of tasks, in order."""
        rows = await self.world.deps.database.all(TOLD, org_id=self.world.org_id)
        return [row.subject.removeprefix("task.") for row in rows if row.subject.startswith("task.")]

    async def mails(self) -> list[MessageRequest]:
        """The messages that were asked for, in order."""
        name = MessageRequest.DESCRIPTOR.full_name
        rows = await self.world.deps.database.all(TOLD, org_id=self.world.org_id)
        return [MessageRequest.FromString(row.payload) for row in rows if row.type == name]

    async def last_mails(self) -> list[tuple[str, str]]:
        """Templates and addresses of the messages that were asked for since the last look."""
        mails = await self.mails()
        new, self.seen["mails"] = mails[self.seen.get("mails", 0) :], len(mails)
        return sorted((mail.template, mail.recipient.address) for mail in new)

    async def colleague(self, **fields: Any) -> tuple[CaseManager, Metadata]:
        """Another case manager of Ana's company, of her unit unless it says otherwise."""
        written = {"given_name": "Ben", "business_unit_id": self.ana.business_unit_id, **fields}
        person = await self.world.case_manager(self.ana.company_id, **written)
        return person, await login(self.world, person.id, Role.CASE_MANAGER)

    async def as_zhang(self) -> Metadata:
        return await login(self.world, self.zhang.id, Role.SPECIALIST)


async def login(world: World, person_id: str, role: Role) -> Metadata:
    """The person's own credentials."""
    account_id = new_id()
    params = {
        "person_id": UUID(person_id),
        "account_id": account_id,
        "username": f"{account_id}@example.org",
        "generation": 1,
        "expected_status": 2,
        "heard_version": 0,
        "command_time": world.clock(),
    }
    assert 1 == await write(world.deps.database, ADD_LOGIN, org_id=world.org_id, params=params)
    return world.people.metadata(role, org_id=world.org_id, account_id=account_id)
