"""A provider with places, specialists and their times, and the RPCs about them; nobody else knows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from portico.casemanager.v1 import (
    availabilities_pb2,
    case_managers_pb2,
    companies_pb2,
    places_pb2,
    slots_pb2,
    specialists_pb2,
    time_off_pb2,
)
from portico.casemanager.v1 import schedule_resources_pb2 as res
from psycopg.types.range import TimestamptzRange
from sqlalchemy import BigInteger, Uuid, bindparam, select

from casemanager.logins.storage import logins
from casemanager.places.storage import places
from casemanager.reservations.domain import Reservation, ReservationKind
from casemanager.reservations.storage import (
    LIST_RESERVATIONS,
    release_expired,
    release_own,
    reservation_params,
    take_time,
)
from casemanager.shared.deps import Deps
from casemanager.specialists.storage import active_specialist
from chassis.call import Role
from chassis.db import statement
from chassis.ids import new_id
from chassis.saves import save, write
from chassis.tables import outbox
from chassis.testing import FakeClock
from chassis.testing.grpc import Metadata, TestPeople
from chassis.wire import timestamp

NAMES_REFUSED = [(name, "NAME_INVALID") for name in ("Rui\u202egnahZ", "Rui\nZhang", "\u200b")]
"""Names that nobody can read as they are written, and why they are refused."""
ORG_ID = bindparam("org_id", type_=Uuid)
# Until bookings have a table, a place of each stands for the row on whose behalf time is taken.
_booking = (
    select(places.c.org_id, places.c.id)
    .where(
        places.c.org_id == ORG_ID,
        places.c.id == bindparam("booking_id", type_=Uuid),
        places.c.version == bindparam("loaded_version", type_=BigInteger),
    )
    .with_for_update(key_share=True)
    .cte("booking")
)
TAKE = save(take_time(_booking, active_specialist()), first=(release_expired(_booking), release_own(_booking)))
ADD_LOGIN = save(logins.insert().returning(logins.c.person_id))
SUBJECTS = statement(select(outbox.c.subject).where(outbox.c.org_id == ORG_ID).order_by(outbox.c.position), into=str)


def take_params(reservation: Reservation, now: datetime, *, version: int = 1) -> dict[str, object]:
    """The parameters of TAKE."""
    columns = reservation_params(reservation)
    names = ("specialist_id", "during", "kind", "hold_expire_time", "booking_id", "booking_number", "option_id")
    named = {name: columns[name] for name in names}
    return {"reservation_id": reservation.id, "now": now, "loaded_version": version, **named}


@dataclass(frozen=True)
class Practice:
    """The provider, and its staff's credentials."""

    deps: Deps
    stub: Any
    people: TestPeople
    clock: FakeClock
    org_id: UUID
    staff: Metadata

    def as_role(self, role: Role, account_id: UUID | None = None) -> Metadata:
        return self.people.metadata(role, org_id=self.org_id, account_id=account_id)

    async def call(self, name: str, request: Message, metadata: Metadata | None = None) -> Any:
        return await getattr(self.stub, name)(request, metadata=metadata or self.staff)

    async def place(self, name: str = "", **fields: Any) -> res.Place:
        written = {"name": name or f"Place {new_id().hex}", "time_zone": "Australia/Sydney", **fields}
        request = places_pb2.CreatePlaceRequest(place=places_pb2.PlacePatch(**written))
        answer: res.Place = await self.call("CreatePlace", request)
        return answer

    async def specialist(self, **fields: Any) -> res.Specialist:
        written = {
            "title": "Dr",
            "given_name": "Rui",
            "family_name": "Zhang",
            "time_zone": "Australia/Sydney",
            **fields,
        }
        request = specialists_pb2.CreateSpecialistRequest(specialist=specialists_pb2.SpecialistPatch(**written))
        answer: res.Specialist = await self.call("CreateSpecialist", request)
        return answer

    async def login_of(self, specialist: res.Specialist) -> Metadata:
        """The specialist's own credentials."""
        return await self._login(UUID(specialist.id), Role.SPECIALIST)

    async def _login(self, person_id: UUID, role: Role) -> Metadata:
        account_id = new_id()
        params = {
            "person_id": person_id,
            "account_id": account_id,
            "username": f"{account_id}@example.org",
            "generation": 1,
            "expected_status": 2,
            "heard_version": 0,
            "command_time": self.clock(),
        }
        assert 1 == await write(self.deps.database, ADD_LOGIN, org_id=self.org_id, params=params)
        return self.as_role(role, account_id)

    async def case_manager(self) -> Metadata:
        """The credentials of a case manager of a company of their own."""
        company = await self.call("CreateCompany", companies_pb2.CreateCompanyRequest(name=f"Company {new_id().hex}"))
        request = case_managers_pb2.CreateCaseManagerRequest(
            company_id=company.id, case_manager=case_managers_pb2.CaseManagerPatch(given_name="Ana")
        )
        return await self._login(UUID((await self.call("CreateCaseManager", request)).id), Role.CASE_MANAGER)

    async def availability(
        self,
        specialist: res.Specialist,
        place: res.Place | None = None,
        metadata: Metadata | None = None,
        **fields: Any,
    ) -> res.Availability:
        """Daily from 9:00 to 12:00 for a month from 2 March 2026 on, an hour each, unless it says otherwise."""
        request = availability_request(specialist, place, **fields)
        answer: res.Availability = await self.call("CreateAvailability", request, metadata)
        return answer

    async def time_off(
        self,
        specialist: res.Specialist,
        start: datetime,
        end: datetime,
        *,
        metadata: Metadata | None = None,
        **fields: Any,
    ) -> res.TimeOff:
        request = time_off_pb2.CreateTimeOffRequest(
            specialist_id=specialist.id, start_time=timestamp(start), end_time=timestamp(end), **fields
        )
        answer: res.TimeOff = await self.call("CreateTimeOff", request, metadata)
        return answer

    async def booking(self) -> UUID:
        """What stands for a booking."""
        return UUID((await self.place()).id)

    async def take(
        self, specialist: res.Specialist, start: datetime, end: datetime, **given: Any
    ) -> Reservation | None:
        """Books the time, for a new booking unless it says for which; None when it is somebody's."""
        booking_id = given.pop("booking_id", None) or await self.booking()
        made = taken(self.org_id, specialist, start, end, booking_id=booking_id, **given)
        params = take_params(made, self.clock())
        return made if await write(self.deps.database, TAKE, org_id=self.org_id, params=params) else None

    async def reserved(self, specialist: res.Specialist) -> list[Reservation]:
        """All that is reserved of the specialist's time."""
        return await self.deps.database.all(
            LIST_RESERVATIONS,
            org_id=self.org_id,
            specialist_ids=[UUID(specialist.id)],
            during=TimestamptzRange(None, None),
        )

    async def subjects(self) -> list[str]:
        """What was told to others, in order."""
        return await self.deps.database.all(SUBJECTS, org_id=self.org_id)

    async def search(self, metadata: Metadata | None = None, **fields: Any) -> slots_pb2.SearchSlotsResponse:
        """A page of the slots of the first week of March 2026, unless it says otherwise."""
        request = search_request(**fields)
        answer: slots_pb2.SearchSlotsResponse = await self.call("SearchSlots", request, metadata)
        return answer


