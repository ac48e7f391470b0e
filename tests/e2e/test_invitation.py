"""One invitation travels through the whole house."""

import pytest

from chassis.testing.eventually import eventually
from tests.e2e.families import PASSWORD, Mailbox, Submission, by_code, by_token, fresh_email, fresh_phone, join, submit
from tests.e2e.people import Refused


def state_of(agency, application):
    return agency.admin.get(f"/v1/applications/{application['id']}")["guardians"][0]


def kinds(agency, application):
    entries = agency.admin.get(f"/v1/applications/{application['id']}/timeline")["entries"]
    return [entry["kind"] for entry in entries]


def test_a_family_joins_by_the_link_of_its_email(stack, agency, anybody):
    """AP-01, AP-04, AP-09, NT-01, NT-03: a family gets its invitation in its language, and sees its application."""
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact, language="es"))
    assert "INVITED" == application["guardians"][0]["linkState"]
    assert "Lucía" in mailbox.text()
    assert agency.name in mailbox.text()
    assert "solicitud" in mailbox.text().lower()
    proof = by_token(mailbox.link("i"))

    check = anybody.post("/v1/invitations:check", **proof)
    assert ("VALID", agency.name, "es") == (check["state"], check["organizationName"], check["language"])
    assert "America/Chicago" == check["timeZone"]
    assert mailbox.contact not in str(check)
    assert not check.get("accountExists", False)

    family = join(anybody, proof)
    [mine] = family.get("/v1/me/applications")["applications"]
    assert (application["number"], agency.name) == (mine["number"], mine["organizationName"])
    assert "America/Chicago" == mine["timeZone"]
    guardian = state_of(agency, application)
    assert ("LINKED", mailbox.contact) == (guardian["linkState"], guardian["accountUsername"])
    assert ["UNLINK", "SEND_PASSWORD_RESET"] == guardian["allowedActions"][:2]


def test_a_family_joins_by_the_code_of_its_sms(stack, agency, anybody):
    """AP-04, AP-09, NT-04: an SMS carries a code that a person types with the number of the application."""
    mailbox = Mailbox(stack, fresh_phone())
    application = submit(agency, Submission(phone=mailbox.contact, preferred="SMS"))
    family = join(anybody, by_code(mailbox.code().lower(), application["number"]))
    assert [application["id"]] == [mine["id"] for mine in family.get("/v1/me/applications")["applications"]]
    assert mailbox.contact == state_of(agency, application)["accountUsername"]


def test_a_second_application_joins_the_same_account(stack, agency, new_agency, anybody):
    """AP-09, AP-14: a family that has an account signs in, accepts, and sees the applications of all organizations."""
    mailbox = Mailbox(stack, fresh_email())
    first, second = agency, new_agency()
    submit(first, Submission(email=mailbox.contact))
    family = join(anybody, by_token(mailbox.link("i")))
    submit(second, Submission(email=mailbox.contact))
    proof = by_token(mailbox.link("i", count=2))
    assert anybody.post("/v1/invitations:check", **proof)["accountExists"]
    ticket = anybody.post("/v1/invitations:claim", **proof)["contactTicket"]
    with pytest.raises(Refused) as refused:
        anybody.post("/v1/auth/register", contactTicket=ticket, password=PASSWORD)
    assert (409, "USERNAME_TAKEN") == (refused.value.status, refused.value.reason)
    family.post("/v1/invitations:accept", **proof)
    mine = family.get("/v1/me/applications")["applications"]
    assert {first.name, second.name} == {application["organizationName"] for application in mine}


