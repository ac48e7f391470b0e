"""Whether a case manager agrees to offers and news: on the profile that staff see, and on their own."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagerHistoryResponse
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.call import Role
from chassis.wire import timestamp

from .case_managers import ANA, COMPANY_ID, case_manager, entry, on
from .neighbours import Neighbours
from .people import Browser, SignedIn
from .samples import ADA_ID

SETTINGS = "/cm/settings"
SAID = timestamp(on(9))


@pytest.mark.parametrize(
    ("agrees", "source", "words"),
    [
        (True, CaseManager.PROFILE, "Agreed on their own profile: Jan 9, 10:00 AM"),
        (True, CaseManager.STAFF, "Agreed, as your staff noted: Jan 9, 10:00 AM"),
        (False, CaseManager.PROFILE, "Withdrawn on their own profile: Jan 9, 10:00 AM"),
        (False, CaseManager.STAFF, "Withdrawn, as your staff noted: Jan 9, 10:00 AM"),
    ],
)
async def test_the_profile_says_who_said_it(
    agrees: bool, source: CaseManager.ConsentSource.ValueType, words: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-02: whether, when and by whom it was said stands beside the tick."""
    person = case_manager(promotions_consent=agrees, promotions_consent_time=SAID, promotions_consent_source=source)
    neighbours.answers["GetCaseManager"] = person
    page = await staff.get(ANA)
    assert words == page.main.one("p", id="promotions_consent-hint").text
    assert agrees is bool(page.main.one("input", name="promotions_consent").get("checked"))


async def test_staff_set_and_take_the_tick(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: a tick that is set is a consent, one that is taken away ends it; the others say nothing."""
    page = await staff.get(ANA)
    assert "Nobody has said so far." in page.main.one("p", id="promotions_consent-hint").text
    await staff.press(page, "Save", promotions_consent="yes")
    request = neighbours.only("UpdateCaseManager")
    assert (True, True) == (
        request.case_manager.promotions_consent,
        "promotions_consent" in request.update_mask.paths,
    )

    neighbours.forget()
    neighbours.answers["GetCaseManager"] = case_manager(promotions_consent=True, promotions_consent_time=SAID)
    page = await staff.get(ANA)
    await staff.press(page, "Save", note="Calls back.")
    assert "promotions_consent" not in neighbours.only("UpdateCaseManager").update_mask.paths
    neighbours.forget()
    await staff.press(page, "Save", promotions_consent="")
    request = neighbours.only("UpdateCaseManager")
    assert (False, True) == (
        request.case_manager.promotions_consent,
        "promotions_consent" in request.update_mask.paths,
    )


async def test_a_new_case_manager_may_have_agreed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: who is entered can be entered with a consent; without a tick nothing is said."""
    page = await staff.get(f"/case-managers/new?company={COMPANY_ID}")
    await staff.press(page, "Add case manager", given_name="Ana", family_name="García", promotions_consent="yes")
    assert neighbours.only("CreateCaseManager").case_manager.promotions_consent
    neighbours.forget()
    await staff.press(page, "Add case manager", given_name="Ana", family_name="García")
    assert not neighbours.only("CreateCaseManager").case_manager.promotions_consent


async def test_a_case_manager_says_it_themselves(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-07, CM-02: on their own page a person agrees or no longer does, and reads when that was last changed."""
    ana = signed_in(Role.CASE_MANAGER)
    page = await ana.get(SETTINGS)
    assert "Last changed" not in page.main.one("p", id="promotions_consent-hint").text
    await ana.press(page, "Save", promotions_consent="yes", language="en")
    request = neighbours.only("UpdateMyProfile")
    assert (True, True) == (request.profile.promotions_consent, "promotions_consent" in request.update_mask.paths)

    neighbours.forget()
    neighbours.answers["GetMyProfile"] = case_manager(promotions_consent=True, promotions_consent_time=SAID)
    page = await ana.get(SETTINGS)
    assert page.main.one("input", name="promotions_consent").get("checked")
    assert "Last changed: Jan 9, 10:00 AM" in page.main.one("p", id="promotions_consent-hint").text
    await ana.press(page, "Save", promotions_consent="")
    request = neighbours.only("UpdateMyProfile")
    assert (False, True) == (request.profile.promotions_consent, "promotions_consent" in request.update_mask.paths)


async def test_the_history_says_what_was_said(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: a line of the history says whether it was given or withdrawn, and by whom."""
    neighbours.answers["ListCaseManagerHistory"] = ListCaseManagerHistoryResponse(
        entries=[
            entry("UPDATED", detail="promotions_consent_withdrawn", by_person=True),
            entry("UPDATED", detail="phone,promotions_consent_given"),
        ]
    )
    page = await staff.get(f"{ANA}/history")
    assert [
        "Details changed: no longer wants offers and news by Ana García",
        "Details changed: Phone, agrees to offers and news by Ada Admin",
    ] == [line.one("div").text for line in page.main.one("ol", class_="timeline").all("li")]


async def test_who_entered_a_person_and_what_is_open(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: the profile says who added the person, where that is known, and how many tasks are open."""
    neighbours.answers["GetCaseManager"] = case_manager(created_by=ADA_ID, open_tasks=3)
    page = await staff.get(ANA)
    assert "Added Jan 5, 10:00 AM by Ada Park." in page.text
    assert f"{ANA}/tasks" == page.link("Tasks 3")
    neighbours.answers["GetCaseManager"] = case_manager(created_by=COMPANY_ID)
    page = await staff.get(ANA)
    assert "Added Jan 5, 10:00 AM." in page.text
    assert f"{ANA}/tasks" == page.link("Tasks")
