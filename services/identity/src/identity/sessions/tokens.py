"""The tokens that identity hands out: signed ones that others verify, and refresh tokens that only it reads."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from typing import Any
from uuid import UUID

import nacl.signing
from portico_errors.identity import ContactTicketInvalid, RefreshTokenInvalid

from chassis import base64url, signatures
from chassis.revocations import ACCESS_TOKEN_LIFE
from chassis.secrets import KeyedHash
from chassis.tokens import ACCESS_TYPE, AUDIENCE
from identity.accounts.domain import Account

TICKET_LIFE = timedelta(minutes=15)
_ACCESS_LIFE = timedelta(seconds=ACCESS_TOKEN_LIFE)
_TICKET_TYPE = "contact-ticket+jwt"
_TICKET_AUDIENCE = "portico-contact-ticket"
DEVICE_LIFE = timedelta(days=180)
"""How long a device is known after somebody has signed in on it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key and the id by which a token names it."""

    kid: str
    private: nacl.signing.SigningKey

    @property
    def public(self) -> nacl.signing.VerifyKey:
        """What verifies its signatures."""
        return self.private.verify_key

    @property
    def x(self) -> str:
        """The public key as a JWK writes it (RFC 8037)."""
        return base64url.encoded(bytes(self.public))


def read_signing_keys(path: Path) -> tuple[SigningKey, ...]:
    """The keys of a private JWK set, in its order; `ValueError` when there is none, or one is of another kind."""
    try:
        keys = [_signing_key(jwk) for jwk in json.loads(path.read_text())["keys"]]
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no private JWK set of Ed25519 keys: {type(error).__name__}") from None
    if not keys or len({key.kid for key in keys}) < len(keys):
        raise ValueError(f"{path} needs at least one key, each with a kid of its own")
    return tuple(keys)


def _signing_key(jwk: Mapping[str, str]) -> SigningKey:
    key = SigningKey(kid=jwk["kid"], private=nacl.signing.SigningKey(base64url.decoded(jwk["d"])))
    if (jwk["kty"], jwk["crv"], jwk["x"]) != ("OKP", "Ed25519", key.x):
        raise ValueError("not a private Ed25519 key with its public half")
    return key


@dataclass(frozen=True, slots=True)
class ContactTicket:
    """Identity's word that a family's contact is proven, and what to call the family."""

    contact: str
    display_name: str
    language: str


class TokenSigner:
    """Signs access tokens and contact tickets with the first key; tickets of every key are read."""

    def __init__(self, keys: Sequence[SigningKey], *, issuer: str) -> None:
        self.keys = tuple(keys)
        """All of them; their public halves are the JWK set."""
        self._by_id = {key.kid: key for key in keys}
        self._issuer = issuer

    def access_token(self, account: Account, *, session_id: UUID, now: datetime) -> tuple[str, datetime]:
        """A JWT that every service knows the person by, and when it expires."""
        expires = now + _ACCESS_LIFE
        claims = {
            "aud": AUDIENCE,
            "sub": str(account.id),
            "sid": str(session_id),
            "org": str(account.org_id),
            "role": account.role.name,
        }
        return self._signed(claims, now=now, expires=expires, type_=ACCESS_TYPE), expires

    def contact_ticket(self, ticket: ContactTicket, *, now: datetime) -> tuple[str, datetime]:
        """The ticket as a JWT that passes for nothing else, and when it expires."""
        expires = now + TICKET_LIFE
        claims = {"aud": _TICKET_AUDIENCE, "sub": ticket.contact, "name": ticket.display_name, "lang": ticket.language}
        return self._signed(claims, now=now, expires=expires, type_=_TICKET_TYPE), expires

    def read_contact_ticket(self, token: str, *, now: datetime) -> ContactTicket:
        """The ticket; `ContactTicketInvalid` when it is forged, something else, or too old."""
        try:
            header = signatures.unverified_header(token)
            claims = signatures.verified(
                token,
                self._by_id[header["kid"]].public,
                type_=_TICKET_TYPE,
                audience=_TICKET_AUDIENCE,
                issuer=self._issuer,
                now=now.timestamp(),
            )
            is_good = now.timestamp() < claims["exp"]
            ticket = ContactTicket(contact=claims["sub"], display_name=claims["name"], language=claims["lang"])
        except (signatures.InvalidToken, KeyError):
            raise ContactTicketInvalid() from None
        if not is_good:
            raise ContactTicketInvalid()
        return ticket

    def _signed(self, claims: Mapping[str, str], *, now: datetime, expires: datetime, type_: str) -> str:
        payload = {**claims, "iss": self._issuer, "iat": int(now.timestamp()), "exp": int(expires.timestamp())}
        signs = self.keys[0]
        return signatures.signed(payload, signs.private, kid=signs.kid, type_=type_)


class _Derived:
    """Tokens that are derived, not stored: numbers and ids, and an HMAC over them, in base64url."""

    def __init__(self, hashes: KeyedHash, purpose: str, format_: str) -> None:
        self._hashes = hashes
        self._purpose = purpose
        self._struct = struct.Struct(format_)

    def write(self, *fields: object) -> str:
        body = self._struct.pack(*fields)
        return base64url.encoded(body + self._hashes(self._purpose, body))

    def read(self, written: str) -> tuple[Any, ...] | None:
        """The fields; None unless identity wrote them."""
        try:
            raw = base64url.decoded(written)
        except ValueError:
            return None
        body, tag = raw[: self._struct.size], raw[self._struct.size :]
        return self._struct.unpack(body) if compare_digest(tag, self._hashes(self._purpose, body)) else None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token names: a session, and which of its tokens it is."""

    org_id: UUID
    session_id: UUID
    generation: int


class RefreshTokens:
    """Refresh tokens are derived, not stored: what they name, and an HMAC over it."""

    def __init__(self, hashes: KeyedHash) -> None:
        self._derived = _Derived(hashes, "refresh", ">16s16sI")

    def write(self, token: RefreshToken) -> str:
        """91 characters of base64url; the same token always gives the same."""
        return self._derived.write(token.org_id.bytes, token.session_id.bytes, token.generation)

    def read(self, written: str) -> RefreshToken:
        """What the token names; `RefreshTokenInvalid` unless identity wrote it."""
        fields = self._derived.read(written)
        if fields is None:
            raise RefreshTokenInvalid()
        org_id, session_id, generation = fields
        return RefreshToken(org_id=UUID(bytes=org_id), session_id=UUID(bytes=session_id), generation=generation)


class DeviceTokens:
    """What a browser keeps after a sign-in, so that its person is known there for 180 days; derived like the others."""

    def __init__(self, hashes: KeyedHash) -> None:
        self._derived = _Derived(hashes, "device", ">16s16sI")

    def write(self, *, account_id: UUID, device_id: UUID, now: datetime) -> str:
        """91 characters of base64url."""
        return self._derived.write(account_id.bytes, device_id.bytes, int(now.timestamp()))

    def device_of(self, account_id: UUID, tokens: Iterable[str], *, now: datetime) -> UUID | None:
        """The device on which the account has signed in before, if one of the tokens says so."""
        for fields in map(self._derived.read, tokens):
            if fields and fields[0] == account_id.bytes and now.timestamp() < fields[2] + DEVICE_LIFE.total_seconds():
                return UUID(bytes=fields[1])
        return None
