"""Forms come from our own pages, and from nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.core.pages import Page

from .addresses import POSTED, address_of, name_of, visitor_of
from .neighbours import Neighbours
from .people import ORIGIN, SIGN_IN, Browser, Registry, SignedIn
from .samples import TOKEN

FOREIGN: dict[str, dict[str, str]] = {
    "from another site": {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    "from another site that says our origin": {"sec-fetch-site": "cross-site", "origin": ORIGIN},
    "from a host beside ours": {"sec-fetch-site": "same-site", "origin": "https://other.portico.example"},
    "from no page": {"sec-fetch-site": "none"},
    "from nothing that we know": {"sec-fetch-site": ""},
    "by an old browser, from another site": {"origin": "https://evil.example"},
    "by an old browser, from a site named like ours": {"origin": "https://portico.example.evil.example"},
    "by an old browser, without encryption": {"origin": "http://portico.example"},
    "by an old browser, from another port": {"origin": "https://portico.example:8443"},
    "by an old browser that hides the origin": {"origin": "null"},
    "by something that says nothing": {},
}
OURS: dict[str, dict[str, str]] = {
    "as browsers say it": {"sec-fetch-site": "same-origin", "origin": ORIGIN},
    "from a page that sends no referrer": {"sec-fetch-site": "same-origin", "origin": "null"},
    "by an old browser": {"origin": ORIGIN},
}


@pytest.mark.parametrize("page", POSTED, ids=name_of)
async def test_a_form_of_another_origin_reaches_no_service(
    page: Page, anybody: Browser, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-01, GW-07: a post that does not come from our own pages is refused, with words, and nobody is asked."""
    visitor = visitor_of(page)
    browser = signed_in(visitor) if visitor else anybody
    cookies = dict(browser.cookies)

    for headers in FOREIGN.values():
        answer = await browser.post(address_of(page), {"language": "es", "do": "resend"}, headers)
        assert (403, "That did not work") == (answer.status, answer.heading)
        assert "This form did not come from our own pages, so nothing was done." in answer.text
    assert [] == neighbours.rpcs
    assert cookies == browser.cookies


@pytest.mark.parametrize("page", POSTED, ids=name_of)
@pytest.mark.parametrize("headers", OURS.values(), ids=OURS)
async def test_a_form_of_ours_is_taken(
    page: Page, headers: dict[str, str], anybody: Browser, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-01, GW-07: a post of our own pages passes, also by browsers that say less of where it comes from."""
    visitor = visitor_of(page)
    browser = signed_in(visitor) if visitor else anybody

    answer = await browser.post(address_of(page), {}, headers)

    assert answer.status in {200, 303, 400, 404}
    assert "did not come from our own pages" not in answer.answer.text


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
async def test_a_stranger_cannot_make_tokens_be_exchanged(
    headers: dict[str, str], staff: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01, ID-05: a post of another origin is refused before anything is done in the person's name."""
    stale = replace(registry.opened(staff), access_expires=0)
    staff.cookies[SIGN_IN] = registry.sealed(stale)

    assert 403 == (await staff.post("/sign-out", {}, headers)).status
    assert [] == neighbours.rpcs
    assert [] == staff.set_cookies


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
async def test_a_link_may_stand_anywhere(headers: dict[str, str], anybody: Browser) -> None:
    """PO-02: a page may be asked for from anywhere, since the link to it stands in a message."""
    answer = await anybody.get(f"/i/{TOKEN}", headers)

    assert (200, "Your application online") == (answer.status, answer.heading)
