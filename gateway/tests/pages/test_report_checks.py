"""Reports that were held back: among the files to check, released or checked once more by administrators."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.files_to_check_pb2 import FileToCheck, ListFilesToCheckResponse
from portico.casemanager.v1.paperwork_resources_pb2 import Paperwork
from portico.casemanager.v1.report_resources_pb2 import Report

from chassis.call import Role

from .files import TO_CHECK
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reports import REPORT_ID, REPORTS, WITHDRAW, held_back, report

ONE = f"{REPORTS}/{REPORT_ID}"


@pytest.fixture
def admin(signed_in: SignedIn) -> Browser:
    """Where an administrator sits."""
    return signed_in(Role.STAFF_ADMIN)


@pytest.fixture
def staff(signed_in: SignedIn) -> Browser:
    """Where a member of the staff sits."""
    return signed_in(Role.STAFF)


async def test_a_report_among_the_files_to_check(admin: Browser, neighbours: Neighbours) -> None:
    """CM-12: what was held back stands beside paperwork; an administrator says why, releases it, and comes back."""
    neighbours.answers["GetReport"] = held_back()
    found = [FileToCheck(report=held_back(), booking_number="B-000123")]
    neighbours.answers["ListFilesToCheck"] = ListFilesToCheckResponse(files=found)
    page = await admin.get(TO_CHECK)
    assert ONE == page.link("B-000123")
    assert "Final report, version 1" in page.main.text
    assert "The check found something harmful in it: Eicar-Test-Signature." in page.main.text

    asked = await admin.get(page.link("Release"))
    answer = await admin.press(asked, "Release", reason="The lab made it")

    request = neighbours.only("ReleaseReport")
    assert (REPORT_ID, "The lab made it", TO_CHECK) == (request.report_id, request.reason, answer.goes_to)
    assert "The report is released." in (await admin.follow(answer)).notice
    asked = await admin.get(page.link("Withdraw this version"))
    assert "Nobody has got it, and nobody is told." in asked.main.text
    assert TO_CHECK == (await admin.press(asked, "Withdraw", reason="So")).goes_to


async def test_a_version_is_released_on_its_page(admin: Browser, neighbours: Neighbours) -> None:
    """CM-12: without a reason nothing is released; whoever comes too late reads so."""
    neighbours.answers["GetReport"] = held_back()
    asked = await admin.get((await admin.get(ONE)).link("Release"))
    page = await admin.press(asked, "Release", reason="")
    assert (400, True) == (page.status, "This is needed." in page.text)
    assert "ReleaseReport" not in neighbours.rpcs
    neighbours.answers["ReleaseReport"] = refusal("ACTION_NOT_ALLOWED")
    late = await admin.press(asked, "Release", reason="So")
    assert ONE == late.goes_to
    neighbours.answers["GetReport"] = report(release_reason="The lab made it", verdict=Paperwork.FOUND)
    assert "Released by an administrator: The lab made it" in (await admin.follow(late)).main.text


async def test_who_may_not_release_a_report(staff: Browser, neighbours: Neighbours) -> None:
    """CM-15: staff see what is held back, and administrators alone release it."""
    neighbours.answers["GetReport"] = held_back(allowed_actions=[WITHDRAW])
    page = await staff.get(ONE)
    assert "It is held back: nobody gets it." in page.main.text
    assert f"{ONE}/release" not in [link["href"] for link in page.main.all("a")]
    assert ONE == (await staff.get(f"{ONE}/release")).goes_to


async def test_a_version_is_checked_again(admin: Browser, neighbours: Neighbours) -> None:
    """CM-12: a version that waits for its check is checked at once, from its page and from the list."""
    waiting = held_back(state=Report.SCANNING, verdict=0, signature="", allowed_actions=[WITHDRAW, Report.RESCAN])
    neighbours.answers["GetReport"] = waiting
    answer = await admin.press(await admin.get(ONE), "Check again")
    assert (REPORT_ID, ONE) == (neighbours.only("RescanReport").report_id, answer.goes_to)
    found = [FileToCheck(report=waiting, booking_number="B-000123")]
    neighbours.answers["ListFilesToCheck"] = ListFilesToCheckResponse(files=found)
    assert TO_CHECK == (await admin.press(await admin.get(TO_CHECK), "Check again")).goes_to
    neighbours.answers["RescanReport"] = refusal("ACTION_NOT_ALLOWED")
    assert TO_CHECK == (await admin.press(await admin.get(TO_CHECK), "Check again")).goes_to
