"""The cookies: what they hold, who can read them, and when they end."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace
from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey
from portico.identity.v1.resources_pb2 import SignInResult
from starlette.requests import Request

from chassis.call import Role
from chassis.errors import Unauthenticated
from chassis.testing import FakeClock
from portal.app import build
from portal.core.context import Services
from portal.core.cookies import Cookies
from portal.core.seals import Seal

from .neighbours import Neighbours, refusal
from .people import KEYS, SIGN_IN, Browser, Registry, SignedIn

DAYS_30, YEAR = 30 * 24 * 60 * 60, 365 * 24 * 60 * 60
FIELDS = {"username": "lucia@example.org", "password": "seventeen green umbrellas"}


def told(browser: Browser) -> dict[str, dict[str, str]]:
    """The cookies of the last answer, each with its attributes that are set."""
    read: SimpleCookie = SimpleCookie()
    for line in browser.set_cookies:
        read.load(line)
    return {name: {key: value for key, value in morsel.items() if value} for name, morsel in read.items()}


def a_request(cookie: str) -> Request:
    """A request with the sign-in's cookie."""
    return Request({"type": "http", "headers": [(b"cookie", f"{SIGN_IN}={cookie}".encode("utf-8", "replace"))]})


async def test_over_https_no_script_no_other_host_and_no_plain_connection_sees_the_cookies(
    anybody: Browser, neighbours: Neighbours, registry: Registry
) -> None:
    """PO-01, GW-07: every cookie is HttpOnly, Secure and SameSite=Lax; the sign-in's name is bound to this host."""
    neighbours.answers["Login"] = registry.signed_in(Role.FAMILY)
    common = {"path": "/", "secure": True, "httponly": True, "samesite": "lax"}

    await anybody.post("/family/sign-in", {**FIELDS, "keep": "yes"})
    assert {
        "__Host-portico": {**common, "max-age": str(DAYS_30)},
        "realm": {**common, "max-age": str(YEAR)},
    } == told(anybody)
    await anybody.post("/language", {"language": "es"})
    assert {"language": {**common, "max-age": str(YEAR)}} == told(anybody)
    await anybody.post("/account/devices", {})
    assert {"notice": {**common, "max-age": "60"}} == told(anybody)


async def test_over_http_a_browser_takes_the_cookies_too(
    services: Services, clock: FakeClock, neighbours: Neighbours, registry: Registry
) -> None:
    """PO-01: on a laptop without TLS the cookies are not Secure and have no prefix, which browsers would refuse."""
    neighbours.answers["Login"] = registry.signed_in(Role.FAMILY)
    portal = build(services=services, keys=KEYS, origin="http://localhost:8080", clock=lambda: clock().timestamp())
    browser = Browser(portal, origin="http://localhost:8080")

    await browser.post("/family/sign-in", {**FIELDS, "keep": "yes"})

    common = {"path": "/", "httponly": True, "samesite": "lax"}
    assert {
        "portico": {**common, "max-age": str(DAYS_30)},
        "realm": {**common, "max-age": str(YEAR)},
    } == told(browser)
    assert 200 == (await browser.get("/account")).status


@pytest.mark.parametrize(
    ("where", "role", "is_chosen", "lasts"),
    [
        ("/family", Role.FAMILY, False, False),
        ("/family", Role.FAMILY, True, True),
        ("/o/sunrise", Role.STAFF, False, True),
    ],
)
async def test_a_family_stays_signed_in_only_if_it_asks_for_it(
    where: str,
    role: Role,
    is_chosen: bool,
    lasts: bool,
    anybody: Browser,
    neighbours: Neighbours,
    registry: Registry,
) -> None:
    """CASE-S13: a family's sign-in goes with the browser unless it ticks the box, also if refreshed; staff's stays."""
    neighbours.answers |= {"Login": registry.signed_in(role), "RefreshTokens": registry.tokens(role)}
    page = await anybody.get(f"{where}/sign-in")
    assert (role is Role.FAMILY) == bool(page.main.all("input", type="checkbox", name="keep"))
    chosen = {"keep": "yes"} if is_chosen else {}

    await anybody.press(page, "Sign in", username="lucia@example.org", password=FIELDS["password"], **chosen)
    assert lasts == ("max-age" in told(anybody)[SIGN_IN])

    stale = replace(registry.opened(anybody), access_expires=0.0)
    anybody.cookies[SIGN_IN] = registry.sealed(stale)
    await anybody.get("/account")
    assert stale.access_token != registry.opened(anybody).access_token
    assert lasts == ("max-age" in told(anybody)[SIGN_IN])


