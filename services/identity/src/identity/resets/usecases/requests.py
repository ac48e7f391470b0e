"""Asking for a new password: by the person, unseen by others, or by staff on the person's behalf."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from portico_errors.identity import AccountNotActive, AccountNotFound, ResetLimitReached

from chassis import telemetry
from chassis.call import FAMILY_ORG, Call
from chassis.errors import Exhausted, ServiceError
from chassis.outbox import OutboxEvent
from chassis.secrets import opaque_token
from chassis.tasks import cancel
from identity.accounts.aggregate import Manner, account_by_id, changed_accounts, source
from identity.accounts.domain import Account, Change, Purpose, Status
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.resets.deps import Deps
from identity.resets.domain import ACTIVATION_LIFE, RESET_LIFE, ask_activation, ask_reset
from identity.resets.usecases.passwords import network_hash, new_proof, new_secret, token_hash
from identity.sessions.usecases import person_in
from identity.shared.audit.usecases import Actor

_MAX_WAITING = 1000
_TRIES = 5
_RETRY_SECONDS = 1.0
_LAST_ONES = 5.0
_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody says that they are this person and forgot the password."""

    call: Call
    realm: str
    username: str


class ForgottenPasswords:
    """Answers at once, and looks afterwards whether there is anybody to write to.

    So neither the answer nor its time can tell whether the account exists. What waits when the process is killed is
    lost, and the person asks again; an orderly stop does the last ones first.
    """

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._waiting: asyncio.Queue[Forgotten] = asyncio.Queue(_MAX_WAITING)

    def ask(self, forgotten: Forgotten) -> None:
        """Notes it for later; raises `Exhausted` when too many wait."""
        try:
            self._waiting.put_nowait(forgotten)
        except asyncio.QueueFull:
            raise Exhausted(retry_after=timedelta(seconds=_RETRY_SECONDS)) from None

    async def run(self) -> None:
        """Never returns."""
        work = asyncio.create_task(self._work())
        try:
            await asyncio.shield(work)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_ONES):
                    await self._waiting.join()
            await cancel(work)

    async def _work(self) -> NoReturn:
        while True:
            forgotten = await self._waiting.get()
            try:
                await self._serve(forgotten)
            except Exception:  # noqa: BLE001 whatever it is: the next person must not wait for it
                _log.exception("forgotten_password.failed")
            finally:
                self._waiting.task_done()

    async def _serve(self, forgotten: Forgotten) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                await _send_to_whoever_it_is(self._deps, forgotten)
            except (AccountNotActive, ResetLimitReached):
                return
            except ServiceError:  # the database is away for a moment
                if not tries_left:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return


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
    token, requester = opaque_token(account.org_id), network_hash(deps, account.username, call)
    secret_hash = token_hash(deps, Purpose.ACTIVATION, token)
    proof = new_proof(deps, Purpose.ACTIVATION, secret_hash, life=ACTIVATION_LIFE, requester=requester)
    manner = _manner(None, lambda change, now: [deps.messages.activation(change, organization, token, now=now)])
    await changed_accounts(deps, manner).change(source(deps, call, account), ask_activation, proof)


def _manner(actor: Actor | None, told: Callable[[Change, datetime], Sequence[OutboxEvent]]) -> Manner[Empty]:
    return Manner(actor=lambda *_: actor, told=told, answer=lambda *_: Empty(), reply=Empty)
