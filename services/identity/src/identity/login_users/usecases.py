"""Making the logins of staff, case managers and specialists, finding them, and what is done with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from portico.identity.v1 import resources_pb2 as res
from portico_errors.identity import AccountNotFound, OrganizationNotFound, UsernameTaken

from chassis import contacts
from chassis.aggregate import Source
from chassis.call import FAMILY_ORG, Call, Role
from chassis.db import Statement
from chassis.outbox import OutboxEvent
from identity.accounts import domain as accounts
from identity.accounts.aggregate import Manner, new_accounts
from identity.accounts.domain import Change, NewLogin, Proof, Purpose, Status
from identity.accounts.usecases import username_of
from identity.accounts.wire import account_message
from identity.accounts.words import typed_words
from identity.lockout.domain import LOCK
from identity.login_users import domain
from identity.login_users.aggregate import Told, login_users
from identity.login_users.domain import LoginUser, State
from identity.login_users.storage import (
    FIND_LOGIN_USERS,
    FIND_LOGIN_USERS_BACK,
    LIST_LOGIN_USERS,
    LIST_LOGIN_USERS_BACK,
    LOAD_LOGIN_USER,
    LOAD_LOGIN_USER_BY_USERNAME,
    LOAD_LOGIN_USER_OF_PERSON,
    ListedLogin,
    first_key,
    word_ranges,
)
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import ADMIN_RESET_LIFE
from identity.resets.usecases.activations import Activation
from identity.resets.usecases.passwords import new_proof, new_secret
from identity.shared.audit.usecases import signed_in

C = TypeVar("C")
Decide = Callable[[LoginUser | None, C, datetime], Change]

LISTED_ROLES = (Role.STAFF_ADMIN, Role.STAFF, Role.CASE_MANAGER, Role.SPECIALIST)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a login is found: a statement and its parameter beside the organization."""

    org_id: UUID
    stmt: Statement[LoginUser]
    key: str
    value: UUID | str

    async def load(self, deps: Deps) -> LoginUser | None:
        """The login as it is now, or None."""
        now = deps.clock()
        params = {"org_id": self.org_id, self.key: self.value, "now": now, "lock_since": now - LOCK}
        return await deps.database.first(self.stmt, **params)


def by_id(org_id: UUID, account_id: UUID) -> Lookup:
    """The login with this id."""
    return Lookup(org_id, LOAD_LOGIN_USER, "id", account_id)


