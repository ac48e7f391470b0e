"""A confirmed appointment, as staff book one by phone."""

from typing import Any

from tests.e2e.people import Person
from tests.e2e.tenants import APPOINTMENT


def booked(admin: Person, *, company: str = "Harbour Insurance") -> dict[str, Any]:
    """A confirmed booking of a new company, case and specialist."""
    insurer = admin.post("/v1/companies", name=company)
    manager = admin.post("/v1/case-managers", companyId=insurer["id"], caseManager={"givenName": "Ana"})
    specialist = admin.post("/v1/specialists", specialist={"givenName": "Rui", "timeZone": "Australia/Sydney"})
    case = admin.post("/v1/cases", case={"caseManagerId": manager["id"], "subject": {"givenName": "Noah"}})
    time = {**APPOINTMENT, "specialistId": specialist["id"]}
    return admin.post("/v1/bookings", caseId=case["id"], time=time)
