"""What every page says to the browser about itself, and what it makes the browser ask for."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chassis.call import Role
from portal import app
from portal.app import PAGES
from portal.core.pages import Page as Address

from .addresses import SHOWN, address_of, name_of, visitor_of
from .files import FILES as FILES_OF_BOOKING
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .samples import TOKEN

FILES = {file.name: file.read_bytes() for file in sorted(Path(app.__file__).with_name("static").iterdir())}
"""The static files by name."""
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def is_guarded(page: Page) -> bool:
    """Whether nothing of others may run in it, frame it, keep it or guess what it is."""
    directives = dict(part.strip().split(" ", 1) for part in page.answer.headers["content-security-policy"].split(";"))
    return (POLICY, "no-store", "nosniff") == (
        directives,
        page.answer.headers["cache-control"].removesuffix(", no-transform"),
        page.answer.headers["x-content-type-options"],
    )


def is_alone(page: Page) -> bool:
    """Whether it has nothing that the policy forbids, and leads nowhere but to this origin, or to who is behind it."""
    assert [] == page.root.all("style") + page.root.all("base") + page.root.all("iframe") + page.root.all("object")
    of_organization = {link["href"] for address in page.root.all("address") for link in address.all("a")}
    assert of_organization <= {"tel:+13125550100", "mailto:hello@sunrise.example", "https://sunrise.example/"}
    for element in page.root:
        for name, value in element.attributes.items():
            if name in {"href", "src", "action", "formaction", "poster", "srcset"}:
                is_ours = re.match(r"/(?!/)|#", value)
                assert is_ours or (element.tag == "a" and value in of_organization), f"{element.tag} leads to {value}"
            assert name != "style"
            assert not name.startswith("on"), f"{element.tag} has a script in {name}"
    return all(script.get("src") and not script.text for script in page.root.all("script"))


@pytest.mark.parametrize("address", SHOWN, ids=name_of)
async def test_a_page_is_guarded(address: Address, anybody: Browser, signed_in: SignedIn) -> None:
    """PO-01, GW-07: every page has a strict policy, is not stored, and contains nothing that the policy would stop."""
    visitor = visitor_of(address)
    page = await (signed_in(visitor) if visitor else anybody).get(address_of(address))

    assert is_guarded(page)
    assert is_alone(page)
    is_secret = "{token}" in address.path or "/link" == address.path
    assert ("no-referrer" if is_secret else "same-origin") == page.answer.headers["referrer-policy"]


@pytest.mark.parametrize("address", SHOWN, ids=name_of)
async def test_only_what_everybody_sees_is_compressed(address: Address, anybody: Browser, signed_in: SignedIn) -> None:
    """CASE-U21: the gateway may compress a page that is the same for all, not somebody's, nor one with a secret."""
    visitor = visitor_of(address)
    page = await (signed_in(visitor) if visitor else anybody).get(address_of(address))

    is_everybodys = not visitor and not address.is_secret
    assert is_everybodys == ("no-transform" not in page.answer.headers["cache-control"])


async def test_an_answer_to_a_form_is_not_compressed(anybody: Browser) -> None:
    """CASE-U21: what was typed stands in it, beside what is kept for whoever typed it."""
    page = await anybody.post("/family/forgot", {"username": "x"})

    assert "no-store, no-transform" == page.answer.headers["cache-control"]


@pytest.mark.parametrize("address", PAGES, ids=name_of)
def test_an_address_with_a_secret_is_known_as_one(address: Address) -> None:
    """PO-01: where a token stands in the address, or a code is typed, no referrer is sent."""
    assert ("{token}" in address.path or "/link" == address.path) == address.is_secret


async def answers_of_all_kinds(
    anybody: Browser, family: Browser, neighbours: Neighbours
) -> AsyncIterator[tuple[str, Page]]:
    """Answers that are no page of the table: refusals, redirects, and what is not there."""
    yield "nothing there", await anybody.get("/nothing")
    yield "somebody else's", await family.get("/staff/applications")
    yield "redirect", await anybody.get("/account")
    yield "of another origin", await anybody.post(f"/i/{TOKEN}", {}, {"sec-fetch-site": "cross-site"})
    yield "too large", await anybody.post("/link", b"x" * 70_000)
    neighbours.answers["ListMyApplications"] = refusal("OVERLOADED")
    yield "refused by a service", await family.get("/applications")
    neighbours.answers["CheckInvitation"] = ValueError("a fault")
    yield "a fault", await anybody.get(f"/i/{TOKEN}")


