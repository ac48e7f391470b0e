"""What identity signs, and what it reads back."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import VerifyKey
from portico_errors.identity import ContactTicketInvalid

from chassis import base64url
from chassis.call import Role
from chassis.clock import Clock
from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.revocations import Revocations
from chassis.secrets import KeyedHash
from chassis.testing import FakeClock
from chassis.tokens import TokenVerifier
from identity.accounts.domain import NewLogin, activate_at_once, create
from identity.sessions.tokens import (
    ContactTicket,
    RefreshToken,
    RefreshTokens,
    SigningKey,
    TokenSigner,
    read_signing_keys,
)
from services.identity.tests.world import KEYS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOGIN = NewLogin(role=Role.STAFF, username="ana@example.org", display_name="Ana", language="es")
ANA = activate_at_once(create(LOGIN, org_id=new_id(), account_id=new_id(), now=NOW), password_hash="", now=NOW).account
TICKET = ContactTicket(contact="+12135550123", display_name="Familia Ruiz", language="es")
SIGNER = TokenSigner(KEYS, issuer="portico")


def _verifier(signer: TokenSigner, clock: Clock) -> TokenVerifier:
    async def keys() -> dict[str, VerifyKey]:
        return {key.kid: key.public for key in signer.keys}

    return TokenVerifier(issuer="portico", fetch_keys=keys, revocations=Revocations(clock), clock=clock)


async def test_access_token_verifies_everywhere(clock: FakeClock) -> None:
    """ID-05: what identity signs, every service's verifier reads."""
    session_id = new_id()
    token, expires = SIGNER.access_token(ANA, session_id=session_id, now=clock())
    person = await _verifier(SIGNER, clock).verify(token)
    assert (ANA.id, ANA.org_id, Role.STAFF, session_id) == (
        person.account_id,
        person.org_id,
        person.role,
        person.session_id,
    )
    assert expires.timestamp() == person.expires


async def test_keys_rotate_unnoticed(clock: FakeClock) -> None:
    """ID-05: a token of the older key verifies while that stands behind the new one in the set."""
    old, new = KEYS[1], KEYS[0]
    token, _ = TokenSigner([old], issuer="portico").access_token(ANA, session_id=new_id(), now=clock())
    ticket, _ = TokenSigner([old], issuer="portico").contact_ticket(TICKET, now=NOW)
    rotated = TokenSigner([new, old], issuer="portico")
    assert ANA.id == (await _verifier(rotated, clock).verify(token)).account_id
    assert TICKET == rotated.read_contact_ticket(ticket, now=NOW)
    assert "new" == jwt.get_unverified_header(rotated.contact_ticket(TICKET, now=NOW)[0])["kid"]


async def test_ticket_is_no_access_token(clock: FakeClock) -> None:
    """ID-02: a contact ticket signs nobody in, and an access token proves no contact."""
    ticket, _ = SIGNER.contact_ticket(TICKET, now=clock())
    with pytest.raises(Unauthenticated) as refused:
        await _verifier(SIGNER, clock).verify(ticket)
    assert "TOKEN_INVALID" == refused.value.reason
    token, _ = SIGNER.access_token(ANA, session_id=new_id(), now=NOW)
    with pytest.raises(ContactTicketInvalid):
        SIGNER.read_contact_ticket(token, now=NOW)


def test_ticket_lives_a_quarter_of_an_hour() -> None:
    """ID-02: a contact ticket names the proven contact for 15 minutes."""
    signed, expires = SIGNER.contact_ticket(TICKET, now=NOW)
    assert NOW + timedelta(minutes=15) == expires
    assert TICKET == SIGNER.read_contact_ticket(signed, now=expires - timedelta(seconds=1))
    with pytest.raises(ContactTicketInvalid):
        SIGNER.read_contact_ticket(signed, now=expires)


