"""A colleague's login from its first day to its last, over the API and the inbox."""

import csv

import httpx

from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.test_sessions import EVERY_SERVICE, NEW_PASSWORD, refusal, refused_everywhere


async def test_a_login_from_its_first_day_to_its_last(stack, new_agency, anybody):
    """ID-02, ID-03, ID-08, ID-13, ID-14, ID-15: handed out, activated, disabled, promoted, reset, and audited."""
    agency = new_agency()
    admin, mailbox = agency.admin, Mailbox(stack, fresh_email())
    made = admin.post(
        "/v1/login-users", role="STAFF", username=mailbox.contact, displayName="Rosa Delgado", language="es"
    )
    login = f"/v1/login-users/{made['id']}"
    token = mailbox.link("activate")
    admin.post(f"{login}:resendActivation")
    newer = mailbox.link("activate", count=2)
    activation = {"password": PASSWORD}
    assert (400, "RESET_TOKEN_INVALID") == refusal(lambda: anybody.post("/v1/auth/activate", token=token, **activation))
    rosa = anybody.signed_in(anybody.post("/v1/auth/activate", token=newer, **activation)["tokens"])

    [found] = admin.get("/v1/login-users?query=del%20ro")["loginUsers"]
    assert (made["id"], "ACTIVE") == (found["account"]["id"], found["state"])
    assert ["RESET_PASSWORD", "DISABLE", "REVOKE_SESSIONS", "SET_ROLE"] == found["actions"]
    assert (403, "ROLE_NOT_ALLOWED") == refusal(lambda: rosa.get("/v1/login-users"))

    admin.post(f"{login}:disable")
    await refused_everywhere(rosa, EVERY_SERVICE)
    assert (401, "LOGIN_FAILED") == refusal(lambda: anybody.sign_in(agency.slug, mailbox.contact, PASSWORD))
    assert (400, "ACTION_NOT_ALLOWED") == refusal(lambda: admin.post(f"{login}:sendPasswordReset"))
    admin.post(f"{login}:enable")
    rosa = anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)

    admin.post(f"{login}:setRole", role="STAFF_ADMIN")
    await refused_everywhere(rosa, ("/v1/me",))
    rosa = anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)
    assert 2 == len(rosa.get("/v1/login-users")["loginUsers"])
    itself = f"/v1/login-users/{admin.get('/v1/me')['id']}"
    rosa.post(f"{itself}:setRole", role="STAFF")
    assert (400, "LAST_ADMINISTRATOR") == refusal(lambda: rosa.post(f"{login}:disable"))

    rosa.post(f"{login}:sendPasswordReset")
    anybody.post("/v1/auth/password:reset", token=mailbox.link("reset", count=3), newPassword=NEW_PASSWORD)
    rosa = anybody.sign_in(agency.slug, mailbox.contact, NEW_PASSWORD)
    told = rosa.get(f"/v1/audit-events?subjectId={made['id']}&pageSize=200")["auditEvents"]
    headers = {"authorization": f"Bearer {rosa.access_token}"}
    async with httpx.AsyncClient(base_url=stack.gateway, headers=headers, trust_env=False) as client:
        file = await client.get("/v1/audit-events:export", params={"subjectId": made["id"]})
    rows = list(csv.reader(file.content.decode("utf-8-sig").splitlines()))
    assert {
        *("ACCOUNT_CREATED", "ACTIVATION_ASKED", "ACCOUNT_ACTIVATED", "ACCOUNT_DISABLED", "ACCOUNT_ENABLED"),
        *("SESSIONS_REVOKED", "ADMINISTRATOR_GRANTED", "RESET_ASKED", "PASSWORD_RESET", "SIGNED_IN", "SIGN_IN_FAILED"),
    } == {event["action"] for event in told}
    assert [event["action"] for event in told] == [row[1] for row in rows[1:]]
    assert "text/csv" == file.headers["content-type"].partition(";")[0]
