"""Access tokens by identity's own key, for roles without a login yet, and for forgers who begin with a good one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.call import Role
from chassis.tokens import AUDIENCE
from local_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class Signer:
    """What identity signs with."""

    key: Ed25519PrivateKey
    kid: str
    issuer: str

    def token(self, role: Role, *, headers: Mapping[str, object] | None = None, **claims: object) -> str:
        """As identity makes it, for a stranger in an organization of its own; claims given here replace the usual."""
        return self.sign({**self._usual(role), **claims}, headers=headers)

    def sign(self, claims: Mapping[str, object], *, headers: Mapping[str, object] | None = None) -> str:
        """These claims; one that is None is left out."""
        chosen = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            chosen, self.key, algorithm="EdDSA", headers={"kid": self.kid, "typ": "at+jwt", **(headers or {})}
        )

    def _usual(self, role: Role) -> dict[str, object]:
        now = datetime.now(UTC)
        return {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": str(uuid4()),
            "org": str(uuid4()),
            "sid": str(uuid4()),
            "role": role.name,
            "iat": now,
            "exp": now + timedelta(minutes=10),
        }


def signer_of(stack: Stack, access_token: str) -> Signer:
    """With the key of the stack; the issuer is the one that a real token names."""
    jwk = json.loads(stack.secrets.signing_keys().read_bytes())["keys"][0]
    key = jwt.PyJWK(jwk, algorithm="EdDSA").key
    assert isinstance(key, Ed25519PrivateKey)
    issuer = jwt.decode(access_token, options={"verify_signature": False})["iss"]
    return Signer(key, jwk["kid"], issuer)
