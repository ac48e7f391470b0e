"""Where people are sent afterwards: always on this origin."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import RedirectResponse

from chassis.call import Role
from portal.core.context import local_path, realm_path

from .neighbours import Neighbours
from .people import Browser, Registry, SignedIn

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "evil.example",
    "?next=//evil.example",
    "/\u2028/evil.example",
    "/a\r\nset-cookie: a=b",
    "",
]
HERE = ["/", "/applications", "/staff/applications?query=a+b&page=x%3D", "/a//b", "/a?next=//c", "/ñandú", "/#top"]
paths = st.text(string.printable + "ñ\u2028\x85 ", max_size=30) | st.lists(
    st.sampled_from(
        ["/", "\\", "//", "\t", "\n", " ", "evil.example", ":", "@", ".", "..", "?", "#", "%2F", "%5C", "a"]
    ),
    max_size=8,
).map("".join)


def leads_away(location: str) -> bool:
    """Whether a browser would go to another host (WHATWG URL: blanks around and line breaks inside do not count)."""
    location = location.strip("".join(map(chr, range(33))))
    location = "".join(letter for letter in location if letter not in "\t\r\n").replace("\\", "/")
    return not location.startswith("/") or location.startswith("//")


def as_location(path: str) -> str:
    """The path as a header can have it."""
    return RedirectResponse(path, status_code=303).headers["location"]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_leads_away_is_no_path(path: str) -> None:
    """PO-01: an address of another host in any disguise is no path of ours."""
    assert "" == local_path(path)


@pytest.mark.parametrize("path", HERE)
def test_what_stays_here_is_a_path(path: str) -> None:
    """PO-01: any path with its query is a place to go on."""
    assert path == local_path(path)


@given(paths)
def test_no_path_leads_away(path: str) -> None:
    """PO-01: what is taken for a path stays on this origin in every browser, and is one line."""
    if local_path(path):
        location = as_location(local_path(path))
        assert not leads_away(location)
        assert location.isprintable()


@given(st.text(string.printable + "ñ", max_size=20))
@example("family")
def test_no_realm_leads_away(realm: str) -> None:
    """PO-01: whatever the browser remembers as realm, its sign-in is on this origin."""
    assert not leads_away(f"{realm_path(realm)}/sign-in")


@settings(max_examples=40)
@given(next_path=paths)
async def test_signing_in_never_leads_away(portal: Starlette, registry: Registry, next_path: str) -> None:
    """PO-01, PO-03: whoever is sent to the sign-in with a place to go on ends up on this origin."""
    session = registry.session(Role.STAFF)
    browser = Browser(portal, cookies={"__Host-portico": registry.sealed(session)})
    for answer in (
        await browser.post("/language", {"language": "es", "next": next_path}),
        await browser.get("/o/sunrise/sign-in?next=" + quote(next_path)),
    ):
        assert 303 == answer.status
        assert not leads_away(answer.goes_to)


@pytest.mark.parametrize("path", [*ELSEWHERE, *HERE])
async def test_after_the_sign_in_people_go_on_where_they_were_going(
    path: str, anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-03: the sign-in leads to the page that was asked for; where that is none of ours, to the first page."""
    neighbours.answers["Login"] = registry.signed_in(Role.STAFF)
    page = await anybody.get("/o/sunrise/sign-in?next=" + quote(path))

    answer = await anybody.press(page, "Sign in", username="ada@sunrise.example", password="open sesame twelve")

    assert as_location(path if path in HERE else "/start") == answer.goes_to


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nobody_who_is_signed_in_is_led_away(path: str, signed_in: SignedIn) -> None:
    """PO-03: a sign-in page with a foreign place to go on sends who is signed in already to their first page."""
    answer = await signed_in(Role.FAMILY).get("/family/sign-in?next=" + quote(path))

    assert "/applications" == answer.goes_to
