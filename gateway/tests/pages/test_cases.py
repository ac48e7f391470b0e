"""Cases as staff and case managers see them: the list, a new one, a case's page, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersResponse
from portico.casemanager.v1.case_resources_pb2 import Case, CaseParty
from portico.casemanager.v1.cases_pb2 import ListCasesRequest, ListCasesResponse
from portico.casemanager.v1.resources_pb2 import CaseManager

from chassis.call import Role
from chassis.errors import FieldViolation
from portal.core.renderer import bdi

from .case_managers import ANA_ID, COMPANY_ID, case_manager, company
from .cases import CASE, CASES, OTHER_CASE_ID, OWN_CASE, OWN_CASES, case, closed, duplicate
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page

NEW = f"{CASES}/new?case_manager={ANA_ID}"


@pytest.fixture
def ana(signed_in: SignedIn) -> Browser:
    """Where a case manager sits."""
    return signed_in(Role.CASE_MANAGER)


def found(*cases: Case, **tokens: str) -> ListCasesResponse:
    return ListCasesResponse(cases=cases, **tokens)


def checking(neighbours: Neighbours, rpc: str, *duplicates: Any) -> None:
    """The service names what may be the same, as long as nothing shall be written."""
    answer: Callable[[Any], Case] = lambda request: case(  # noqa: E731 it answers by the request
        possible_duplicates=duplicates if request.validate_only else []
    )
    neighbours.answers[rpc] = answer


def sent(neighbours: Neighbours, rpc: str) -> list[Any]:
    return [received.request for received in neighbours.received if rpc == received.rpc]


async def test_a_row_says_what_a_case_is(staff: Browser) -> None:
    """PO-06, CM-07: number, who is to be seen, service in words, company, who books, file number, state."""
    page = await staff.get(CASES)

    [row] = page.main.one("tbody").all("tr")
    assert row.text.startswith("C-000123 Noah Tran Examination Harbor Insurance Ana García HI-42 Open case")
    assert [f"{CASE}?next=/staff/cases", f"/companies/{COMPANY_ID}"] == [link["href"] for link in row.all("a")]
    assert f"{CASES}/new" == page.link("Add case")


async def test_what_is_looked_for_stands_in_the_address(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: words, state, company, service and order are asked for as the address says; odd ones are not."""
    asked = f"{CASES}?query=tran&state=CLOSED&company={COMPANY_ID}&service=IME&order=family_name&page=here"
    await staff.get(asked)
    request = neighbours.only("ListCases")
    assert ("tran", Case.CLOSED, COMPANY_ID, "IME", "family_name", "here", 25) == (
        request.query,
        request.state,
        request.company_id,
        request.service_type,
        request.order_by,
        request.page_token,
        request.page_size,
    )
    neighbours.forget()
    await staff.get(f"{CASES}?state=odd&order=odd&scope=unit")
    request = neighbours.only("ListCases")
    assert (0, "create_time desc", ListCasesRequest.UNIT) == (request.state, request.order_by, request.scope)


