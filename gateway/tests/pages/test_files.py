"""Files over HTTP, at the one address that the portal has for them."""

from __future__ import annotations

import pytest

from chassis.call import Role
from portal.core.files import disposition

from .files import FILE_ID, LETTER, file, part, waiting
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn

ADDRESS = f"/files/{FILE_ID}"
TAG = f'"{file().sha256}"'


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.SPECIALIST, Role.STAFF, Role.STAFF_ADMIN])
async def test_a_file_is_saved_whole(signed_in: SignedIn, role: Role) -> None:
    """CM-12: all bytes, their number, type and tag; saved under its name and never opened as something else."""
    answer = (await signed_in(role).get(ADDRESS)).answer

    assert (200, LETTER) == (answer.status_code, answer.content)
    assert str(len(LETTER)) == answer.headers["content-length"]
    assert ("application/pdf", TAG, "bytes") == tuple(
        answer.headers[name] for name in ("content-type", "etag", "accept-ranges")
    )
    assert "attachment; filename=\"Letter.pdf\"; filename*=UTF-8''Letter.pdf" == answer.headers["content-disposition"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "no-transform" in answer.headers["cache-control"]


async def test_a_part_of_a_file(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: a range is a 206 with its place in the file, and no other byte is asked of the service."""
    neighbours.answers["DownloadPaperwork"] = part
    answer = (await ana.get(ADDRESS, {"range": "bytes=10-19", "if-range": TAG})).answer

    assert (206, LETTER[10:20]) == (answer.status_code, answer.content)
    assert (f"bytes 10-19/{len(LETTER)}", "10") == (answer.headers["content-range"], answer.headers["content-length"])
    request = neighbours.only("DownloadPaperwork")
    assert (10, 10) == (request.offset, request.length)


async def test_a_part_of_a_file_that_has_changed(ana: Browser) -> None:
    """CM-12: whoever has a part of another file gets the whole of this one."""
    answer = (await ana.get(ADDRESS, {"range": "bytes=10-19", "if-range": '"other"'})).answer

    assert (200, LETTER) == (answer.status_code, answer.content)


async def test_who_has_it_gets_no_byte(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: the tag of the file answers 304, a range behind its end 416 with its length: no download begins."""
    known = (await ana.get(ADDRESS, {"if-none-match": TAG, "range": "bytes=0-1"})).answer
    beyond = (await ana.get(ADDRESS, {"range": f"bytes={len(LETTER)}-"})).answer

    assert (304, b"", TAG) == (known.status_code, known.content, known.headers["etag"])
    assert (416, f"bytes */{len(LETTER)}") == (beyond.status_code, beyond.headers["content-range"])
    assert "DownloadPaperwork" not in neighbours.rpcs


async def test_what_is_said_before_the_bytes(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: HEAD says what GET would, without a download that the log would have."""
    answer = (await ana.get(ADDRESS, method="HEAD")).answer

    assert (200, b"", str(len(LETTER))) == (answer.status_code, answer.content, answer.headers["content-length"])
    assert "DownloadPaperwork" not in neighbours.rpcs


async def test_a_file_that_is_not_clean(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: before its check is over nothing of a file leaves, and a page says why."""
    neighbours.answers["GetPaperwork"] = waiting(id=FILE_ID)

    page = await ana.get(ADDRESS)

    assert (409, True) == (page.status, "cannot be downloaded before it is checked" in page.text)
    assert "DownloadPaperwork" not in neighbours.rpcs


async def test_a_file_that_nobody_has(ana: Browser, neighbours: Neighbours) -> None:
    """CM-15: a file that somebody may not see is a page that there is not, and so is one whose id is none."""
    neighbours.answers["GetPaperwork"] = refusal("PAPERWORK_NOT_FOUND")
    neighbours.answers["GetReport"] = refusal("REPORT_NOT_FOUND")

    assert [404, 404] == [(await ana.get(address)).status for address in (ADDRESS, "/files/none")]


async def test_a_refusal_of_the_download_is_a_page(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: what is refused before the first byte is said in words, and is no broken file."""
    neighbours.answers["DownloadPaperwork"] = refusal("FILE_NOT_CLEAN")

    assert 409 == (await ana.get(ADDRESS)).status


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('한글 "Ärzte".pdf', "filename=\"Arzte.pdf\"; filename*=UTF-8''%ED%95%9C%EA%B8%80%20%22%C3%84rzte%22.pdf"),
        ("한글.pdf", "filename=\"file.pdf\"; filename*=UTF-8''%ED%95%9C%EA%B8%80.pdf"),
        ("a;b\\c.txt", "filename=\"a_b_c.txt\"; filename*=UTF-8''a%3Bb%5Cc.txt"),
        ("name", "filename=\"name\"; filename*=UTF-8''name"),
    ],
)
def test_a_name_beyond_plain_letters(name: str, expected: str) -> None:
    """CASE-B15, CM-12: an old browser reads plain letters, every other one the whole name."""
    assert f"attachment; {expected}" == disposition(name)
