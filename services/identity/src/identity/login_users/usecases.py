"""Making the logins of staff, case managers and specialists."""

from dataclasses import replace
from uuid import UUID

from portico.identity.v1 import resources_pb2 as res
from portico_errors.identity import OrganizationNotFound, UsernameTaken

from chassis.call import FAMILY_ORG, Call
from chassis.secrets import opaque_token
from identity.accounts import domain as accounts
from identity.accounts.aggregate import Manner, new_accounts
from identity.accounts.domain import NewLogin, Purpose
from identity.accounts.usecases import account_by_username, username_of
from identity.accounts.wire import account_message
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import ACTIVATION_LIFE
from identity.resets.usecases.passwords import new_proof, token_hash
from identity.shared.audit.usecases import signed_in


async def create_login_user(deps: Deps, call: Call, login: NewLogin) -> res.Account:
    """Makes a staff login and sends its activation message; raises `UsernameInvalid` or `UsernameTaken`."""
    organization = await organization_of(deps, call.org_id)
    return await _invite(deps, call, organization, _normalised(login, organization))


async def provision_account(deps: Deps, call: Call, org_id: UUID, login: NewLogin) -> res.Account:
    """Makes the login of a case manager or specialist, or returns the one that is there and sends nothing.

    Raises `OrganizationNotFound`, `UsernameInvalid`, or `UsernameTaken` when a login of another role has the username.
    """
    if org_id == FAMILY_ORG:
        raise OrganizationNotFound()
    organization = await organization_of(deps, org_id)
    normalised = _normalised(login, organization)
    try:
        return await _invite(deps, call, organization, normalised)
    except UsernameTaken:
        existing = await account_by_username(deps, org_id=org_id, username=normalised.username)
        if existing is None or existing.role is not login.role:
            raise
        return account_message(existing, organization)


def _normalised(login: NewLogin, organization: Organization) -> NewLogin:
    return replace(login, username=username_of(login.username, organization))


async def _invite(deps: Deps, call: Call, organization: Organization, login: NewLogin) -> res.Account:
    now, token = deps.clock(), opaque_token(organization.org_id)
    secret_hash = token_hash(deps, Purpose.ACTIVATION, token)
    proof = new_proof(deps, Purpose.ACTIVATION, secret_hash, life=ACTIVATION_LIFE, requester=None)
    created = accounts.create(login, org_id=organization.org_id, account_id=deps.ids(), now=now)
    manner = Manner(
        actor=lambda _, act: signed_in(act.call),
        told=lambda change, now: [deps.messages.activation(change, organization, token, now=now)],
        answer=lambda change, _: account_message(change.account, organization),
        reply=res.Account,
    )
    return await new_accounts(deps, manner).add(call, organization.org_id, accounts.invite(created, proof=proof))
