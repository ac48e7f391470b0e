"""An organization with its first administrator, and how a test looks at what came of a use case."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import Any, TypeVar
from uuid import UUID

import nacl.public
import nacl.signing
from google.protobuf.message import Message
from google.type.date_pb2 import Date
from portico.applications.v1.families_pb2 import CheckFamilyKnowledgeRequest, CheckFamilyKnowledgeResponse
from portico.identity.v1 import resources_pb2 as res
from portico.identity.v1.events_pb2 import AccountEvent, OrganizationEvent, RevocationEvent
from portico.identity.v1.resets_pb2 import FamilyProof, PasswordCode
from portico.notifications.v1.events_pb2 import MessageRequest
from sqlalchemy import bindparam, select

from chassis.call import FAMILY_ORG, Call, Caller, Role
from chassis.db import Database, Statement, statement
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.secrets import Opener, Sealer
from chassis.tables import outbox
from chassis.testing import FakeClock, eventually
from identity.accounts.aggregate import account_by_id
from identity.accounts.domain import Account, NewLogin
from identity.accounts.usecases import family_account
from identity.login_users.usecases import create_login_user
from identity.onboarding.usecases import create_organization
from identity.organizations.domain import Organization
from identity.registrations.usecases import issue_contact_ticket, register_family
from identity.reminders.usecases import Reminders
from identity.resets.deps import Deps
from identity.resets.messages import Messages
from identity.resets.usecases.passwords import reset_with_code, reset_with_link
from identity.resets.usecases.requests import Forgotten, ForgottenPasswords
from identity.sessions.domain import SignedIn
from identity.sessions.tokens import ContactTicket, SigningKey
from identity.sessions.usecases import login
from identity.shared.audit.domain import Action
from identity.shared.audit.refusals import write_refusals
from identity.shared.audit.storage import AuditEntry, audit
from identity.shared.deferred import Deferred

T = TypeVar("T")

GOOD = "violet harbour 38 tambourines"
BETTER = "nineteen otters juggle quartz"
ADMIN = "boss@example.org"
KEYS = (
    SigningKey(kid="new", private=nacl.signing.SigningKey.generate()),
    SigningKey(kid="old", private=nacl.signing.SigningKey.generate()),
)
_BOX = nacl.public.PrivateKey.generate()
MESSAGES = Messages(sealer=Sealer(bytes(_BOX.public_key)), public_url="https://portico.example", ids=new_id)
_OPENER = Opener(bytes(_BOX))

_EVENTS = {
    event.DESCRIPTOR.full_name: event for event in (AccountEvent, OrganizationEvent, RevocationEvent, MessageRequest)
}
_OUTBOX = statement(
    select(outbox.c.subject, outbox.c.type, outbox.c.payload, outbox.c.version)
    .where(outbox.c.org_id == bindparam("org_id"))
    .order_by(outbox.c.position)
)
_AUDIT = statement(
    select(*(column for column in audit.c if column.name != "org_id"))
    .where(audit.c.org_id == bindparam("org_id"))
    .order_by(audit.c.id),
    into=AuditEntry,
)

STRANGER = Call(Caller(service="gateway", address="192.0.2.7", user_agent="Firefox"), "test")


@dataclass
class Families:
    """Speaks for applications: which account knows which child's birth date; `is_away` when it does not answer."""

    birth_dates: dict[str, Date] = field(default_factory=dict)
    is_away: bool = False

    async def CheckFamilyKnowledge(self, request: CheckFamilyKnowledgeRequest) -> CheckFamilyKnowledgeResponse:
        if self.is_away:
            raise Unavailable()
        known = self.birth_dates.get(request.account_id)
        return CheckFamilyKnowledgeResponse(has_links=known is not None, matches=known == request.birth_date)


FAMILIES = Families()


def opened(request: MessageRequest) -> dict[str, str]:
    """What notifications would find in the sealed box."""
    return _OPENER.open(request.sealed_values)


def token_in(request: MessageRequest) -> str:
    """The token of the link in a message."""
    return opened(request)["link"].rpartition("/")[2]


