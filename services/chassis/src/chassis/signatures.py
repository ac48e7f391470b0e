"""JWTs signed with Ed25519 (RFC 7515, RFC 8037) by libsodium, which seals for us, too.

`cryptography`, with which PyJWT would do it by itself, takes 8 MB of each process.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import jwt
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

InvalidToken = jwt.InvalidTokenError
"""What every function here raises for an invalid token, or one that the key did not sign."""

_ALGORITHM: Literal["EdDSA"] = "EdDSA"


class _Ed25519(jwt.algorithms.Algorithm):
    """The one algorithm that our tokens are signed with; its keys are PyNaCl's, of which PyJWT's types do not know."""

    def prepare_key(self, key: Any) -> SigningKey | VerifyKey:
        if not isinstance(key, SigningKey | VerifyKey):
            raise jwt.InvalidKeyError("not an Ed25519 key")
        return key

    def sign(self, msg: bytes, key: SigningKey) -> bytes:
        return key.sign(msg).signature

    def verify(self, msg: bytes, key: VerifyKey, sig: bytes) -> bool:
        try:
            key.verify(msg, sig)
        except BadSignatureError:
            return False
        return True

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> NoReturn:
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: Any) -> NoReturn:
        raise NotImplementedError


_jws = jwt.PyJWS(algorithms=[])
_jws.register_algorithm(_ALGORITHM, _Ed25519())


def signed(claims: Mapping[str, object], key: SigningKey, *, kid: str, type_: str) -> str:
    """The claims as a JWT; its header names the key by `kid`, and what kind of token it is (RFC 8725, 3.11)."""
    payload = json.dumps(claims, separators=(",", ":")).encode()
    headers = {"kid": kid, "typ": type_}
    return _jws.encode(payload, key, algorithm=_ALGORITHM, headers=headers)  # type: ignore[arg-type] # as prepared


def unverified_header(token: str) -> dict[str, Any]:
    """What a token says of itself, to choose the key that it is verified with."""
    return _jws.get_unverified_header(token)


def verified(token: str, key: VerifyKey, *, type_: str, audience: str, issuer: str, now: float) -> dict[str, Any]:
    """The claims of a token of this type that this key signed, for this audience, by this issuer.

    `now` in seconds since the epoch: a token is refused before its `nbf`. That its `exp` is over is for the caller to
    say; here it is a finite number.
    """
    try:
        whole = _jws.decode_complete(token, key, algorithms=[_ALGORITHM])  # type: ignore[arg-type] # as prepared
        claims: dict[str, Any] = json.loads(whole["payload"])
        is_ours = claims["aud"] == audience and claims["iss"] == issuer and claims.get("nbf", now) <= now
        is_ours = is_ours and whole["header"].get("typ") == type_ and math.isfinite(claims["exp"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise InvalidToken("no claims of ours") from None
    if not is_ours:
        raise InvalidToken("for somebody else, by somebody else, or not yet")
    return claims
