"""The composition root of identity: the only place that knows all its parts."""

import os
from datetime import timedelta

from chassis.house import House
from chassis.revocations import ACCESS_TOKEN_LIFE
from chassis.secrets import Sealer
from chassis.service import ServiceDefinition
from identity.config import IdentitySettings
from identity.domain.passwords import PasswordPolicy
from identity.hashing import Argon2Cost
from identity.messages import Messages
from identity.passwords import Passwords
from identity.servicers import servicers
from identity.storage.organizations import OrganizationDirectory
from identity.tokens import RefreshTokens, TokenSigner
from identity.usecases.ports import Ports
from identity.usecases.resets import ForgottenPasswords


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
    house.serve(*servicers(ports, forgotten_passwords))
    house.background("forgotten-passwords", forgotten_passwords.run)


definition = ServiceDefinition(
    name="identity",
    settings=IdentitySettings,
    build=build,
    commands="identity.commands",
)
