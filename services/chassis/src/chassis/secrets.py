"""Secrets at rest and in flight: keyed hashes, sealed boxes, opaque tokens, codes that people type."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from chassis import base64url
from chassis.text import letters_and_digits

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Douglas Crockford's base32: no I, L, O (they look like 1 and 0) and no U."""

_IN_CROCKFORD = frozenset(CROCKFORD)
_RANDOM_BYTES = 18
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


class KeyedHash:
    """HMAC-SHA-256 under a key that the database never sees; a copy of the database opens nothing."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, purpose: str, value: bytes | str) -> bytes:
        """32 bytes; the same value under another purpose gives others."""
        raw = value.encode() if isinstance(value, str) else value
        return hmac.digest(self._key, purpose.encode() + b"\0" + raw, hashlib.sha256)


class Sealer:
    """Seals values so that only the holder of the private key reads them (libsodium sealed box)."""

    __slots__ = ("_box",)

    def __init__(self, public_key: bytes) -> None:
        self._box = SealedBox(PublicKey(public_key))

    def seal(self, values: Mapping[str, str]) -> bytes:
        """The values as JSON in a sealed box; different bytes at each call."""
        return bytes(self._box.encrypt(json.dumps(dict(values)).encode()))


class Opener:
    """Opens what a `Sealer` with the public half sealed."""

    __slots__ = ("_box",)

    def __init__(self, private_key: bytes) -> None:
        self._box = SealedBox(PrivateKey(private_key))

    def open(self, sealed: bytes) -> dict[str, str]:
        """The values; `ValueError` when the box is damaged or sealed for another key."""
        try:
            values = json.loads(self._box.decrypt(sealed))
        except (CryptoError, TypeError):
            raise ValueError("sealed for another key, or damaged") from None
        return {str(name): str(value) for name, value in values.items()}


def opaque_token(org_id: UUID) -> str:
    """46 characters of base64url: the organization, so that the lookup stays inside it, and 144 random bits."""
    return base64url.encoded(org_id.bytes + secrets.token_bytes(_RANDOM_BYTES))


def org_of(token: str) -> UUID:
    """The organization of an opaque token; `ValueError` for what cannot be one."""
    try:
        raw = base64url.decoded(token)
    except ValueError:
        raise ValueError("not an opaque token") from None
    if len(raw) != 16 + _RANDOM_BYTES:
        raise ValueError("not an opaque token")
    return UUID(bytes=raw[:16])


def typed_code(length: int) -> str:
    """A random code for a person to type: 5 bits a character."""
    bits = secrets.randbits(5 * length)
    return "".join(CROCKFORD[bits >> shift & 31] for shift in range(0, 5 * length, 5))


def grouped(code: str) -> str:
    """The code as people read it: two groups with a hyphen."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def read_code(typed: str, length: int) -> str | None:
    """What a person typed, as it was made; None when it cannot be a code of this length.

    Case and all that is no letter and no digit do not matter, nor in which script the digits are; O reads as 0, I and L
    as 1.
    """
    code = letters_and_digits(typed).translate(_LOOK_ALIKES)
    return code if len(code) == length and _IN_CROCKFORD.issuperset(code) else None
