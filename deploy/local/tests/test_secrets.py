"""Secrets that are made once per data folder."""

import json
import stat
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from nacl.public import PrivateKey, PublicKey, SealedBox

from local_stack.files import BrokenFile
from local_stack.secrets import DevelopmentSecrets


def raw(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_second_start_finds_the_same_secrets(tmp_path: Path) -> None:
    """OP-01: hashes, sessions and passwords of the first run are good in the second."""
    first, second = DevelopmentSecrets(tmp_path), None
    asked = [first.password("a"), first.key("b"), first.typeable_password("c"), first.sealing_keys().private]
    keys = first.signing_keys().read_bytes()
    second = DevelopmentSecrets(tmp_path)
    assert asked == [
        second.password("a"),
        second.key("b"),
        second.typeable_password("c"),
        second.sealing_keys().private,
    ]
    assert keys == second.signing_keys().read_bytes()


def test_nobody_else_reads_them(tmp_path: Path) -> None:
    """OP-01: every file has mode 0600."""
    made = DevelopmentSecrets(tmp_path)
    made.password("a")
    made.signing_keys()
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}


def test_hash_keys_have_32_bytes_and_differ(tmp_path: Path) -> None:
    """OP-10: each service hashes with a key of its own."""
    made = DevelopmentSecrets(tmp_path)
    assert 32 == len(raw(made.key("hash/identity")))
    assert made.key("hash/identity") != made.key("hash/applications")


def test_what_is_sealed_for_notifications_opens_there(tmp_path: Path) -> None:
    """NT-08: the pair fits libsodium's sealed boxes."""
    keys = DevelopmentSecrets(tmp_path).sealing_keys()
    sealed = SealedBox(PublicKey(raw(keys.public))).encrypt(b"code")
    assert b"code" == SealedBox(PrivateKey(raw(keys.private))).decrypt(sealed)


def test_the_signing_key_is_a_private_jwk(tmp_path: Path) -> None:
    """ID-05: identity signs its tokens with an Ed25519 key from a JWK set."""
    [jwk] = json.loads(DevelopmentSecrets(tmp_path).signing_keys().read_bytes())["keys"]
    assert (
        jwk["kty"], jwk["crv"], jwk["alg"], len(raw(jwk["x"])), len(raw(jwk["d"]))
    ) == ("OKP", "Ed25519", "EdDSA", 32, 32)  # fmt: skip


def test_lost_secrets_are_not_made_anew(tmp_path: Path) -> None:
    """CASE-S9: where data need them, a missing file is said, and no other takes its place."""
    with pytest.raises(BrokenFile, match=r"secrets\.json is missing.*put it back, or delete"):
        DevelopmentSecrets(tmp_path / "secrets", must_exist=True)
    assert not (tmp_path / "secrets" / "secrets.json").exists()


def test_damaged_secrets_are_named_and_kept(tmp_path: Path) -> None:
    """CASE-S12: a file that was cut short is refused in one sentence, and stays for whoever can mend it."""
    DevelopmentSecrets(tmp_path).password("a")
    file = tmp_path / "secrets.json"
    file.write_bytes(damaged := file.read_bytes()[:-3])
    with pytest.raises(BrokenFile, match=r"secrets\.json cannot be read: put it back"):
        DevelopmentSecrets(tmp_path)
    assert damaged == file.read_bytes()


@pytest.mark.parametrize("content", [b"", b'{"keys": [', b'{"keys": []}', b"[]"])
def test_damaged_signing_keys_are_named(tmp_path: Path, content: bytes) -> None:
    """CASE-S12: keys that cannot be read are refused with the way out, which loses nothing but sessions."""
    made = DevelopmentSecrets(tmp_path)
    made.signing_keys().write_bytes(content)
    with pytest.raises(BrokenFile, match=r"signing-keys\.json holds no keys: delete it"):
        made.signing_keys()
