"""Making an organization, with the person who then makes the other logins."""

from dataclasses import replace
from zoneinfo import available_timezones

import phonenumbers

from chassis.call import Call, Role
from chassis.saves import write
from identity.accounts.domain import Account, NewLogin, activate_at_once, create
from identity.accounts.events import account_events
from identity.accounts.usecases import account_by_username, username_of
from identity.onboarding.storage import SAVE_ORGANIZATION, first_account_params
from identity.organizations.domain import Organization, OrganizationDiffers, check_organization, same_organization
from identity.organizations.events import organization_created
from identity.organizations.storage import ORGANIZATION
from identity.sessions.deps import Deps
from identity.sessions.usecases import check_password
from identity.shared.audit.usecases import audit_written


async def find_organization(deps: Deps, *, organization: Organization, administrator: NewLogin) -> Organization | None:
    """The organization that was created with the same words, or None when the slug is free.

    Raises `InvalidArgument` for what could never be created, `OrganizationDiffers` when the slug has another one.
    """
    check_organization(
        organization, countries=frozenset(phonenumbers.SUPPORTED_REGIONS), time_zones=frozenset(available_timezones())
    )
    existing = await deps.organizations.by_slug(organization.slug)
    if existing is None:
        return None
    account = await account_by_username(
        deps, org_id=existing.org_id, username=username_of(administrator.username, organization)
    )
    if not same_organization(existing, organization) or account is None or account.role is not Role.STAFF_ADMIN:
        raise OrganizationDiffers()
    return existing


async def create_organization(
    deps: Deps, call: Call, *, organization: Organization, administrator: NewLogin, password: str
) -> Organization:
    """Makes an organization and its first administrator, who can sign in at once.

    Made again with the same words it returns the one that is there. Raises `InvalidArgument`, `UsernameInvalid`,
    `PasswordWeak`, or `OrganizationDiffers` when the slug belongs to another one.
    """
    existing = await find_organization(deps, organization=organization, administrator=administrator)
    if existing is not None:
        return existing
    login = replace(administrator, username=username_of(administrator.username, organization))
    await check_password(deps, password, login.username, login.display_name, organization, field="admin_password")
    now = organization.create_time
    created = create(login, org_id=organization.org_id, account_id=deps.ids(), now=now)
    change = activate_at_once(created, password_hash=await deps.passwords.hash(password), now=now)
    account: Account = change.account
    hit = await write(
        deps.database,
        SAVE_ORGANIZATION,
        org_id=organization.org_id,
        params={
            **ORGANIZATION.params(organization),
            **first_account_params(account),
            **audit_written(deps, call, change.actions, subject=account.id, actor=None, now=now),
        },
        events=[organization_created(organization, ids=deps.ids), *account_events(change, ids=deps.ids, now=now)],
    )
    if not hit:
        return await create_organization(
            deps, call, organization=organization, administrator=administrator, password=password
        )
    return organization