def at(address: str) -> Call:
    """A call by a stranger from this address."""
    return replace(STRANGER, caller=replace(STRANGER.caller, address=address))


def a_phone_number() -> str:
    """A number that no other test has: families share one realm."""
    return f"+1213{new_id().int % 8_000_000 + 2_000_000}"


def an_email() -> str:
    """An address that no other test has."""
    return f"{new_id().hex}@example.org"


async def done(desk: Deferred[Any]) -> None:
    """Waits until all that was asked is dealt with."""
    work = asyncio.create_task(desk.run())
    await asyncio.sleep(0)
    work.cancel()  # an orderly stop does the last ones first
    await asyncio.gather(work, return_exceptions=True)


class Counting:
    """A database that remembers which statements ran."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.ran: list[Statement[Any]] = []

    async def first(self, stmt: Statement[T], /, **params: object) -> T | None:
        self.ran.append(stmt)
        return await self._database.first(stmt, **params)

    async def all(self, stmt: Statement[T], /, **params: object) -> list[T]:
        self.ran.append(stmt)
        return await self._database.all(stmt, **params)

    async def run(self, stmt: Statement[T], /, **params: object) -> int:
        self.ran.append(stmt)
        return await self._database.run(stmt, **params)


@dataclass(frozen=True)
class World:
    """An organization whose administrator is `ADMIN` with the password `GOOD`."""

    deps: Deps
    clock: FakeClock
    organization: Organization

    @classmethod
    async def with_organization(cls, deps: Deps, clock: FakeClock) -> "World":
        org_id = new_id()
        organization = Organization(
            org_id=org_id,
            slug=f"org-{org_id.hex}",
            name="Sunrise Childcare",
            country="US",
            time_zone="America/New_York",
            languages=("en", "es"),
            create_time=clock(),
            version=1,
        )
        boss = NewLogin(role=Role.STAFF_ADMIN, username=ADMIN, display_name="Boss", language="en")
        await create_organization(deps, STRANGER, organization=organization, administrator=boss, password=GOOD)
        return cls(deps=deps, clock=clock, organization=organization)

    async def sign_in(self, username: str = ADMIN, password: str = GOOD, *, realm: str = "") -> SignedIn:
        return await login(
            self.deps, STRANGER, realm=realm or self.organization.slug, username=username, password=password
        )

    async def account(self, account: Account) -> Account:
        """The account as it is now."""
        now = await account_by_id(self.deps, org_id=account.org_id, account_id=account.id)
        assert now is not None
        return now

    async def invited(self, username: str = "new@example.org", role: Role = Role.STAFF) -> tuple[Account, str]:
        """A new login, and the token of its activation message."""
        login = NewLogin(role=role, username=username, display_name="Noor", language="es")
        made = await create_login_user(self.deps, self.call(await self.sign_in()), login)
        account = await account_by_id(self.deps, org_id=self.organization.org_id, account_id=UUID(made.id))
        assert account is not None
        return account, token_in((await self.messages())[-1])

    async def family(self, contact: str, password: str = GOOD) -> SignedIn:
        """A family that has registered with this contact."""
        ticket, _ = await issue_contact_ticket(
            self.deps, ticket=ContactTicket(contact=contact, display_name="Familia Ruiz", language="es")
        )
        signed_in = await register_family(
            self.deps, STRANGER, contact_ticket=ticket, password=password, display_name="", language=""
        )
        tokens = signed_in.tokens
        account, families = await family_account(self.deps, account_id=UUID(tokens.account.id))
        return SignedIn(
            account=account,
            organization=families,
            access_token=tokens.access_token,
            access_expire_time=tokens.access_expire_time.ToDatetime(UTC),
            refresh_token=tokens.refresh_token,
            refresh_expire_time=tokens.refresh_expire_time.ToDatetime(UTC),
            device_token=tokens.device_token,
        )

    async def forget(self, username: str, realm: str = "", *, call: Call = STRANGER) -> None:
        """Asks for a new password and waits until that was dealt with."""
        desk = ForgottenPasswords(self.deps)
        desk.ask(Forgotten(call=call, realm=realm or self.organization.slug, username=username))
        await done(desk)

    async def remind(self, email: str) -> list[MessageRequest]:
        """Asks where this address signs in, waits until that was dealt with, and returns what it was ever sent."""
        desk = Reminders(self.deps)
        desk.ask(email)
        await done(desk)
        return await self.messages(FAMILY_ORG, to=email)

    async def reset_token(self, username: str = ADMIN, *, call: Call = STRANGER) -> str:
        """The token of the latest reset link, just asked for."""
        await self.forget(username, call=call)
        return token_in((await self.messages(to=username))[-1])

    async def family_with_code(self) -> tuple[SignedIn, str]:
        """A family that signs in with its phone number, and the code that it was just sent."""
        family = await self.family(a_phone_number())
        await self.forget(family.account.username, "family")
        return family, opened((await self.messages(FAMILY_ORG, to=family.account.username))[-1])["code"]

    async def reset_by_link(self, token: str, password: str = BETTER) -> None:
        """Resets a password with a link's token."""
        await reset_with_link(self.deps, STRANGER, token=token, new_password=password)

    async def reset_by_code(
        self,
        account: Account,
        code: str,
        password: str = BETTER,
        *,
        call: Call = STRANGER,
        device: str = "",
        proof: FamilyProof | None = None,
    ) -> res.SignInResult:
        """Resets a family's password with a code, on a device that is known where it has a token."""
        return await reset_with_code(
            self.deps,
            call,
            typed=PasswordCode(realm="family", username=account.username, code=code),
            new_password=password,
            device_tokens=[device] if device else [],
            family_proof=proof,
        )

    def call(self, person: SignedIn, session_id: UUID | None = None) -> Call:
        """A call by a signed-in person."""
        account = person.account
        session = session_id or self.deps.refresh_tokens.read(person.refresh_token).session_id
        caller = replace(
            STRANGER.caller, account_id=account.id, org_id=account.org_id, role=account.role, session_id=session
        )
        return Call(caller, "test")

    async def events(self, org_id: UUID | None = None) -> list[tuple[str, int, Message]]:
        """What stands in the outbox: subject, version and message."""
        rows = await self.deps.database.all(_OUTBOX, org_id=org_id or self.organization.org_id)
        return [(str(row[0]), int(str(row[3])), _EVENTS[str(row[1])].FromString(row[2])) for row in rows]  # type: ignore[arg-type]

    async def messages(self, org_id: UUID | None = None, *, to: str = "") -> list[MessageRequest]:
        """The messages that were asked for, to one address or all."""
        requests = [message for _, _, message in await self.events(org_id) if isinstance(message, MessageRequest)]
        return [request for request in requests if to in ("", request.recipient.address)]

    async def awaited_message(self, *, to: str, org_id: UUID | None = None) -> MessageRequest:
        """The first message to an address, as soon as it was asked for."""

        async def asked() -> list[MessageRequest]:
            return await self.messages(org_id, to=to)

        requests: list[MessageRequest] = await eventually(asked)
        return requests[0]

    async def revoked(self, org_id: UUID | None = None) -> set[UUID]:
        """The sessions that everybody was told of."""
        return {
            UUID(session_id)
            for _, _, message in await self.events(org_id)
            if isinstance(message, RevocationEvent)
            for session_id in message.session_ids
        }

    async def audit(self, org_id: UUID | None = None) -> list[AuditEntry]:
        """The audit of the organization, oldest first, the minute that runs included."""
        await write_refusals(self.deps.database, lambda: self.deps.clock() + timedelta(minutes=1))
        return await self.written_audit(org_id)

    async def written_audit(self, org_id: UUID | None = None) -> list[AuditEntry]:
        """The audit of the organization as it stands, oldest first."""
        return await self.deps.database.all(_AUDIT, org_id=org_id or self.organization.org_id)

    async def actions(self, account: Account) -> list[Action]:
        """What the audit says of one account, oldest first."""
        return [entry.action for entry in await self.audit(account.org_id) if entry.subject_id == account.id]
