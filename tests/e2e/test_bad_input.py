"""Bad input gets one typed error with reason and field, over REST and gRPC alike, and changes nothing."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.e2e.both_ways import Refusal, refused_over_grpc, refused_over_rest
from tests.e2e.families import Mailbox, Submission, by_code, by_token, fresh_email, join, submit
from tests.e2e.people import Person

APPLICATIONS = "applications"
IDENTITY = "identity"
INVALID = "INVALID_ARGUMENT"


@pytest.fixture(params=[refused_over_rest, refused_over_grpc], ids=["REST", "gRPC"])
def refused(request):
    """Calls an RPC one way or the other, and gives its refusal."""
    return request.param


@pytest.fixture
def application(agency):
    return submit(agency, Submission(email=fresh_email()))


def guardian(**fields):
    return {"guardians": [{"given_name": "Ana", "family_name": "Wrong", **fields}]}


def nested(depth):
    return {"more": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    ("body", "reason", "fields"),
    [
        ({}, "INVALID_REQUEST", {"guardians"}),
        (guardian(given_name=""), "INVALID_REQUEST", {"guardians[0].given_name"}),
        (guardian(email="nobody"), "CONTACT_INVALID", {"guardians[0].email"}),
        (guardian(phone="12"), "CONTACT_INVALID", {"guardians[0].phone"}),
        (guardian(given_name="A\0"), "INVALID_REQUEST", {"guardians[0].given_name"}),
        (guardian(language="fr"), "INVALID_REQUEST", {"guardians[0].language"}),
        ({**guardian(), "request_id": "one"}, "INVALID_REQUEST", {"request_id"}),
        ({**guardian(), "answers": {"essay": "x" * 70_000}}, "ANSWERS_TOO_LARGE", {"answers"}),
        ({**guardian(), "answers": nested(34)}, "INVALID_REQUEST", {"answers"}),
    ],
)
def test_a_wrong_application(agency, refused, body, reason, fields):
    """AP-01, GW-04, CASE-M15: each wrong field of a submission is named, and nothing is stored."""
    assert refused(agency.admin, f"{APPLICATIONS}.CreateApplication", body) == Refusal(
        INVALID, reason, frozenset(fields)
    )
    assert agency.admin.get("/v1/applications?query=wrong")["applications"] == []


def test_unknown_ids_and_another_tenants(agency, new_agency, application, refused):
    """AP-02: an id that nobody has and an id of another organization get the same answer."""
    stranger = new_agency().admin
    for person, application_id in ((agency.admin, str(uuid4())), (stranger, application["id"])):
        for rpc in ("GetApplication", "InviteGuardian", "UnlinkGuardian", "ListTimelineEntries"):
            body = {"application_id": application_id}
            assert refused(person, f"{APPLICATIONS}.{rpc}", body) == Refusal("NOT_FOUND", "APPLICATION_NOT_FOUND")
    body = {"application_id": application["id"], "guardian_id": str(uuid4())}
    assert refused(agency.admin, f"{APPLICATIONS}.InviteGuardian", body) == Refusal("NOT_FOUND", "GUARDIAN_NOT_FOUND")


def test_wrong_role_and_no_token(stack, agency, application, anybody, refused):
    """ID-05: nobody, and a family, are refused what is for staff; staff are refused what is for families."""
    mailbox = Mailbox(stack, application["guardians"][0]["email"])
    family = join(anybody, by_token(mailbox.link("i")))
    rpc = f"{APPLICATIONS}.GetApplication"
    body = {"application_id": application["id"]}
    assert refused(anybody, rpc, body) == Refusal("UNAUTHENTICATED", "CREDENTIALS_MISSING")
    assert refused(family, rpc, body) == Refusal("PERMISSION_DENIED", "ROLE_NOT_ALLOWED")
    denied = Refusal("PERMISSION_DENIED", "ROLE_NOT_ALLOWED")
    assert refused(agency.admin, f"{APPLICATIONS}.ListMyApplications", {}) == denied


def test_expired_and_forged_tokens(agency, anybody, refused):
    """ID-05: a token that identity did not sign for this is refused."""
    claims = jwt.decode(agency.admin.access_token, options={"verify_signature": False})
    header, payload, _ = agency.admin.access_token.split(".")
    unsigned = jwt.encode({**claims, "exp": datetime.now(UTC) + timedelta(hours=1)}, "", algorithm="none")
    for token in (f"{header}.{payload}.AAAA", unsigned, "x" * 5000, "not-a-token"):
        forger = anybody.signed_in({"accessToken": token})
        refusal = Refusal("UNAUTHENTICATED", "TOKEN_INVALID")
        assert refused(forger, f"{IDENTITY}.GetMyAccount", {}) == refusal
        assert refused(forger, f"{APPLICATIONS}.ListApplications", {}) == refusal


def test_an_action_that_does_not_fit(agency, application, refused):
    """AP-05: an action that does not fit the state is refused."""
    for rpc in ("InviteGuardian", "UnlinkGuardian", "SendPasswordReset"):
        body = {"application_id": application["id"]}
        refusal = Refusal("FAILED_PRECONDITION", "ACTION_NOT_ALLOWED")
        assert refused(agency.admin, f"{APPLICATIONS}.{rpc}", body) == refusal
    body = {"application_id": application["id"], "method": "SMS"}
    missing = Refusal("FAILED_PRECONDITION", "METHOD_MISSING")
    assert refused(agency.admin, f"{APPLICATIONS}.ReinviteGuardian", body) == missing


def test_worthless_invitations(stack, agency, anybody, refused):
    """AP-08, AP-09: unknown, replaced, revoked and used invitations each say so."""
    claim = f"{APPLICATIONS}.ClaimInvitation"
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    path = f"/v1/applications/{application['id']}"
    replaced = by_token(mailbox.link("i"))
    agency.admin.post(f"{path}:reinvite")
    revoked = by_token(mailbox.link("i", count=2))
    assert refused(anybody, claim, replaced) == Refusal("FAILED_PRECONDITION", "INVITATION_REPLACED")
    agency.admin.post(f"{path}:revokeInvitation")
    assert refused(anybody, claim, revoked) == Refusal("FAILED_PRECONDITION", "INVITATION_REVOKED")
    agency.admin.post(f"{path}:reinvite")
    used = by_token(mailbox.link("i", count=3))
    join(anybody, used)
    assert refused(anybody, claim, used) == Refusal("FAILED_PRECONDITION", "INVITATION_USED")
    for unknown in ("x", "A" * 46):
        assert refused(anybody, claim, by_token(unknown)) == Refusal("NOT_FOUND", "INVITATION_UNKNOWN")


def test_a_code_with_the_wrong_number(stack, agency, anybody, refused):
    """AP-09: a code does not open the application of another number; five tries kill it and leave its link alive."""
    claim = f"{APPLICATIONS}.ClaimInvitation"
    mailbox = Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact))
    code = mailbox.code()
    for _ in range(5):
        refusal = refused(anybody, claim, by_code(code, "A-999999"))
        assert refusal == Refusal("FAILED_PRECONDITION", "NUMBER_MISMATCH")
    assert refused(anybody, claim, by_code(code, application["number"])) == (
        Refusal("FAILED_PRECONDITION", "CODE_BLOCKED")
    )
    join(anybody, by_token(mailbox.link("i")))


def test_a_stale_page_token(agency, refused):
    """AP-02: a page token belongs to its list, filter and order."""
    for _ in range(2):
        submit(agency, Submission())
    token = agency.admin.get("/v1/applications?pageSize=1")["nextPageToken"]
    stale = Refusal(INVALID, "PAGE_TOKEN_INVALID")
    rpc = f"{APPLICATIONS}.ListApplications"
    assert refused(agency.admin, rpc, {"page_size": 1, "page_token": token, "order_by": "number"}) == stale
    assert refused(agency.admin, rpc, {"page_token": "AAAA"}) == stale


def test_a_request_id_with_another_body(agency, refused):
    """A request id that was used for another body is refused, and the first application stays the only one."""
    body = {**guardian(family_name=f"Reused{uuid4().hex[:6]}"), "request_id": str(uuid4())}
    first = agency.admin.post("/v1/applications", **body)
    assert agency.admin.post("/v1/applications", **body) == first
    body["guardians"][0]["given_name"] = "Eva"
    reused = Refusal("ALREADY_EXISTS", "REQUEST_ID_REUSED")
    assert refused(agency.admin, f"{APPLICATIONS}.CreateApplication", body) == reused
    family_name = body["guardians"][0]["family_name"]
    assert len(agency.admin.get(f"/v1/applications?query={family_name}")["applications"]) == 1


def test_malformed_and_oversize_http(agency):
    """GW-04: what is no JSON, has another type, or is too large, gets the one error shape and no 500."""
    headers = {"authorization": f"Bearer {agency.admin.access_token}", "content-type": "application/json"}
    url = f"{agency.admin.gateway}/v1/applications"
    for content, content_type, status in (
        (b"{", "application/json", 400),
        (b'{"guardians": 7}', "application/json", 400),
        (b"<a/>", "text/xml", 415),
        (b'{"answers": {"x": "' + b"y" * 1_100_000 + b'"}}', "application/json", 413),
    ):
        response = httpx.post(url, content=content, headers={**headers, "content-type": content_type}, trust_env=False)
        assert status == response.status_code, response.text
        assert {"code", "message", "details"} == set(response.json())


def test_internal_services_are_unreachable(stack, agency, refused):
    """GW-01: no internal RPC is reachable from the gateway, whoever asks."""
    person = Person(stack.gateway, tokens=agency.admin.tokens)
    url = f"{stack.gateway}/portico.identity.v1.AccountsInternalService/LookUpFamily"
    assert httpx.post(url, json={"username": "a@b.example"}, trust_env=False).status_code == 404
    with pytest.raises((AssertionError, KeyError)):
        refused_over_grpc(person, "identity.LookUpFamily", {"username": "a@b.example"})
