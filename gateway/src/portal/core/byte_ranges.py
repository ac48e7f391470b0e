"""Which part of a file a request asks for, and whether its sender has the file already (RFC 9110, 13 and 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.errors import InvalidArgument

_ONE = re.compile(r"bytes=[ \t]*([0-9]{0,30})-([0-9]{0,30})[ \t]*", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class RangeUnsatisfiable(InvalidArgument):
    """No byte of the file is asked for."""

    reason = "RANGE_INVALID"
    message = "The range begins behind the end of the file."


@dataclass(frozen=True, slots=True)
class ByteRange:
    """So many bytes from the first one on; both are within the file."""

    first: int
    length: int


def asked_range(header: str, size: int) -> ByteRange | None:
    """The one range of a `Range` header; None where all is asked for, or what we need not understand.

    RangeUnsatisfiable when it holds no byte of the file. Several ranges at once are answered with the whole file, as
    the standard allows.

    >>> asked_range("bytes=2-", 10), asked_range("bytes=-3", 10), asked_range("lines=1-2", 10)
    (ByteRange(first=2, length=8), ByteRange(first=7, length=3), None)
    """
    found = _ONE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        first = size - length
    else:
        first = int(found[1])
        last = int(found[2]) if found[2] else size - 1
        if found[2] and last < first:
            return None
        length = min(last, size - 1) - first + 1
    if length <= 0:
        raise RangeUnsatisfiable
    return ByteRange(first, length)


def has_it(headers: Mapping[str, str], tag: str) -> bool:
    """Whether `If-None-Match` names the file's strong tag: its sender needs no byte of it."""
    named = headers.get("if-none-match", "")
    return named.strip() == "*" or tag in _TAG.findall(named)


def range_header(headers: Mapping[str, str], tag: str) -> str:
    """The `Range` header where it counts: `If-Range` names the very same file, or nothing."""
    condition = headers.get("if-range", tag)
    return headers.get("range", "") if condition.strip() == tag else ""
