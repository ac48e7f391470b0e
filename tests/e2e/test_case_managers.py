"""Case managers from the company they work for to their logins, over the API and the inbox, with all services."""

import pytest

from chassis.testing.eventually import eventually
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.test_sessions import NEW_PASSWORD, refusal, refused_everywhere

pytestmark = pytest.mark.long(seconds=30)
OWN = ("/v1/me", "/v1/me/profile")


def entered(admin, company, mailbox, **fields):
    """A case manager of a company, and where they stand."""
    written = {"givenName": "Priya", "familyName": "Raman", "email": mailbox.contact, **fields}
    person = admin.post("/v1/case-managers", companyId=company["id"], caseManager=written)
    return person, f"/v1/case-managers/{person['id']}"


async def test_a_login_is_enabled_used_reset_and_disabled(stack, new_agency, anybody):
    """CM-01, CM-03, CM-05: TEMPLATE_27 comes, the person signs in, both desks reset the password, either disables."""
    agency = new_agency()
    admin, mailbox = agency.admin, Mailbox(stack, fresh_email())
    company = admin.post("/v1/companies", name="Northwind Insurance")
    _, path = entered(admin, company, mailbox, language="es")

    def status():
        return admin.get(path)["login"]["status"]

    admin.post(f"{path}:enableLogin")
    token = mailbox.link("activate")
    assert "gestión de casos" in mailbox.subject()
    [message] = [each for each in admin.get("/v1/messages")["messages"] if each["template"] == "TEMPLATE_27"]
    assert status() == "ACTIVATION_SENT"
    priya = anybody.signed_in(anybody.post("/v1/auth/activate", token=token, password=PASSWORD)["tokens"])
    await eventually(lambda: status() == "ACTIVE")
    assert ("Northwind Insurance", "") == (
        priya.get("/v1/me/profile")["companyName"],
        priya.get("/v1/me/profile").get("note", ""),
    )
    assert (403, "ROLE_NOT_ALLOWED") == refusal(lambda: priya.get("/v1/case-managers"))

    admin.post(f"{path}:resetPassword")
    anybody.post("/v1/auth/password:reset", token=mailbox.link("reset", count=2), newPassword=NEW_PASSWORD)
    account_id = admin.get(path)["login"]["accountId"]
    admin.post(f"/v1/login-users/{account_id}:sendPasswordReset")
    anybody.post("/v1/auth/password:reset", token=mailbox.link("reset", count=4), newPassword=PASSWORD)
    priya = anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)

    admin.post(f"{path}:disableLogin")
    await refused_everywhere(priya, OWN)
    assert (401, "LOGIN_FAILED") == refusal(lambda: anybody.sign_in(agency.slug, mailbox.contact, PASSWORD))
    admin.post(f"{path}:enableLogin")
    priya = anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)
    admin.post(f"/v1/login-users/{account_id}:disable")
    await refused_everywhere(priya, OWN)
    await eventually(lambda: status() == "DISABLED")
    assert message["reference"].startswith("activations/")


async def test_a_login_is_offered_and_wanted(stack, new_agency, anybody):
    """CM-04: opening the link answers nothing, a yes is staff's task, and enabling the login ends it."""
    admin, mailbox = new_agency().admin, Mailbox(stack, fresh_email())
    company = admin.post("/v1/companies", name="Harbour Law")
    _, path = entered(admin, company, mailbox)
    admin.post(f"{path}:offerLogin")
    token = mailbox.link("offer")
    for _ in range(3):
        assert "OPEN" == anybody.post("/v1/login-offers:check", token=token)["state"]
    assert "OFFERED" == admin.get(path)["login"]["status"]
    assert "ACCEPTED" == anybody.post("/v1/login-offers:answer", token=token, answer="YES")["state"]
    [task] = admin.get("/v1/tasks")["tasks"]
    assert ("ENABLE_LOGIN", "Priya Raman", "Harbour Law") == (
        task["kind"],
        task["caseManagerName"],
        task["companyName"],
    )
    admin.post(f"{path}:enableLogin")
    assert [] == admin.get("/v1/tasks").get("tasks", [])
    anybody.post("/v1/auth/activate", token=mailbox.link("activate", count=2), password=PASSWORD)
    assert "ENABLED" == anybody.post("/v1/login-offers:check", token=token)["state"]


async def test_a_yes_gives_the_login_at_once_where_that_is_set(stack, new_agency, anybody):
    """CM-04: with `enableOnYes` the activation goes out with the answer."""
    admin, mailbox = new_agency().admin, Mailbox(stack, fresh_email())
    admin("PATCH", "/v1/booking-settings", settings={"enableOnYes": True})
    company = admin.post("/v1/companies", name="Harbour Law")
    _, path = entered(admin, company, mailbox)
    admin.post(f"{path}:offerLogin")
    answer = anybody.post("/v1/login-offers:answer", token=mailbox.link("offer"), answer="YES")
    assert "ENABLED" == answer["state"]
    anybody.post("/v1/auth/activate", token=mailbox.link("activate", count=2), password=PASSWORD)
    await eventually(lambda: admin.get(path)["login"]["status"] == "ACTIVE")
