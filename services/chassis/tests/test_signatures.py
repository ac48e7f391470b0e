"""Signed tokens, against another implementation: PyJWT with `cryptography`."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.signing import SigningKey

from chassis import base64url, signatures

KEY = SigningKey.generate()
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes(KEY))
NOW = 1_770_000_000.0
CLAIMS = {"aud": "portico", "iss": "portico", "sub": "ana", "exp": 1_770_000_900}


def _verified(token: str) -> dict[str, Any]:
    return signatures.verified(token, KEY.verify_key, type_="at+jwt", audience="portico", issuer="portico", now=NOW)


def _encoded(payload: bytes, type_: str = "at+jwt") -> str:
    return jwt.PyJWS().encode(payload, THEIRS, algorithm="EdDSA", headers={"typ": type_})


@pytest.mark.parametrize("type_", ["JWT", "contact-ticket+jwt", "at+jwt ", ""])
def test_another_kind_of_token_is_refused(type_: str) -> None:
    """CASE-S14: a token that says it is something else passes for nothing."""
    with pytest.raises(signatures.InvalidToken):
        _verified(_encoded(json.dumps(CLAIMS).encode(), type_))


def test_others_read_what_we_sign() -> None:
    """ID-05: a token is a JWT as anybody's library verifies it; its header says which key, and what it is."""
    token = signatures.signed(CLAIMS, KEY, kid="new", type_="at+jwt")
    public = Ed25519PublicKey.from_public_bytes(bytes(KEY.verify_key))
    assert CLAIMS == jwt.decode(token, public, algorithms=["EdDSA"], audience="portico", options={"verify_exp": False})
    assert {"alg": "EdDSA", "kid": "new", "typ": "at+jwt"} == signatures.unverified_header(token)


def test_we_read_what_others_sign() -> None:
    """ID-05: and what another library signs with the key, we verify."""
    assert CLAIMS == _verified(jwt.encode(CLAIMS, THEIRS, algorithm="EdDSA", headers={"typ": "at+jwt"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "portico-contact-ticket"},
        {"aud": ["portico"]},
        {"aud": None},
        {"iss": "somebody"},
        {"iss": None},
        {"nbf": NOW + 1},
        {"nbf": "later"},
        {"exp": None},
        {"exp": "later"},
        *({"exp": float(written)} for written in ("nan", "inf", "-inf")),
    ],
    ids=str,
)
def test_claims_for_others_are_refused(changes: dict[str, object]) -> None:
    """ID-05, CASE-S14: a good signature is not enough: for us, by identity, good already, and until a finite time."""
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    with pytest.raises(signatures.InvalidToken):
        _verified(_encoded(json.dumps(claims).encode()))


@pytest.mark.parametrize("payload", [b"[]", b"7", b"null", b"", b"{", b"[" * 3000, b'"\xff"'])
def test_signed_nonsense_is_refused(payload: bytes) -> None:
    """ID-05: what is signed and no object is refused like any other token, and not with an error of ours."""
    with pytest.raises(signatures.InvalidToken):
        _verified(_encoded(payload))


@pytest.mark.parametrize("signature", [b"", bytes(64), b"x" * 63, b"x" * 65])
def test_wrong_signatures_are_refused(signature: bytes) -> None:
    """ID-05: a signature of any length that is not the key's is refused."""
    text = signatures.signed(CLAIMS, KEY, kid="new", type_="at+jwt").rpartition(".")[0]
    with pytest.raises(signatures.InvalidToken):
        _verified(f"{text}.{base64url.encoded(signature)}")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    """ID-05: only EdDSA counts, whatever a token says of itself (RFC 8725, 3.1)."""
    secret = "" if algorithm == "none" else "x" * 32
    with pytest.raises(signatures.InvalidToken):
        _verified(jwt.encode(CLAIMS, secret, algorithm=algorithm))


def test_only_keys_sign() -> None:
    """A key of another kind is refused before anything is signed."""
    with pytest.raises(jwt.InvalidKeyError):
        signatures.signed(CLAIMS, "secret", kid="new", type_="at+jwt")  # type: ignore[arg-type]  # that is the point
