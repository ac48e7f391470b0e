"""Who hands out logins: an administrator at the RPCs of Login Users, and casemanager at those that are its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from portico.identity.v1 import login_users_pb2 as pb
from portico.identity.v1.resources_pb2 import Account as AccountReply
from sqlalchemy import insert

from chassis.call import Call, Caller, RequestKey, Role, set_current_call
from chassis.db import statement
from chassis.ids import new_id
from chassis.saves import write
from identity.accounts.aggregate import account_by_id
from identity.accounts.domain import Account, NewLogin, Status, create
from identity.accounts.storage import SAVE_NEW_ACCOUNT, new_account_params
from identity.lockout.domain import STRANGERS
from identity.lockout.storage import sign_in_failures
from identity.login_users.domain import Action
from identity.login_users.servicer import LoginUsersInternalServicer, LoginUsersServicer
from identity.resets.usecases.passwords import activate_account
from identity.sessions.domain import SignedIn
from identity.shared.audit.storage import audit_params
from services.identity.tests.world import GOOD, STRANGER, World, an_email

RPCS: Mapping[Action, tuple[str, Mapping[str, object]]] = {
    Action.RESET_PASSWORD: ("SendLoginUserPasswordReset", {}),
    Action.RESEND_ACTIVATION: ("ResendActivation", {}),
    Action.CHANGE_USERNAME: ("ChangePendingUsername", {"username": "Eva@Example.org"}),
    Action.DISABLE: ("DisableLoginUser", {}),
    Action.ENABLE: ("EnableLoginUser", {}),
    Action.UNLOCK: ("UnlockLoginUser", {}),
    Action.REVOKE_SESSIONS: ("RevokeLoginUserSessions", {}),
    Action.SET_ROLE: ("SetLoginUserRole", {"role": Role.STAFF_ADMIN}),
}
"""The RPC of each action, and what it asks for beside the login."""
_LOCK = statement(insert(sign_in_failures))


def request_key(body: bytes = b"body") -> RequestKey:
    """Of a call that can be repeated."""
    return RequestKey(caller="somebody", request_id=new_id(), body_hash=body)


@dataclass(frozen=True)
class Desk:
    """An administrator at work."""

    world: World
    call: Call

    @classmethod
    async def of(cls, world: World, person: SignedIn | None = None) -> "Desk":
        """Of a person, or of the organization's first administrator."""
        return cls(world, world.call(person or await world.sign_in()))

    async def ask(self, rpc: str, request: RequestKey | None = None, /, **fields: object) -> Any:
        """The answer of an RPC of Login Users."""
        set_current_call(replace(self.call, method=rpc, request=request))
        message = getattr(pb, f"{rpc}Request")(**fields)
        return await getattr(LoginUsersServicer(self.world.deps), rpc)(message, None)

    async def act(self, action: Action, account: Account, request: RequestKey | None = None) -> AccountReply:
        """What the action answers."""
        rpc, fields = RPCS[action]
        reply: AccountReply = await self.ask(rpc, request, account_id=str(account.id), **fields)
        return reply

    async def see(self, account: Account) -> pb.LoginUser:
        """The login as it is shown."""
        user: pb.LoginUser = await self.ask("GetLoginUser", account_id=str(account.id))
        return user

    async def listed(self, page_size: int, **wanted: object) -> list[str]:
        """The ids of a list, page after page; the way back must give the same."""
        forth, back, token = list[str](), list[str](), ""
        while True:
            page = await self.ask("ListLoginUsers", page_size=page_size, page_token=token, **wanted)
            forth += [user.account.id for user in page.login_users]
            if not (token := page.next_page_token):
                break
            assert page_size == len(page.login_users)
        while True:
            back = [*(user.account.id for user in page.login_users), *back]
            if not (token := page.previous_page_token):
                break
            page = await self.ask("ListLoginUsers", page_size=page_size, page_token=token, **wanted)
            assert page.next_page_token
        assert forth == back
        return forth

    async def active(self, username: str = "new@example.org", role: Role = Role.STAFF) -> Account:
        """A login that has set its password, `GOOD`, and is signed in once."""
        account, token = await self.world.invited(username, role)
        await activate_account(self.world.deps, STRANGER, token=token, password=GOOD)
        return await self.world.account(account)


@dataclass(frozen=True)
class CaseManagement:
    """casemanager, which hands out the login of one person."""

    world: World
    person_id: UUID
    username: str = "cam@example.org"
    role: Role = Role.CASE_MANAGER

    async def provision(self, generation: int, request: RequestKey | None = None) -> AccountReply:
        """Sees to it that the person has a login."""
        return await self.ask(
            "ProvisionAccount",
            request,
            role=self.role,
            username=self.username,
            display_name="Cam",
            language="en",
            generation=generation,
        )

    async def disable(self, generation: int, request: RequestKey | None = None) -> AccountReply:
        """Takes it away."""
        return await self.ask("DisableAccount", request, generation=generation)

    async def ask(self, rpc: str, request: RequestKey | None = None, /, **fields: object) -> AccountReply:
        """The answer of one of its own RPCs."""
        set_current_call(Call(Caller(service="casemanager"), rpc, request))
        ids = {"org_id": str(self.world.organization.org_id), "person_id": str(self.person_id)}
        message = getattr(pb, f"{rpc}Request")(**{**ids, **fields})
        reply: AccountReply = await getattr(LoginUsersInternalServicer(self.world.deps), rpc)(message, None)
        return reply

    async def account(self, reply: AccountReply) -> Account:
        """The login of an answer, as it is now."""
        org_id = self.world.organization.org_id
        account = await account_by_id(self.world.deps, org_id=org_id, account_id=UUID(reply.id))
        assert account is not None
        return account


def a_login(name: str, username: str = "", role: Role = Role.STAFF) -> NewLogin:
    """Somebody's, for `store`."""
    return NewLogin(role=role, username=username or an_email(), display_name=name, language="en")


async def store(world: World, login: NewLogin, status: Status = Status.ACTIVE, *, is_locked: bool = False) -> Account:
    """A login that is there, without a message and without a password."""
    deps, now = world.deps, world.clock()
    created = create(login, org_id=world.organization.org_id, account_id=new_id(), now=now)
    account = replace(created.account, status=status)
    params = {**new_account_params(replace(created, account=account)), **audit_params([])}
    await write(deps.database, SAVE_NEW_ACCOUNT, org_id=account.org_id, params=params)
    if is_locked:
        lock = {"source": STRANGERS, "times": [], "lock_time": now, "last_time": now}
        await deps.database.run(_LOCK, org_id=account.org_id, subject_id=account.id, **lock)
    return account