def _forgeries() -> dict[str, str]:
    claims = {
        "iss": "portico",
        "aud": "portico-contact-ticket",
        "sub": "+12135550123",
        "name": "",
        "lang": "en",
        "exp": int(NOW.timestamp()) + 600,
    }
    headers = {"kid": "new", "typ": "contact-ticket+jwt"}
    stranger, own = Ed25519PrivateKey.generate(), Ed25519PrivateKey.from_private_bytes(bytes(KEYS[0].private))
    # PyJWT itself refuses to sign with a public key, so that the attack is written out.
    body = jwt.encode(claims, "x" * 32, algorithm="HS256", headers=headers).rpartition(".")[0]
    tag = jwt.utils.base64url_encode(
        jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(body.encode(), bytes(KEYS[0].public))
    ).decode()
    good = jwt.encode(claims, own, algorithm="EdDSA", headers=headers)
    return {
        "good": good,
        "alg none": jwt.encode(claims, "", algorithm="none", headers=headers),
        "HS256 with the public key": f"{body}.{tag}",
        "another key": jwt.encode(claims, stranger, algorithm="EdDSA", headers=headers),
        "unknown kid": jwt.encode(claims, own, algorithm="EdDSA", headers={**headers, "kid": "x"}),
        "no kid": jwt.encode(claims, own, algorithm="EdDSA", headers={"typ": "contact-ticket+jwt"}),
        "another type": jwt.encode(claims, own, algorithm="EdDSA", headers={**headers, "typ": "JWT"}),
        "another audience": jwt.encode({**claims, "aud": "portico"}, own, algorithm="EdDSA", headers=headers),
        "another issuer": jwt.encode({**claims, "iss": "x"}, own, algorithm="EdDSA", headers=headers),
        "no expiry": jwt.encode(
            {name: value for name, value in claims.items() if name != "exp"}, own, algorithm="EdDSA", headers=headers
        ),
        "cut": good[:-5],
        "nothing": "",
        "long": "x" * 2048,
    }


@pytest.mark.parametrize("forgery", sorted(set(_forgeries()) - {"good"}))
def test_forged_ticket_is_refused(forgery: str) -> None:
    """ID-02: a forged ticket is refused, be it by `alg=none`, by HS256 with the public key or by a strange key."""
    SIGNER.read_contact_ticket(_forgeries()["good"], now=NOW)
    with pytest.raises(ContactTicketInvalid):
        SIGNER.read_contact_ticket(_forgeries()[forgery], now=NOW)


@given(st.uuids(), st.uuids(), st.integers(0, 2**32 - 1))
def test_refresh_token_is_derived(org_id: object, session_id: object, generation: int) -> None:
    """ID-05: a refresh token is the same each time it is derived, and reads as what it names."""
    tokens = RefreshTokens(KeyedHash(b"\3" * 32))
    token = RefreshToken(org_id=org_id, session_id=session_id, generation=generation)  # type: ignore[arg-type]
    assert tokens.write(token) == tokens.write(token)
    assert token == tokens.read(tokens.write(token))
    assert tokens.write(token) != tokens.write(replace(token, generation=generation ^ 1))


def _jwk(key: SigningKey) -> dict[str, str]:
    secret = base64url.encoded(bytes(key.private))
    return {"kty": "OKP", "crv": "Ed25519", "kid": key.kid, "x": key.x, "d": secret}


def test_signing_keys_are_read(tmp_path: Path) -> None:
    """ID-05: the signing keys are a private JWK set; the first one signs."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [_jwk(key) for key in KEYS]}))
    assert [(key.kid, key.x) for key in KEYS] == [(key.kid, key.x) for key in read_signing_keys(path)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"keys": []}',
        '{"keys": [{"kty": "oct", "k": "AAAA", "kid": "a"}]}',
        json.dumps({"keys": [{name: value for name, value in _jwk(KEYS[0]).items() if name != "d"}]}),
        json.dumps({"keys": [{name: value for name, value in _jwk(KEYS[0]).items() if name != "kid"}]}),
        json.dumps({"keys": [{**_jwk(KEYS[0]), "d": "AAAA"}]}),
        json.dumps({"keys": [{**_jwk(KEYS[0]), "x": KEYS[1].x}]}),
        json.dumps({"keys": [{**_jwk(KEYS[0]), "crv": "X25519"}]}),
        json.dumps({"keys": [_jwk(KEYS[0]), _jwk(KEYS[0])]}),
    ],
)
def test_wrong_signing_keys_are_named(tmp_path: Path, content: str) -> None:
    """OP-03: a file that is no private JWK set of Ed25519 keys is refused, and named without its content."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"keys\.json") as refused:
        read_signing_keys(path)
    assert _jwk(KEYS[0])["d"] not in str(refused.value)
