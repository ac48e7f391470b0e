"""Companies and their business units: the list, a new one, a company's page, and what is done with it."""

from __future__ import annotations

from uuid import UUID

import pytest
from portico.casemanager.v1.business_units_pb2 import ListBusinessUnitsResponse
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.companies_pb2 import ListCompaniesRequest, ListCompaniesResponse
from portico.casemanager.v1.resources_pb2 import Company
from portico.casemanager.v1.tasks_pb2 import ListTasksResponse

from chassis.errors import FieldViolation
from portal.core.renderer import bdi

from .case_managers import COMPANY, COMPANY_ID, NORTH, UNIT, UNIT_ID, case_manager, company, task
from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import ADA_ID, REQUEST_ID


async def test_the_list_is_by_name(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: each row has name, status, type and how to reach it, and leads to the company and its people."""
    blue = company(id=UNIT_ID, name="Blue Cedar Law", status=Company.INACTIVE, business_type="", email="", phone="")
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=[blue, company()])
    page = await staff.get("/companies")

    first, second = page.main.one("tbody").all("tr")
    assert "Blue Cedar Law Inactive Show" == first.text
    assert "Harbor Insurance Active Insurer office@harbor.example (312) 555-0140 Show" == second.text
    assert [COMPANY, f"/case-managers?company={COMPANY_ID}"] == [link["href"] for link in second.all("a")]
    assert "Case managers of Harbor Insurance" == second.all("a")[1]["aria-label"]


async def test_pages_go_both_ways_and_say_where_they_are(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: a page says which rows it has, and leads to both sides; an empty one leads to the first."""
    found = ListCompaniesResponse(companies=[company()] * 50, next_page_token="after&", previous_page_token="before")
    neighbours.answers["ListCompanies"] = found
    page = await staff.get("/companies?query=har&page=here&first=101")
    assert "101–150" in page.main.one("nav", class_="pages").text
    assert "/companies?query=har&page=before&first=51" == page.link("Previous page")
    assert "/companies?query=har&page=after%26&first=151" == page.link("Next page")
    found.ClearField("previous_page_token")
    page = await staff.get("/companies")
    assert "/companies?page=after%26&first=51" == page.link("Next page")
    assert "Previous page" not in page.text

    neighbours.answers["ListCompanies"] = ListCompaniesResponse()
    assert "/companies?query=har" == (await staff.get("/companies?query=har&page=gone")).goes_to


async def test_the_address_says_which_are_looked_for(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: the words and the status go to the search; a status that there is not is passed over."""
    page = await staff.get("/companies?query=%20har%20&status=INACTIVE&page=a-token")
    expected = ListCompaniesRequest(page_size=50, page_token="a-token", query="har", status=Company.INACTIVE)
    assert expected == neighbours.only("ListCompanies")
    form = page.main.one("form", class_="search")
    assert "har" == form.one("input", name="query")["value"]
    assert ["INACTIVE"] == [chip["value"] for chip in form.all("input", type="radio", checked="checked")]
    assert "/companies" == page.link("Show all")

    neighbours.forget()
    await staff.get("/companies?status=ODD")
    assert ListCompaniesRequest(page_size=50) == neighbours.only("ListCompanies")


async def test_nothing_found_leads_to_all(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: where nothing is found the page says how names are found; the search and a new one stay."""
    neighbours.answers["ListCompanies"] = ListCompaniesResponse()
    page = await staff.get("/companies?query=zubizarreta")

    assert "Companies are found by the beginning of each word of their name." in page.text
    assert "There is no company yet." not in page.text
    assert ("/companies", "/companies/new") == (page.link("Show all"), page.link("Add company"))
    assert "zubizarreta" == page.main.one("input", name="query")["value"]


async def test_where_no_company_is_the_first_one_can_be_added(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: the empty list says what a company is for, and leads to a new one."""
    neighbours.answers["ListCompanies"] = ListCompaniesResponse()
    page = await staff.get("/companies")

    assert "There is no company yet." in page.text
    assert "/companies/new" == page.link("Add company")


async def test_a_company_is_added(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: a name makes a company, whose page says that the rest is filled in there."""
    answer = await staff.press(await staff.get("/companies/new"), "Add company", name=" Harbor Insurance ")

    request = neighbours.only("CreateCompany")
    assert ("Harbor Insurance", 7) == (request.name, UUID(request.request_id).version)
    assert COMPANY == answer.goes_to
    assert "The company is added. Everything else about it is filled in here." == (await staff.follow(answer)).notice


@pytest.mark.parametrize(
    ("address", "rpc"), [("/companies/new", "CreateCompany"), (COMPANY, "UpdateCompany")], ids=["new", "change"]
)
async def test_a_name_that_is_taken_stands_beside_its_field(
    address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-01: two companies have no name in common, which is said at the field; what was typed stays."""
    neighbours.answers[rpc] = refusal("COMPANY_NAME_TAKEN")
    page = await staff.post(address, {"request_id": REQUEST_ID, "name": "harbor insurance"})

    assert (409, "There is a company with this name already.") == (page.status, page.problem_of("name"))
    assert "harbor insurance" == page.main.one("input", id="name")["value"]


async def test_a_company_is_changed_with_all_its_fields(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: the form has what is known; an emptied field is emptied, and all fields are meant."""
    page = await staff.get(COMPANY)
    assert "bookings@harbor.example" == page.main.one("input", id="booking_email")["value"]
    answer = await staff.press(page, "Save", booking_email="", address="1 Pier St\r\nChicago")

    request = neighbours.only("UpdateCompany")
    assert (COMPANY_ID, "", "1 Pier St\nChicago", ADA_ID) == (
        request.company_id,
        request.company.booking_email,
        request.company.address,
        request.company.responsible_staff_id,
    )
    assert set(request.update_mask.paths) == {field.name for field in request.company.DESCRIPTOR.fields}
    assert "The changes are saved." == (await staff.follow(answer)).notice


async def test_a_contact_that_is_none_stands_beside_its_field(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: what is wrong with an address or a number is said at its field."""
    violations = [
        FieldViolation("company.report_email", "EMAIL_INVALID", "odd"),
        FieldViolation("company.phone", "PHONE_INVALID", "odd"),
    ]
    neighbours.answers["UpdateCompany"] = refusal("CONTACT_INVALID", *violations)
    page = await staff.post(COMPANY, {"request_id": REQUEST_ID, "name": "Harbor", "report_email": "x", "phone": "1"})

    assert (400, "This is not an email address.") == (page.status, page.problem_of("report_email"))
    assert "This is not a phone number." == page.problem_of("phone")
    assert "x" == page.main.one("input", id="report_email")["value"]


async def test_who_looks_after_it_and_has_left_stays_chosen(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: whoever is written there and can no longer sign in is kept unless somebody else is chosen."""
    neighbours.answers["GetCompany"] = company(responsible_staff_id=UNIT_ID)
    page = await staff.get(COMPANY)

    options = page.main.one("select", id="responsible_staff_id").all("option")
    assert [("nobody", ""), ("Ada Park", ADA_ID), ("a former colleague", UNIT_ID)] == [
        (option.text, option["value"]) for option in options
    ]
    assert [UNIT_ID] == [option["value"] for option in options if option.get("selected")]


async def test_a_company_is_deactivated_after_a_question(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: before it a page says what follows; the word about it takes it back."""
    page = await staff.get(COMPANY)
    page = await staff.get(page.link("Deactivate"))
    assert ("Deactivate Harbor Insurance?", COMPANY) == (page.heading, page.link("Cancel"))
    assert "It takes no new case managers, cases or requests." in page.text
    assert "DeactivateCompany" not in neighbours.rpcs
    answer = await staff.press(page, "Deactivate")
    assert COMPANY_ID == neighbours.only("DeactivateCompany").company_id

    answer = await staff.press(await staff.follow(answer), "Undo")
    assert COMPANY_ID == neighbours.only("ActivateCompany").company_id
    assert "The company is active." == (await staff.follow(answer)).notice


async def test_an_inactive_company_says_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: its page says what that means, offers no new case manager, and has a button that ends it."""
    neighbours.answers["GetCompany"] = company(status=Company.INACTIVE)
    page = await staff.get(COMPANY)

    assert "An inactive company takes no new case managers, cases or requests." in page.text
    assert "Add case manager" not in page.text
    await staff.press(page, "Activate")
    assert COMPANY_ID == neighbours.only("ActivateCompany").company_id


async def test_an_active_company_leads_to_its_people(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: its case managers, and a new one, are one link away."""
    page = await staff.get(COMPANY)

    assert f"/case-managers?company={COMPANY_ID}" == page.link("Show its case managers")
    assert f"/case-managers/new?company={COMPANY_ID}" == page.link("Add case manager")


async def test_a_unit_is_added_and_renamed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: a unit has a name, in a form above the company's page; then its row is there."""
    page = await staff.get(COMPANY)
    assert ["North Rename Remove"] == [row.text for row in page.main.one("ul", class_="rows").all("li")]
    answer = await staff.press(await staff.get(page.link("Add unit")), "Save", name="South")
    request = neighbours.only("CreateBusinessUnit")
    assert (COMPANY_ID, "South") == (request.company_id, request.name)
    assert "The business unit is added." == (await staff.follow(answer)).notice

    page = await staff.get(UNIT)
    assert "North" == page.main.one("input", id="name")["value"]
    answer = await staff.press(page, "Save", name="Northwest")
    request = neighbours.only("UpdateBusinessUnit")
    assert (COMPANY_ID, UNIT_ID, "Northwest") == (request.company_id, request.business_unit_id, request.name)
    assert COMPANY == answer.goes_to


@pytest.mark.parametrize(
    ("address", "rpc"), [(f"{COMPANY}/units/new", "CreateBusinessUnit"), (UNIT, "UpdateBusinessUnit")]
)
async def test_a_units_name_that_is_taken_stands_beside_its_field(
    address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-01: two units of a company have no name in common, which is said at the field."""
    neighbours.answers[rpc] = refusal("UNIT_NAME_TAKEN")
    page = await staff.post(address, {"request_id": REQUEST_ID, "name": "north"})

    assert "The company has a business unit with this name already." == page.problem_of("name")
    assert (409, "north") == (page.status, page.main.one("input", id="name")["value"])


async def test_a_unit_with_people_is_not_removed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: a question first; where somebody belongs to the unit the page says so, and shows who."""
    page = await staff.get(f"{UNIT}/remove")
    assert ("Remove North?", COMPANY) == (page.heading, page.link("Cancel"))
    neighbours.answers["DeleteBusinessUnit"] = refusal("UNIT_NOT_EMPTY")
    refused = await staff.press(page, "Remove")
    assert (409, "It was not removed") == (refused.status, refused.heading)
    assert f"/case-managers?company={COMPANY_ID}&unit={UNIT_ID}" == refused.link("Show who belongs to it")

    neighbours.forget()
    answer = await staff.press(page, "Remove")
    assert UNIT_ID == neighbours.only("DeleteBusinessUnit").business_unit_id
    assert "The business unit is removed." == (await staff.follow(answer)).notice


async def test_all_units_are_found_page_by_page(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: a company with more units than a page of them shows all; one that is gone is a page with words."""

    def paged(request: object) -> ListBusinessUnitsResponse:
        first = not getattr(request, "page_token", "")
        return ListBusinessUnitsResponse(business_units=[NORTH], next_page_token="after" if first else "")

    neighbours.answers["ListBusinessUnits"] = paged
    assert 2 == len((await staff.get(COMPANY)).main.one("ul", class_="rows").all("li"))
    neighbours.answers["ListBusinessUnits"] = ListBusinessUnitsResponse()
    page = await staff.get(UNIT)
    assert (404, "Nothing is here") == (page.status, page.heading)


@pytest.mark.parametrize("path", ["/companies", COMPANY, f"{COMPANY}/deactivate", "/case-managers", "/tasks"])
async def test_a_companys_name_turns_nothing_around_it(path: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of companies stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    name = "\u202ecni robraH"
    neighbours.answers |= {
        "GetCompany": company(name=name),
        "ListCompanies": ListCompaniesResponse(companies=[company(name=name)]),
        "ListCaseManagers": ListCaseManagersResponse(case_managers=[case_manager(company_name=name)]),
        "ListTasks": ListTasksResponse(tasks=[task(company_name=name)]),
    }
    page = await staff.get(path)

    assert bdi(name) in page.answer.text
    assert "\u202e" not in page.root.text
