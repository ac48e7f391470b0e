"""An organization with its staff, a neighbour `identity`, and how a test looks at what came of a use case."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

import nacl.public
from google.protobuf.message import Message
from portico.applications.v1 import intake_pb2 as pb
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.events_pb2 import ApplicationEvent, GuardianEvent, GuardianEvents
from portico.notifications.v1.events_pb2 import (
    GroupWithdrawal,
    MessageRequest,
    MessageRequests,
    MessageWithdrawal,
)
from sqlalchemy import bindparam, select

from applications.application.aggregate import guardians, load_application, source
from applications.application.contacts import WrittenContacts, correct
from applications.application.domain.application import Application, Child
from applications.application.domain.invitation import Method
from applications.application.domain.link_state import Action
from applications.application.domain.timeline import TimelineEntry
from applications.application.domain.update import Update
from applications.application.keys import new_keys
from applications.application.wire import application_message
from applications.claims.usecases.claims import accept_invitation
from applications.claims.usecases.proofs import Proof, Token, TypedCode
from applications.families.usecases import get_my_application
from applications.families.wire import family_message
from applications.intake.usecases import WrittenGuardian, create_application
from applications.invitations.domain import Invite, Revoke, invite, revoke
from applications.links.domain import undo_unlink, unlink
from applications.shared.deps import Deps
from applications.shared.organizations import DEFAULT_SEND_RATE, UPSERT_ORGANIZATION
from applications.timeline.usecases import list_timeline
from chassis.aggregate import Source
from chassis.call import FAMILY_ORG, Call, Caller, RequestKey, Role
from chassis.db import statement
from chassis.ids import new_id
from chassis.pagination import NEWEST
from chassis.secrets import Opener, Sealer
from chassis.tables import outbox
from chassis.testing import FakeClock
from chassis.testing.grpc import Metadata, TestPeople, as_service
from services.applications.tests.neighbours import FakeIdentity

EMAIL, PHONE = "maria@example.org", "+12125550117"
_BOX = nacl.public.PrivateKey.generate()
_OPENER = Opener(bytes(_BOX))
SEALER = Sealer(bytes(_BOX.public_key))

_EVENTS = {
    event.DESCRIPTOR.full_name: event
    for event in (
        *(ApplicationEvent, GuardianEvent, GuardianEvents),
        *(MessageRequest, MessageRequests, MessageWithdrawal, GroupWithdrawal),
    )
}
_OUTBOX = statement(
    select(outbox.c.subject, outbox.c.type, outbox.c.payload, outbox.c.version)
    .where(outbox.c.org_id == bindparam("org_id"))
    .order_by(outbox.c.position)
)


def an_address() -> str:
    """A network address that no other test has."""
    return str(IPv4Address(new_id().int % 2**32))


def visitor(address: str = "192.0.2.1") -> Call:
    """A call by somebody who is not signed in."""
    return Call(Caller(service="gateway", address=address), "test")


def family(account_id: UUID, request: RequestKey | None = None) -> Call:
    """A call by a signed-in family."""
    caller = Caller(service="gateway", account_id=account_id, org_id=FAMILY_ORG, role=Role.FAMILY, address=an_address())
    return Call(caller, "test", request)


def request_key(caller: UUID, *, body: bytes = b"body") -> RequestKey:
    """A request id that was never used."""
    return RequestKey(caller=str(caller), request_id=new_id(), body_hash=body)


def state(application: res.Application, position: int = 0) -> str:
    """The link state of a guardian, by name."""
    return res.Guardian.LinkState.Name(application.guardians[position].link_state)


def actions(application: res.Application, position: int = 0) -> list[str]:
    """What staff can do, by name and in order."""
    return [res.Guardian.Action.Name(action) for action in application.guardians[position].allowed_actions]


SUNRISE = {
    "phone": "+13125550100",
    "email": "hello@sunrise.example",
    "hours": "Mon to Fri, 8 am to 5 pm",
    "web_page": "https://sunrise.example",
    "color": "#ffe100",
}
"""What the organization shows of itself, beside its name."""


@dataclass(frozen=True)
class Secret:
    """What a family got."""

    token: str
    code: str

    @property
    def link(self) -> Token:
        return Token(self.token)

    def typed(self, number: str) -> TypedCode:
        return TypedCode(self.code, number)


@dataclass(frozen=True)
class World:
    """An organization, and a member of its staff who does everything."""

    deps: Deps
    clock: FakeClock
    identity: FakeIdentity
    org_id: UUID
    staff_id: UUID

    @classmethod
    async def with_organization(cls, deps: Deps, clock: FakeClock, identity: FakeIdentity) -> "World":
        world = cls(deps, clock, identity, new_id(), new_id())
        await deps.database.run(
            UPSERT_ORGANIZATION,
            org_id=world.org_id,
            slug="sunrise",
            name="Sunrise Childcare",
            country="US",
            time_zone="America/New_York",
            languages=["es", "en"],
            send_rate=DEFAULT_SEND_RATE,
            **SUNRISE,
        )
        return world

    def staff(self, request: RequestKey | None = None) -> Call:
        """A call by the member of staff."""
        caller = Caller(service="gateway", account_id=self.staff_id, org_id=self.org_id, role=Role.STAFF)
        return Call(caller, "test", request)

    def an_account(self, username: str = EMAIL) -> UUID:
        """A family account that identity knows."""
        account_id = new_id()
        self.identity.accounts[str(account_id)] = username
        return account_id

    async def submit(
        self, *guardians: WrittenGuardian, children: Sequence[Child] = (), call: Call | None = None
    ) -> res.Application:
        return await create_application(
            self.deps, call or self.staff(), guardians=guardians or (a_guardian(),), children=children, answers="{}"
        )

    async def get(self, application: res.Application) -> res.Application:
        """The application as it is now."""
        loaded = await load_application(self.deps, org_id=self.org_id, application_id=UUID(application.id))
        return application_message(loaded, self.deps.clock())

    def source(self, application: res.Application, call: Call | None = None) -> Source[Application]:
        """What a change by staff begins with."""
        return source(self.deps, call or self.staff(), UUID(application.id))

    async def invite(
        self, application: res.Application, *, label: Action = Action.REINVITE, call: Call | None = None, **how: Any
    ) -> res.Application:
        command = Invite(label=label, invitation_id=new_id(), keys=new_keys(self.deps, self.org_id), **how)
        return await guardians(self.deps).change(self.source(application, call), invite, command)

    async def revoke(self, application: res.Application) -> res.Application:
        return await guardians(self.deps).change(self.source(application), revoke, Revoke())

    async def unlink(self, application: res.Application, call: Call | None = None) -> res.Application:
        return await guardians(self.deps).change(self.source(application, call), unlink, None)

    async def undo(self, application: res.Application) -> res.Application:
        return await guardians(self.deps).change(self.source(application), undo_unlink, None)

    async def update(self, application: res.Application, **changes: Any) -> res.Application:
        command = Update(guardian_id=UUID(application.guardians[0].id), **changes)
        return await guardians(self.deps).change(self.source(application), correct, command)

    async def accept(self, proof: Proof, account_id: UUID, call: Call | None = None) -> res.FamilyApplication:
        return await accept_invitation(self.deps, call or family(account_id), proof)

    async def linked(self, *, children: Sequence[Child] = ()) -> tuple[res.Application, UUID]:
        """An application whose first guardian has accepted, and the account."""
        application, account_id = await self.submit(children=children), self.an_account()
        await self.accept((await self.secret()).link, account_id)
        return await self.get(application), account_id

    async def sees(self, account_id: UUID, application: res.Application) -> res.FamilyApplication:
        """What the family sees of it."""
        return family_message(
            await get_my_application(self.deps, family(account_id), application_id=UUID(application.id))
        )

    async def timeline(self, application: res.Application) -> list[str]:
        """What happened, by name, newest first."""
        return [entry.kind.name for entry in await self.lines(application)]

    async def lines(self, application: res.Application) -> list[TimelineEntry]:
        """What happened, newest first."""
        application_id = UUID(application.id)
        return list(await list_timeline(self.deps, self.org_id, application_id, NEWEST, 200))

    async def events(self) -> list[tuple[str, int, Message]]:
        """What stands in the outbox: subject, version and message."""
        rows = await self.deps.database.all(_OUTBOX, org_id=self.org_id)
        return [(str(row[0]), int(str(row[3])), _EVENTS[str(row[1])].FromString(row[2])) for row in rows]  # type: ignore[arg-type]

    async def subjects(self) -> list[str]:
        """The subjects of the events but the messages, oldest first."""
        return [subject for subject, _, _ in await self.events() if not subject.startswith("notification.")]

    async def withdrawn(self) -> list[str]:
        """The references whose messages are worth nothing any more, oldest first."""
        return [message.reference for _, _, message in await self.events() if isinstance(message, MessageWithdrawal)]

    async def messages(self) -> list[MessageRequest]:
        """The messages that were asked for, oldest first."""
        return [message for _, _, message in await self.events() if isinstance(message, MessageRequest)]

    async def secret(self, position: int = -1) -> Secret:
        """What an invitation's message says to the family, the last one's by default."""
        return secret_in([m for m in await self.messages() if m.sealed_values][position])


def secret_in(message: MessageRequest) -> Secret:
    """What a message says to its family."""
    box = _OPENER.open(message.sealed_values)
    return Secret(token=box["link"].rpartition("/")[2], code=box["code"])


def a_guardian(
    *,
    email: str = EMAIL,
    phone: str = "",
    family_name: str = "García",
    method: Method = Method.EMAIL,
    language: str | None = None,
) -> WrittenGuardian:
    """A guardian as staff write them down."""
    return WrittenGuardian(
        given_name="Maria",
        family_name=family_name,
        contacts=WrittenContacts(path="guardians[0]", email=email, phone=phone),
        preferred_method=method,
        language=language,
    )


def new(**changes: Any) -> pb.CreateApplicationRequest:
    """A request to enter an application with one guardian."""
    guardian = {"given_name": "Maria", "family_name": "García", "email": EMAIL}
    return pb.CreateApplicationRequest(guardians=[pb.NewGuardian(**guardian | changes)])


def as_family(people: TestPeople, account_id: UUID) -> Metadata:
    """The metadata of a call by a signed-in family."""
    return people.metadata(Role.FAMILY, org_id=FAMILY_ORG, account_id=account_id)


def as_visitor(address: str | None = None) -> Metadata:
    """The metadata of a call by somebody who is not signed in, from an address of their own."""
    return (*as_service("gateway"), ("x-portico-client-address", address or an_address()))
