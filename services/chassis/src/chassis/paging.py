"""Page tokens: opaque, signed, and bound to the list, filter and order that they were made for (AIP-158)."""

import hashlib
import hmac
import json
from collections.abc import Sequence

from chassis import base64url
from chassis.errors import InvalidArgument

_TAG = 16


class PageTokenInvalid(InvalidArgument):
    """The token is damaged, or from another list, filter or order."""

    reason = "PAGE_TOKEN_INVALID"
    message = "The page token does not belong to this list."


class PageTokens:
    """Encodes where a page ended: the sort keys of its last row."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, position: Sequence[str | int], *, bound_to: str) -> str:
        """The position as base64url, with a tag over it and what it is bound to (list, organization, filter, order)."""
        body = json.dumps(list(position), separators=(",", ":")).encode()
        return base64url.encoded(self._tag(body, bound_to) + body)

    def decode(self, token: str, *, bound_to: str) -> list[str | int]:
        """The position; `PageTokenInvalid` unless this list made the token."""
        try:
            raw = base64url.decoded(token)
        except ValueError:
            raise PageTokenInvalid() from None
        tag, body = raw[:_TAG], raw[_TAG:]
        if not hmac.compare_digest(tag, self._tag(body, bound_to)):
            raise PageTokenInvalid()
        position = json.loads(body)
        assert isinstance(position, list)  # noqa: S101 (the tag says that we made it)
        return position

    def _tag(self, body: bytes, bound_to: str) -> bytes:
        return hmac.digest(self._key, b"page\0" + bound_to.encode() + b"\0" + body, hashlib.sha256)[:_TAG]
