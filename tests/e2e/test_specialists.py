"""Specialists from their entry to their login and out of service, over the API and the inbox, with all services."""

import pytest

from chassis.testing.eventually import eventually
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.test_sessions import NEW_PASSWORD, refusal, refused_everywhere

pytestmark = pytest.mark.long(seconds=30)
OWN = ("/v1/me", "/v1/me/specialist-profile")
BLOCK = {
    "kind": "AVAILABLE",
    "startMinute": 540,
    "endMinute": 720,
    "startDate": "2036-03-03",
    "endDate": "2036-03-31",
    "weekdays": [1],
    "appointmentMinutes": 60,
}


def entered(admin, **fields):
    """A specialist of the provider, and where they stand."""
    written = {"givenName": "Rui", "familyName": "Zhang", "timeZone": "Australia/Sydney", **fields}
    specialist = admin.post("/v1/specialists", specialist=written)
    return specialist, f"/v1/specialists/{specialist['id']}"


async def test_a_specialist_gets_a_login_and_sees_what_is_theirs(stack, new_agency, anybody):
    """CM-06, CM-15: TEMPLATE_26 comes, the specialist signs in, sees their own times alone, and can be kept out."""
    agency = new_agency()
    admin, mailbox = agency.admin, Mailbox(stack, fresh_email())
    specialist, path = entered(admin, email=mailbox.contact, language="es", note="Only mornings")
    other, _ = entered(admin, givenName="Mira", familyName="Okafor")
    for each in (specialist, other):
        admin.post("/v1/availabilities", specialistId=each["id"], mode="TELEHEALTH", block=BLOCK)

    def status():
        return admin.get(path)["login"]["status"]

    admin.post(f"{path}:enableLogin")
    token = mailbox.link("activate")
    assert "especialista" in mailbox.subject()
    [message] = [each for each in admin.get("/v1/messages")["messages"] if "TEMPLATE_26" == each["template"]]
    assert message["reference"].startswith("activations/")
    assert "ACTIVATION_SENT" == status()
    account_id = admin.get(path)["login"]["accountId"]
    found = admin.get(f"/v1/specialists?accountIds={account_id}")["specialists"]
    assert [specialist["id"]] == [each["id"] for each in found]
    rui = anybody.signed_in(anybody.post("/v1/auth/activate", token=token, password=PASSWORD)["tokens"])
    await eventually(lambda: status() == "ACTIVE")

    profile = rui.get("/v1/me/specialist-profile")
    assert (specialist["id"], "") == (profile["id"], profile.get("note", ""))
    assert [specialist["id"]] == [each["id"] for each in rui.get("/v1/specialists")["specialists"]]
    [block] = rui.get("/v1/availabilities")["availabilities"]
    assert specialist["id"] == block["specialistId"]
    away = {"startTime": "2036-03-10T00:00:00Z", "endTime": "2036-03-11T00:00:00Z"}
    assert (404, "SPECIALIST_NOT_FOUND") == refusal(lambda: rui.post(f"/v1/specialists/{other['id']}/time-off", **away))
    rui.post(f"{path}/time-off", **away)
    assert (403, "ROLE_NOT_ALLOWED") == refusal(lambda: rui.get("/v1/me/profile"))
    assert (403, "ROLE_NOT_ALLOWED") == refusal(lambda: rui.post(f"{path}:disableLogin"))

    admin.post(f"{path}:resetPassword")
    anybody.post("/v1/auth/password:reset", token=mailbox.link("reset", count=2), newPassword=NEW_PASSWORD)
    rui = anybody.sign_in(agency.slug, mailbox.contact, NEW_PASSWORD)
    admin.post(f"{path}:deactivate")
    await refused_everywhere(rui, OWN)
    assert (401, "LOGIN_FAILED") == refusal(lambda: anybody.sign_in(agency.slug, mailbox.contact, NEW_PASSWORD))
    admin.post(f"{path}:activate")
    rui = anybody.sign_in(agency.slug, mailbox.contact, NEW_PASSWORD)
    assert specialist["id"] == rui.get("/v1/me/specialist-profile")["id"]
