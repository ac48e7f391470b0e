"""The composition root of identity: the only place that knows all its parts."""

import os
from collections.abc import Sequence
from datetime import timedelta

from portico.applications.v1.stub import ApplicationsStub

from chassis.context import ServiceContext
from chassis.pagination import Pager, PageTokens
from chassis.revocations import ACCESS_TOKEN_LIFE
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition
from identity.accounts.servicer import AccountsInternalServicer, AccountsServicer
from identity.audit.servicer import AuditServicer
from identity.config import IdentitySettings
from identity.login_users.servicer import LoginUsersInternalServicer, LoginUsersServicer
from identity.organizations.servicer import OrganizationsServicer
from identity.organizations.storage import OrganizationDirectory
from identity.passwords.domain import PasswordPolicy
from identity.passwords.hasher import Argon2Cost
from identity.passwords.process import Passwords
from identity.registrations.servicer import RegistrationsInternalServicer, RegistrationsServicer
from identity.reminders.servicer import RemindersServicer
from identity.reminders.usecases import Reminders
from identity.resets.deps import Deps
from identity.resets.messages import Messages
from identity.resets.servicer import ResetsInternalServicer, ResetsServicer
from identity.resets.usecases.requests import ForgottenPasswords
from identity.sessions.servicer import SessionsServicer
from identity.sessions.tokens import DeviceTokens, RefreshTokens, TokenSigner
from identity.shared.audit.refusals import keep_writing_refusals


async def deps_of(context: ServiceContext[IdentitySettings]) -> Deps:
    """What the use cases are handed, also those that a command runs."""
    settings = context.settings
    database = await context.database()
    passwords = Passwords(
        cost=Argon2Cost(
            memory=settings.password_memory, passes=settings.password_passes, lanes=settings.password_lanes
        ),
        policy=PasswordPolicy(min_length=settings.password_min_length, max_length=settings.password_max_length),
        threads=settings.password_threads or os.cpu_count() or 1,
        queue=settings.password_queue,
    )
    context.on_shutdown(passwords.close)
    return Deps(
        database=database,
        clock=context.clock,
        ids=context.ids,
        hashes=context.hashes,
        pager=Pager(PageTokens(settings.hash_key.reveal())),
        passwords=passwords,
        signer=TokenSigner(settings.signing_keys.reveal(), issuer=settings.access_token_issuer),
        refresh_tokens=RefreshTokens(context.hashes),
        device_tokens=DeviceTokens(context.hashes),
        messages=Messages(
            sealer=Sealer(settings.sealing_public_key.reveal()), public_url=settings.public_url, ids=context.ids
        ),
        organizations=OrganizationDirectory(database, context.clock),
        applications=context.client(ApplicationsStub, settings.applications_address, server="applications"),
    )


async def build(context: ServiceContext[IdentitySettings]) -> None:
    """Puts the service together."""
    deps = await deps_of(context)
    forgotten_passwords, reminders = ForgottenPasswords(deps), Reminders(deps)
    context.publishes("IDENTITY", aggregates=("account", "organization", "notification"))
    context.publishes("REVOCATIONS", aggregates=("revocation",), keeps=timedelta(seconds=ACCESS_TOKEN_LIFE))
    context.serve(*servicers(deps, forgotten_passwords, reminders))
    context.background("forgotten-passwords", forgotten_passwords.run)
    context.background("reminders", reminders.run)
    context.background("refusals", lambda: keep_writing_refusals(deps.database, deps.clock))


def servicers(deps: Deps, forgotten_passwords: ForgottenPasswords, reminders: Reminders) -> Sequence[object]:
    """One for each gRPC service."""
    return [
        SessionsServicer(deps),
        AccountsServicer(deps),
        AccountsInternalServicer(deps),
        ResetsServicer(deps, forgotten_passwords),
        ResetsInternalServicer(deps),
        RemindersServicer(reminders),
        RegistrationsServicer(deps),
        RegistrationsInternalServicer(deps),
        LoginUsersServicer(deps),
        LoginUsersInternalServicer(deps),
        AuditServicer(deps),
        OrganizationsServicer(deps),
    ]


definition = ServiceDefinition(
    name="identity",
    settings=IdentitySettings,
    build=build,
    commands="identity.commands",
)
