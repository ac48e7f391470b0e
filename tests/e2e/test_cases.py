"""Cases over the API, with all services: opened by both sides, seen by those who may, found, and closed."""

import pytest

from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.test_sessions import refusal

pytestmark = pytest.mark.long(seconds=30)
NOAH = {"givenName": "Noah", "familyName": "Tran", "birthDate": "1984-06-05"}


def login_of(stack, admin, anybody, company, **fields):
    """A case manager of a company who has signed in, and their id."""
    mailbox = Mailbox(stack, fresh_email())
    written = {"givenName": "Priya", "familyName": "Raman", "email": mailbox.contact, **fields}
    person = admin.post("/v1/case-managers", companyId=company["id"], caseManager=written)
    admin.post(f"/v1/case-managers/{person['id']}:enableLogin")
    tokens = anybody.post("/v1/auth/activate", token=mailbox.link("activate"), password=PASSWORD)["tokens"]
    return anybody.signed_in(tokens), person["id"]


async def test_a_case_from_its_opening_to_its_end(stack, new_agency, anybody):
    """CM-07, CM-15: a case manager opens one, a colleague of the unit reads it, staff find, change and close it."""
    admin = new_agency().admin
    company = admin.post("/v1/companies", name="Northwind Insurance")
    unit = admin.post(f"/v1/companies/{company['id']}/business-units", name="Sydney")
    priya, priya_id = login_of(stack, admin, anybody, company, businessUnitId=unit["id"])
    colleague, _ = login_of(stack, admin, anybody, company, businessUnitId=unit["id"])
    stranger, _ = login_of(stack, admin, anybody, company)

    services = priya.get("/v1/value-lists?kind=SERVICE_TYPES")["lists"][0]["values"]
    written = {"subject": NOAH, "serviceType": services[0]["key"], "companyFileNumber": "NW-42"}
    case = priya.post("/v1/cases", case=written)
    path = f"/v1/cases/{case['id']}"
    assert ("C-000001", "OPEN", priya_id) == (case["number"], case["state"], case["caseManagerId"])
    checked = priya.post("/v1/cases", case={"subject": NOAH}, validateOnly=True)
    assert [case["id"]] == [each["caseId"] for each in checked["possibleDuplicates"]]
    assert [case["id"]] == [each["id"] for each in colleague.get("/v1/cases?query=tran")["cases"]]
    assert (404, "CASE_NOT_FOUND") == refusal(lambda: colleague.post(f"{path}:close"))
    assert (404, "CASE_NOT_FOUND") == refusal(lambda: stranger.get(path))
    assert [] == stranger.get("/v1/cases").get("cases", [])

    assert [case["id"]] == [each["id"] for each in admin.get("/v1/cases?query=nw42")["cases"]]
    changed = admin("PATCH", path, case={"needs": "A ramp"})
    assert ("A ramp", "Noah") == (changed["needs"], changed["subject"]["givenName"])
    assert "CLOSED" == admin.post(f"{path}:close")["state"]
    assert (400, "CASE_CLOSED") == refusal(lambda: priya("PATCH", path, case={"needs": ""}))
    assert ["REOPEN"] == priya.get(path)["allowedActions"]
    assert "OPEN" == priya.post(f"{path}:reopen")["state"]
