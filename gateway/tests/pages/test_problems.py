"""Errors as pages: a status, words, and a way on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from chassis.call import Role
from chassis.errors import BY_CODE, Code, Exhausted, ServiceError
from chassis.testing import FakeClock, eventually
from portal.app import AREAS, SITE
from portal.core.context import PageContext, Services
from portal.core.cookies import Cookies
from portal.core.error_messages import ERROR_MESSAGES
from portal.core.i18n import i18n_for
from portal.core.lost_forms import LostForms
from portal.core.middleware import PageMiddleware
from portal.core.pages import Page
from portal.core.renderer import Templates
from portal.core.seals import Seal

from .addresses import POSTED, address_of, name_of
from .neighbours import Neighbours, refusal
from .people import KEYS, ORIGIN, Browser, SignedIn
from .samples import APPLICATION_ID, TOKEN

TRACE = "0af7651916cd43dd8448eb211c80319c"
STATUS = {
    Code.INVALID_ARGUMENT: 400,
    Code.UNAUTHENTICATED: 403,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.ABORTED: 409,
    Code.FAILED_PRECONDITION: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DEADLINE_EXCEEDED: 504,
}
MAX_BYTES, MAX_FIELDS = 64 * 1024, 100


def raised() -> Iterator[ServiceError]:
    """One error of each class that a service raises, with a reason of its own that has words."""
    reasons = {
        Code.INVALID_ARGUMENT: "PAGE_TOKEN_INVALID",
        Code.UNAUTHENTICATED: "LOGIN_FAILED",
        Code.PERMISSION_DENIED: "ROLE_NOT_ALLOWED",
        Code.NOT_FOUND: "APPLICATION_NOT_FOUND",
        Code.ALREADY_EXISTS: "REQUEST_ID_REUSED",
        Code.ABORTED: "CONCURRENT_CHANGE",
        Code.FAILED_PRECONDITION: "ACTION_NOT_ALLOWED",
        Code.RESOURCE_EXHAUSTED: "OVERLOADED",
        Code.INTERNAL: "INTERNAL_ERROR",
        Code.UNAVAILABLE: "DEPENDENCY_UNAVAILABLE",
        Code.DEADLINE_EXCEEDED: "DEADLINE_PASSED",
    }
    for code in BY_CODE:
        yield refusal(reasons[Code(code)], message="Words for programmers.")


@pytest.mark.parametrize("error", list(raised()), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_refusal_of_a_service_is_a_page(
    error: ServiceError, language: str, family: Browser, neighbours: Neighbours
) -> None:
    """PO-01: whatever a service refuses becomes a page with its status, with words for people, and with a way on."""
    neighbours.answers["ListMyApplications"] = error
    family.cookies["language"] = language

    page = await family.get("/applications")

    assert STATUS[error.code] == page.status
    assert i18n_for(language)(ERROR_MESSAGES[error.reason]) in page.text
    assert "Words for programmers" not in page.answer.text
    assert "/applications" == page.main.one("a")["href"]


async def test_a_refusal_that_passes_says_when_to_come_back(family: Browser, neighbours: Neighbours) -> None:
    """GW-03: what a service says in `RetryInfo` stands in `Retry-After`, in whole seconds."""
    neighbours.answers["ListMyApplications"] = Exhausted(retry_after=timedelta(seconds=1.5))

    page = await family.get("/applications")

    assert (429, "2") == (page.status, page.answer.headers["retry-after"])


async def test_a_reason_that_is_newer_than_the_portal_has_general_words(
    family: Browser, neighbours: Neighbours
) -> None:
    """PO-01: a reason without words of its own keeps its status, and a person reads that it did not work."""
    neighbours.answers["ListMyApplications"] = BY_CODE[Code.FAILED_PRECONDITION]("Raw words.", reason="NEW_REASON")

    page = await family.get("/applications")

    assert (409, "That did not work") == (page.status, page.heading)
    assert "Something went wrong on our side." in page.text
    assert "Raw words" not in page.answer.text


@pytest.fixture
def broken(services: Services, clock: FakeClock) -> Browser:
    """A browser before a portal whose only page is at fault."""

    async def fail(context: PageContext) -> Response:
        raise ValueError("lucia@example.org is in no list")

    seal = Seal(KEYS)
    middleware = PageMiddleware(
        services=services,
        templates=Templates(area.__name__ for area in AREAS),
        site=SITE,
        cookies=Cookies(seal, is_secure=True, clock=lambda: 0.0),
        lost_forms=LostForms(seal, lambda: 0.0),
        origin=ORIGIN,
        clock=lambda: 0.0,
    )
    return Browser(Starlette(routes=[Route("/broken", middleware.endpoint(Page(path="/broken", get=fail)))]))


async def test_a_fault_of_ours_is_a_page_with_a_number(broken: Browser) -> None:
    """PO-01, OP-04: an exception becomes 500 with the number of the trace, which finds it, and with no text of it."""
    page = await broken.get("/broken", {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})

    assert (500, "That did not work") == (page.status, page.heading)
    assert "Something went wrong on our side." in page.text
    assert f"Number: {TRACE}" in page.text
    assert "lucia" not in page.answer.text
    assert "ValueError" not in page.answer.text


async def test_only_a_fault_of_ours_has_a_number(anybody: Browser) -> None:
    """PO-01: where the person can mend it themselves no number frightens them."""
    assert "Number" not in (await anybody.get("/nothing")).text


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.STAFF, "/staff/applications/7"),
        (Role.STAFF, "/staff/applications/new%20one"),
        (Role.STAFF, f"/staff/applications/{APPLICATION_ID}x"),
        (Role.STAFF, "/staff/applications/7/guardians/8"),
        (Role.STAFF, "/staff/applications/7/guardians/8/invite"),
        (Role.STAFF, "/staff/applications?page=" + "x" * 1025),
        (Role.FAMILY, "/applications/%00"),
        (Role.FAMILY, "/applications/../../etc"),
    ],
)
async def test_what_cannot_be_an_id_is_not_there(
    role: Role, address: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-01: an address whose id no record could have leads to no page, and not to words about a form."""
    page = await signed_in(role).get(address)

    assert (404, "Nothing is here") == (page.status, page.heading)
    assert "There is no page at this address." in page.text
    assert [] == neighbours.rpcs


