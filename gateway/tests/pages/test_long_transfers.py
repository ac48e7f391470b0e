"""Files and lists that take minutes on their way: their tokens last as long, and nobody is signed out by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from portico.casemanager.v1.paperwork_pb2 import UploadPaperworkRequest
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from portico.casemanager.v1.reports_pb2 import FileReportRequest
from portico.identity.v1.resources_pb2 import Tokens

from chassis.call import Role
from chassis.testing import FakeClock
from portal.core import middleware
from portal.core.uploads import SentForm

from .bookings import HISTORY_PAGE, OWN_BOOKING
from .files import FILE_ID, LETTER, OWN_FILES, file
from .neighbours import Neighbours, refusal
from .people import ACCESS_LIFE, SIGN_IN, Browser, Registry, SignedIn
from .reports import CONTENT, SP_REPORTS
from .samples import BATCH_ID
from .test_reports import filed
from .test_uploads import uploaded

FIVE_MINUTES = 300.0
LONG = [
    (Role.CASE_MANAGER, OWN_FILES),
    (Role.CASE_MANAGER, f"/files/{FILE_ID}"),
    (Role.SPECIALIST, SP_REPORTS),
    (Role.STAFF, f"{HISTORY_PAGE}.csv"),
    (Role.STAFF, f"/staff/batches/{BATCH_ID}/rows.xlsx"),
    (Role.STAFF_ADMIN, "/people/audit.pdf"),
]


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


def ages(browser: Browser, registry: Registry, clock: FakeClock, *, left: float = FIVE_MINUTES) -> None:
    """Leaves so many seconds to the browser's token."""
    session = replace(registry.opened(browser), access_expires=clock().timestamp() + left)
    browser.cookies[SIGN_IN] = registry.sealed(session)


