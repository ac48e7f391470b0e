"""Lists page by page: keyset positions, in tokens that are opaque, signed and bound to their list (AIP-158).

>>> import asyncio
>>> from dataclasses import dataclass
>>> @dataclass
... class ListNamesRequest:
...     page_size: int = 0
...     page_token: str = ""
...     def SerializeToString(self, *, deterministic: bool) -> bytes:
...         return b""
>>> async def fetch(after: tuple[str], limit: int) -> list[str]:
...     return [name for name in ["Ada", "Bo", "Cy"] if name > after[0]][:limit]
>>> by_name = Keyset(first=("",), of=lambda name: (name,))
>>> pager = Pager(PageTokens(b"a key that nobody knows"))
>>> page = asyncio.run(pager.page(ListNamesRequest(page_size=2), "our organization", by_name, fetch))
>>> page.items
['Ada', 'Bo']
>>> asyncio.run(pager.page(ListNamesRequest(2, page.next_token), "our organization", by_name, fetch))
Page(items=['Cy'], next_token='', previous_token='')

With `fetch_before` a list has both ways: it gives what stands before a position, the nearest first.

>>> async def fetch_before(before: tuple[str], limit: int) -> list[str]:
...     return [name for name in ["Cy", "Bo", "Ada"] if name < before[0]][:limit]
>>> def page_of(token: str) -> Page[str]:
...     request = ListNamesRequest(2, token)
...     return asyncio.run(pager.page(request, "our organization", by_name, fetch, fetch_before=fetch_before))
>>> page_of(page_of(page_of("").next_token).previous_token).items
['Ada', 'Bo']
"""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar, cast
from uuid import UUID

from chassis import base64url
from chassis.errors import InvalidArgument

Key = str | int | datetime | UUID
"""What a list can be sorted by."""

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
P = TypeVar("P", bound=tuple[Key, ...])
R = TypeVar("R", bound="PagedRequest")

NEWEST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""Before everything in a list by time and id that begins with the newest."""

_TAG = 16
_USUAL_SIZE = 50
_BACK = "<"
"""Begins a position before which the page stands; none that is made of keys begins so."""


Fetch = Callable[[P, int], Awaitable[Sequence[T]]]
"""At most so many items that stand on one side of a position."""

Walk = Callable[[P, int], Awaitable[tuple[Sequence[T], P | None]]]
"""At most so many items after a position, and where the next ones begin; None at the end."""


class PageTokenInvalid(InvalidArgument):
    """The token is damaged, or from another list, filter or order."""

    reason = "PAGE_TOKEN_INVALID"
    message = "The page token does not belong to this list."


class PagedRequest(Protocol):
    """The request of a list; its contract says how large `page_size` may be, and 0 stands for the usual."""

    page_size: int
    page_token: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802 protobuf's
        """Its bytes."""


@dataclass(frozen=True, slots=True)
class Keyset(Generic[T_contra, P]):
    """An order without ties; it stands beside the statement that sorts by it.

    `first` is what comes before everything (no statement has to be told apart that way), or () where the position
    depends on what is asked for; `of` gives the sort keys of an item.
    """

    first: P
    of: Callable[[T_contra], P]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A piece of a list, and the tokens of the next one and of the one before: empty on the last and on the first."""

    items: Sequence[T]
    next_token: str
    previous_token: str = ""


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


class Pager:
    """Serves lists page by page."""

    __slots__ = ("_tokens",)

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens

    async def page(
        self,
        request: PagedRequest,
        owner: object,
        keyset: Keyset[T, P],
        fetch: Fetch[P, T],
        *,
        fetch_before: Fetch[P, T] | None = None,
        usual_size: int = _USUAL_SIZE,
    ) -> Page[T]:
        """The page that is asked for; PageTokenInvalid for a token of another list.

        A token is bound to the request with all its other fields and to its `owner`: the organization, or the account,
        whose list it is. `fetch` gives at most so many items from after a position on, `fetch_before` as many before
        it, the nearest first; without it there is no way back.
        """
        bound_to = _bound_to(request, owner)
        written = self._tokens.decode(request.page_token, bound_to=bound_to) if request.page_token else []
        is_back = written[:1] == [_BACK]
        position = _position(written[1:] if is_back else written, keyset.first) if written else keyset.first
        size = request.page_size or usual_size
        found = await (fetch_before if is_back and fetch_before else fetch)(position, size + 1)
        items = found[size - 1 :: -1] if is_back else found[:size]
        goes_on = len(found) > size

        def token(item: T, *direction: str) -> str:
            keys = [_written(key) for key in keyset.of(item)]
            return self._tokens.encode([*direction, *keys], bound_to=bound_to)

        has_next, has_previous = (True, goes_on) if is_back else (goes_on, bool(written))
        return Page(
            items,
            token(items[-1]) if items and has_next else "",
            token(items[0], _BACK) if items and has_previous and fetch_before else "",
        )

    async def walk(
        self, request: PagedRequest, owner: object, first: P, fetch: Walk[P, T], *, usual_size: int = _USUAL_SIZE
    ) -> Page[T]:
        """The same for a list that has to be looked for: `fetch` says itself where it goes on.

        So that a page costs no more than so much work, it may be short, or empty, and yet have a next one. There is no
        way back.
        """
        bound_to = _bound_to(request, owner)
        written = self._tokens.decode(request.page_token, bound_to=bound_to) if request.page_token else []
        items, goes_on = await fetch(_position(written, first) if written else first, request.page_size or usual_size)
        token = "" if goes_on is None else self._tokens.encode([*map(_written, goes_on)], bound_to=bound_to)
        return Page(items, token)


def _bound_to(request: PagedRequest, owner: object) -> str:
    bare = deepcopy(request)
    bare.page_size, bare.page_token = 0, ""
    # Only as stable as it has to be: a token lives as long as somebody turns pages.
    return f"{type(request).__name__}/{owner}/{bare.SerializeToString(deterministic=True).hex()}"


def _written(key: Key) -> str | int:
    match key:
        case datetime():
            return f"t{key.isoformat()}"
        case UUID():
            return f"u{key.hex}"
        case str():
            return f"s{key}"
    return key


def _read(written: str | int) -> Key:
    if isinstance(written, int):
        return written
    kind, text = written[0], written[1:]
    return datetime.fromisoformat(text) if kind == "t" else UUID(text) if kind == "u" else text


def _position(written: Sequence[str | int], first: P) -> P:
    """The keys; of other types than the first ones they come from another release's order."""
    position = tuple(map(_read, written))
    if first and [*map(type, position)] != [*map(type, first)]:
        raise PageTokenInvalid()
    return cast("P", position)
