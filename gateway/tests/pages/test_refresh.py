"""Access tokens are exchanged unseen, and a session that has ended leads to the sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from portico.applications.v1.stub import ApplicationsStub
from portico.casemanager.v1.stub import CasemanagerStub
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub
from starlette.applications import Starlette

from chassis.call import Role
from chassis.clients import open_channel
from chassis.testing import FakeClock
from chassis.testing.grpc import TestPeople
from local_stack.ports import Ports
from portal.app import build
from portal.core.context import Services

from .neighbours import Neighbours, refusal
from .people import KEYS, ORIGIN, SIGN_IN, Browser, Registry, SignedIn

REFRESH_MARGIN = 30
"""Seconds before its end at which a token is exchanged."""


@pytest.fixture
async def lonely(clock: FakeClock) -> AsyncIterator[Starlette]:
    """The portal while no service answers."""
    async with open_channel(f"127.0.0.1:{Ports().take()}", server="", credentials=None) as nowhere:
        services = Services(
            IdentityStub(nowhere), ApplicationsStub(nowhere), CasemanagerStub(nowhere), NotificationsStub(nowhere)
        )
        yield build(services=services, keys=KEYS, origin=ORIGIN, clock=lambda: clock().timestamp())


@pytest.fixture
def stale(family: Browser, registry: Registry, clock: FakeClock) -> Browser:
    """The browser of a family whose access token is at its end."""
    expires = clock().timestamp() + REFRESH_MARGIN - 1
    family.cookies[SIGN_IN] = registry.sealed(replace(registry.opened(family), access_expires=expires))
    return family


async def test_a_token_near_its_end_is_exchanged_first(
    stale: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01, ID-05: before the page asks anything the token is exchanged, and the browser keeps the next pair."""
    before, tokens = registry.opened(stale), registry.tokens(Role.FAMILY)
    neighbours.answers["RefreshTokens"] = tokens

    page = await stale.get("/applications")

    assert (200, "My applications") == (page.status, page.heading)
    assert ["RefreshTokens", "ListMyApplications", "ListOffers"] == neighbours.rpcs
    assert before.refresh_token == neighbours.only("RefreshTokens").refresh_token
    assert f"Bearer {tokens.access_token}" == neighbours.received[1].call.authorization
    after = registry.opened(stale)
    assert (tokens.access_token, tokens.refresh_token) == (after.access_token, after.refresh_token)
    neighbours.received.clear()
    await stale.get("/applications")
    assert ["ListMyApplications", "ListOffers"] == neighbours.rpcs


async def test_a_token_that_lives_long_enough_is_used(
    family: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """PO-01: half a minute before its end a token still serves, and nothing is written."""
    expires = clock().timestamp() + REFRESH_MARGIN
    family.cookies[SIGN_IN] = registry.sealed(replace(registry.opened(family), access_expires=expires))

    assert 200 == (await family.get("/applications")).status
    assert ["ListMyApplications", "ListOffers"] == neighbours.rpcs
    assert [] == family.set_cookies


async def test_a_form_is_taken_with_the_next_token(
    signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01: whoever types for a long time loses nothing, and stays in the organization and its time zone."""
    browser = signed_in(Role.STAFF)
    before = replace(registry.opened(browser), access_expires=0.0)
    browser.cookies[SIGN_IN] = registry.sealed(before)
    neighbours.answers["RefreshTokens"] = registry.tokens(Role.STAFF)

    answer = await browser.post("/account/password", {"current_password": "the old one", "new_password": "a new one"})

    assert "/account" == answer.goes_to
    assert ["RefreshTokens", "ChangePassword"] == neighbours.rpcs
    after = registry.opened(browser)
    assert ("Sunrise Childcare", "America/New_York") == (after.organization, after.time_zone)


async def test_a_refresh_token_that_is_no_longer_good_leads_to_the_sign_in(
    stale: Browser, neighbours: Neighbours
) -> None:
    """PO-01, ID-05: when identity exchanges no more, the cookie goes, and the sign-in knows the way on."""
    neighbours.answers["RefreshTokens"] = refusal("REFRESH_TOKEN_INVALID")

    answer = await stale.get("/applications?page=2")

    assert "/family/sign-in?next=%2Fapplications%3Fpage%3D2" == answer.goes_to
    assert SIGN_IN not in stale.cookies
    assert ["RefreshTokens"] == neighbours.rpcs
    assert "Please sign in first." == (await stale.follow(answer)).notice


async def test_a_page_for_anybody_needs_no_sign_in(stale: Browser, neighbours: Neighbours) -> None:
    """PO-01: somebody whose sign-in has ended still gets the pages that anybody gets."""
    neighbours.answers["RefreshTokens"] = refusal("REFRESH_TOKEN_INVALID")

    assert "Type a code" == (await stale.get("/link")).heading
    assert SIGN_IN not in stale.cookies


@pytest.mark.parametrize("reason", ["TOKEN_INVALID", "TOKEN_EXPIRED", "SESSION_REVOKED", "CREDENTIALS_MISSING"])
async def test_a_session_that_a_service_no_longer_knows_leads_to_the_sign_in(
    reason: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-03, ID-06: a refused sign-in takes the cookie away, and a word at the sign-in says why."""
    neighbours.answers["ListApplications"] = refusal(reason)

    answer = await staff.get("/staff/applications?query=a")

    assert "/o/sunrise/sign-in?next=%2Fstaff%2Fapplications%3Fquery%3Da" == answer.goes_to
    assert SIGN_IN not in staff.cookies
    page = await staff.follow(answer)
    words = "Please sign in first." if reason == "CREDENTIALS_MISSING" else "You have been signed out."
    assert page.notice.startswith(words)
    assert "alert" == page.main.one("p", class_="notice")["role"]
    assert "Sign out" not in page.buttons()


async def test_a_session_that_was_ended_elsewhere_ends_here(
    signed_in: SignedIn, people: TestPeople, neighbours: Neighbours
) -> None:
    """PO-03, ID-06: a device that was signed out from another one is led to the sign-in at its next step."""
    session_id = uuid4()
    browser = signed_in(Role.FAMILY, session_id=session_id)
    assert 200 == (await browser.get("/account")).status
    people.revocations.add([session_id])

    answer = await browser.post("/account/devices", {})

    assert "/family/sign-in" == answer.goes_to
    assert SIGN_IN not in browser.cookies
    assert ["ListMySessions"] == neighbours.rpcs


async def test_while_identity_is_away_people_get_a_page_and_stay_signed_in(lonely: Starlette, stale: Browser) -> None:
    """PO-01, OP-06: when a token cannot be exchanged now, a page says so; the sign-in stays, for the next attempt."""
    browser = replace(stale, portal=lonely)

    page = await browser.get("/applications")

    assert (503, "That did not work") == (page.status, page.heading)
    assert "A part of the system does not answer right now. Please try again in a moment." in page.text
    assert stale.cookies == browser.cookies
    assert [] == browser.set_cookies


async def test_while_everything_is_away_pages_that_need_nothing_are_served(lonely: Starlette, stale: Browser) -> None:
    """PO-01, OP-06: the first page, the code's and the help need no service, also for somebody who is signed in."""
    for address in ("/", "/link", "/help", "/sign-in", "/family/sign-in", "/family/forgot", "/family/reset"):
        assert 200 == (await Browser(lonely).get(address)).status
    for address in ("/link", "/help"):
        browser = replace(stale, portal=lonely)
        assert (200, []) == ((await browser.get(address)).status, browser.set_cookies)
