"""Cases that somebody else changes meanwhile, and forms of cases that are sent twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.call import Role
from chassis.testing import FakeClock
from chassis.wire import timestamp

from .case_managers import ANA_ID
from .cases import CASE, CASE_ID, CASES, ETAG, OWN_CASE, case, closed, duplicate
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page

NEW = f"{CASES}/new?case_manager={ANA_ID}"
NOAH = {"given_name": "Noah", "family_name": "Tran"}
CHANGED = "Somebody else changed this at the same moment. Please look at it and try again."


def sent(neighbours: Neighbours, rpc: str) -> list[Any]:
    """What was to be written."""
    requests = [received.request for received in neighbours.received if rpc == received.rpc]
    return [request for request in requests if not request.validate_only]


def value_of(page: Page, name: str) -> str:
    return page.main.one("input", name=name)["value"]


async def test_a_change_is_of_the_version_that_was_seen(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: whatever the case is by now, the form says which version it was drawn from."""
    page = await staff.get(f"{CASE}/edit")
    neighbours.answers["GetCase"] = case(etag="6")
    page = await staff.press(page, "Add a party", note="Deaf")
    neighbours.answers["UpdateCase"] = lambda request: case(
        possible_duplicates=[duplicate()] if request.validate_only else []
    )
    page = await staff.press(page, "Save", family_name="Ortiz")
    await staff.press(page, "Save it all the same")

    [request] = sent(neighbours, "UpdateCase")
    assert (ETAG, "Deaf") == (request.etag, request.case.note)


@pytest.mark.parametrize(("side", "address"), [(Role.STAFF, CASE), (Role.CASE_MANAGER, OWN_CASE)])
async def test_what_somebody_else_wrote_is_not_written_over_unseen(
    side: Role, address: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, PO-07, CM-07: what was typed stays, the page says why nothing is saved, and the next press is meant."""
    browser = signed_in(side)
    page = await browser.get(f"{address}/edit")
    neighbours.answers["UpdateCase"] = refusal("CONCURRENT_CHANGE")
    neighbours.answers["GetCase"] = case(etag="6", note="Now by phone.", consent_time=None)

    page = await browser.press(page, "Save", note="Deaf")

    assert (409, "Deaf", "6") == (page.status, page.main.one("textarea", id="note").text, value_of(page, "etag"))
    assert "Somebody else changed this meanwhile" in page.text
    assert address == page.link("Look at what is there now")
    neighbours.forget()
    assert address == (await browser.press(page, "Save")).goes_to
    [request] = sent(neighbours, "UpdateCase")
    assert ("6", "Deaf", False) == (request.etag, request.case.note, "consent_time" in request.update_mask.paths)


async def test_what_was_closed_by_somebody_else_is_not_changed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: a case that nobody can change any more is shown as it is, with a word about it."""
    page = await staff.get(f"{CASE}/edit")
    neighbours.answers |= {"UpdateCase": refusal("CONCURRENT_CHANGE"), "GetCase": closed(etag="6")}
    answer = await staff.press(page, "Save", note="Deaf")
    assert CASE == answer.goes_to
    assert CHANGED == (await staff.follow(answer)).notice


@pytest.mark.parametrize(("rpc", "button"), [("CloseCase", "Close"), ("ReopenCase", "Open again")])
async def test_closing_and_opening_are_of_the_version_that_was_seen(
    rpc: str, button: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-07: a case that is another one by now is shown first, with a word why nothing was done."""
    neighbours.answers["GetCase"] = case() if rpc == "CloseCase" else closed()
    page = await staff.get(f"{CASE}/close" if rpc == "CloseCase" else CASE)
    neighbours.answers |= {rpc: refusal("CONCURRENT_CHANGE"), "GetCase": case(etag="6")}

    answer = await staff.press(page, button)

    assert (CASE_ID, ETAG) == (neighbours.only(rpc).case_id, neighbours.only(rpc).etag)
    assert CASE == answer.goes_to
    assert CHANGED == (await staff.follow(answer)).notice


async def test_a_new_case_that_is_sent_again_is_the_same(
    staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-07: when its answer was lost, what the form has added is named, and one more press is that call."""
    page = await staff.get(NEW)
    await staff.press(page, "Add case", **NOAH, consent="yes")
    clock.advance(timedelta(seconds=20))
    neighbours.answers["CreateCase"] = lambda request: case(
        possible_duplicates=[duplicate(case_id=CASE_ID, number="C-000123")] if request.validate_only else []
    )
    page = await staff.press(page, "Add case", **NOAH, consent="yes")
    assert "Perhaps it is there already: C-000123" in page.text
    clock.advance(timedelta(seconds=20))

    assert CASE == (await staff.press(page, "Save it all the same")).goes_to
    first, repeated = sent(neighbours, "CreateCase")
    assert first == repeated
    assert first.request_id
    assert first.case.HasField("consent_time")


async def test_a_change_that_is_sent_again_is_the_same(
    staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-07: whatever the first press has changed, the second one of the same form asks for nothing else."""
    neighbours.answers["GetCase"] = case(consent_time=None)
    page = await staff.get(f"{CASE}/edit")
    await staff.press(page, "Save", family_name="Ortiz", consent="yes")
    clock.advance(timedelta(seconds=20))
    changed = case(etag="6")
    changed.subject.family_name = "Ortiz"
    neighbours.answers["GetCase"] = changed
    await staff.press(page, "Save", family_name="Ortiz", consent="yes")

    first, repeated = sent(neighbours, "UpdateCase")
    assert first == repeated
    assert "consent_time" in first.update_mask.paths


@pytest.mark.parametrize("written", ["", "yes", "2999-01-01T00:00:00Z", "2026-02-30T00:00:00Z"])
async def test_a_consent_is_never_of_later(
    written: str, staff: Browser, neighbours: Neighbours, clock: FakeClock
) -> None:
    """PO-06, CM-07: a form that does not say when it was drawn, or says a time that cannot be, means now."""
    await staff.post(NEW, {**NOAH, "case_manager_id": ANA_ID, "consent": "yes", "consent_time": written})
    [request] = sent(neighbours, "CreateCase")
    assert timestamp(clock()) == request.case.consent_time
