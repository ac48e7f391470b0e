"""Reports over the REST API: filed, through the scanner, read, and taken back."""

import pytest

from chassis.testing.eventually import eventually
from tests.e2e.people import Refused
from tests.e2e.tenants import LETTER, PDF, reported


@pytest.fixture(scope="module")
async def report(agency):
    """The clean report of an appointment that has begun."""
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbour Reports")
    manager = admin.post("/v1/case-managers", companyId=company["id"], caseManager={"givenName": "Ana"})
    specialist = admin.post("/v1/specialists", specialist={"givenName": "Rui", "timeZone": "Australia/Sydney"})
    case = admin.post("/v1/cases", case={"caseManagerId": manager["id"], "subject": {"givenName": "Noah"}})
    return await reported(admin, case["id"], specialist["id"], "Informe.docx")


async def test_a_report_is_filed_and_read(agency, report):
    """CM-13, GW-05: the booking is REPORTED by the scanner, and whoever reads its report stands in the log."""
    admin, booking = agency.admin, f"/v1/bookings/{report['bookingId']}"
    assert {"fileName": "Informe.pdf", "version": 1, "sizeBytes": len(PDF)} == {
        name: report[name] for name in ("fileName", "version", "sizeBytes")
    }
    assert "REPORTED" == admin.get(booking)["state"]
    assert report["id"] in [each["id"] for each in admin.get("/v1/reports")["reports"]]
    assert PDF == admin.download(f"/v1/reports/{report['id']}:download")
    assert PDF[3:7] == admin.download(f"/v1/reports/{report['id']}:download?offset=3&length=4")
    log = f"/v1/reports/{report['id']}/downloads"
    await eventually(lambda: all(each.get("deliveredBytes") for each in admin.get(log)["downloads"]))
    assert [(4, False), (len(PDF), True)] == [
        (each["deliveredBytes"], each.get("whole", False)) for each in admin.get(log)["downloads"]
    ]


async def test_a_report_is_taken_back(agency, report):
    """CM-13: from then on its bytes are refused, and the booking waits for another version."""
    admin, booking = agency.admin, f"/v1/bookings/{report['bookingId']}"
    admin.upload(f"{booking}/reports", PDF, fileName="second.pdf", kind="AMENDED")
    await eventually(lambda: admin.get(booking)["reportVersion"] == 2, timeout=30)
    second, _ = admin.get(f"{booking}/reports")["reports"]
    assert "WITHDRAWN" == admin.post(f"/v1/reports/{second['id']}:withdraw", reason="Wrong person")["report"]["state"]
    with pytest.raises(Refused) as refused:
        admin.download(f"/v1/reports/{second['id']}:download")
    assert "REPORT_WITHDRAWN" == refused.value.reason
    assert ("REPORTED", 1) == tuple(admin.get(booking)[name] for name in ("state", "reportVersion"))


def test_a_report_of_another_kind_is_refused(agency, report):
    """CM-13: only PDF and DOCX, and the refusal says over HTTP what it was."""
    with pytest.raises(Refused) as refused:
        agency.admin.upload(f"/v1/bookings/{report['bookingId']}/reports", LETTER, fileName="report.pdf")
    assert (400, "FILE_TYPE_REFUSED") == (refused.value.status, refused.value.reason)
