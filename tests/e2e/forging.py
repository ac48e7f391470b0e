"""Access tokens that identity never gave to whoever shows them, by what is wrong with each."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.call import Role
from tests.e2e.signing import Signer

MINE = Ed25519PrivateKey.generate()
"""The forger's own."""
SITE = "http://127.0.0.1:9/keys.json"


@dataclass(frozen=True, slots=True)
class Forger:
    """Has a good token and the public key; what only the real key could sign is made with `signer`."""

    signer: Signer
    good: str

    @property
    def claims(self) -> dict[str, Any]:
        """Those of the good token."""
        claims: dict[str, Any] = jwt.decode(self.good, options={"verify_signature": False})
        return claims

    def signed(self, key: Any = MINE, algorithm: str = "EdDSA", **headers: object) -> str:
        """The claims under a signature of the forger's."""
        return jwt.encode(
            self.claims, key, algorithm=algorithm, headers={"kid": self.signer.kid, "typ": "at+jwt", **headers}
        )

    def by_hand(self, header: object, secret: bytes = b"") -> str:
        """With a header that no library would write; an HMAC (RFC 7518, 3.2) follows where there is a secret."""
        text = f"{written(header)}.{self.good.split('.')[1]}"
        if not secret:
            return f"{text}."
        return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"

    def kept_signature(self, **changes: object) -> str:
        """Other claims, and the signature of the good ones."""
        header, _, signature = self.good.split(".")
        return f"{header}.{written({**self.claims, **changes})}.{signature}"

    def other_signature(self, change: Callable[[bytes], bytes]) -> str:
        """The good header and claims under a damaged signature."""
        text, _, signature = self.good.rpartition(".")
        return f"{text}.{encoded(change(base64.urlsafe_b64decode(signature + '==')))}"

    def honest(self, **claims: object) -> str:
        """By the real key, for an administrator, with a claim that no such token has; None leaves it out."""
        return self.signer.sign({**self.claims, **claims})

    @property
    def public(self) -> Mapping[str, bytes]:
        """The real public key in the forms that a careless verifier might take for a secret."""
        key = self.signer.key.public_key()
        jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key))
        return {
            "raw": key.public_bytes_raw(),
            "PEM": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "DER": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "JWK": json.dumps(jwk).encode(),
            "x": jwk["x"].encode(),
        }


