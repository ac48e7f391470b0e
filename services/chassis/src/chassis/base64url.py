"""Bytes as base64url without padding (RFC 4648, 5), as JWTs, opaque tokens and keys in settings are written."""

import base64


def encoded(raw: bytes) -> str:
    """The bytes as text."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """The bytes; `ValueError` for a character that does not belong there, or a length that cannot be."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
