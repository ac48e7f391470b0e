"""Reading accounts, and what every change of one writes."""

from collections.abc import Sequence
from uuid import UUID

from portico_errors.identity import AccountNotFound, UsernameInvalid

from chassis import contacts
from chassis.call import FAMILY_ORG, Call
from chassis.errors import FieldViolation
from identity.accounts.aggregate import account_by_id
from identity.accounts.domain import STAFF_ROLES, Account, Colleague, Status
from identity.accounts.storage import LIST_ACTIVE_STAFF, LIST_COLLEAGUES, LOAD_ACCOUNT_BY_USERNAME, NOTE_PROVEN
from identity.organizations.deps import Deps
from identity.organizations.domain import Organization
from identity.organizations.usecases import organization_of
from identity.shared.audit.usecases import Actor


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


async def account_by_username(deps: Deps, *, org_id: UUID, username: str) -> Account | None:
    """The account with this username (in its one form), its live sessions and its proofs."""
    return await deps.database.first(LOAD_ACCOUNT_BY_USERNAME, org_id=org_id, username=username, now=deps.clock())


def themselves(account: Account) -> Actor:
    """The account's own person, who has just proven to be it."""
    return Actor(account_id=account.id, org_id=account.org_id)


async def my_account(deps: Deps, call: Call) -> tuple[Account, Organization]:
    """The signed-in person's account; raises `AccountNotFound`."""
    return await _account(deps, org_id=call.org_id, account_id=call.account_id)


async def colleagues(deps: Deps, call: Call, *, account_ids: Sequence[UUID]) -> list[Colleague]:
    """Those of the accounts that are staff of the caller's organization, in the order of the ids."""
    return await deps.database.all(LIST_COLLEAGUES, org_id=call.org_id, account_ids=account_ids)


async def active_staff(deps: Deps, org_id: UUID, after: tuple[str, UUID], limit: int) -> Sequence[Colleague]:
    """At most so many of the organization's active staff, after a position of `COLLEAGUES_BY_NAME`."""
    after_name, after_id = after
    return await deps.database.all(
        LIST_ACTIVE_STAFF, org_id=org_id, after_name=after_name, after_id=after_id, limit=limit
    )


async def staff(deps: Deps, *, org_id: UUID, account_id: UUID) -> Account:
    """An active member of the organization's staff; raises `AccountNotFound` for anybody else."""
    account = await account_by_id(deps, org_id=org_id, account_id=account_id)
    if account is None or account.role not in STAFF_ROLES or account.status is not Status.ACTIVE:
        raise AccountNotFound()
    return account


async def family_account(deps: Deps, *, account_id: UUID) -> tuple[Account, Organization]:
    """A family's account; raises `AccountNotFound`."""
    return await _account(deps, org_id=FAMILY_ORG, account_id=account_id)


async def note_family_contact(deps: Deps, *, account_id: UUID, contact: str) -> None:
    """Notes that a family has just shown that it reads what is sent to its username."""
    await deps.database.run(NOTE_PROVEN, org_id=FAMILY_ORG, id=account_id, contact=contact, now=deps.clock())


async def family_exists(deps: Deps, *, username: str) -> bool:
    """Whether a family account has this username."""
    try:
        normalised = username_of(username, await organization_of(deps, FAMILY_ORG))
    except UsernameInvalid:
        return False
    return await account_by_username(deps, org_id=FAMILY_ORG, username=normalised) is not None


async def _account(deps: Deps, *, org_id: UUID, account_id: UUID) -> tuple[Account, Organization]:
    account = await account_by_id(deps, org_id=org_id, account_id=account_id)
    if account is None:
        raise AccountNotFound()
    return account, await organization_of(deps, org_id)