def test_unlink_undo_unlink_and_reinvite_by_sms(stack, agency, anybody):
    """AP-05, AP-11: access ends at once, comes back with undo, and a new invitation goes to another contact."""
    mailbox, phone = Mailbox(stack, fresh_email()), Mailbox(stack, fresh_phone())
    application = submit(agency, Submission(email=mailbox.contact))
    family = join(anybody, by_token(mailbox.link("i")))
    path = f"/v1/applications/{application['id']}"

    agency.admin.post(f"{path}:unlink")
    assert family.get("/v1/me/applications").get("applications", []) == []
    with pytest.raises(Refused) as refused:
        family.get(f"/v1/me/applications/{application['id']}")
    assert (404, "APPLICATION_NOT_FOUND") == (refused.value.status, refused.value.reason)
    agency.admin.post(f"{path}:undoUnlink")
    assert family.get(f"/v1/me/applications/{application['id']}")["number"] == application["number"]

    agency.admin.post(f"{path}:unlink")
    guardian = state_of(agency, application)
    assert "NOT_INVITED" == guardian["linkState"]
    agency.admin("PATCH", f"{path}/guardians/{guardian['id']}", guardian={"phone": phone.contact})
    agency.admin.post(f"{path}:invite", method="SMS")
    rejoined = join(anybody, by_code(phone.code(), application["number"]))
    assert [application["id"]] == [mine["id"] for mine in rejoined.get("/v1/me/applications")["applications"]]


def test_reinvite_replaces_the_old_link(stack, agency, anybody):
    """AP-05: after a reinvite the old link says REPLACED, and the new one works."""
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    old = by_token(mailbox.link("i"))
    agency.admin.post(f"/v1/applications/{application['id']}:reinvite")
    new = by_token(mailbox.link("i", count=2))
    assert "REPLACED" == anybody.post("/v1/invitations:check", **old)["state"]
    with pytest.raises(Refused) as refused:
        anybody.post("/v1/invitations:claim", **old)
    assert (400, "INVITATION_REPLACED") == (refused.value.status, refused.value.reason)
    join(anybody, new)


async def test_the_timeline_answers_why(stack, agency, anybody):
    """AP-17, NT-05: submitted, invited, queued, sent, fetched, opened, accepted stand on one screen."""
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    proof = by_token(mailbox.link("i"))
    anybody.post("/v1/invitations:check", **proof)
    join(anybody, proof)
    expected = {"SUBMITTED", "INVITED", "MESSAGE_QUEUED", "MESSAGE_SENT", "LINK_FETCHED", "OPENED", "ACCEPTED"}
    await eventually(lambda: set(kinds(agency, application)) == expected)


async def test_staff_see_why_a_message_did_not_arrive(stack, agency):
    """AP-03, NT-05: a number that the provider refuses makes the guardian UNDELIVERABLE, with the reason."""
    refused_number = "+15005550009"
    application = submit(agency, Submission(phone=refused_number, preferred="SMS"))

    def undeliverable():
        guardian = state_of(agency, application)
        assert "UNDELIVERABLE" == guardian["linkState"]
        return guardian["invitation"]["failureReason"]

    reason = await eventually(undeliverable, timeout=20)
    assert "21614" in reason
    assert refused_number not in reason
    assert "MESSAGE_FAILED" in kinds(agency, application)


def test_no_contact_is_accepted(agency):
    """AP-01, AP-03: with neither email nor phone nothing is sent, and the first action is Update."""
    application = submit(agency, Submission())
    guardian = application["guardians"][0]
    assert ("NO_CONTACT", ["UPDATE"]) == (guardian["linkState"], guardian["allowedActions"])


def test_find_a_family_by_a_name_with_one_wrong_letter(new_agency):
    """AP-02: staff find a family although accents, case and one letter are wrong, and by its number."""
    agency = new_agency()
    application = submit(agency, Submission(names=("Iñaki", "Etxeberría")))
    for query in ("etxeb", "ETXEBERRIA", "etxeverria", application["number"], application["number"][:4]):
        found = agency.admin.get(f"/v1/applications?query={query}")["applications"]
        assert [application["id"]] == [one["id"] for one in found], query
    assert agency.admin.get("/v1/applications?query=zubizarreta").get("applications", []) == []