def taken(
    org_id: UUID, specialist: res.Specialist, start: datetime, end: datetime, *, booking_id: UUID, **given: Any
) -> Reservation:
    """A reservation for a booking, confirmed unless it says otherwise."""
    usual = {"kind": ReservationKind.CONFIRMED, "booking_number": f"B-{booking_id.int % 1_000_000:06}"}
    return Reservation(
        org_id=org_id,
        id=new_id(),
        specialist_id=UUID(specialist.id),
        start_time=start,
        end_time=end,
        booking_id=booking_id,
        **{**usual, **given},
    )


def block(**fields: Any) -> availabilities_pb2.AvailabilityBlock:
    usual = {
        "kind": res.Availability.AVAILABLE,
        "start_minute": 540,
        "end_minute": 720,
        "start_date": "2026-03-02",
        "end_date": "2026-03-31",
        "weekdays": range(1, 8),
        "appointment_minutes": 60,
    }
    return availabilities_pb2.AvailabilityBlock(**{**usual, **fields})


def availability_request(
    specialist: res.Specialist, place: res.Place | None = None, **fields: Any
) -> availabilities_pb2.CreateAvailabilityRequest:
    return availabilities_pb2.CreateAvailabilityRequest(
        specialist_id=specialist.id,
        mode=res.IN_PERSON if place else res.TELEHEALTH,
        place_id=place.id if place else "",
        block=block(**fields),
    )


def search_request(**fields: Any) -> slots_pb2.SearchSlotsRequest:
    usual = {"start_time": "2026-03-01T00:00:00Z", "end_time": "2026-03-08T00:00:00Z"}
    return slots_pb2.SearchSlotsRequest(**{**usual, **fields})


def starts(slots: Sequence[res.Slot]) -> list[str]:
    """When they begin on the wall clock there, in the order of the answer."""
    return [slot.local_start for slot in slots]


def hours(day: datetime, start: int, end: int) -> tuple[datetime, datetime]:
    """From hour to hour of a day that begins then."""
    return day + timedelta(hours=start), day + timedelta(hours=end)
