"""How staff find case managers: search, filters, sort, pages."""

from __future__ import annotations

from portico.casemanager.v1.case_managers_pb2 import (
    ListCaseManagersRequest,
    ListCaseManagersResponse,
)
from portico.casemanager.v1.companies_pb2 import ListCompaniesResponse
from portico.casemanager.v1.resources_pb2 import CaseManager, Login

from chassis.errors import Unavailable

from .case_managers import (
    ANA,
    COMPANY,
    COMPANY_ID,
    TASK_ID,
    UNIT_ID,
    case_manager,
    company,
    no_login,
)
from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import ADA_ID

NEW = f"/case-managers/new?company={COMPANY_ID}"
OTHER = company(id=TASK_ID, name="Blue Cedar Law")


async def test_the_list_says_who_books_for_whom(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: each row has name, company, unit, position, email, login, state and when the person was added."""
    bare = case_manager(
        given_name="Ben", position="", email="", business_unit_id="", state="", account_status=CaseManager.INACTIVE
    )
    bare.login.CopyFrom(no_login("OFFERED", offer_accepted=True, message_problem="550 5.1.1 no"))
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse(case_managers=[case_manager(), bare])
    page = await staff.get("/case-managers")

    first, second = page.main.one("tbody").all("tr")
    words = [cell.text for cell in first if cell.tag in {"th", "td"}]
    assert ["Ana García", "Harbor Insurance", "North", "Claims", "ana@harbor.example", "Active", "IL"] == words[:-1]
    assert "Ben García Inactive Harbor Insurance Offered said yes message did not arrive Jan 5" in second.text
    assert [f"{ANA}?next=/case-managers", COMPANY, f"{ANA}/login?next=/case-managers"] == [
        link["href"] for link in first.all("a")
    ]


async def test_the_address_says_who_is_looked_for(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: words, all filters and the order go to the search; what there is not is passed over."""
    page = await staff.get(
        f"/case-managers?query=%20ana%20&company={COMPANY_ID}&unit={UNIT_ID}&account=ACTIVE&login=ACTIVE&login=ODD"
        f"&login=LOCKED&verified=no&responsible={ADA_ID}&state=IL&order=email&page=a-token"
    )

    expected = ListCaseManagersRequest(
        page_size=25,
        page_token="a-token",
        query="ana",
        company_id=COMPANY_ID,
        business_unit_id=UNIT_ID,
        account_status=CaseManager.ACTIVE,
        login_statuses=[Login.ACTIVE, Login.LOCKED],
        contact_verified=False,
        responsible_staff_id=ADA_ID,
        state="IL",
        order_by="email",
    )
    assert expected == neighbours.only("ListCaseManagers")
    form = page.main.one("form", class_="search")
    assert "email" == form.one("input", name="order")["value"]
    assert [COMPANY_ID, ADA_ID] == [one["value"] for one in form.all("option", selected="selected")]
    assert "open" in form.one("details").attributes
    await staff.get("/case-managers?account=ODD&verified=perhaps&order=odd&unit=not-without-a-company")
    odd = neighbours.received[-6:]
    assert ListCaseManagersRequest(page_size=25, order_by="create_time desc") in [each.request for each in odd]


async def test_a_head_sorts_by_its_column(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: the newest come first; a press on a head sorts by it, and the search stays."""
    page = await staff.get("/case-managers?query=ana")
    assert "/case-managers?query=ana&order=family_name" == page.link("Name")
    assert ["Added"] == [head.text for head in page.main.all("th", **{"aria-sort": "descending"})]
    page = await staff.get("/case-managers?query=ana&order=company_name")
    assert ["Company"] == [head.text for head in page.main.all("th", **{"aria-sort": "ascending"})]
    assert "/case-managers?query=ana&order=create_time+desc" == page.link("Added")
    assert "/case-managers?query=ana&order=login_status" == page.main.one("thead").all("a")[3]["href"]
    neighbours.forget()
    page = await staff.get("/case-managers?order=login_status")
    assert "login_status" == neighbours.only("ListCaseManagers").order_by
    assert ["Login"] == [head.text for head in page.main.all("th", **{"aria-sort": "ascending"})]


async def test_pages_go_both_ways_and_say_where_they_are(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: a page says which rows it has, and leads to both sides; an empty one leads to the first."""
    found = ListCaseManagersResponse(
        case_managers=[case_manager()] * 25, next_page_token="after", previous_page_token="before"
    )
    neighbours.answers["ListCaseManagers"] = found
    page = await staff.get("/case-managers?query=a&page=here&first=51")
    assert "51–75" in page.main.one("nav", class_="pages").text
    assert "/case-managers?query=a&page=before&first=26" == page.link("Previous page")
    assert "/case-managers?query=a&page=after&first=76" == page.link("Next page")
    found.ClearField("previous_page_token")
    assert "1–25" in (await staff.get("/case-managers")).main.one("nav", class_="pages").text

    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse()
    assert "/case-managers?query=a" == (await staff.get("/case-managers?query=a&page=gone")).goes_to


async def test_an_empty_list_says_what_helps(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: nobody there yet leads to a new one; nothing found leads to everybody."""
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse()
    page = await staff.get("/case-managers?query=zubizarreta")
    assert ("/case-managers", True) == (page.link("Show all"), "Perhaps a filter is in the way?" in page.text)

    page = await staff.get("/case-managers")
    assert "There is no case manager yet." in page.text
    assert "/case-managers/new" == page.link("Add case manager")


async def test_a_companys_people_can_be_narrowed_to_a_unit(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: with a company its units stand above the list, and a new person is of that company."""
    page = await staff.get(f"/case-managers?company={COMPANY_ID}")
    assert f"/case-managers?company={COMPANY_ID}&unit={UNIT_ID}" == page.link("North")
    assert NEW == page.link("Add case manager")
    page = await staff.get(f"/case-managers?company={COMPANY_ID}&unit={UNIT_ID}")
    assert f"/case-managers?company={COMPANY_ID}" == page.link("All units")


async def test_a_company_beyond_the_filters_first_ones_stays_chosen(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: a list of a company that is not among those offered has it in its filter all the same."""
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=[OTHER])
    chosen = (await staff.get(f"/case-managers?company={COMPANY_ID}")).main.one("select", id="company")
    assert ["any", "Harbor Insurance", "Blue Cedar Law"] == [option.text for option in chosen.all("option")]

    neighbours.answers["GetCompany"] = refusal("COMPANY_NOT_FOUND")
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse()
    assert "Nothing found." in (await staff.get(f"/case-managers?company={COMPANY_ID}")).text


async def test_the_list_is_there_while_identity_is_away(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06: without colleagues to choose from the list is shown all the same, and keeps what was chosen."""
    neighbours.answers["ListColleagues"] = Unavailable()
    page = await staff.get(f"/case-managers?responsible={TASK_ID}")

    assert "Ana García" in page.text
    assert ["anybody", "myself", "a former colleague"] == [
        option.text for option in page.main.one("select", id="responsible").all("option")
    ]
