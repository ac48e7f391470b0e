"""Parts of a file, as the HTTP standard has them, beside a slow reading of the same sentences."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.core.byte_ranges import ByteRange, RangeUnsatisfiable, asked_range, has_it, range_header

SIZES = st.integers(min_value=1, max_value=40)
NUMBERS = st.integers(min_value=0, max_value=60).map(str) | st.just("")
TAG, OTHER = '"ab12"', '"cd34"'


def slowly(first: str, last: str, size: int) -> list[int] | None:
    """The places of the bytes that `bytes=first-last` means, byte by byte; None where the header is to be ignored."""
    places = range(size)
    if not first and not last:
        return None
    if not first:
        return [place for place in places if place >= size - int(last)]
    if last and int(last) < int(first):
        return None
    return [place for place in places if int(first) <= place and (not last or place <= int(last))]


@given(first=NUMBERS, last=NUMBERS, size=SIZES)
@example(first="", last="0", size=1)
@example(first="0", last="0", size=1)
@example(first="39", last="", size=40)
def test_one_range_is_what_the_standard_says(first: str, last: str, size: int) -> None:
    """CM-12: whichever ends a range has, it gives exactly the bytes that a slow reading gives, or none at all."""
    expected = slowly(first, last, size)
    header = f"bytes={first}-{last}"
    if expected == []:
        with pytest.raises(RangeUnsatisfiable):
            asked_range(header, size)
        return
    found = asked_range(header, size)
    assert expected == (None if found is None else list(range(found.first, found.first + found.length)))


@given(header=st.text(max_size=30), size=SIZES)
@example(header="bytes=0-1,3-4", size=9)
@example(header="bytes=" + "9" * 5000 + "-", size=9)
@example(header="bytes=\u0661-", size=9)
@example(header="octets=0-1", size=9)
def test_whatever_a_header_says_a_range_lies_within_the_file(header: str, size: int) -> None:
    """CM-12: a header that is no range of ours means the whole file, and no range leaves it."""
    try:
        found = asked_range(header, size)
    except RangeUnsatisfiable:
        return
    assert found is None or (0 <= found.first and 0 < found.length and found.first + found.length <= size)


def test_several_ranges_are_the_whole_file() -> None:
    """CM-12: one range is served; whoever asks for several gets everything, as the standard allows."""
    assert asked_range("bytes=0-1,3-4", 9) is None
    assert ByteRange(0, 2) == asked_range("Bytes= 0-1 ", 9)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", False), (TAG, True), (OTHER, False), (f"{OTHER}, W/{TAG}", True), ("*", True), ("ab12", False)],
)
def test_who_has_the_file_already(header: str, expected: bool) -> None:
    """CM-12: one of several tags, a weak one and the star mean that its sender has the file."""
    assert expected is has_it({"if-none-match": header} if header else {}, TAG)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [(None, "bytes=0-1"), (TAG, "bytes=0-1"), (OTHER, ""), (f"W/{TAG}", ""), ("Sat, 28 Nov 2026 10:00:00 GMT", "")],
)
def test_a_part_of_another_file_is_not_put_to_it(condition: str | None, expected: str) -> None:
    """CM-12: `If-Range` holds only for the very same file: a weak tag, another one and a date give all of it."""
    headers = {"range": "bytes=0-1", **({} if condition is None else {"if-range": condition})}
    assert expected == range_header(headers, TAG)
