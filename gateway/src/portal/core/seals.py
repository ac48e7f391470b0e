"""What a browser holds for the portal alone: sealed (JWE, RFC 7516), so that nobody reads or changes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey


class Seal:
    """The first key seals, all open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [OctKey.import_key(key) for key in keys]

    def sealed(self, fields: Mapping[str, object]) -> str:
        """The fields, which JSON must know, in one word."""
        # A browser drops a cookie of more than 4,096 bytes without a word; escaped, a long name alone takes half of it.
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, text.encode("utf-8"), self._keys[0])

    def opened(self, sealed: str) -> dict[str, Any]:
        """What was sealed; empty for what is not ours."""
        for key in self._keys:
            try:
                fields = json.loads(jwe.decrypt_compact(sealed, key).plaintext or b"")
            except (JoseError, ValueError, TypeError, KeyError):
                continue
            return fields if isinstance(fields, dict) else {}
        return {}
