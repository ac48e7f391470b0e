"""The main contact on a company's page: shown, chosen, and out of service."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersRequest, ListCaseManagersResponse
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.errors import Unavailable
from portal.areas.companies import contacts

from .case_managers import ANA, ANA_ID, COMPANY, COMPANY_ID, TASK_ID, UNIT_ID, case_manager, company
from .neighbours import Neighbours, refusal
from .people import Browser
from .reading import Element
from .samples import REQUEST_ID

BEN = case_manager(id=TASK_ID, given_name="Ben", family_name="Ochoa")


def options(page: Element) -> list[tuple[str, str]]:
    """The words and values that can be chosen."""
    return [(option.text, option["value"]) for option in page.one("select", id="main_contact_id").all("option")]


async def test_the_contact_is_shown_and_chosen(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: the page leads to the main contact; those in service can be chosen, or nobody."""
    neighbours.answers["GetCompany"] = company(main_contact_id=ANA_ID)
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse(case_managers=[case_manager(), BEN])
    page = await staff.get(COMPANY)
    assert ANA == page.link("Ana García")
    assert [("nobody", ""), ("Ana García", ANA_ID), ("Ben Ochoa", TASK_ID)] == options(page.main)
    chosen = page.main.one("select", id="main_contact_id").all("option", selected="selected")
    assert [ANA_ID] == [option["value"] for option in chosen]
    expected = ListCaseManagersRequest(
        page_size=200, company_id=COMPANY_ID, account_status=CaseManager.ACTIVE, order_by="family_name"
    )
    assert expected == neighbours.only("ListCaseManagers")

    await staff.press(page, "Save", main_contact_id=TASK_ID)
    assert TASK_ID == neighbours.only("UpdateCompany").company.main_contact_id


async def test_without_a_contact_there_is_no_line(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: where nobody is the contact nobody is chosen, and no line says who."""
    page = await staff.get(COMPANY)
    chosen = page.main.one("select", id="main_contact_id").all("option", selected="selected")
    assert {""} >= {option["value"] for option in chosen}
    assert "Main contact:" not in page.text
    assert "GetCaseManager" not in neighbours.rpcs


async def test_a_contact_out_of_service_is_called_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: who is the contact and inactive stays chosen, and the page says so, with a way to the person."""
    neighbours.answers |= {
        "GetCompany": company(main_contact_id=ANA_ID),
        "ListCaseManagers": ListCaseManagersResponse(case_managers=[BEN]),
        "GetCaseManager": case_manager(account_status=CaseManager.INACTIVE),
    }
    page = await staff.get(COMPANY)
    assert "Main contact: Ana García Inactive" in page.text
    assert ("Ana García (inactive)", ANA_ID) in options(page.main)

    neighbours.answers["GetCaseManager"] = refusal("CASE_MANAGER_NOT_FOUND")
    assert [("nobody", ""), ("Ben Ochoa", TASK_ID)] == options((await staff.get(COMPANY)).main)


async def test_a_contact_who_is_none_stands_beside_its_field(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: who is no case manager of the company is refused at the field."""
    neighbours.answers["UpdateCompany"] = refusal("CASE_MANAGER_NOT_FOUND")
    typed = {"request_id": REQUEST_ID, "name": "Harbor", "main_contact_id": UNIT_ID}
    page = await staff.post(COMPANY, typed)
    assert (404, "There is no such case manager.") == (
        page.status,
        page.main.one("p", id="main_contact_id-problem").text,
    )


@pytest.mark.parametrize(("limit", "is_said"), [(3, False), (2, True)])
async def test_large_companies(
    limit: int, is_said: bool, staff: Browser, neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PO-06, CM-01: people are read page by page up to a bound; where somebody is left out, the form says so."""
    monkeypatch.setattr(contacts, "MAX_PEOPLE", limit)
    people = [case_manager(id=each, given_name=name) for each, name in ((ANA_ID, "Ana"), (TASK_ID, "Ben"))]

    def paged(request: ListCaseManagersRequest) -> ListCaseManagersResponse:
        if request.page_token:
            return ListCaseManagersResponse(case_managers=[case_manager(id=UNIT_ID, given_name="Cy")])
        return ListCaseManagersResponse(case_managers=people, next_page_token="after")

    neighbours.answers["ListCaseManagers"] = paged
    page = await staff.get(COMPANY)
    assert 1 + limit == len(options(page.main))
    assert is_said is ("Not everybody stands here: only the first ones by family name." in page.text)


async def test_a_company_page_needs_its_people(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06: while the people cannot be read the form is not shown, since saving it would lose the contact."""
    neighbours.answers["ListCaseManagers"] = Unavailable()
    assert 503 == (await staff.get(COMPANY)).status
