"""A new case manager, the profile of one, and its history."""

from __future__ import annotations

from uuid import UUID

import pytest
from portico.casemanager.v1.business_units_pb2 import ListBusinessUnitsResponse
from portico.casemanager.v1.case_managers_pb2 import (
    ListCaseManagerHistoryResponse,
    ListCaseManagersResponse,
)
from portico.casemanager.v1.companies_pb2 import ListCompaniesResponse
from portico.casemanager.v1.resources_pb2 import CaseManager, Company

from chassis.call import Role
from chassis.errors import FieldViolation, Unavailable
from portal.core.renderer import bdi

from .case_managers import (
    ANA,
    ANA_ID,
    COMPANY,
    COMPANY_ID,
    STAFF_ID,
    TASK_ID,
    UNIT_ID,
    case_manager,
    company,
    entry,
    login,
)
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import ADA_ID, REQUEST_ID

NEW = f"/case-managers/new?company={COMPANY_ID}"
OTHER = company(id=TASK_ID, name="Blue Cedar Law")


async def test_a_new_person_begins_with_the_company(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: only active companies are offered; with one alone its form is there at once."""
    inactive = company(id=UNIT_ID, name="Cedar", status=Company.INACTIVE)
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=[OTHER, inactive, company()])
    page = await staff.get("/case-managers/new")
    assert ["Please choose one.", "Blue Cedar Law", "Harbor Insurance"] == [
        option.text for option in page.main.all("option")
    ]
    page = await staff.press(page, "Go on", company=COMPANY_ID)
    assert "Harbor Insurance" == page.main.one("p", class_="over").text

    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=[inactive, company()])
    assert "Given name" in (await staff.get("/case-managers/new")).text


@pytest.mark.parametrize(
    ("companies", "words", "way"),
    [([], "There is no company yet.", "/companies/new"), ([2], "No company is active.", "/companies")],
)
async def test_without_an_active_company_there_is_a_way_on(
    companies: list[int], words: str, way: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-02: who has no company to choose is led to where one is made or activated."""
    found = [company(status=status) for status in companies]
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=found)
    page = await staff.get("/case-managers/new")

    assert words in page.text
    assert way in [link["href"] for link in page.main.all("a", class_="button")]