def encoded(raw: bytes) -> str:
    """Base64url as a JWT writes it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def written(value: object) -> str:
    """One part of a JWT."""
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def _jwk_of_mine() -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(MINE.public_key()))
    return jwk


def _malleable(signature: bytes) -> bytes:
    """S + L in place of S: the same point for a verifier that does not look (RFC 8032, 5.1.7)."""
    order = 2**252 + 27742317777372353535851937790883648493
    return signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")


Forge = Callable[[Forger], str]


def _algorithm(name: object) -> Forge:
    return lambda forger: forger.by_hand({"alg": name, "kid": forger.signer.kid})


def _public_key_as_secret(form: str) -> Forge:
    return lambda forger: forger.by_hand({"alg": "HS256", "kid": forger.signer.kid}, forger.public[form])


def _called(kid: str) -> Forge:
    return lambda forger: forger.signer.token(Role.STAFF_ADMIN, headers={"kid": kid})


def _honest(claim: str, value: object) -> Forge:
    return lambda forger: forger.honest(**{claim: value})


FORGERIES: Mapping[str, Forge] = {
    "no token": lambda _: "not-a-token",
    **{f"alg={alg}": _algorithm(alg) for alg in ("none", "NONE", "nOnE", "", 7)},
    "no alg": lambda f: f.by_hand({"kid": f.signer.kid}),
    **{
        f"HS256 with the public key ({form})": _public_key_as_secret(form) for form in ("raw", "PEM", "DER", "JWK", "x")
    },
    "HS256 that calls itself EdDSA": lambda f: f.by_hand({"alg": "EdDSA", "kid": f.signer.kid}, f.public["raw"]),
    "a key of mine": lambda f: f.signed(),
    "a key of mine, ES256": lambda f: f.signed(ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "a key of mine, RS256": lambda f: f.signed(rsa.generate_private_key(65537, 2048), "RS256"),
    "a key of mine in the header": lambda f: f.signed(jwk=_jwk_of_mine(), kid="mine"),
    "a key of mine elsewhere": lambda f: f.signed(jku=SITE, kid="mine"),
    "a certificate of mine elsewhere": lambda f: f.signed(x5u=SITE, x5c=["MIIB"], kid="mine"),
    **{
        f"the real key called {kid}": _called(kid)
        for kid in ("", "mine", "../../../../dev/null", SITE, "' OR 1=1 --", "x" * 1000, "\0", "ключ")
    },
    "a kid that is a list": lambda f: f.by_hand({"alg": "EdDSA", "kid": [f.signer.kid]}),
    "a kid that is null": lambda f: f.by_hand({"alg": "EdDSA", "kid": None}),
    "no kid": lambda f: f.by_hand({"alg": "EdDSA"}),
    "a critical header": lambda f: f.signer.token(Role.STAFF_ADMIN, headers={"crit": ["exp"], "exp": 1}),
    "an unencoded payload": lambda f: f.by_hand({"alg": "EdDSA", "kid": f.signer.kid, "b64": False, "crit": ["b64"]}),
    "a header that is a list": lambda f: f.by_hand([]),
    "a header too deep": lambda f: f.by_hand(b"[" * 2500),
    "a header that is no UTF-8": lambda f: f.by_hand(b'{"alg": "\xff"}'),
    "another organization": lambda f: f.kept_signature(org=str(uuid4())),
    "another role": lambda f: f.kept_signature(role="FAMILY"),
    "another account": lambda f: f.kept_signature(sub=str(uuid4())),
    "a longer life": lambda f: f.kept_signature(exp=f.claims["exp"] + 3600),
    "no signature": lambda f: f.other_signature(lambda _: b""),
    "half a signature": lambda f: f.other_signature(lambda signature: signature[:32]),
    "a signature of zeros": lambda f: f.other_signature(lambda _: bytes(64)),
    "a byte too many": lambda f: f.other_signature(lambda signature: signature + b"\0"),
    "one wrong bit": lambda f: f.other_signature(lambda signature: bytes([signature[0] ^ 1, *signature[1:]])),
    "the other signature of Ed25519": lambda f: f.other_signature(_malleable),
    "two parts": lambda f: f.good.rpartition(".")[0],
    "five parts": lambda f: f"{f.good}.{f.good.split('.')[1]}.x",
    "dots": lambda _: "." * 8000,
    "fifty thousand letters more": lambda f: f.good + "A" * 50_000,
    "for another audience": lambda f: f.honest(aud="portico-contact-ticket"),
    "of another issuer": lambda f: f.honest(iss="https://elsewhere.example"),
    "not yet valid": lambda f: f.honest(nbf=datetime.now(UTC) + timedelta(hours=1)),
    **{f"without {claim}": _honest(claim, None) for claim in ("aud", "iss", "sub", "sid", "org", "role", "exp")},
    **{
        f"the role {role!r}": _honest("role", role)
        for role in ("ROOT", "staff_admin", 1, ["STAFF_ADMIN"], "ROLE_UNSPECIFIED")
    },
    "an organization that is no id": lambda f: f.honest(org="family"),
    "an account that is no id": lambda f: f.honest(sub="admin"),
    "a session that is a number": lambda f: f.honest(sid=7),
    "an end that is no instant": lambda f: f.honest(exp="soon"),
    "a claim too long": lambda f: f.honest(name="x" * 4096),
    "an end beyond all time": lambda f: f.honest(exp=10**400),
}