def test_nothing_can_be_read_in_the_cookie(registry: Registry) -> None:
    """PO-01, ID-05: neither a token nor a word about the person stands in the cookie, also when it is decoded."""
    session = registry.session(Role.STAFF)
    sealed = registry.sealed(session)
    parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in sealed.split(".")]

    assert {"alg": "dir", "enc": "A256GCM"} == json.loads(parts[0])
    readable = sealed.encode() + b"".join(parts)
    secrets = (session.access_token, session.refresh_token, session.username, session.account_id, "Sunrise")
    assert [] == [secret for secret in secrets if secret.encode() in readable]
    assert sealed != registry.sealed(session)


def test_the_cookie_fits_into_a_browser(registry: Registry) -> None:
    """PO-01: with the longest names that identity takes the cookie stays below the 4,096 bytes that browsers keep."""
    longest = registry.session(
        Role.STAFF,
        username="a" * 254,
        display_name="言" * 200,
        organization="言" * 200,
        realm="s" * 63,
        refresh_token="r" * 128,
    )
    sealed = registry.sealed(longest)

    assert len(SIGN_IN) + 1 + len(sealed) <= 4096


@pytest.mark.parametrize("how", ["empty", "words", "cut off", "one letter changed", "another key", "another purpose"])
async def test_a_cookie_that_is_not_ours_is_nobody(
    how: str, anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01: a forged, damaged or foreign cookie signs nobody in, reaches no service, and is thrown away."""
    sealed = registry.sealed(registry.session(Role.FAMILY))
    stranger = Seal([b"3" * 32])
    anybody.cookies[SIGN_IN] = {
        "empty": "",
        "words": "signed in",
        "cut off": sealed[:-5],
        "one letter changed": sealed[:-30] + ("A" if sealed[-30] != "A" else "B") + sealed[-29:],
        "another key": stranger.sealed(asdict(registry.session(Role.FAMILY))),
        "another purpose": registry.session(Role.FAMILY).access_token,
    }[how]

    assert "/sign-in?next=%2Fapplications" == (await anybody.get("/applications")).goes_to
    assert SIGN_IN not in anybody.cookies
    assert "0" == told(anybody)[SIGN_IN]["max-age"]
    assert [] == neighbours.rpcs


_HEADERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_HEADER = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["dir", "A256KW", "RSA-OAEP", "PBES2-HS256+A128KW", "none"]) | _HEADERS,
        "enc": st.sampled_from(["A256GCM", "A128CBC-HS256"]) | _HEADERS,
        "zip": st.just("DEF") | _HEADERS,
        "crit": _HEADERS,
        "epk": _HEADERS,
        "p2c": _HEADERS,
    },
)


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _written(header: object, parts: list[bytes]) -> str:
    return ".".join([_encoded(json.dumps(header).encode()), *map(_encoded, parts)])


@given(
    st.text(max_size=100)
    | st.builds(_written, _HEADER | _HEADERS, st.lists(st.binary(max_size=16), min_size=4, max_size=4))
)
def test_no_cookie_that_a_stranger_writes_does_any_harm(cookie: str) -> None:
    """PO-01: whatever stands in the cookie, it signs nobody in and raises nothing."""
    assert None is Cookies(Seal(KEYS), is_secure=True, clock=lambda: 0.0).session(a_request(cookie))


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"5", b'"text"', b'{"role": 5}', b'{"role": "FAMILY"}', b"\xff"]
)
def test_a_cookie_of_another_release_is_nobody(payload: bytes, registry: Registry) -> None:
    """PO-01: a cookie that is sealed by us but holds something else signs nobody in and raises nothing."""
    sealed = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, payload, OctKey.import_key(KEYS[0]))

    assert None is registry.cookies.session(a_request(sealed))


async def test_keys_are_changed_without_signing_anybody_out(
    family: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-01, OP-10: the second key still opens; what is written anew is sealed, and opened, by the first."""
    session = registry.opened(family)
    older, newest = (Seal([key]) for key in reversed(KEYS))
    family.cookies[SIGN_IN] = older.sealed(asdict(session))
    assert 200 == (await family.get("/applications")).status
    assert [] == family.set_cookies

    family.cookies[SIGN_IN] = older.sealed(asdict(replace(session, access_expires=0.0)))
    neighbours.answers["RefreshTokens"] = registry.tokens(Role.FAMILY)
    assert 200 == (await family.get("/applications")).status
    assert {} == older.opened(family.cookies[SIGN_IN])
    assert {} != newest.opened(family.cookies[SIGN_IN])


async def test_a_sign_in_ends_with_its_refresh_token(
    family: Browser, registry: Registry, clock: FakeClock, neighbours: Neighbours
) -> None:
    """PO-01, ID-05: after the end of the refresh token the cookie is nobody's, whatever the browser still keeps."""
    session, now = registry.opened(family), clock().timestamp()
    family.cookies[SIGN_IN] = registry.sealed(replace(session, refresh_expires=now + 1))
    assert 200 == (await family.get("/applications")).status
    neighbours.received.clear()

    family.cookies[SIGN_IN] = registry.sealed(replace(session, refresh_expires=now))
    assert "/family/sign-in?next=%2Fapplications" == (await family.get("/applications")).goes_to
    assert SIGN_IN not in family.cookies
    assert [] == neighbours.rpcs


@pytest.mark.parametrize(
    ("role", "sign_in"), [(Role.FAMILY, "/family/sign-in"), (Role.STAFF, "/o/sunrise/sign-in")], ids=["family", "staff"]
)
@pytest.mark.parametrize("ended", [None, refusal("SESSION_REVOKED")], ids=["live", "ended already"])
async def test_signing_out_leaves_nothing(
    role: Role, sign_in: str, ended: Unauthenticated | None, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-03, ID-06: signing out ends the session, deletes the cookie, and leads back to where one signs in."""
    browser = signed_in(role)
    if ended:
        neighbours.answers["Logout"] = ended

    answer = await browser.press(await browser.get("/help"), "Sign out")

    assert ["Logout"] == neighbours.rpcs
    assert sign_in == answer.goes_to
    assert SIGN_IN not in browser.cookies
    assert "You are signed out." == (await browser.follow(answer)).notice
    assert "" == (await browser.get(sign_in)).notice


async def test_nobody_can_sign_out(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-03: signing out twice does no harm."""
    assert "/" == (await anybody.post("/sign-out", {})).goes_to
    assert [] == neighbours.rpcs


@pytest.mark.parametrize("notice", ["", "nothing", "<script>", "saved; Path=/", "%00"])
async def test_a_word_that_nobody_said_is_not_shown(notice: str, anybody: Browser) -> None:
    """PO-01: the cookie names one of our words; anything else in it says nothing and goes."""
    anybody.cookies["notice"] = notice
    page = await anybody.get("/")

    assert page.notice in {"", "The changes are saved."}
    assert ("saved;" in notice) == bool(page.notice)
    assert "notice" not in anybody.cookies


async def test_a_browser_is_known_again(anybody: Browser, neighbours: Neighbours, registry: Registry) -> None:
    """ID-10: what a sign-in leaves in the browser goes with the next one for half a year; five at most."""
    tokens = registry.tokens(Role.FAMILY)
    tokens.device_token = "known"
    neighbours.answers["Login"] = SignInResult(tokens=tokens)

    await anybody.post("/family/sign-in", FIELDS)
    assert "15552000" == told(anybody)[f"device-{tokens.account.id}"]["max-age"]
    assert [] == list(neighbours.only("Login").device_tokens)
    del anybody.cookies[SIGN_IN]
    neighbours.forget()
    anybody.cookies |= {f"device-{number}": "another" for number in range(9)}
    await anybody.post("/family/sign-in", FIELDS)
    assert 5 == len(neighbours.only("Login").device_tokens)
    assert "known" in neighbours.only("Login").device_tokens
