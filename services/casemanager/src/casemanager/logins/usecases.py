"""What identity is asked for when the login of a person changes, whoever it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from portico.identity.v1 import login_users_pb2 as identity
from portico.identity.v1.resources_pb2 import Account
from portico.options.v1 import options_pb2
from portico_errors import identity as theirs
from portico_errors.casemanager import ActionNotAllowed, ResetLimitReached

from casemanager.logins.domain import AccountStatus, Login, is_enabled
from casemanager.shared.deps import Deps
from chassis.aggregate import TRIES
from chassis.call import current_call
from chassis.errors import Aborted

MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose login it is, as identity is told."""

    org_id: UUID
    person_id: UUID
    role: options_pb2.Role.ValueType
    display_name: str
    language: str


async def command_login(deps: Deps, holder: Holder, login: Login) -> Login:
    """The login once identity has obeyed; it answers the same command of the same generation the same.

    A command that was obeyed and never recorded here has used its generation: the next one is taken then. Raises
    identity's UsernameTaken.
    """
    is_off = login.status is AccountStatus.DISABLED
    for generation in range(login.generation, login.generation + TRIES):
        told = replace(login, generation=generation)
        account = await (_disabled(deps, holder, told) if is_off else _provisioned(deps, holder, told))
        status = AccountStatus(account.status)
        if (status is AccountStatus.DISABLED) is is_off:
            return _obeyed(told, UUID(account.id), status)
    raise Aborted()


async def take_back(deps: Deps, holder: Holder, told: Login, kept: Login | None) -> None:
    """Undoes what identity has obeyed for nothing: `kept` is how the login stands here."""
    if is_enabled(told) is is_enabled(kept):
        return
    if is_enabled(told):
        await _disabled(deps, holder, told)
    else:
        await _provisioned(deps, holder, replace(told, generation=told.generation + 1))


async def resend_activation(deps: Deps, org_id: UUID, person_id: UUID) -> None:
    """Sends the activation once more; raises ActionNotAllowed."""
    with _refusals():
        await deps.identity.ResendAccountActivation(
            identity.ResendAccountActivationRequest(**_ids(deps, org_id, person_id))
        )


async def send_password_reset(deps: Deps, org_id: UUID, person_id: UUID) -> None:
    """Sends a link for a new password; raises ActionNotAllowed or ResetLimitReached."""
    with _refusals():
        await deps.identity.SendAccountPasswordReset(
            identity.SendAccountPasswordResetRequest(**_ids(deps, org_id, person_id))
        )


def _obeyed(login: Login, account_id: UUID, status: AccountStatus) -> Login:
    """The login as identity answered; of another account than before nothing has been heard."""
    heard_version = login.heard_version if login.account_id == account_id else 0
    return replace(login, account_id=account_id, status=status, heard_version=heard_version)


async def _disabled(deps: Deps, holder: Holder, login: Login) -> Account:
    return await deps.identity.DisableAccount(
        identity.DisableAccountRequest(
            org_id=str(holder.org_id), person_id=str(holder.person_id), generation=login.generation
        )
    )


async def _provisioned(deps: Deps, holder: Holder, login: Login) -> Account:
    return await deps.identity.ProvisionAccount(
        identity.ProvisionAccountRequest(
            role=holder.role,
            username=login.username,
            display_name=holder.display_name[:MAX_NAME_LENGTH],
            language=holder.language,
            org_id=str(holder.org_id),
            person_id=str(holder.person_id),
            generation=login.generation,
        )
    )


def _ids(deps: Deps, org_id: UUID, person_id: UUID) -> dict[str, str]:
    """Whom identity is asked about: with our caller's request id, so that trying again sends nothing twice."""
    request = current_call().request
    request_id = request.request_id if request else deps.ids()
    return {"request_id": str(request_id), "org_id": str(org_id), "person_id": str(person_id)}


@contextmanager
def _refusals() -> Iterator[None]:
    """What identity refuses, in our words: it may know more than has been heard here."""
    try:
        yield
    except theirs.ActionNotAllowed as refused:
        raise ActionNotAllowed(refused.message, metadata=refused.metadata) from None
    except theirs.ResetLimitReached as refused:
        raise ResetLimitReached(retry_after=refused.retry_after) from None
