"""Asking for a new password: by the person, unseen by others, or by staff on the person's behalf."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico_errors.identity import AccountNotActive, AccountNotFound, ResetLimitReached

from chassis.call import FAMILY_ORG, Call
from chassis.outbox import OutboxEvent
from identity.accounts.aggregate import Manner, account_by_id, changed_accounts, source
from identity.accounts.domain import Account, Change, Purpose, Status
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import RESET_LIFE, ask_activation, ask_reset
from identity.resets.usecases.activations import Activation
from identity.resets.usecases.passwords import network_hash, new_proof, new_secret
from identity.sessions.usecases import person_in
from identity.shared.audit.usecases import Actor
from identity.shared.deferred import Deferred


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody says that they are this person and forgot the password."""

    call: Call
    realm: str
    username: str


class ForgottenPasswords(Deferred[Forgotten]):
    """Whoever forgot a password is written to after the answer."""

    def __init__(self, deps: Deps) -> None:
        super().__init__()
        self._deps = deps

    async def serve(self, asked: Forgotten) -> None:
        """Sends the message, unless there is nobody to send it to or enough were sent."""
        with suppress(AccountNotActive, ResetLimitReached):
            await _send_to_whoever_it_is(self._deps, asked)


async def send_family_password_reset(deps: Deps, call: Call, *, account_id: UUID, actor: Actor) -> None:
    """Sends what the family would get if it asked itself, and notes who of the staff asked.

    Raises `AccountNotFound`, `AccountNotActive` or `ResetLimitReached`.
    """
    account = await account_by_id(deps, org_id=FAMILY_ORG, account_id=account_id)
    if account is None:
        raise AccountNotFound()
    await _send_reset(deps, call, account, await organization_of(deps, FAMILY_ORG), actor=actor)


async def _send_to_whoever_it_is(deps: Deps, forgotten: Forgotten) -> None:
    organization = await deps.organizations.by_slug(forgotten.realm)
    if organization is None:
        return
    account = await person_in(deps, organization, forgotten.username)
    if account is None:
        return
    if account.status is Status.PENDING_ACTIVATION:
        await _send_activation(deps, forgotten.call, account, organization)
    else:
        await _send_reset(deps, forgotten.call, account, organization, actor=None)


async def _send_reset(
    deps: Deps, call: Call, account: Account, organization: Organization, *, actor: Actor | None
) -> None:
    secret, secret_hash = new_secret(deps, account)
    requester = None if actor else network_hash(deps, account.username, call)
    proof = new_proof(deps, Purpose.RESET, secret_hash, life=RESET_LIFE, requester=requester)
    manner = _manner(actor, lambda change, now: [deps.messages.reset(change, organization, secret, now=now)])
    await changed_accounts(deps, manner).change(source(deps, call, account), ask_reset, proof)


async def _send_activation(deps: Deps, call: Call, account: Account, organization: Organization) -> None:
    activation = Activation(deps, organization, requester=network_hash(deps, account.username, call))
    manner = _manner(None, activation.told)
    await changed_accounts(deps, manner).change(source(deps, call, account), ask_activation, activation.proof)


def _manner(actor: Actor | None, told: Callable[[Change, datetime], Sequence[OutboxEvent]]) -> Manner[Empty]:
    return Manner(actor=lambda *_: actor, told=told, answer=lambda *_: Empty(), reply=Empty)
