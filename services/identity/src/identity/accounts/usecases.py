"""What the use cases are handed, and what they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis import contacts
from chassis.call import Call
from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import FieldViolation
from chassis.ids import Ids
from chassis.outbox import OutboxEvent, event_params
from chassis.saving import Save, request_params
from chassis.secrets import KeyedHash
from identity.accounts.domain import SESSION_LIFE, Account, Change
from identity.accounts.storage import ACCOUNT_BY_ID, ACCOUNT_BY_USERNAME, change_params
from identity.domain.errors import OrganizationNotFound, UsernameInvalid
from identity.organizations.domain import Organization
from identity.organizations.storage import OrganizationDirectory
from identity.passwords.process import Passwords
from identity.resets.messages import Messages
from identity.sessions.tokens import RefreshTokens, TokenSigner
from identity.shared.audit.domain import Action
from identity.shared.audit.storage import ADD_ENTRY, audit_params, entry_params
from identity.shared.audit.usecases import Actor, entries


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside of a use case."""

    database: Database
    clock: Clock
    ids: Ids
    hashes: KeyedHash
    passwords: Passwords
    signer: TokenSigner
    refresh_tokens: RefreshTokens
    messages: Messages
    organizations: OrganizationDirectory


def username_of(contact: str, organization: Organization, *, field: str = "username") -> str:
    """The contact in its one form, read with the organization's country; raises `UsernameInvalid`."""
    try:
        return contacts.normalise(contact, country=organization.country)
    except ValueError:
        violation = FieldViolation(
            field=field,
            reason="USERNAME_INVALID",
            description="Enter an email address or a phone number.",
            localized={"es": "Escriba un correo electrónico o un número de teléfono."},
        )
        raise UsernameInvalid(violations=[violation]) from None


async def organization_of(ports: Ports, org_id: UUID) -> Organization:
    """The organization; raises `OrganizationNotFound`."""
    organization = await ports.organizations.by_id(org_id)
    if organization is None:
        raise OrganizationNotFound()
    return organization


async def account_by_username(ports: Ports, *, org_id: UUID, username: str) -> Account | None:
    """The account with this username (in its one form) and its live sessions."""
    live_since = ports.clock() - SESSION_LIFE
    row = await ports.database.first(ACCOUNT_BY_USERNAME, org_id=org_id, username=username, live_since=live_since)
    return row.account() if row else None


async def account_by_id(ports: Ports, *, org_id: UUID, account_id: UUID) -> Account | None:
    """The account with this id and its live sessions."""
    live_since = ports.clock() - SESSION_LIFE
    row = await ports.database.first(ACCOUNT_BY_ID, org_id=org_id, id=account_id, live_since=live_since)
    return row.account() if row else None


async def save(
    ports: Ports, call: Call, what: Save, *, org_id: UUID, params: Mapping[str, object], events: Sequence[OutboxEvent]
) -> int:
    """Runs a save whose answer is not kept, because it is a secret or says nothing; how many rows its guard hit."""
    kept = request_params(replace(call, request=None), b"")
    hit = await ports.database.first(what, **{"org_id": org_id, **params, **event_params(org_id, events), **kept})
    return hit or 0


def change_written(
    ports: Ports, call: Call, change: Change, *, actor: Actor | None, now: datetime
) -> Mapping[str, object]:
    """The parameters of `CHANGE_ACCOUNT`."""
    return {
        **change_params(change.account),
        "ended": list(change.revoked),
        "now": now,
        **audit_written(ports, call, change.actions, subject=change.account.id, actor=actor, now=now),
    }


def audit_written(
    ports: Ports, call: Call, actions: tuple[Action, ...], *, subject: UUID, actor: Actor | None, now: datetime
) -> dict[str, object]:
    """The parameters that write these actions to the audit beside a change."""
    return audit_params(entries(call, actions, subject=subject, actor=actor, ids=ports.ids, now=now))


async def audit_refusal(ports: Ports, call: Call, action: Action, *, org_id: UUID, subject: UUID | None) -> None:
    """Writes to the audit what a stranger was kept from doing."""
    for entry in entries(call, [action], subject=subject, actor=None, ids=ports.ids, now=ports.clock()):
        await ports.database.run(ADD_ENTRY, org_id=org_id, **entry_params(entry))