@pytest.mark.parametrize("address", ["/nothing", "/i/", f"/i/{TOKEN}/more", "/o/sunrise", "/staff", "/Link", "/link/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_there_is_no_page_at_other_addresses(
    address: str, method: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-01: an address that nobody gave out says so and leads to the first page."""
    page = await (anybody.post(address, {}) if method == "POST" else anybody.get(address, method=method))

    assert 404 == page.status
    assert [] == neighbours.rpcs
    if method != "HEAD":
        assert "Nothing is here" == page.heading
        assert "/" == page.link("Go to the start page")


@pytest.mark.parametrize("form", [page for page in POSTED if not page.get], ids=name_of)
async def test_a_form_without_a_page_does_nothing(form: Page, staff: Browser, neighbours: Neighbours) -> None:
    """PO-01: the address of a form alone does nothing when it is followed like a link."""
    page = await staff.get(address_of(form))

    assert (404, "Nothing is here") == (page.status, page.heading)
    assert [] == [*neighbours.rpcs, *staff.set_cookies]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("address", ["/", "/account", "/sign-out", f"/i/{TOKEN}", "/nothing"])
async def test_other_methods_do_nothing(method: str, address: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-01: a page is asked for, and a form is sent; nothing else is possible."""
    answer = await staff.get(address, method=method)

    assert 405 == answer.status
    assert {"GET", "HEAD", "POST"} >= set(answer.answer.headers["allow"].split(", "))
    assert [] == [*neighbours.rpcs, *staff.set_cookies]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"code=" + b"x" * (MAX_BYTES - 5), 400),
        (b"code=" + b"x" * (MAX_BYTES - 4), 400),
        (b"&".join(b"f%d=" % number for number in range(MAX_FIELDS)), 400),
        (b"&".join(b"f%d=" % number for number in range(MAX_FIELDS + 1)), 400),
    ],
    ids=["as large as may be", "too large", "as many fields as may be", "too many fields"],
)
async def test_a_form_has_a_size(
    body: bytes, status: int, request: pytest.FixtureRequest, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-01: a form of more than 64 KiB or 100 fields is refused with words, before anybody is asked."""
    page = await anybody.post("/link", body)

    is_too_large = "too" in request.node.callspec.id
    assert 400 == page.status
    assert is_too_large == ("What was sent is too large." in page.text)
    assert is_too_large != ("Something in the form is missing or wrong." in page.text)
    assert [] == neighbours.rpcs


async def test_a_body_without_a_length_is_not_read_to_its_end(portal: Starlette, neighbours: Neighbours) -> None:
    """PO-01: of a body that does not say its length no more is read than a form may have."""
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1024):
            read += 1024
            yield b"x" * 1024

    request = httpx.Request("POST", f"{ORIGIN}/link", headers={"origin": ORIGIN}, content=pieces())
    answer = await httpx.ASGITransport(portal).handle_async_request(request)

    assert 400 == answer.status_code
    assert read <= MAX_BYTES + 2048


@pytest.mark.parametrize("body", [b"\xff\xfe=%ff&%zz", b"=&&&==", b"code", b'{"code": 1}', b"\x00=\x00", b"code=%00"])
async def test_a_body_that_is_no_form_is_an_empty_one(body: bytes, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01: bytes that are no form are words about the form, and no fault."""
    page = await anybody.post("/link", body)

    assert (400, "Type a code") == (page.status, page.heading)
    assert [] == neighbours.rpcs


async def test_an_application_that_is_not_there_is_a_page(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: an application of another organization is not there, and the page leads to the list."""
    for rpc in ("GetApplication", "ListTimelineEntries"):
        neighbours.answers[rpc] = refusal("APPLICATION_NOT_FOUND")

    page = await staff.get(f"/staff/applications/{APPLICATION_ID}")

    assert (404, "Nothing is here") == (page.status, page.heading)
    assert "There is no such application, or you have no access to it." in page.text
    assert "/start" == page.link("Go to the start page")
    # Both are asked at once; the page does not wait for the second refusal.
    await eventually(lambda: 2 == len(neighbours.rpcs))
