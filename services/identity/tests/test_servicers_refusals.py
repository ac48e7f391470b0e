"""identity's RPCs and whom the production interceptor refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from portico.identity.v1 import (
    accounts_pb2,
    audit_pb2,
    login_users_pb2,
    organizations_pb2,
    registrations_pb2,
    reminders_pb2,
    resets_pb2,
    sessions_pb2,
)
from portico.identity.v1.stub import IdentityStub
from portico.options.v1 import options_pb2

from chassis.access import rules_of
from chassis.call import Role
from chassis.errors import (
    Denied,
    InvalidArgument,
    Unauthenticated,
)
from chassis.ids import new_id
from chassis.testing.grpc import KEY_ID, TestPeople, as_service
from services.identity.tests.served import GATEWAY, Served, bearer, refused
from services.identity.tests.world import (
    ADMIN,
    GOOD,
    World,
)

_SERVICES = [stub.__name__.removesuffix("Stub") for stub in IdentityStub.__bases__]
_RULES = {name: rules_of(f"portico.identity.v1.{name}") for name in _SERVICES}
PUBLIC = {rpc: rule for name, rules in _RULES.items() if "Internal" not in name for rpc, rule in rules.items()}
INTERNAL = {rpc: rule for name, rules in _RULES.items() if "Internal" in name for rpc, rule in rules.items()}
WRONG_ROLES = [
    (name, role.name) for name, rule in sorted(PUBLIC.items()) if rule.roles for role in Role if role not in rule.roles
]


BAD: dict[str, tuple[Message, str]] = {
    "Login": (sessions_pb2.LoginRequest(realm="", username=ADMIN, password=GOOD), "realm"),
    "Login ": (sessions_pb2.LoginRequest(realm="x", username="x" * 255, password=GOOD), "username"),
    "Login  ": (sessions_pb2.LoginRequest(realm="x", username=ADMIN, password="x" * 1025), "password"),
    "RefreshTokens": (sessions_pb2.RefreshTokensRequest(refresh_token="x" * 513), "refresh_token"),
    "RevokeMySession": (sessions_pb2.RevokeMySessionRequest(session_id="1"), "session_id"),
    "ForgotPassword": (resets_pb2.ForgotPasswordRequest(realm="x"), "username"),
    "ResetPassword": (resets_pb2.ResetPasswordRequest(new_password=GOOD), "proof"),
    "ResetPassword ": (resets_pb2.ResetPasswordRequest(token="x", new_password="é" * 513), "new_password"),
    "ResetPassword  ": (
        resets_pb2.ResetPasswordRequest(code=resets_pb2.PasswordCode(realm="x", username="x"), new_password=GOOD),
        "code.code",
    ),
    "ChangePassword": (resets_pb2.ChangePasswordRequest(current_password=GOOD), "new_password"),
    "ActivateAccount": (resets_pb2.ActivateAccountRequest(token="x" * 129, password=GOOD), "token"),
    "RegisterFamily": (
        registrations_pb2.RegisterFamilyRequest(contact_ticket="x", password=GOOD, language="fr"),
        "language",
    ),
    "CreateLoginUser": (
        login_users_pb2.CreateLoginUserRequest(
            role=options_pb2.FAMILY, username=ADMIN, display_name="x", language="en"
        ),
        "role",
    ),
    "ListLoginUsers": (login_users_pb2.ListLoginUsersRequest(page_size=201), "page_size"),
    "ListLoginUsers ": (login_users_pb2.ListLoginUsersRequest(query="x" * 101), "query"),
    "ListLoginUsers  ": (login_users_pb2.ListLoginUsersRequest(roles=[options_pb2.FAMILY]), "roles[0]"),
    "ListLoginUsers   ": (
        login_users_pb2.ListLoginUsersRequest(states=[login_users_pb2.LoginUser.STATE_UNSPECIFIED]),
        "states[0]",
    ),
    "GetLoginUser": (login_users_pb2.GetLoginUserRequest(account_id="1"), "account_id"),
    "SendLoginUserPasswordReset": (login_users_pb2.SendLoginUserPasswordResetRequest(), "account_id"),
    "ResendActivation": (login_users_pb2.ResendActivationRequest(), "account_id"),
    "ChangePendingUsername": (login_users_pb2.ChangePendingUsernameRequest(account_id=str(new_id())), "username"),
    "DisableLoginUser": (login_users_pb2.DisableLoginUserRequest(), "account_id"),
    "DisableLoginUser ": (
        login_users_pb2.DisableLoginUserRequest(request_id="1", account_id=str(new_id())),
        "request_id",
    ),
    "EnableLoginUser": (login_users_pb2.EnableLoginUserRequest(), "account_id"),
    "UnlockLoginUser": (login_users_pb2.UnlockLoginUserRequest(), "account_id"),
    "RevokeLoginUserSessions": (login_users_pb2.RevokeLoginUserSessionsRequest(), "account_id"),
    "SetLoginUserRole": (
        login_users_pb2.SetLoginUserRoleRequest(account_id=str(new_id()), role=options_pb2.SPECIALIST),
        "role",
    ),
    "ListAuditEvents": (audit_pb2.ListAuditEventsRequest(page_size=201), "page_size"),
    "ListAuditEvents ": (audit_pb2.ListAuditEventsRequest(actor_id="1"), "actor_id"),
    "ListAuditEvents  ": (audit_pb2.ListAuditEventsRequest(start_date="1.2.2026"), "start_date"),
    "ListAuditEvents   ": (
        audit_pb2.ListAuditEventsRequest(actions=[audit_pb2.AuditEvent.ACTION_UNSPECIFIED]),
        "actions[0]",
    ),
    "ExportAuditEvents": (audit_pb2.ExportAuditEventsRequest(end_date="today"), "end_date"),
    "ExportAuditEvents ": (audit_pb2.ExportAuditEventsRequest(format=4), "format"),  # type: ignore[arg-type]
    "ListColleagues": (accounts_pb2.ListColleaguesRequest(page_size=201), "page_size"),
    "BatchGetColleagues": (accounts_pb2.BatchGetColleaguesRequest(), "account_ids"),
    "BatchGetColleagues ": (accounts_pb2.BatchGetColleaguesRequest(account_ids=["1"]), "account_ids[0]"),
    "BatchGetColleagues  ": (accounts_pb2.BatchGetColleaguesRequest(account_ids=[str(new_id())] * 101), "account_ids"),
    "GetOrganization": (organizations_pb2.GetOrganizationRequest(), "slug"),
    "GetOrganization ": (organizations_pb2.GetOrganizationRequest(slug="x" * 64), "slug"),
    "FindOrganizations": (organizations_pb2.FindOrganizationsRequest(), "query"),
    "FindOrganizations ": (organizations_pb2.FindOrganizationsRequest(query="x" * 201), "query"),
    "SendMyOrganizations": (reminders_pb2.SendMyOrganizationsRequest(), "email"),
    "SendMyOrganizations ": (reminders_pb2.SendMyOrganizationsRequest(email=f"{'x' * 254}@a.org"), "email"),
    "UpdateOrganization": (organizations_pb2.UpdateOrganizationRequest(), "organization"),
    "UpdateOrganization ": (
        organizations_pb2.UpdateOrganizationRequest(organization=organizations_pb2.OrganizationPatch(hours="x" * 121)),
        "organization.hours",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD))
async def test_bad_input_names_its_field(served: Served, people: TestPeople, case: str) -> None:
    """ID-04: a request that breaks a rule is refused before anything is done, and its field is named."""
    request, field = BAD[case]
    metadata = people.metadata(Role.STAFF_ADMIN, org_id=new_id())
    answer = getattr(served.public, case.strip())(request, metadata=metadata)
    refusal = await refused(answer, InvalidArgument, "INVALID_REQUEST")
    assert field in {violation.field or "proof" for violation in refusal.violations}


@pytest.mark.parametrize(("method", "role"), WRONG_ROLES)
async def test_wrong_role_is_refused(served: Served, people: TestPeople, method: str, role: str) -> None:
    """ID-13: an RPC is for the roles that its contract names, and refuses all others."""
    answer = getattr(served.public, method)(_empty(method), metadata=people.metadata(Role[role], org_id=new_id()))
    await refused(answer, Denied, "ROLE_NOT_ALLOWED")


@pytest.mark.parametrize("method", sorted(name for name, rule in PUBLIC.items() if rule.roles))
async def test_nobody_is_refused(served: Served, method: str) -> None:
    """ID-05: without credentials only the anonymous RPCs answer."""
    await refused(
        getattr(served.public, method)(_empty(method), metadata=GATEWAY), Unauthenticated, "CREDENTIALS_MISSING"
    )


@pytest.mark.parametrize("method", sorted(INTERNAL))
async def test_internal_rpcs_are_internal(served: Served, people: TestPeople, method: str) -> None:
    """ID-01: the gateway, the portal, an administrator and every other service are refused internal RPCs."""
    strangers = {"gateway", "portal", "notifications", "applications", "casemanager"} - INTERNAL[method].services
    for metadata in [as_service(name) for name in strangers] + [people.metadata(Role.STAFF_ADMIN, org_id=new_id())]:
        await refused(getattr(served.internal, method)(_empty(method), metadata=metadata), Denied, "ROLE_NOT_ALLOWED")


def _empty(method: str) -> Message:
    descriptor = Default().FindMessageTypeByName(f"portico.identity.v1.{method}Request")
    return GetMessageClass(descriptor)()


FORGERIES: dict[str, tuple[Callable[[TestPeople], str], str]] = {
    "expired": (lambda people: people.token(life=timedelta(seconds=-1)), "TOKEN_EXPIRED"),
    "alg none": (lambda people: _signed(people, "", "none"), "TOKEN_INVALID"),
    "HS256 with the public key": (lambda people: _hs256(people), "TOKEN_INVALID"),
    "another key": (lambda people: _signed(people, Ed25519PrivateKey.generate(), "EdDSA"), "TOKEN_INVALID"),
    "another audience": (lambda people: people.token(aud="portico-contact-ticket"), "TOKEN_INVALID"),
    "another issuer": (lambda people: people.token(iss="somebody"), "TOKEN_INVALID"),
    "no session": (lambda people: people.token(sid=None), "TOKEN_INVALID"),
    "no expiry": (lambda people: people.token(exp=None), "TOKEN_INVALID"),
    "invented role": (lambda people: people.token(role="OWNER"), "TOKEN_INVALID"),
    "cut": (lambda people: people.token()[:-6], "TOKEN_INVALID"),
    "garbage": (lambda people: "garbage", "TOKEN_INVALID"),
    "long": (lambda people: "x" * 8000, "TOKEN_INVALID"),
}


def _claims(people: TestPeople) -> dict[str, Any]:
    return jwt.decode(people.token(role="STAFF_ADMIN"), options={"verify_signature": False})


def _signed(people: TestPeople, key: Any, algorithm: str) -> str:
    return jwt.encode(_claims(people), key, algorithm=algorithm, headers={"kid": KEY_ID, "typ": "at+jwt"})


def _hs256(people: TestPeople) -> str:
    # PyJWT itself refuses to sign with a public key, so that the attack is written out.
    body = _signed(people, "x" * 32, "HS256").rpartition(".")[0]
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    tag = jwt.utils.base64url_encode(hmac.sign(body.encode(), people.key.public_key().public_bytes_raw()))
    return f"{body}.{tag.decode()}"


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
async def test_forged_token_is_refused(served: Served, people: TestPeople, forgery: str) -> None:
    """ID-05: expired, unsigned, wrongly signed, misdirected and damaged access tokens are refused by every RPC."""
    make, reason = FORGERIES[forgery]
    answer = served.public.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer(make(people)))
    await refused(answer, Unauthenticated, reason)


async def test_stale_token_does_not_hinder_a_login(served: Served, sunrise: World, people: TestPeople) -> None:
    """ID-04: an anonymous RPC answers whatever token comes along."""
    request = sessions_pb2.LoginRequest(realm=sunrise.organization.slug, username=ADMIN, password=GOOD)
    stale = people.token(life=timedelta(seconds=-1))
    assert (await served.public.Login(request, metadata=bearer(stale))).tokens.access_token
