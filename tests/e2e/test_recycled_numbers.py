"""A phone number that has changed hands, over identity and applications."""

from functools import partial

import psycopg

from tests.e2e.families import Mailbox, Submission, by_code, fresh_phone, join, submit
from tests.e2e.test_sessions import NEW_PASSWORD, refusal

CHILD = {"givenName": "Lucía", "familyName": "Morales", "birthDate": {"year": 2021, "month": 3, "day": 14}}


def proven_long_ago(stack, phone):
    """The family last showed fifty days ago that the number is theirs."""
    with psycopg.connect(stack.owner_url("identity")) as database:
        database.execute(
            "UPDATE accounts SET prove_time = now() - interval '50 days' WHERE username = %(phone)s", {"phone": phone}
        )


def test_an_old_number_opens_nothing_alone(stack, agency, anybody):
    """CASE-A19: the number's new holder gets the code, and still not the family's applications."""
    mailbox = Mailbox(stack, fresh_phone())
    application = submit(agency, Submission(phone=mailbox.contact, preferred="SMS", more={"children": [CHILD]}))
    join(anybody, by_code(mailbox.code(), application["number"]))
    proven_long_ago(stack, mailbox.contact)
    anybody.post("/v1/auth/password:forgot", realm="family", username=mailbox.contact)
    code = {"realm": "family", "username": mailbox.contact, "code": mailbox.code(count=2)}
    reset = partial(anybody.post, "/v1/auth/password:reset", code=code, newPassword=NEW_PASSWORD)
    assert (400, "FAMILY_PROOF_NEEDED") == refusal(reset)
    strangers = (
        {"birthDate": {"year": 2021, "month": 3, "day": 15}},
        {"applicationAndChild": {"applicationNumber": application["number"], "childFamilyName": "Smith"}},
    )
    for said in strangers:
        assert (400, "FAMILY_PROOF_WRONG") == refusal(partial(reset, familyProof=said))
    known = {"applicationNumber": application["number"].lower(), "childFamilyName": "morales"}
    tokens = reset(familyProof={"applicationAndChild": known})["tokens"]
    [mine] = anybody.signed_in(tokens).get("/v1/me/applications")["applications"]
    assert application["number"] == mine["number"]