def of_person(org_id: UUID, person_id: UUID) -> Lookup:
    """The login of one of casemanager's people."""
    return Lookup(org_id, LOAD_LOGIN_USER_OF_PERSON, "person_id", person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which logins: of these roles and in these states, and with words that begin as typed."""

    roles: Sequence[Role]
    states: Sequence[State]
    typed: str


async def get_login_user(deps: Deps, call: Call, account_id: UUID) -> tuple[LoginUser, Organization]:
    """One login of the caller's organization; raises `AccountNotFound`."""
    user = await by_id(call.org_id, account_id).load(deps)
    if user is None:
        raise AccountNotFound()
    return user, await organization_of(deps, call.org_id)


async def list_login_users(
    deps: Deps, organization: Organization, wanted: Wanted, position: tuple[str, UUID], limit: int, *, is_back: bool
) -> Sequence[ListedLogin]:
    """At most so many logins on one side of a position of `BY_KEY`."""
    # Once each: what is asked for twice must not be listed twice.
    now, states = deps.clock(), {*(wanted.states or State)}
    params = {
        "org_id": organization.org_id,
        "roles": [*{*(wanted.roles or LISTED_ROLES)}],
        "statuses": [Status(state) for state in states if state is not State.LOCKED],
        "with_locked": State.LOCKED in states,
        "key": position[0],
        "position_id": position[1],
        "limit": limit,
        "now": now,
        "lock_since": now - LOCK,
    }
    if not wanted.typed.strip():
        return await deps.database.all(LIST_LOGIN_USERS_BACK if is_back else LIST_LOGIN_USERS, **params)
    words = _query_words(wanted.typed, organization)
    if not words:
        return []
    stmt = FIND_LOGIN_USERS_BACK if is_back else FIND_LOGIN_USERS
    return await deps.database.all(stmt, **{**params, "key": first_key(words, position[0])}, **word_ranges(words))


def _query_words(typed: str, organization: Organization) -> list[str]:
    try:
        return [contacts.normalise(typed, country=organization.country).casefold()]
    except ValueError:
        return typed_words(typed)


async def create_login_user(deps: Deps, call: Call, login: NewLogin) -> res.Account:
    """Makes a staff login and sends its activation message; raises `UsernameInvalid` or `UsernameTaken`."""
    organization = await organization_of(deps, call.org_id)
    return await _create(deps, call, organization, _normalised(login, organization))


async def provision_account(deps: Deps, call: Call, org_id: UUID, login: NewLogin) -> res.Account:
    """Makes the login of a case manager or specialist, or enables the one that is there.

    Raises `OrganizationNotFound`, `UsernameInvalid`, or `UsernameTaken` when the username is somebody else's.
    """
    if org_id == FAMILY_ORG:
        raise OrganizationNotFound()
    organization = await organization_of(deps, org_id)
    normalised = _normalised(login, organization)
    try:
        return await _create(deps, call, organization, normalised)
    except UsernameTaken:
        lookup = Lookup(org_id, LOAD_LOGIN_USER_BY_USERNAME, "username", normalised.username)
        user = await lookup.load(deps)
        if user is not None and domain.is_obeyed(user.account, normalised):
            return account_message(user.account, organization)
        activation = Activation(deps, organization)
        command = (normalised, activation.proof)
        return await change(deps, call, lookup, domain.provision, command, told=activation.told)


async def change(
    deps: Deps, call: Call, lookup: Lookup, decide: Decide[C], command: C, *, told: Told = lambda *_: ()
) -> res.Account:
    """Changes one login; raises `AccountNotFound` and what the decision raises."""
    organization = await organization_of(deps, lookup.org_id)
    source = Source(call, lookup.org_id, partial(lookup.load, deps))
    return await login_users(deps, organization, told).change(source, decide, command)


async def send_activation(deps: Deps, call: Call, lookup: Lookup, decide: Decide[Proof]) -> res.Account:
    """Changes one login in a way that sends its activation message."""
    activation = Activation(deps, await organization_of(deps, lookup.org_id))
    return await change(deps, call, lookup, decide, activation.proof, told=activation.told)


async def change_username(deps: Deps, call: Call, lookup: Lookup, username: str) -> res.Account:
    """Gives a login that waits another address; raises `UsernameInvalid` or `UsernameTaken`, too."""
    organization = await organization_of(deps, lookup.org_id)
    activation = Activation(deps, organization)
    command = (username_of(username, organization), activation.proof)
    return await change(deps, call, lookup, domain.change_username, command, told=activation.told)


async def send_password_reset(deps: Deps, call: Call, lookup: Lookup) -> res.Account:
    """Sends the person a link or a code for a new password; raises `ResetLimitReached`, too."""
    organization = await organization_of(deps, lookup.org_id)
    user = await lookup.load(deps)
    if user is None:
        raise AccountNotFound()
    secret, secret_hash = new_secret(deps, user.account)
    proof = new_proof(deps, Purpose.RESET, secret_hash, life=ADMIN_RESET_LIFE, requester=None)

    def told(change: Change, now: datetime) -> Sequence[OutboxEvent]:
        return [deps.messages.reset(change, organization, secret, now=now)]

    return await change(deps, call, lookup, domain.send_password_reset, proof, told=told)


def _normalised(login: NewLogin, organization: Organization) -> NewLogin:
    return replace(login, username=username_of(login.username, organization))


async def _create(deps: Deps, call: Call, organization: Organization, login: NewLogin) -> res.Account:
    activation = Activation(deps, organization)
    created = accounts.create(login, org_id=organization.org_id, account_id=deps.ids(), now=deps.clock())
    manner = Manner(
        actor=lambda _, act: signed_in(act.call),
        told=activation.told,
        answer=lambda change, _: account_message(change.account, organization),
        reply=res.Account,
    )
    invited = accounts.invite(created, proof=activation.proof)
    return await new_accounts(deps, manner).add(call, organization.org_id, invited)
