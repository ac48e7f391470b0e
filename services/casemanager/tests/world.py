"""A provider with its staff, known to casemanager and to identity, and how a test looks at what came of a call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import nacl.public
from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1 import (
    booking_settings_pb2,
    business_units_pb2,
    case_manager_logins_pb2,
    case_managers_pb2,
    companies_pb2,
    tasks_pb2,
)
from portico.casemanager.v1 import resources_pb2 as res
from portico.casemanager.v1.events_pb2 import CaseManagerEvent, CompanyEvent, TaskEvent
from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from portico.identity.v1.events_pb2 import AccountEvent
from portico.notifications.v1.events_pb2 import MessageEvent, MessageFailed, MessageRequest
from sqlalchemy import bindparam, select

from casemanager.logins.consumers import on_account, on_message
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import UPSERT_ORGANIZATION
from chassis.call import Call, Caller, Role
from chassis.db import Database, statement
from chassis.envelope import Incoming
from chassis.ids import new_id
from chassis.secrets import Opener
from chassis.tables import outbox
from chassis.testing import FakeClock
from chassis.testing.grpc import Metadata, TestPeople
from identity.accounts.domain import NewLogin
from identity.accounts.usecases import account_by_username
from identity.login_users import domain as login_users
from identity.login_users.usecases import by_id, change
from identity.onboarding.usecases import create_organization
from identity.organizations.domain import Organization
from identity.resets.deps import Deps as IdentityDeps
from identity.resets.usecases.passwords import activate_account

BOX = nacl.public.PrivateKey.generate()
_OPENER = Opener(bytes(BOX))
PASSWORD = "violet harbour 38 tambourines"
STRANGER = Call(Caller(service="gateway", address="192.0.2.7"), "test")
_EVENTS = {
    event.DESCRIPTOR.full_name: event
    for event in (AccountEvent, CaseManagerEvent, CompanyEvent, TaskEvent, MessageRequest)
}


@dataclass(frozen=True)
class Published:
    """A row of an outbox."""

    subject: str
    type: str
    payload: bytes
    event_time: datetime


_OUTBOX = statement(
    select(outbox.c.subject, outbox.c.type, outbox.c.payload, outbox.c.event_time)
    .where(outbox.c.org_id == bindparam("org_id"))
    .order_by(outbox.c.position),
    into=Published,
)


def token_in(request: MessageRequest) -> str:
    """The token of the link in a message."""
    return _OPENER.open(request.sealed_values)["link"].rpartition("/")[2]


def status(person: res.CaseManager | Specialist) -> str:
    """How the login stands, by name."""
    return res.Login.Status.Name(person.login.status)


def actions(person: res.CaseManager | Specialist) -> list[str]:
    """What staff can do about the login, by name and in order."""
    return [res.Login.Action.Name(action) for action in person.login.actions]


@dataclass(frozen=True)
class World:
    """The provider Harbour Assessments, whose member of the staff does everything, and the RPCs of casemanager."""

    deps: Deps
    identity: IdentityDeps
    stub: Any
    people: TestPeople
    clock: FakeClock
    org_id: UUID
    staff: Metadata
    staff_id: UUID

    @classmethod
    async def with_organization(
        cls, deps: Deps, identity: IdentityDeps, stub: Any, people: TestPeople, clock: FakeClock
    ) -> "World":
        """A provider that no other test knows."""
        org_id = new_id()
        known: dict[str, Any] = {"name": "Harbour Assessments", "country": "AU", "time_zone": "Australia/Sydney"}
        slug = f"harbour-{org_id.hex}"
        await deps.database.run(UPSERT_ORGANIZATION, org_id=org_id, slug=slug, **known)
        organization = Organization(
            org_id=org_id, slug=slug, languages=("en", "es"), create_time=clock(), version=1, **known
        )
        boss = NewLogin(role=Role.STAFF_ADMIN, username="boss@harbour.example", display_name="Boss", language="en")
        await create_organization(identity, STRANGER, organization=organization, administrator=boss, password=PASSWORD)
        account = await account_by_username(identity, org_id=org_id, username=boss.username)
        assert account is not None
        staff = people.metadata(Role.STAFF, org_id=org_id, account_id=account.id)
        return cls(deps, identity, stub, people, clock, org_id, staff, account.id)

    async def company(self, name: str = "Northwind Insurance") -> res.Company:
        """A company of the provider."""
        answer: res.Company = await self.stub.CreateCompany(
            companies_pb2.CreateCompanyRequest(name=name), metadata=self.staff
        )
        return answer

    async def case_manager(self, company_id: str = "", **fields: Any) -> res.CaseManager:
        """A case manager of a company, `email` included unless it is said to be empty."""
        company_id = company_id or (await self.company(f"Company {new_id().hex}")).id
        written = {"given_name": "Ana", "family_name": "García", "email": f"{new_id().hex}@north.example", **fields}
        request = case_managers_pb2.CreateCaseManagerRequest(
            company_id=company_id, case_manager=case_managers_pb2.CaseManagerPatch(**written)
        )
        answer: res.CaseManager = await self.stub.CreateCaseManager(request, metadata=self.staff)
        return answer

    async def get(self, person: res.CaseManager) -> res.CaseManager:
        """The person as staff see them now."""
        request = case_managers_pb2.GetCaseManagerRequest(case_manager_id=person.id)
        answer: res.CaseManager = await self.stub.GetCaseManager(request, metadata=self.staff)
        return answer

    async def enable(self, person: res.CaseManager) -> res.CaseManager:
        """Enables the login."""
        request = case_manager_logins_pb2.EnableCaseManagerLoginRequest(case_manager_id=person.id)
        answer: res.CaseManager = await self.stub.EnableCaseManagerLogin(request, metadata=self.staff)
        return answer

    async def disable(self, person: res.CaseManager) -> res.CaseManager:
        """Disables the login."""
        request = case_manager_logins_pb2.DisableCaseManagerLoginRequest(case_manager_id=person.id)
        answer: res.CaseManager = await self.stub.DisableCaseManagerLogin(request, metadata=self.staff)
        return answer

    async def active(self, **fields: Any) -> res.CaseManager:
        """A case manager who has activated their login."""
        person = await self.enable(await self.case_manager(**fields))
        await activate_account(self.identity, STRANGER, token=token_in((await self.mails())[-1]), password=PASSWORD)
        await self.hear()
        return await self.get(person)

    async def update(self, person: res.CaseManager, *paths: str, **fields: Any) -> res.CaseManager:
        """Writes of a person what is given, or the fields with these names."""
        request = case_managers_pb2.UpdateCaseManagerRequest(
            case_manager_id=person.id,
            case_manager=case_managers_pb2.CaseManagerPatch(**fields),
            update_mask=FieldMask(paths=paths),
        )
        answer: res.CaseManager = await self.stub.UpdateCaseManager(request, metadata=self.staff)
        return answer

    async def deactivate(self, person: res.CaseManager) -> res.CaseManager:
        """Takes the person out of service."""
        request = case_managers_pb2.DeactivateCaseManagerRequest(case_manager_id=person.id)
        answer: res.CaseManager = await self.stub.DeactivateCaseManager(request, metadata=self.staff)
        return answer

    async def activate(self, person: res.CaseManager) -> res.CaseManager:
        """Undoes that."""
        request = case_managers_pb2.ActivateCaseManagerRequest(case_manager_id=person.id)
        answer: res.CaseManager = await self.stub.ActivateCaseManager(request, metadata=self.staff)
        return answer

    async def unit(self, company: res.Company, name: str = "Sydney") -> res.BusinessUnit:
        """A unit of a company."""
        request = business_units_pb2.CreateBusinessUnitRequest(company_id=company.id, name=name)
        answer: res.BusinessUnit = await self.stub.CreateBusinessUnit(request, metadata=self.staff)
        return answer

    async def find(self, **wanted: Any) -> list[str]:
        """The ids of the case managers who are listed, on one page."""
        request = case_managers_pb2.ListCaseManagersRequest(page_size=200, **wanted)
        return [person.id for person in (await self.stub.ListCaseManagers(request, metadata=self.staff)).case_managers]

    async def history(self, person: res.CaseManager) -> list[res.PersonHistoryEntry]:
        """What happened to a person, the newest first."""
        request = case_managers_pb2.ListCaseManagerHistoryRequest(case_manager_id=person.id)
        return list((await self.stub.ListCaseManagerHistory(request, metadata=self.staff)).entries)

    async def tasks(self, state: res.Task.State.ValueType = res.Task.STATE_UNSPECIFIED) -> list[res.Task]:
        """The tasks in a state; the open ones."""
        return list((await self.stub.ListTasks(tasks_pb2.ListTasksRequest(state=state), metadata=self.staff)).tasks)

    async def give_logins_on_yes(self) -> None:
        """An administrator wants that a yes gives the login at once."""
        request = booking_settings_pb2.UpdateBookingSettingsRequest(
            settings=booking_settings_pb2.BookingSettingsPatch(enable_on_yes=True)
        )
        await self.stub.UpdateBookingSettings(request, metadata=self.as_role(Role.STAFF_ADMIN))

    def as_role(self, role: Role) -> Metadata:
        """The metadata of a call by somebody of the provider, whom casemanager does not know."""
        return self.people.metadata(role, org_id=self.org_id)

    def as_person(self, person: res.CaseManager) -> Metadata:
        """The metadata of a call by this case manager."""
        return self.people.metadata(Role.CASE_MANAGER, org_id=self.org_id, account_id=UUID(person.login.account_id))

    async def hear(self, arrange: Callable[[list[Published]], Sequence[Published]] = list) -> None:
        """Tells casemanager all that identity has published, in the order that is wanted."""
        name = AccountEvent.DESCRIPTOR.full_name
        rows = [row for row in await self._rows(self.identity.database) if row.type == name]
        for row in arrange(rows):
            await on_account(AccountEvent.FromString(row.payload), self._incoming(row.event_time), self.deps.database)

    async def bounce(self, reference: str, reason: str, *, version: int = 3) -> None:
        """Tells casemanager that a message did not arrive."""
        event = MessageEvent(reference=reference, version=version, failed=MessageFailed(retrying=False, reason=reason))
        await on_message(event, self._incoming(self.clock()), self.deps.database)

    async def events(self) -> list[tuple[str, Any]]:
        """What casemanager has published, but for messages."""
        rows = await self._rows(self.deps.database)
        return [
            (row.subject, _EVENTS[row.type].FromString(row.payload))
            for row in rows
            if row.type != MessageRequest.DESCRIPTOR.full_name
        ]

    async def offers(self) -> list[MessageRequest]:
        """The offers that casemanager has asked notifications to send."""
        return await self._messages(self.deps.database)

    async def mails(self) -> list[MessageRequest]:
        """The messages about accounts that identity has asked notifications to send."""
        return await self._messages(self.identity.database)

    async def disable_elsewhere(self, person: res.CaseManager | Specialist) -> None:
        """An administrator disables the login in Login Users."""
        lookup = by_id(self.org_id, UUID(person.login.account_id))
        call = Call(Caller(service="gateway", org_id=self.org_id, account_id=new_id(), role=Role.STAFF_ADMIN), "test")
        await change(self.identity, call, lookup, login_users.disable, None)

    def later(self, **time: float) -> None:
        """Lets time pass."""
        self.clock.advance(timedelta(**time))

    def _incoming(self, event_time: datetime) -> Incoming:
        return Incoming(
            id=new_id(), org_id=self.org_id, subject="", aggregate_id=new_id(), version=1, event_time=event_time
        )

    async def _messages(self, database: Database) -> list[MessageRequest]:
        name = MessageRequest.DESCRIPTOR.full_name
        return [MessageRequest.FromString(row.payload) for row in await self._rows(database) if row.type == name]

    async def _rows(self, database: Database) -> list[Published]:
        return await database.all(_OUTBOX, org_id=self.org_id)