@pytest.mark.parametrize(("role", "address"), LONG)
async def test_a_long_transfer_begins_with_a_token_that_lasts(
    role: Role, address: str, signed_in: SignedIn, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CM-12, CM-14, ID-05: a token that could end before the transfer does is exchanged first, and kept at once."""
    browser, tokens = signed_in(role), registry.tokens(role)
    ages(browser, registry, clock)
    neighbours.answers["RefreshTokens"] = tokens

    assert 200 == (await browser.get(address)).status

    assert "RefreshTokens" == neighbours.rpcs[0]
    said = {each.call.authorization for each in neighbours.received[1:]} - {
        ""
    }  # who says nothing of it asks as anybody
    assert {f"Bearer {tokens.access_token}"} == said
    assert tokens.refresh_token == registry.opened(browser).refresh_token
    await browser.get(address)
    assert 1 == neighbours.rpcs.count("RefreshTokens")


async def test_a_page_needs_no_token_for_minutes(
    ana: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """PO-01: an ordinary page is served with a token that has five minutes left."""
    ages(ana, registry, clock)

    assert 200 == (await ana.get(OWN_BOOKING)).status
    assert "RefreshTokens" not in neighbours.rpcs


async def test_a_file_is_sent_with_the_token_that_its_page_got(
    ana: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CM-12, ID-05: who asks for the page before the file, as the script does, has the file exchange nothing."""
    ages(ana, registry, clock)
    neighbours.answers["RefreshTokens"] = registry.tokens(Role.CASE_MANAGER)

    await ana.get(OWN_FILES, method="HEAD")
    clock.advance(timedelta(seconds=100))
    assert OWN_FILES == (await uploaded(ana, ("a.pdf", LETTER))).goes_to

    assert 1 == neighbours.rpcs.count("RefreshTokens")
    assert SIGN_IN not in "".join(ana.set_cookies)


async def test_a_form_that_nobody_asked_for_a_page_before(
    ana: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CM-12, ID-05: a file of a form that lay open exchanges the token before it goes on."""
    ages(ana, registry, clock)
    neighbours.answers["RefreshTokens"] = registry.tokens(Role.CASE_MANAGER)

    assert OWN_FILES == (await uploaded(ana, ("a.pdf", LETTER))).goes_to
    assert ["RefreshTokens", "UploadPaperwork"] == neighbours.rpcs


async def test_a_sign_in_that_ages_while_files_come(
    ana: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CM-12, ID-05: before each file an old token is exchanged, each time by what the browser has, and it keeps that.

    Another tab may have got newer ones meanwhile, and an older one in their place would look like a theft.
    """
    before = registry.opened(ana)
    tokens: list[Tokens] = []

    def after_a_while(_: UploadPaperworkRequest) -> Paperwork:
        clock.advance(ACCESS_LIFE)
        tokens.append(registry.tokens(Role.CASE_MANAGER))
        neighbours.answers["RefreshTokens"] = tokens[-1]
        return file()

    neighbours.answers["UploadPaperwork"] = after_a_while

    page = await uploaded(ana, ("a.pdf", LETTER), ("b.pdf", LETTER), ("c.pdf", LETTER))

    assert OWN_FILES == page.goes_to
    calls = [each.call.authorization for each in neighbours.received if "UploadPaperwork" == each.rpc]
    assert [f"Bearer {each.access_token}" for each in tokens[:2]] == calls[1:]
    exchanged = [each.request.refresh_token for each in neighbours.received if "RefreshTokens" == each.rpc]
    assert [before.refresh_token] * 2 == exchanged
    assert before == registry.opened(ana)


async def test_a_file_that_outlasts_its_token(
    ana: Browser, signed_in: SignedIn, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CM-12, CM-13: a file that takes too long is refused in words of its own, and its sender stays signed in."""

    def cut(request: UploadPaperworkRequest | FileReportRequest) -> Paperwork:
        clock.advance(ACCESS_LIFE)
        is_paperwork = isinstance(request, UploadPaperworkRequest)
        neighbours.answers["RefreshTokens"] = registry.tokens(Role.CASE_MANAGER if is_paperwork else Role.SPECIALIST)
        raise refusal("TOKEN_EXPIRED")

    zhang = signed_in(Role.SPECIALIST)
    neighbours.answers["UploadPaperwork"] = neighbours.answers["FileReport"] = cut
    paperwork = await uploaded(ana, ("a.pdf", LETTER))
    neighbours.answers["RefreshTokens"] = registry.tokens(Role.SPECIALIST)
    report = await filed(zhang, ("b.pdf", CONTENT))

    words = "This file took too long to arrive. Please send it again, or make it smaller."
    assert [(400, f"a.pdf: {words}"), (400, f"b.pdf: {words}")] == [
        (page.status, page.main.one("div", class_="problem").one("li").text) for page in (paperwork, report)
    ]
    assert (True, True) == (SIGN_IN in ana.cookies, SIGN_IN in zhang.cookies)


async def test_while_identity_is_away_a_token_is_used_as_long_as_it_lasts(
    ana: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """CM-12, OP-06: where no other token is to be had, a file still leaves with one that is good for minutes."""
    ages(ana, registry, clock)
    neighbours.answers["RefreshTokens"] = refusal("DEPENDENCY_UNAVAILABLE")

    assert 200 == (await ana.get(f"/files/{FILE_ID}")).status
    ages(ana, registry, clock, left=0)
    assert 503 == (await ana.get(f"/files/{FILE_ID}")).status


@pytest.fixture
def short_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """No form with files may have more than 4,000 bytes."""
    monkeypatch.setattr(middleware, "SentForm", lambda request, **how: SentForm(request, **{**how, "max_bytes": 4000}))


@pytest.mark.usefixtures("short_forms")
async def test_a_report_that_is_longer_than_the_form(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """CM-13: it is a file that is too large, whoever finds it first."""
    page = await filed(replace(signed_in(Role.SPECIALIST), piece_bytes=500), ("Report.pdf", CONTENT * 9))

    words = "Report.pdf: This file is larger than 100 MB. Please split it, or make it smaller."
    assert (400, words) == (page.status, page.main.one("div", class_="problem").one("li").text)
    assert "FileReport" not in neighbours.rpcs


@pytest.mark.usefixtures("short_forms")
async def test_more_files_than_a_form_takes(ana: Browser, neighbours: Neighbours) -> None:
    """CM-12: those that came before are taken, and a word stands there for the others."""
    sender = replace(ana, piece_bytes=500)
    page = await uploaded(sender, ("a.pdf", LETTER), ("b.pdf", LETTER), ("c.pdf", LETTER * 9))

    words = "These were too many files at once. Please send it again."
    assert (400, words) == (page.status, page.main.one("div", class_="problem").one("li").text)
    assert ["a.pdf", "b.pdf"] == [each.request.file_name for each in neighbours.received if each.rpc[0] == "U"]