async def test_a_case_manager_is_added(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: what is typed goes with its company; the profile says where a login is enabled."""
    answer = await staff.press(
        await staff.get(NEW),
        "Add case manager",
        given_name=" Ana ",
        family_name="García",
        email="ana@harbor.example",
        phone="312 555 0141",
        business_unit_id=UNIT_ID,
        language="es",
        time_zone="America/Chicago",
        contact_verified="yes",
        responsible_staff_id=ADA_ID,
        note="Prefers mornings.",
    )

    request = neighbours.only("CreateCaseManager")
    assert (COMPANY_ID, 7) == (request.company_id, UUID(request.request_id).version)
    person = request.case_manager
    assert ("Ana", "García", "ana@harbor.example", "es") == (
        person.given_name,
        person.family_name,
        person.email,
        person.language,
    )
    assert (UNIT_ID, "America/Chicago", True, ADA_ID, "Prefers mornings.") == (
        person.business_unit_id,
        person.time_zone,
        person.contact_verified,
        person.responsible_staff_id,
        person.note,
    )
    assert ANA == answer.goes_to
    assert "Under Login Information you can enable a login." in (await staff.follow(answer)).notice


async def test_a_company_without_units_asks_for_none(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: the form has no field for a unit where the company has none."""
    assert "Business unit" in (await staff.get(NEW)).text
    neighbours.answers["ListBusinessUnits"] = ListBusinessUnitsResponse()
    assert "Business unit" not in (await staff.get(NEW)).text


async def test_an_inactive_company_takes_nobody(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-01: whoever comes from an inactive company's page reads so; also when it became so meanwhile."""
    neighbours.answers["CreateCaseManager"] = refusal("COMPANY_INACTIVE")
    page = await staff.press(await staff.get(NEW), "Add case manager", given_name="Ana", family_name="García")
    assert (409, "Ana") == (page.status, page.main.one("input", id="given_name")["value"])
    assert "This company is inactive: it takes no new case managers." in page.problem

    neighbours.answers["GetCompany"] = company(status=Company.INACTIVE)
    page = await staff.get(NEW)
    assert "This company is inactive" in page.text
    assert "Add case manager" not in page.buttons()
    assert COMPANY == page.link("Go to the company")


FORMS = [pytest.param(NEW, "CreateCaseManager", id="new"), pytest.param(ANA, "UpdateCaseManager", id="change")]
TYPED = {"request_id": REQUEST_ID, "company_id": COMPANY_ID, "given_name": "Ana", "email": "ben@harbor.example"}


@pytest.mark.parametrize(("address", "rpc"), FORMS)
async def test_an_email_that_another_has_leads_to_them(
    address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-02: an address that another case manager has is said at its field, with a way to that person."""
    neighbours.answers[rpc] = refusal("EMAIL_TAKEN", case_manager_id=TASK_ID)
    page = await staff.post(address, TYPED)

    assert (409, "Somebody else here has this email address already.") == (page.status, page.problem_of("email"))
    assert f"/case-managers/{TASK_ID}" == page.link("Show who has this address")
    assert "ben@harbor.example" == page.main.one("input", id="email")["value"]


@pytest.mark.parametrize(("address", "rpc"), FORMS)
@pytest.mark.parametrize(
    ("reason", "field", "words"),
    [
        ("TIME_ZONE_INVALID", "time_zone", "There is no such time zone. Please choose another one."),
        ("UNIT_NOT_FOUND", "business_unit_id", "There is no such business unit any more."),
    ],
)
async def test_a_choice_that_is_gone_stands_beside_its_field(
    reason: str, field: str, words: str, address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-02: a unit or a zone that there is not is said at its field, tied to it."""
    neighbours.answers[rpc] = refusal(reason)
    page = await staff.post(address, TYPED)

    assert words == page.main.one("p", id=f"{field}-problem").text
    assert page.main.one("select", id=field)["aria-describedby"].startswith(f"{field}-problem")
    assert page.status in {400, 404}


@pytest.mark.parametrize(("address", "rpc"), FORMS)
async def test_a_wrong_number_stands_beside_its_field(
    address: str, rpc: str, staff: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-02: what is wrong with a contact is said at its field, and all that was typed stays."""
    violation = FieldViolation("case_manager.mobile", "PHONE_INVALID", "odd")
    neighbours.answers[rpc] = refusal("CONTACT_INVALID", violation)
    page = await staff.post(address, {**TYPED, "mobile": "12", "note": "Mornings", "contact_verified": "yes"})

    assert (400, "This is not a phone number.") == (page.status, page.problem_of("mobile"))
    assert ("12", "Mornings") == (
        page.main.one("input", id="mobile")["value"],
        page.main.one("textarea", id="note").text,
    )
    assert page.main.one("input", name="contact_verified").get("checked")


async def test_a_profile_is_changed_with_all_its_fields(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: the form has what is known; an emptied field is emptied, and all fields are meant."""
    page = await staff.get(ANA)
    assert "Harbor Insurance" == page.main.one("p", class_="over").text
    answer = await staff.press(page, "Save", phone="", contact_verified="")

    request = neighbours.only("UpdateCaseManager")
    patch = request.case_manager
    assert (ANA_ID, "", False) == (request.case_manager_id, patch.phone, patch.contact_verified)
    assert ("America/Chicago", "es", UNIT_ID, "Prefers mornings.") == (
        patch.time_zone,
        patch.language,
        patch.business_unit_id,
        patch.note,
    )
    # What nobody touched of the consent is not said again, nor of the company.
    others = {field.name for field in patch.DESCRIPTOR.fields} - {"promotions_consent", "company_id"}
    assert set(request.update_mask.paths) == others
    assert "The changes are saved." == (await staff.follow(answer)).notice


SOUTHWIND = company(id=TASK_ID, name="Southwind")


async def test_a_profile_moves_to_another_company(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: an active one is chosen in the form; the unit stays behind."""
    inactive = company(id=STAFF_ID, name="Closed", status=Company.INACTIVE)
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=[company(), SOUTHWIND, inactive])
    page = await staff.get(ANA)
    chosen = page.main.one("select", id="company_id")
    assert ["Harbor Insurance", "Southwind"] == [option.text for option in chosen.all("option")]
    assert [COMPANY_ID] == [option["value"] for option in chosen.all("option", selected="selected")]
    await staff.press(page, "Save", company_id=TASK_ID)
    request = neighbours.only("UpdateCaseManager")
    assert TASK_ID == request.case_manager.company_id
    assert "company_id" in request.update_mask.paths
    assert "business_unit_id" not in request.update_mask.paths


async def test_a_company_that_is_fixed_says_why(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: at its field, with what can be done instead; what was chosen and typed stays."""
    neighbours.answers["ListCompanies"] = ListCompaniesResponse(companies=[company(), SOUTHWIND])
    neighbours.answers["UpdateCaseManager"] = refusal("COMPANY_FIXED")
    page = await staff.press(await staff.get(ANA), "Save", company_id=TASK_ID, note="Evenings")
    assert page.main.one("p", id="company_id-problem").text.startswith("This person has cases or bookings")
    assert [TASK_ID] == [
        option["value"] for option in page.main.one("select", id="company_id").all("option", selected="selected")
    ]
    assert "Evenings" == page.main.one("textarea", id="note").text


async def test_zones_are_called_as_people_call_them(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: the zones of the organization's country come first, then all others; an odd one stays chosen."""
    neighbours.answers["GetCaseManager"] = case_manager(time_zone="Etc/GMT+6")
    page = await staff.get(ANA)
    chosen = page.main.one("select", id="time_zone")
    near, others = chosen.all("optgroup")
    assert ("United States", "Other places") == (near["label"], others["label"])
    assert ["Central Time · Chicago"] == [o.text for o in near.all("option") if o["value"] == "America/Chicago"]
    assert ["Auckland · New Zealand"] == [o.text for o in others.all("option") if o["value"] == "Pacific/Auckland"]
    assert ["Etc/GMT+6"] == [option["value"] for option in chosen.all("option", selected="selected")]


async def test_a_person_is_deactivated_after_a_question(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: before it a page says what follows; the word about it takes it back."""
    page = await staff.get((await staff.get(ANA)).link("Deactivate"))
    assert ("Deactivate Ana García?", ANA) == (page.heading, page.link("Cancel"))
    assert "is signed out and can no longer sign in" in page.text
    answer = await staff.press(page, "Deactivate")
    assert ANA_ID == neighbours.only("DeactivateCaseManager").case_manager_id

    answer = await staff.press(await staff.follow(answer), "Undo")
    assert ANA_ID == neighbours.only("ActivateCaseManager").case_manager_id
    assert "The case manager is active." == (await staff.follow(answer)).notice


async def test_a_person_is_not_deactivated_while_identity_is_away(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: where the login could not be disabled nothing was done, and a word says so."""
    neighbours.answers["DeactivateCaseManager"] = Unavailable()
    page = await staff.follow(await staff.post(f"{ANA}/deactivate", {"request_id": REQUEST_ID}))

    assert "A part of the system does not answer right now. Please try again in a moment." == page.notice


async def test_why_somebody_cannot_be_activated(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-06, CM-02: an inactive company, or an address that is another's by now, is said on the profile."""
    admin = signed_in(Role.STAFF_ADMIN)
    neighbours.answers["GetCaseManager"] = case_manager(account_status=CaseManager.INACTIVE)
    page = await admin.get(ANA)
    assert "An inactive case manager is put on no case and no request" in page.text
    neighbours.answers["ActivateCaseManager"] = refusal("COMPANY_INACTIVE")
    refused = await admin.press(page, "Activate")
    assert "This company is inactive" in refused.problem
    assert "Ana" == refused.main.one("input", id="given_name")["value"]

    neighbours.answers["ActivateCaseManager"] = refusal("USERNAME_TAKEN", account_id=TASK_ID)
    neighbours.answers["ListCaseManagers"] = ListCaseManagersResponse()
    refused = await admin.press(page, "Activate")
    assert "Somebody else signs in with this address already, so nothing was changed." == refused.problem
    assert f"/people/logins/{TASK_ID}" == refused.link("Show who has this address")


async def test_the_history_says_who_did_what(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-02: a line for each fact with who did it: a colleague by name, or the person."""
    neighbours.answers["ListCaseManagerHistory"] = ListCaseManagerHistoryResponse(
        entries=[
            entry("OFFER_ACCEPTED", by_person=True, actor_id=""),
            entry("LOGIN_OFFERED", detail="She called <b>"),
            entry("UPDATED", detail="email, time_zone,newer_field"),
            entry("LOGIN_DISABLED", actor_id=TASK_ID),
            entry("CREATED", actor_id=""),
        ],
        next_page_token="older",
    )
    page = await staff.get(f"{ANA}/history")

    lines = [line.one("div").text for line in page.main.one("ol", class_="timeline").all("li")]
    assert [
        "Said yes to a login by Ana García",
        "Login offered She called <b> by Ada Admin",
        "Details changed: Email, Time zone, newer_field by Ada Admin",
        "Login disabled by a colleague",
        "Added",
    ] == lines
    assert f"{ANA}/history?page=older" == page.link("Older")
    assert f"{ANA}/history" == (await staff.get(f"{ANA}/history?page=older")).link("Newest")
    neighbours.answers["ListCaseManagerHistory"] = ListCaseManagerHistoryResponse()
    assert "Nothing yet." in (await staff.get(f"{ANA}/history")).text
    assert f"{ANA}/history" == (await staff.get(f"{ANA}/history?page=gone")).goes_to


async def test_the_way_back_is_where_one_came_from(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06: through all tabs of a profile the way back leads to the search from which it was opened."""
    page = await staff.get(f"{ANA}?next=/case-managers?query=ana")
    for tab in ("Login Information", "Tasks", "History", "Details"):
        page = await staff.get(page.link(tab))
        assert "/case-managers?query=ana" == page.link("Case Managers")


@pytest.mark.parametrize("path", ["", "/deactivate", "/login", "/login/disable", "/history"])
async def test_a_persons_name_turns_nothing_around_it(path: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A30: names of people stand in a `<bdi>`, and what would turn their letters is shown as its number."""
    person = case_manager(given_name="\u202eanA", family_name="", login=login(username="\u202eana@x"))
    neighbours.answers |= {
        "GetCaseManager": person,
        "ListCaseManagers": ListCaseManagersResponse(case_managers=[person]),
    }
    for address in (f"{ANA}{path}", "/case-managers"):
        page = await staff.get(address)
        assert bdi("\u202eanA") in page.answer.text
        assert "\u202e" not in page.root.text


async def test_a_person_who_is_not_there_is_a_page_with_words(staff: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-15: somebody else's case manager, or none, is not found, and there is a way on."""
    neighbours.answers["GetCaseManager"] = refusal("CASE_MANAGER_NOT_FOUND")
    for tab in ("", "/login", "/history"):
        page = await staff.get(ANA + tab)
        assert (404, "Nothing is here") == (page.status, page.heading)