async def test_pages_lead_on_and_back(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: to the next page and the one before, with the filters kept; a page that is gone is the first."""
    neighbours.answers["ListCases"] = found(case(), next_page_token="on", previous_page_token="back")
    page = await staff.get(f"{CASES}?query=tran&page=here&first=26")
    assert f"{CASES}?query=tran&page=on&first=27" == page.link("Next page")
    assert f"{CASES}?query=tran" == page.link("Previous page")
    neighbours.answers["ListCases"] = found()
    assert f"{CASES}?query=tran" == (await staff.get(f"{CASES}?query=tran&page=gone")).goes_to


@pytest.mark.parametrize(
    ("address", "words", "way"),
    [
        (CASES, "There is no case yet.", "Add case"),
        (f"{CASES}?query=zu", "Nothing found.", "Show all"),
        (f"{CASES}?state=CLOSED", "Nothing found.", "Show all"),
    ],
)
async def test_where_nothing_is(address: str, words: str, way: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: an empty list says why, and what to do next."""
    neighbours.answers["ListCases"] = found()
    page = await staff.get(address)
    assert words in page.text
    assert page.link(way) in {CASES, f"{CASES}/new"}


async def test_a_company_beyond_the_first_ones_stays_chosen(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: a company that is chosen stands in the filter, also where it is not among those offered."""
    neighbours.answers["GetCompany"] = company(id=OTHER_CASE_ID, name="Blue Cedar Law")
    page = await staff.get(f"{CASES}?company={OTHER_CASE_ID}")
    options = page.main.one("select", id="company").all("option")
    assert ["Blue Cedar Law"] == [option.text for option in options if option.get("selected")]


async def test_case_managers_see_their_own_and_their_units(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: a tab for each; without a unit there is none, and the company is not a column."""
    page = await ana.get(OWN_CASES)
    assert ListCasesRequest.MINE == neighbours.only("ListCases").scope
    assert f"{OWN_CASES}?scope=unit" == page.link("My unit")
    assert "Harbor Insurance" not in page.main.one("tbody").text
    neighbours.forget()
    page = await ana.get(f"{OWN_CASES}?scope=unit&query=tran")
    assert ListCasesRequest.UNIT == neighbours.only("ListCases").scope
    assert f"{OWN_CASES}?query=tran" == page.link("Mine")
    assert "Ana García" in page.main.one("tbody").text
    neighbours.answers["GetMyProfile"] = case_manager(business_unit_id="")
    assert "My unit" not in (await ana.get(OWN_CASES)).text
    neighbours.answers["GetMyProfile"] = refusal("CASE_MANAGER_NOT_FOUND")
    assert "/cm" == (await ana.get(OWN_CASES)).goes_to


async def test_staff_choose_who_books(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: a new case begins with an active case manager, who is searched for."""
    page = await staff.get(f"{CASES}/new?query=ana")
    request = neighbours.only("ListCaseManagers")
    assert ("ana", CaseManager.ACTIVE) == (request.query, request.account_status)
    assert NEW == page.link("Ana García")
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse()
    assert f"{CASES}/new" == (await staff.get(f"{CASES}/new?query=zu")).link("Show all")
    assert "/case-managers" == (await staff.get(f"{CASES}/new")).link("Case Managers")


async def test_staff_add_a_case(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: what was typed is checked, then saved once, for the chosen case manager."""
    page = await staff.get(NEW)
    assert "Ana García · Harbor Insurance" in page.text
    answer = await staff.press(
        page, "Add case", given_name=" Noah ", family_name="Tran", service_type="IME", consent="yes"
    )
    checked, made = sent(neighbours, "CreateCase")
    assert (True, False, checked.case) == (checked.validate_only, made.validate_only, made.case)
    assert (ANA_ID, "Noah", "IME", 7) == (
        made.case.case_manager_id,
        made.case.subject.given_name,
        made.case.service_type,
        UUID(made.request_id).version,
    )
    assert made.case.HasField("consent_time")
    assert CASE == answer.goes_to
    assert "The case is added." == (await staff.follow(answer)).notice


async def test_a_case_manager_adds_a_case(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-07: a case manager's case is their own: the form names nobody, and offers no colleagues."""
    page = await ana.get(f"{OWN_CASES}/new")
    answer = await ana.press(page, "Add case", given_name="Noah", family_name="")
    made = sent(neighbours, "CreateCase")[1]
    assert ("", "Noah", False) == (
        made.case.case_manager_id,
        made.case.subject.given_name,
        made.case.HasField("consent_time"),
    )
    assert OWN_CASE == answer.goes_to
    assert "ListCaseManagers" not in neighbours.rpcs


async def test_what_may_be_the_same_is_shown_first(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: nothing is saved before it was read; what was read is waved through, something new is not."""
    checking(neighbours, "CreateCase", duplicate())
    page = await staff.press(await staff.get(NEW), "Add case", given_name="Noah", family_name="Tran")
    assert [True] == [request.validate_only for request in sent(neighbours, "CreateCase")]
    assert "Perhaps it is there already: C-000098 about Noah Tran, of Ben Ito." in page.text
    assert "The person is the same. It is closed." in page.text
    assert f"{CASES}/{OTHER_CASE_ID}" == page.link("Look at C-000098")
    assert "Noah" == page.main.one("input", id="given_name")["value"]

    neighbours.received.clear()
    answer = await staff.press(page, "Save it all the same")
    assert (CASE, [True, False]) == (
        answer.goes_to,
        [request.validate_only for request in sent(neighbours, "CreateCase")],
    )
    checking(neighbours, "CreateCase", duplicate(case_id=COMPANY_ID, same_file_number=True))
    refused = await staff.press(page, "Save it all the same")
    assert "The file number and the person are the same." in refused.text


async def test_parties_have_rows(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: one more row at a time; a row is a colleague or a name with an address, an empty one is none."""
    page = await staff.press(await staff.get(NEW), "Add a party", given_name="Noah", family_name="Tran")
    assert [] == sent(neighbours, "CreateCase")
    page = await staff.press(page, "Add a party", party_name="Mia", party_email="mia@ortiz.example")
    page = await staff.press(page, "Add a party", party2_case_manager_id=ANA_ID, party2_role="REPORT_RECIPIENT")
    await staff.press(page, "Add case", party_name="", party_email="", party3_name="Lee", party3_email="lee@a.example")
    parties = sent(neighbours, "CreateCase")[1].case.parties
    assert [(CaseParty.REPORT_RECIPIENT, ANA_ID, ""), (CaseParty.REPORT_RECIPIENT, "", "Lee")] == [
        (each.role, each.case_manager_id, each.name) for each in parties
    ]


async def test_what_is_wrong_stands_beside_its_field(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: of the subject and of a party's row, as it stands after empty rows were taken away."""
    neighbours.answers["CreateCase"] = refusal(
        "CONTACT_INVALID",
        FieldViolation("case.subject.birth_date", "DATE_INVALID", "odd"),
        FieldViolation("case.parties[0].email", "EMAIL_INVALID", "odd"),
        FieldViolation("case.parties[1]", "PARTY_INVALID", "Write a name and an email address."),
    )
    page = await staff.press(await staff.get(NEW), "Add a party", given_name="Noah", family_name="Tran")
    page = await staff.press(page, "Add a party", party_name="Mia", party_email="mia")
    page = await staff.press(page, "Add case", party2_name="Lee")
    assert (400, "There is no such day in the calendar.") == (page.status, page.problem_of("birth_date"))
    assert "This is not an email address." == page.problem_of("party_email")
    assert "Write a name and an email address." == page.problem_of("party2_name")
    assert "Lee" == page.main.one("input", id="party2_name")["value"]


@pytest.mark.parametrize("reason", ["CASE_MANAGER_INACTIVE", "COMPANY_INACTIVE", "PARTY_INVALID"])
async def test_a_case_that_cannot_be_says_why(reason: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: the form stays with what was typed, and says above it what is in the way."""
    page = await staff.get(NEW)
    neighbours.answers["CreateCase"] = refusal(reason)
    page = await staff.press(page, "Add case", given_name="Noah", family_name="Tran")
    assert page.problem
    assert "Noah" == page.main.one("input", id="given_name")["value"]


async def test_a_case_shows_all_of_it(staff: Browser) -> None:
    """PO-06, CM-07: whom it is about, what for, who else has to do with it, and what can be done."""
    page = await staff.get(CASE)
    assert "Noah Tran" == page.heading
    for words in (
        *("C-000123", "Open case", "Born June 5, 1984", "Phone (312) 555-0150", "Interpreter Vietnamese", "A ramp"),
        *("Consent Jan 5", "Service Examination", "Type of claim Motor", "File number of the company HI-42"),
        *(
            "Claim number CL 88",
            "Bookings Show all 2 bookings",
            "Prefers mornings.",
            "Mia Ortiz Solicitor · mia@ortiz.example",
        ),
    ):
        assert words in page.text, words
    assert (f"/case-managers/{ANA_ID}", f"{CASE}/edit", f"{CASE}/close") == (
        page.link("Ana García"),
        page.link("Change"),
        page.link("Close"),
    )
    case_id = case().id
    assert f"/staff/request?case={case_id}" == page.link("Request a booking")
    assert f"/staff/bookings/list?case={case_id}" == page.link("Show all 2 bookings")


async def test_a_case_leads_to_its_bookings(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: a case manager's, to those of colleagues of the unit as well; where there is none it says so."""
    neighbours.answers["GetCase"] = case(bookings_count=1)
    page = await ana.get(OWN_CASE)
    assert f"/cm/bookings?scope=unit&case={case().id}" == page.link("Show 1 booking")
    neighbours.answers["GetCase"] = case(bookings_count=0)
    assert "Bookings none" in (await ana.get(OWN_CASE)).text
    ana.cookies["language"] = "es"
    assert "Reservas ninguna" in (await ana.get(OWN_CASE)).text


async def test_a_bare_case_says_what_is_missing(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: without consent and service the page says so; a value that no list has is shown as it is."""
    bare = Case(id=case().id, number="C-000124", state=Case.OPEN, company_name="H", case_manager_name="A")
    bare.subject.given_name = "Mia"
    neighbours.answers["GetCase"] = bare
    page = await staff.get(CASE)
    assert "Consent not received" in page.text
    assert "Service none" in page.text
    neighbours.answers["GetCase"] = case(service_type="OLD")
    assert "Service OLD" in (await staff.get(CASE)).text


async def test_whoever_only_reads_has_no_buttons(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-15: a colleague's case says whose it is; its form leads back to it."""
    neighbours.answers["GetCase"] = case(allowed_actions=[], case_manager_name="Ben Ito")
    page = await ana.get(OWN_CASE)
    assert "This is Ben Ito’s case. You read it because you are in the same unit." in page.text
    assert not {"Change", "Close", "Open again"} & {*(link.text for link in page.main.all("a")), *page.buttons()}
    assert OWN_CASE == (await ana.get(f"{OWN_CASE}/edit")).goes_to


async def test_a_case_is_changed(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: the form has what is known; all that it has is meant, and an unchanged consent is not written."""
    page = await staff.get(f"{CASE}/edit")
    assert ("1984-06-05", "Mia Ortiz") == (
        page.main.one("input", id="birth_date")["value"],
        page.main.one("input", id="party_name")["value"],
    )
    answer = await staff.press(page, "Save", needs="", note="Deaf")
    [request] = sent(neighbours, "UpdateCase")
    assert ("", "Deaf", "Noah", "Mia Ortiz", ANA_ID, False) == (
        request.case.needs,
        request.case.note,
        request.case.subject.given_name,
        request.case.parties[0].name,
        request.case.case_manager_id,
        request.validate_only,
    )
    assert {field.name for field in request.case.DESCRIPTOR.fields} - {"consent_time"} == {*request.update_mask.paths}
    assert (CASE, "The changes are saved.") == (answer.goes_to, (await staff.follow(answer)).notice)


async def test_a_consent_is_taken_back(ana: Browser, neighbours: Neighbours) -> None:
    """PO-07, CM-07: without the tick the consent is gone; a case manager's form says nothing of who books."""
    await ana.press(await ana.get(f"{OWN_CASE}/edit"), "Save", consent="")
    request = neighbours.only("UpdateCase")
    assert "consent_time" in request.update_mask.paths
    assert "case_manager_id" not in request.update_mask.paths
    assert not request.case.HasField("consent_time")


async def test_another_person_is_compared_with_what_is_there(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: a case that becomes another matter is checked before it is saved."""
    checking(neighbours, "UpdateCase", duplicate())
    page = await staff.press(await staff.get(f"{CASE}/edit"), "Save", family_name="Ortiz")
    assert [True] == [request.validate_only for request in sent(neighbours, "UpdateCase")]
    assert "Perhaps it is there already: C-000098" in page.text
    answer = await staff.press(page, "Save it all the same")
    assert (CASE, False) == (answer.goes_to, sent(neighbours, "UpdateCase")[-1].validate_only)


async def test_a_case_that_was_closed_meanwhile_says_so(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: what can no longer be saved leads back to the case, with the reason."""
    page = await staff.get(f"{CASE}/edit")
    neighbours.answers["UpdateCase"] = refusal("CASE_CLOSED")
    answer = await staff.press(page, "Save")
    assert CASE == answer.goes_to
    neighbours.answers["GetCase"] = closed()
    page = await staff.follow(answer)
    assert "This case is closed. Please open it again first." in page.text
    assert "A closed case takes no new request, and nothing of it is changed." in page.text


@pytest.mark.parametrize(("side", "address"), [(Role.STAFF, CASE), (Role.CASE_MANAGER, OWN_CASE)])
async def test_a_case_is_closed_and_opened_again(
    side: Role, address: str, signed_in: SignedIn, neighbours: Neighbours
) -> None:
    """PO-06, PO-07, CM-07: closing is asked once; a closed case has one button, which opens it again."""
    browser = signed_in(side)
    page = await browser.get(f"{address}/close")
    assert "Close C-000123?" == page.heading
    answer = await browser.press(page, "Close")
    assert address == answer.goes_to
    neighbours.answers["GetCase"] = closed()
    page = await browser.follow(answer)
    assert ("The case is closed.", ["Open again"]) == (page.notice, page.buttons())
    answer = await browser.press(page, "Open again")
    assert neighbours.only("CloseCase").case_id == neighbours.only("ReopenCase").case_id == case().id
    assert "The case is open again." == (await browser.follow(answer)).notice


async def test_a_case_with_open_bookings_stays_open(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-07: the case says what is in the way of closing it."""
    page: Page = await staff.get(f"{CASE}/close")
    neighbours.answers["CloseCase"] = refusal("CASE_HAS_OPEN_BOOKINGS")
    answer = await staff.press(page, "Close")
    assert CASE == answer.goes_to
    words = "Something is still booked or asked for. Please finish or cancel it first."
    assert words in (await staff.follow(answer)).text


async def test_what_people_wrote_turns_nothing_around(staff: Browser, neighbours: Neighbours) -> None:
    """PO-09: names and notes keep their direction to themselves, and are no markup."""
    odd = "\u202e<b>x"
    neighbours.answers["GetCase"] = case(case_manager_name=odd, note=odd, needs=odd, company_name=odd)
    page = await staff.get(CASE)
    assert 4 <= page.answer.text.count(str(bdi(odd)))


async def test_words_are_the_readers(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-10, CM-07: in Spanish the Spanish words of a value, and the English ones where it has no others."""
    browser = signed_in(Role.STAFF, language="es")
    assert "Servicio Examen" in (await browser.get(CASE)).text
    neighbours.answers["GetCase"] = case(service_type="FILE")
    assert "Servicio File review" in (await browser.get(CASE)).text
