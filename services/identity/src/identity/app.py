"""The composition root of identity: the only place that knows all its parts."""

import os
from datetime import timedelta

from portico.identity.v1.service_pb2_grpc import (
    add_IdentityInternalServiceServicer_to_server,
    add_IdentityServiceServicer_to_server,
)

from chassis.house import House
from chassis.revocations import ACCESS_TOKEN_LIFE
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition
from identity.config import IdentitySettings
from identity.organizations.storage import OrganizationDirectory
from identity.passwords.domain import PasswordPolicy
from identity.passwords.hasher import Argon2Cost
from identity.passwords.process import Passwords
from identity.resets.deps import Ports
from identity.resets.messages import Messages
from identity.resets.usecases.requests import ForgottenPasswords
from identity.servicers import IdentityInternalServicer, IdentityServicer
from identity.sessions.tokens import RefreshTokens, TokenSigner


async def ports_of(house: House[IdentitySettings]) -> Ports:
    """What the use cases are handed, also those that a command runs."""
    settings = house.settings
    database = await house.database()
    passwords = Passwords(
        cost=Argon2Cost(
            memory=settings.password_memory, passes=settings.password_passes, lanes=settings.password_lanes
        ),
        policy=PasswordPolicy(shortest=settings.password_shortest, longest=settings.password_longest),
        threads=settings.password_threads or os.cpu_count() or 1,
        queue=settings.password_queue,
    )
    house.closes(passwords.close)
    return Ports(
        database=database,
        clock=house.clock,
        ids=house.ids,
        hashes=house.hashes,
        passwords=passwords,
        signer=TokenSigner(settings.signing_keys.reveal(), issuer=settings.access_token_issuer),
        refresh_tokens=RefreshTokens(house.hashes),
        messages=Messages(
            sealer=Sealer(settings.sealing_public_key.reveal()), public_url=settings.public_url, ids=house.ids
        ),
        organizations=OrganizationDirectory(database, house.clock),
    )


async def build(house: House[IdentitySettings]) -> None:
    """Puts the service together."""
    ports = await ports_of(house)
    forgotten_passwords = ForgottenPasswords(ports)
    house.publishes("IDENTITY", aggregates=("account", "organization", "notification"))
    house.publishes("REVOCATIONS", aggregates=("revocation",), keeps=timedelta(seconds=ACCESS_TOKEN_LIFE))
    house.serve(add_IdentityServiceServicer_to_server, IdentityServicer(ports, forgotten_passwords))
    house.serve(add_IdentityInternalServiceServicer_to_server, IdentityInternalServicer(ports))
    house.background("forgotten-passwords", forgotten_passwords.run)


definition = ServiceDefinition(
    name="identity",
    settings=IdentitySettings,
    build=build,
    commands="identity.commands",
)
