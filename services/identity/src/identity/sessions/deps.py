"""What the use cases of sessions are handed."""

from dataclasses import dataclass

from identity.organizations import deps as organizations
from identity.passwords.process import Passwords
from identity.sessions.tokens import DeviceTokens, RefreshTokens, TokenSigner


@dataclass(frozen=True, slots=True)
class Deps(organizations.Deps):
    """Also what proves who somebody is."""

    passwords: Passwords
    signer: TokenSigner
    refresh_tokens: RefreshTokens
    device_tokens: DeviceTokens
