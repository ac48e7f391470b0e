"""Development secrets: made when first asked for, and the same ever after.

They stand in one file (mode 0600) of the data folder, under names like `postgres/identity/owner`.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from local_stack.files import BrokenFile, lost, write_private

KEY_BYTES = 32
# Without letters and digits that look alike, because a person types it.
TYPEABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKeys:
    """An X25519 pair for libsodium's sealed boxes; raw 32 bytes each, base64url without padding."""

    public: str
    private: str = field(repr=False)


class DevelopmentSecrets:
    """The secrets of one data folder; may be asked from several threads.

    Once there are data that they open (`must_exist`), a lost file is not made anew: BrokenFile says so.
    """

    def __init__(self, folder: Path, *, must_exist: bool = False) -> None:
        self._folder = folder.resolve()
        self._making = Lock()
        self._file = self._folder / "secrets.json"
        if not must_exist and not self._file.exists():
            write_private(self._file, b"{}")
        self._values = self._read()

    def password(self, name: str) -> str:
        """A password for a machine (192 bits)."""
        return self._kept(name, lambda: secrets.token_urlsafe(24))

    def typeable_password(self, name: str) -> str:
        """A password that a person can type: three groups of five (74 bits)."""
        return self._kept(name, lambda: "-".join("".join(secrets.choice(TYPEABLE) for _ in range(5)) for _ in range(3)))

    def key(self, name: str) -> str:
        """A key of 32 random bytes, base64url without padding."""
        return self._kept(name, lambda: _encoded(secrets.token_bytes(KEY_BYTES)))

    def sealing_keys(self) -> SealingKeys:
        """Everybody seals with the public key; notifications opens with the private one."""
        private = self._kept("sealing", lambda: _encoded(X25519PrivateKey.generate().private_bytes_raw()))
        public = X25519PrivateKey.from_private_bytes(_decoded(private)).public_key()
        return SealingKeys(public=_encoded(public.public_bytes_raw()), private=private)

    def signing_keys(self) -> Path:
        """The file of identity's private JWK set (RFC 7517, RFC 8037): one Ed25519 key at first.

        Identity rotates the keys in this file, so that it is made only when it is missing.
        """
        path = self._folder / "signing-keys.json"
        if path.exists():
            _check_keys(path)
        else:
            key = Ed25519PrivateKey.generate()
            public = _encoded(key.public_key().public_bytes_raw())
            # The thumbprint of RFC 7638 names the key.
            members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public}, separators=(",", ":"))
            key_id = _encoded(sha256(members.encode("ascii")).digest())
            jwk = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id, "x": public}
            jwk["d"] = _encoded(key.private_bytes_raw())
            write_private(path, json.dumps({"keys": [jwk]}, indent=2).encode("ascii"))
        return path

    def _read(self) -> dict[str, str]:
        data = self._folder.parent
        try:
            values: dict[str, str] = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            raise lost(self._file, "is missing, and only it opens the data beside it", data=data) from None
        except ValueError:
            raise lost(self._file, "cannot be read", data=data) from None
        return values

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        with self._making:
            if name not in self._values:
                self._values[name] = make()
                write_private(self._file, json.dumps(self._values, indent=2).encode("ascii"))
            return self._values[name]


def _check_keys(path: Path) -> None:
    try:
        is_good = bool(json.loads(path.read_bytes())["keys"])
    except (ValueError, TypeError, KeyError):
        is_good = False
    if not is_good:
        raise BrokenFile(f"{path} holds no keys: delete it, and a new one is made; people may have to sign in again.")


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