async def test_a_refusal_is_guarded_like_a_page(anybody: Browser, family: Browser, neighbours: Neighbours) -> None:
    """PO-01, GW-07: errors and redirects say of themselves what pages say; those with a secret send no referrer."""
    async for name, page in answers_of_all_kinds(anybody, family, neighbours):
        assert is_guarded(page), name
        is_secret = page.address.startswith(("/i/", "/link"))
        assert ("no-referrer" if is_secret else "same-origin") == page.answer.headers["referrer-policy"], name
        assert is_alone(page), name


async def test_the_first_page_is_light(anybody: Browser) -> None:
    """PO-01: HTML, style, script and icon of the first page together stay below 50 kB, also that of an invitation."""
    for address in ("/", f"/i/{TOKEN}"):
        for language in ("en", "es"):
            anybody.cookies["language"] = language
            page = await anybody.get(address)
            linked = [element["href"] for element in page.root.all("link")]
            linked += [element["src"] for element in page.root.all("script") + page.root.all("img")]
            files = [(await anybody.get(file)).answer.content for file in linked]
            assert 6 == len(files)
            assert sum(map(len, [page.answer.content, *files])) < 50_000


@pytest.mark.parametrize(("name", "content"), FILES.items(), ids=list(FILES))
async def test_a_static_file_is_kept_long_and_its_address_changes_with_it(
    name: str, content: bytes, anybody: Browser, signed_in: SignedIn
) -> None:
    """PO-01: a file that pages need is asked for once a year; when it changes it has another address."""
    where = {"settings.js": "/settings", "uploads.js": FILES_OF_BOOKING}.get(name)
    page = await (signed_in(Role.STAFF_ADMIN).get(where) if where else anybody.get("/help"))
    [address] = {
        value
        for element in page.root
        for attribute in ("href", "src")
        if f"/static/{name}" == urlsplit(value := element.get(attribute)).path
    }
    answer = (await anybody.get(address)).answer

    assert "public, max-age=31536000, immutable" == answer.headers["cache-control"]
    assert content == answer.content
    assert f"v={sha256(content).hexdigest()[:12]}" == urlsplit(address).query
    kinds = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
    assert kinds[Path(name).suffix] == answer.headers["content-type"]


@pytest.mark.parametrize("content", FILES.values(), ids=list(FILES))
def test_a_static_file_asks_nothing_of_others(content: bytes) -> None:
    """PO-01: style, script and icon name no other origin, and the style loads nothing."""
    text = content.decode("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")

    assert [] == re.findall(r"https?://|[\"'(`]//|@import|url\((?!data:)", text)


@pytest.mark.parametrize(
    "path", ["nothing.css", "", "../app.py", "%2e%2e/app.py", "..%2fapp.py", "%2e%2e%2fcookies.py"]
)
async def test_nothing_but_static_files_is_served_as_one(path: str, anybody: Browser) -> None:
    """PO-01: what is no static file is not there, also by an address that climbs out of the folder."""
    assert 404 == (await anybody.get(f"/static/{path}")).status


async def test_the_portal_says_that_it_lives(anybody: Browser, neighbours: Neighbours) -> None:
    """GW-06: `/healthz` answers by itself."""
    answer = (await anybody.get("/healthz")).answer

    assert (200, "ok") == (answer.status_code, answer.text)
    assert [] == neighbours.rpcs


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_page_has_a_title_and_says_its_language(language: str, anybody: Browser) -> None:
    """PO-01: title, language and one heading tell those who do not see the page where they are."""
    anybody.cookies["language"] = language
    for address in ("/", "/link", "/sign-in", "/help", "/o/sunrise/sign-in", "/family/forgot", "/nothing"):
        page = await anybody.get(address)
        assert language == page.language
        place = "Sunrise Childcare" if address.startswith("/o/") else "Portico"
        assert f"{page.heading} · {place}" == page.root.one("title").text
