"""Passwords and sessions, over every service."""

from collections.abc import Callable
from functools import partial

import pytest

from chassis.testing.eventually import eventually
from tests.e2e.families import PASSWORD, Mailbox, Submission, by_code, by_token, fresh_email, fresh_phone, join, submit
from tests.e2e.people import ADMIN_PASSWORD, Person, Refused

NEW_PASSWORD = "eleven paper windmills"
EVERY_SERVICE = ("/v1/me", "/v1/applications", "/v1/messages", "/v1/companies")


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    """Status and reason of a call that must be refused."""
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.status, refused.value.reason


async def refused_everywhere(person: Person, paths: tuple[str, ...] = EVERY_SERVICE) -> None:
    """Within a second no service takes the person's token any more."""

    def is_refused() -> bool:
        try:
            return {(401, "SESSION_REVOKED")} == {refusal(partial(person.get, path)) for path in paths}
        except pytest.fail.Exception:  # one has not heard of it
            return False

    await eventually(is_refused, timeout=1.0)


async def test_a_revoked_session_is_refused_by_every_service(agency, anybody):
    """ID-06: within one second after logout no service takes the token, and the person's other session lives."""
    admin = anybody.sign_in(agency.slug, agency.username, ADMIN_PASSWORD)
    for path in EVERY_SERVICE:
        admin.get(path)
    admin.post("/v1/auth/logout")
    await refused_everywhere(admin)
    agency.admin.get("/v1/me")


def test_forgot_and_reset_by_email(stack, agency, anybody):
    """ID-07, ID-16: the link of the email sets a new password once, ends the sessions, and the family is told."""
    mailbox = Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    family = join(anybody, by_token(mailbox.link("i")))
    answer = anybody.post("/v1/auth/password:forgot", realm="family", username=mailbox.contact)
    assert answer == anybody.post("/v1/auth/password:forgot", realm="family", username=fresh_email())
    token = mailbox.link("reset", count=2)
    assert f"{stack.gateway}/family/reset/{token}" in mailbox.text(count=2)
    anybody.post("/v1/auth/password:reset", token=token, newPassword=NEW_PASSWORD)
    assert refusal(lambda: anybody.post("/v1/auth/password:reset", token=token, newPassword=NEW_PASSWORD)) == (
        400,
        "RESET_TOKEN_INVALID",
    )
    assert refusal(lambda: anybody.sign_in("family", mailbox.contact, PASSWORD)) == (401, "LOGIN_FAILED")
    assert refusal(lambda: anybody.post("/v1/auth/refresh", refreshToken=family.tokens["refreshToken"])) == (
        401,
        "REFRESH_TOKEN_INVALID",
    )
    anybody.sign_in("family", mailbox.contact, NEW_PASSWORD)
    assert "password" in mailbox.subject(count=3).lower()


def test_forgot_and_reset_by_sms(stack, agency, anybody):
    """ID-07: a family whose username is a phone number gets a code."""
    mailbox = Mailbox(stack, fresh_phone())
    application = submit(agency, Submission(phone=mailbox.contact, preferred="SMS"))
    join(anybody, by_code(mailbox.code(), application["number"]))
    anybody.post("/v1/auth/password:forgot", realm="family", username=mailbox.contact)
    code = {"realm": "family", "username": mailbox.contact, "code": mailbox.code(count=2)}
    anybody.post("/v1/auth/password:reset", code=code, newPassword=NEW_PASSWORD)
    anybody.sign_in("family", mailbox.contact, NEW_PASSWORD)


def test_staff_send_a_password_reset(stack, agency, anybody):
    """AP-03, ID-07: staff send a linked family the reset message from the application."""
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    join(anybody, by_token(mailbox.link("i")))
    agency.admin.post(f"/v1/applications/{application['id']}:sendPasswordReset")
    token = mailbox.link("reset", count=2)
    anybody.post("/v1/auth/password:reset", token=token, newPassword=NEW_PASSWORD)


def test_a_staff_login_is_made_and_activated(stack, agency, anybody):
    """ID-02, ID-03: an administrator makes a login, its owner activates it, and sees what staff may see."""
    mailbox = Mailbox(stack, fresh_email())
    account = agency.admin.post(
        "/v1/login-users", role="STAFF", username=mailbox.contact, displayName="Rosa Delgado", language="es"
    )
    assert "PENDING_ACTIVATION" == account["status"]
    assert refusal(lambda: anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)) == (401, "LOGIN_FAILED")
    token = mailbox.link("activate")
    assert f"{stack.gateway}/o/{agency.slug}/activate/{token}" in mailbox.text()
    anybody.post("/v1/auth/activate", token=token, password=PASSWORD)
    rosa = anybody.sign_in(agency.slug, mailbox.contact, PASSWORD)
    rosa.get("/v1/applications")
    assert refusal(
        lambda: rosa.post("/v1/login-users", role="STAFF", username=fresh_email(), displayName="X", language="en")
    ) == (403, "ROLE_NOT_ALLOWED")


def test_refresh(agency, anybody):
    """ID-05: a refresh token gives a new pair, twice within seconds the same, and an older one ends the session."""
    first = anybody.sign_in(agency.slug, agency.username, ADMIN_PASSWORD).tokens["refreshToken"]
    second = anybody.post("/v1/auth/refresh", refreshToken=first)["refreshToken"]
    assert second == anybody.post("/v1/auth/refresh", refreshToken=first)["refreshToken"]
    third = anybody.post("/v1/auth/refresh", refreshToken=second)["refreshToken"]
    for token in (first, third):
        assert refusal(partial(anybody.post, "/v1/auth/refresh", refreshToken=token)) == (
            401,
            "REFRESH_TOKEN_INVALID",
        )


def test_a_session_outlives_its_access_token(agency, anybody):
    """ID-05: whoever refreshes in time goes on in the same session."""
    admin = anybody.sign_in(agency.slug, agency.username, ADMIN_PASSWORD)

    def session():
        [here] = [each["id"] for each in admin.get("/v1/me/sessions")["sessions"] if each.get("current")]
        return here, admin.tokens["refreshToken"]

    before, first = session()
    admin.tokens["accessExpireTime"] = "2026-01-01T00:00:00Z"
    after, second = session()
    assert before == after
    assert first != second
    assert (after, second) == session()


def test_weak_password_in_the_callers_language(stack, agency, anybody):
    """ID-09: the reasons come back as field violations, in Spanish for a Spanish caller."""
    mailbox = Mailbox(stack, fresh_email())
    submit(agency, Submission(email=mailbox.contact))
    ticket = anybody.post("/v1/invitations:claim", **by_token(mailbox.link("i")))["contactTicket"]
    for language, word in (("en", "12 characters"), ("es", "12 caracteres")):
        person = type(anybody)(anybody.gateway, language)
        with pytest.raises(Refused) as refused:
            person.post("/v1/auth/register", contactTicket=ticket, password="corto")
        assert (400, "PASSWORD_WEAK", {"password"}) == (
            refused.value.status,
            refused.value.reason,
            refused.value.fields,
        )
        assert word in str(refused.value.body)
