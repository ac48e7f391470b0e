"""Making the logins of staff, case managers and specialists."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message
from portico_errors.identity import OrganizationNotFound, UsernameTaken

from chassis.call import FAMILY_ORG, Call
from chassis.secrets import opaque_token
from chassis.transition import transition
from identity.accounts import domain as accounts
from identity.accounts.domain import Account, Change, NewLogin, Proof, Purpose
from identity.accounts.events import account_events
from identity.accounts.storage import NEW_ACCOUNT, account_params, session_params
from identity.accounts.usecases import account_by_username, username_of
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import ACTIVATION_LIFE
from identity.resets.usecases.passwords import token_hash
from identity.shared.audit.usecases import audit_written, signed_in

M = TypeVar("M", bound=Message)
AccountReply = Callable[[Account, Organization], M]


async def create_login_user(
    deps: Deps, call: Call, *, login: NewLogin, reply: AccountReply[M], reply_type: type[M]
) -> M:
    """Makes a staff login and sends its activation message; raises `UsernameInvalid` or `UsernameTaken`."""
    organization = await organization_of(deps, call.org_id)
    normalised = replace(login, username=username_of(login.username, organization))
    return await _invite(deps, call, organization, login=normalised, reply=reply, reply_type=reply_type)


async def provision_account(
    deps: Deps, call: Call, *, org_id: UUID, login: NewLogin, reply: AccountReply[M], reply_type: type[M]
) -> M:
    """Makes the login of a case manager or specialist, or returns the one that is there and sends nothing.

    Raises `OrganizationNotFound`, `UsernameInvalid`, or `UsernameTaken` when a login of another role has the username.
    """
    if org_id == FAMILY_ORG:
        raise OrganizationNotFound()
    organization = await organization_of(deps, org_id)
    normalised = replace(login, username=username_of(login.username, organization))
    try:
        return await _invite(deps, call, organization, login=normalised, reply=reply, reply_type=reply_type)
    except UsernameTaken:
        there = await account_by_username(deps, org_id=org_id, username=normalised.username)
        if there is None or there.role is not login.role:
            raise
        return reply(there, organization)


async def _invite(
    deps: Deps,
    call: Call,
    organization: Organization,
    *,
    login: NewLogin,
    reply: AccountReply[M],
    reply_type: type[M],
) -> M:
    now = deps.clock()
    token = opaque_token(organization.org_id)
    created = accounts.create(login, org_id=organization.org_id, account_id=deps.ids(), now=now)
    proof = Proof(
        id=deps.ids(),
        purpose=Purpose.ACTIVATION,
        hash=token_hash(deps, Purpose.ACTIVATION, token),
        expire_time=now + ACTIVATION_LIFE,
    )
    invited = accounts.invite(created, proof=proof)

    def decide(holder: Account | None) -> Change:
        if holder is not None:
            raise UsernameTaken()
        return invited

    return await transition(
        deps.database,
        call,
        org_id=organization.org_id,
        load=lambda: account_by_username(deps, org_id=organization.org_id, username=login.username),
        decide=decide,
        save=NEW_ACCOUNT,
        params=lambda change: {
            **account_params(change.account),
            **session_params([]),
            **audit_written(deps, call, change.actions, subject=change.account.id, actor=signed_in(call), now=now),
        },
        events=lambda change: [
            *account_events(change, ids=deps.ids, now=now),
            deps.messages.activation(change.account, organization, token, now=now),
        ],
        reply=lambda change: reply(change.account, organization),
        reply_type=reply_type,
    )
