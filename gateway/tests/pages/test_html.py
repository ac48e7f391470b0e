"""Pages are sound HTML, light, and drawn from parts."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from html5lib.constants import E as MEANINGS
from portico.applications.v1.resources_pb2 import TimelineEntry
from portico.applications.v1.search_pb2 import ListApplicationsResponse
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesResponse

import portal
from chassis.call import Role
from chassis.testing import FakeClock
from chassis.wire import timestamp
from portal.app import build
from portal.core.context import Services
from portal.core.labels import ROLES
from portal.core.pages import Page as Address
from portal.core.renderer import bdi

from .addresses import SHOWN, address_of, name_of, visitor_of
from .neighbours import Neighbours
from .people import KEYS, ORIGIN, Browser, SignedIn
from .reading import Page
from .samples import APPLICATION, GUARDIAN, application, at, guardian

SOURCE = Path(portal.__file__).parent
STATIC = SOURCE / "static"
MAX_BYTES = 50_000
"""A page as it goes over the wire: HTML, styles and script, each compressed."""
LAYOUT, PARTS = ((STATIC / name).read_text(encoding="utf-8") for name in ("layout.css", "parts.css"))
COMMON = frozenset(re.findall(r"^\.([a-z-]+)", LAYOUT, re.MULTILINE))
"""The classes with which a page arranges parts."""
DRAWN = frozenset(re.findall(r"\.([a-z][a-z-]*)", re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", PARTS))) - COMMON
"""The classes that only parts have."""


def faults(html: str) -> list[str]:
    """What a strict parser finds (WHATWG HTML, 13.2.2), in words."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    return [MEANINGS[code] % values for _, code, values in parser.errors]


def test_a_fault_is_found() -> None:
    """PO-13: a block inside a paragraph, which every browser mends in silence, is a fault."""
    assert [] == faults("<!doctype html><title>x</title><p>Sound</p>")
    assert 1 == len(faults("<!doctype html><title>x</title><p><div>Unsound</div></p>"))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", SHOWN, ids=name_of)
async def test_a_page_is_sound_and_light(
    address: Address, language: str, anybody: Browser, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-13, CASE-U21: strict HTML that says what it is, landmarks told apart, whole seconds, below 50 kB in all."""
    visitor = visitor_of(address)
    browser = signed_in(visitor) if visitor else anybody
    browser.cookies["language"] = language
    neighbours.answers["ListTimelineEntries"] = ListTimelineEntriesResponse(
        entries=[TimelineEntry(event_time=timestamp(at(9).replace(microsecond=123456)), kind=TimelineEntry.INVITED)]
    )
    page = await browser.get(address_of(address))

    assert 200 == page.status
    assert [] == faults(page.answer.text)
    assert page.root.one("meta", name="description")["content"]
    landmarks = [nav["aria-label"] for nav in page.root.all("nav")]
    assert len(set(landmarks)) == len(landmarks), "Two of them have one name, which a screen reader cannot tell apart."
    assert [] == [time for time in page.root.all("time") if not re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", time["datetime"])]
    assert await weight(page, browser) < MAX_BYTES


async def test_a_full_list_is_light(staff: Browser, neighbours: Neighbours) -> None:
    """PO-13: the longest list, with two guardians in each row, stays below 50 kB."""
    row = application(guardian(), guardian(id=APPLICATION.rpartition("/")[2], given_name="Ana"))
    neighbours.answers["ListApplications"] = ListApplicationsResponse(applications=[row] * 25, next_page_token="x")

    assert await weight(await staff.get("/staff/applications"), staff) < MAX_BYTES


async def weight(page: Page, browser: Browser) -> int:
    """Bytes of the page, its styles and its script, compressed as the edge does it."""
    linked = [link["href"] for link in page.root.all("link", rel="stylesheet")]
    linked += [script["src"] for script in page.root.all("script")]
    contents = [page.answer.content, *[(await browser.get(file)).answer.content for file in linked]]
    assert 5 <= len(contents)
    return sum(len(gzip.compress(content)) for content in contents)


def drawn_outside() -> Iterator[str]:
    """Classes of parts in templates that are none."""
    for file in SOURCE.rglob("templates/**/*.html"):
        if file.parent.name != "parts":
            for written in re.findall(r'class="([^"]*)"', file.read_text(encoding="utf-8")):
                yield from (f"{file.relative_to(SOURCE)}: {name}" for name in written.split() if name in DRAWN)


def test_no_page_draws_what_a_part_does() -> None:
    """PO-13: a class of the parts stands in `core/templates/parts` and nowhere else."""
    assert {"table", "badge", "card", "menu", "button", "timeline"} <= DRAWN
    assert [] == list(drawn_outside()), "Call the part, or make one."


async def test_the_patterns_show_every_part(anybody: Browser) -> None:
    """PO-13: each class of the parts is seen on the page of patterns, so that none is forgotten when it changes."""
    page = await anybody.get("/patterns")
    question = await anybody.get("/patterns/question")

    seen = {name for each in (page, question) for element in each.root for name in element.get("class").split()}
    of_states = {"enrolled", "active", "no-contact", "update-needed", "invited", "message-failed", "message-delivered"}
    of_states |= {"failed", "accepted", "opened", "succeeded", "pending", "previewing", "running", "scheduled"}
    of_states |= {"pending-activation", "locked", "activation-sent", "offered"}
    assert set() == DRAWN - seen - of_states - {"this-device", "count", "paused"}


@pytest.mark.parametrize("name", ["\u202egro.elpmaxe", "\u2066\u2069", "\u05d3\u05df"])
async def test_a_name_turns_nothing_around_it(name: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of people stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    person = guardian(given_name=name, family_name="")
    neighbours.answers |= {
        "GetApplication": application(person),
        "ListApplications": ListApplicationsResponse(applications=[application(person)]),
    }
    for path in (APPLICATION, "/staff/applications", f"{GUARDIAN}/unlink"):
        page = await staff.get(path)
        assert bdi(name) in page.answer.text
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.answer.text)


async def test_the_page_of_patterns_is_not_for_strangers(services: Services, clock: FakeClock) -> None:
    """PO-13: without the setting there is no page of patterns."""
    browser = Browser(build(services=services, keys=KEYS, origin=ORIGIN, clock=lambda: clock().timestamp()))

    assert 404 == (await browser.get("/patterns")).status


def test_roles_have_words() -> None:
    """PO-13: the header can say every role."""
    assert set(Role) == ROLES.keys()
